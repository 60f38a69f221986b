"""Text as a person would read it out, also while it is still being written. Pure."""

from .marks import Marks, Passage, PauseMark, VoiceMark, passages, without_marks
from .plain import PlainText
from .speech_tags import without_tags
from .spoken import SpokenText, spoken

__all__ = [
    "Marks",
    "Passage",
    "PauseMark",
    "PlainText",
    "SpokenText",
    "VoiceMark",
    "passages",
    "spoken",
    "without_marks",
    "without_tags",
]

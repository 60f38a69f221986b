"""Text as a person would read it out, also while it is still being written. Pure."""

from .marks import Marks, Passage, PauseMark, VoiceMark, passages, without_marks
from .placeholders import failed_template
from .plain import PlainText
from .speech_tags import without_tags
from .spoken import SpokenText, has_speech, spoken

__all__ = [
    "Marks",
    "Passage",
    "PauseMark",
    "PlainText",
    "SpokenText",
    "VoiceMark",
    "failed_template",
    "has_speech",
    "passages",
    "spoken",
    "without_marks",
    "without_tags",
]

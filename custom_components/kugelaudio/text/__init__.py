"""Text as a person would read it out, also while it is still being written. Pure."""

from .plain import PlainText
from .speech_tags import without_tags
from .spoken import SpokenText, spoken

__all__ = ["PlainText", "SpokenText", "spoken", "without_tags"]

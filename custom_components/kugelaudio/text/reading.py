"""What all who read a text have in common."""

from collections.abc import Callable
from typing import Final

from .lookahead import Lookahead
from .transcript import Transcript
from .words import Words

type Reader = Callable[[], None]


class Reading:
    """A text that is being read: what is written, what is said of it, and who reads on."""

    def __init__(self, words: Words) -> None:
        """Begin a text in a language."""
        self.text: Final = Lookahead()
        self.transcript: Final = Transcript()
        self.words: Final = words
        # Who reads what does not follow the rules of Markdown, until its end: code, a formula, thoughts.
        self.reader: Reader | None = None

    def keep(self, length: int = 1) -> None:
        """Say characters as they are written."""
        self.transcript.write(self.text.take(length))

    def skip(self, length: int) -> None:
        """Leave characters out; punctuation behind them belongs to the word before."""
        self.text.take(length)
        self.transcript.drop()

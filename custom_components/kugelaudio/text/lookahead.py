"""Text that is still being written, read from its front."""

import re
from typing import Final

_PAST: Final = 2


class UndecidedError(Exception):
    """What there is of the text can still become more than one thing."""


class Lookahead:
    """Shows the characters at the front, and takes them away once it is decided what they are.

    Every look behind the last character raises UndecidedError until the text has ended.
    """

    def __init__(self) -> None:
        """Begin without text."""
        self._text = ""
        self._position = 0
        self.past = ""
        self.has_ended = False

    def append(self, text: str) -> None:
        """Add what was written, and forget what was taken."""
        self._text = self._text[self._position :] + text
        self._position = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether everything was taken."""
        return self._position == len(self._text)

    @property
    def before(self) -> str:
        """Return the character in front of the front; empty at the beginning of the text."""
        return self.past[-1:]

    def peek(self, offset: int = 0) -> str:
        """Return a character; empty behind the end of the text."""
        at = self._position + offset
        if at < len(self._text):
            return self._text[at]
        self._need_end()
        return ""

    def between(self, start: int, end: int) -> str:
        """Return characters that are known to be there."""
        return self._text[self._position + start : self._position + end]

    def count_same(self, limit: int) -> int:
        """Return how often the first character is repeated, up to a limit."""
        length = 1
        while length < limit and self.peek(length) == self.peek():
            length += 1
        return length

    def count(self, pattern: re.Pattern[str], limit: int, offset: int = 0) -> int:
        """Return how many characters the pattern, which matches any number of them, covers up to a limit."""
        start = self._position + offset
        run = pattern.match(self._text, start, start + limit)
        length = run.end() - start if run else 0
        if length < limit and start + length == len(self._text):
            self._need_end()
        return length

    def available(self, pattern: re.Pattern[str]) -> str:
        """Take what the pattern covers of the characters that are there."""
        run = pattern.match(self._text, self._position)
        return self.take(len(run[0])) if run else ""

    def match(
        self, whole: re.Pattern[str], beginning: re.Pattern[str], limit: int, offset: int = 0
    ) -> re.Match[str] | None:
        """Match the whole pattern; undecided while the beginning covers all there is."""
        start = self._position + offset
        if found := whole.match(self._text, start, start + limit):
            return found
        if len(self._text) < start + limit and beginning.fullmatch(self._text, start):
            self._need_end()
        return None

    def find(self, pattern: re.Pattern[str], limit: int, offset: int = 0) -> tuple[int, str] | None:
        """Return where the pattern is found within the limit, and what it covers."""
        start = self._position + offset
        if found := pattern.search(self._text, start, start + limit):
            return found.start() - self._position, found[0]
        if len(self._text) < start + limit:
            self._need_end()
        return None

    def find_in_line(self, pattern: re.Pattern[str], limit: int, offset: int) -> int | None:
        """Return where a pattern that also finds the end of the line is found in front of it."""
        found = self.find(pattern, limit, offset)
        if found is None or found[1] == "\n":
            return None
        self.peek(found[0] + len(found[1]))
        return found[0]

    def take(self, length: int) -> str:
        """Remove characters from the front and return them."""
        taken = self.between(0, length)
        self._position += len(taken)
        self.past = (self.past + taken)[-_PAST:]
        return taken

    def replace(self, length: int, text: str) -> None:
        """Put another text in the place of characters at the front."""
        self._text = text + self._text[self._position + length :]
        self._position = 0

    def _need_end(self) -> None:
        """Raise UndecidedError if more can come."""
        if not self.has_ended:
            raise UndecidedError

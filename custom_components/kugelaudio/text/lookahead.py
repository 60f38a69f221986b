"""Text that is still being written, read from its front."""

import re
from typing import Final

# What is held back for any construct, less the character or two that are looked at behind it.
WINDOW: Final = 56

_PAST: Final = 3


class UndecidedError(Exception):
    """What there is of the text can still become more than one thing."""


class Lookahead:
    """Shows the characters at the front, and takes them away once it is decided what they are.

    Every look behind the last character raises UndecidedError until the text has ended. Nobody looks further than
    WINDOW characters, wherever the text is cut.
    """

    def __init__(self) -> None:
        """Begin without text."""
        self._text = ""
        self._position = 0
        self.past = ""
        self.taken = 0
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
    def rest(self) -> str:
        """Return what is not taken yet."""
        return self._text[self._position :]

    @property
    def before(self) -> str:
        """Return the character in front of the front; empty at the beginning of the text."""
        return self.past[-1:]

    @property
    def is_long(self) -> bool:
        """Tell whether there is more text than anybody may wait for."""
        return len(self._text) - self._position >= WINDOW

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

    def count(self, pattern: re.Pattern[str], offset: int = 0) -> int:
        """Return how many characters the pattern, which matches any number of them, covers inside the window."""
        start = self._position + offset
        run = pattern.match(self._text, start, max(self._position + WINDOW, start))
        length = run.end() - start if run else 0
        if offset + length < WINDOW and start + length == len(self._text):
            self._need_end()
        return length

    def available(self, pattern: re.Pattern[str]) -> str:
        """Take what the pattern covers of the characters that are there."""
        run = pattern.match(self._text, self._position)
        return self.take(len(run[0])) if run else ""

    def shows(self, pattern: re.Pattern[str], offset: int = 0) -> re.Match[str] | None:
        """Match a pattern of which no longer text than what is there can be needed."""
        return pattern.match(self._text, self._position + offset, self._position + WINDOW)

    def fills_window(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether the pattern covers as much as anybody may wait for."""
        return self.is_long and pattern.fullmatch(self._text, self._position, self._position + WINDOW) is not None

    def match(self, whole: re.Pattern[str], beginning: re.Pattern[str], offset: int = 0) -> re.Match[str] | None:
        """Match the whole pattern, which knows its end; undecided while the beginning covers all there is."""
        start = self._position + offset
        if found := whole.match(self._text, start, self._position + WINDOW):
            return found
        if len(self._text) < self._position + WINDOW and beginning.fullmatch(self._text, start):
            self._need_end()
        return None

    def match_run(self, whole: re.Pattern[str], beginning: re.Pattern[str], offset: int = 0) -> re.Match[str] | None:
        """Match the whole pattern, which may go on as long as the beginning covers all there is."""
        start = self._position + offset
        if len(self._text) < self._position + WINDOW and beginning.fullmatch(self._text, start):
            self._need_end()
        return whole.match(self._text, start, self._position + WINDOW)

    def find(self, pattern: re.Pattern[str], offset: int = 0) -> tuple[int, str] | None:
        """Return where the pattern is found inside the window, and what it covers; it may look at what follows."""
        start = self._position + offset
        end = self._position + WINDOW
        if found := pattern.search(self._text, start, end):
            if found.end() == len(self._text):
                self._need_end()
            return found.start() - self._position, found[0]
        if len(self._text) < end:
            self._need_end()
        return None

    def find_in_line(self, pattern: re.Pattern[str], offset: int = 0) -> int | None:
        """Return where a pattern that also finds the end of the line is found in front of it."""
        found = self.find(pattern, offset)
        return None if found is None or found[1].startswith("\n") else found[0]

    def search(self, pattern: re.Pattern[str]) -> int | None:
        """Return where the first match in all that is there ends."""
        found = pattern.search(self._text, self._position)
        return found.end() - self._position if found else None

    def tail(self, length: int) -> str:
        """Return the last characters that are there."""
        return self._text[max(len(self._text) - length, self._position) :]

    def take_but(self, length: int) -> None:
        """Remove all that is there but the last characters; they, too, once the text has ended."""
        if not self.take(len(self._text) - self._position - length):
            self._need_end()
            self.take(length)

    def take(self, length: int) -> str:
        """Remove characters from the front and return them."""
        taken = self.between(0, length)
        self._position += len(taken)
        self.taken += len(taken)
        self.past = (self.past + taken[-_PAST:])[-_PAST:]
        return taken

    def _need_end(self) -> None:
        """Raise UndecidedError if more can come."""
        if not self.has_ended:
            raise UndecidedError

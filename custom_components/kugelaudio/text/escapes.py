"""Backslashes."""

from collections.abc import Callable
import re
from string import punctuation
from typing import Final

from .characters import is_blank
from .intake import without_invisible
from .latex import Latex
from .reading import Reading

_ESCAPABLE: Final = frozenset(punctuation) - {"\\"}
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_UNFINISHED_CODE_POINT: Final = re.compile(r"\\u[0-9A-Fa-f]{0,3}")
# Colours for terminals, as programs write them into texts.
_TERMINAL: Final = re.compile(r"\\(?:033|x1b|u001b|e)\[[\d;]{0,12}m", re.IGNORECASE)
_UNFINISHED_TERMINAL: Final = re.compile(
    r"\\(?:0|03|x|x1|u|u0|u00|u001|(?:033|x1b|u001b|e)(?:\[[\d;]{0,12})?)", re.IGNORECASE
)
_FIRST_OF_TERMINAL: Final = frozenset("0xXuUeE")


class Escapes:
    """Says what a backslash and the character behind it stand for."""

    def __init__(self, reading: Reading, latex: Latex, end_line: Callable[[int], None]) -> None:
        """Take who reads formulas, and who ends lines."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._latex = latex
        self._end_line = end_line
        self.is_hard_break = False

    def takes(self) -> bool:
        r"""Take an escape; `C:\` and `\\` begin a path."""
        escaped = self._text.peek(1)
        if escaped == "\\" or self._is_behind_drive():
            self._reading.keep(2 if escaped == "\\" else 1)
            return False
        if escaped == "\n":
            self._text.take(1)
            self.is_hard_break = True
        elif escaped in _FIRST_OF_TERMINAL and (found := self._text.match(_TERMINAL, _UNFINISHED_TERMINAL)):
            self._reading.skip(len(found[0]))
        elif escaped.isalpha():
            self._letter(escaped)
        elif escaped == "," and self._text.before.isdigit() and self._text.peek(2).isalpha():
            # LaTeX's narrow blank in front of a unit.
            self._text.take(2)
            self._transcript.blank()
        elif escaped not in {"(", "["} or not self._latex.takes_brackets():
            self._text.take(1 if escaped in _ESCAPABLE else 0)
            self._reading.keep()
        return True

    def _is_behind_drive(self) -> bool:
        """Tell whether a colon stands in front, and a single letter in front of that."""
        past = self._text.past
        return past[-1:] == ":" and past[-2:-1].isalpha() and not past[-3:-2].isalpha()

    def _letter(self, letter: str) -> None:
        """Read a backslash in front of a letter: a command of LaTeX, or an escape of a programming language."""
        if self._latex.takes_command():
            return
        if letter == "u" and (found := self._text.match(_CODE_POINT, _UNFINISHED_CODE_POINT)):
            self._text.take(len(found[0]))
            self._transcript.write(without_invisible(chr(int(found[1], 16))))
        elif letter == "n" and not self._is_path():
            self._end_line(2)
        elif letter == "r" and self._text.peek(2) == "\\" and self._text.peek(3) == "n":
            self._text.take(2)
        elif letter == "t" and not self._text.peek(2).islower() and not self._is_path():
            self._text.take(2)
            self._transcript.blank()
        else:
            self._reading.keep()

    def _is_path(self) -> bool:
        r"""Tell whether a backslash stands behind a variable or the folder one is in: `%TEMP%\n`, `.\n`."""
        past = self._text.past
        return past[-1:] in {"%", "/", "\\"} or (past[-1:] == "." and is_blank(past[-2:-1]))

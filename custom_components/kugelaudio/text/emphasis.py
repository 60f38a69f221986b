"""Asterisks, underscores and tildes that emphasise words."""

import re
from typing import Final

from .characters import UNSPACED, is_blank, is_spaced
from .lookahead import Lookahead
from .transcript import Transcript

# A single mark is held until its counterpart comes, but not for more than this.
_LONGEST_EMPHASIS: Final = 200

_MOST_MARKS: Final = 3
_END: Final = {
    "*": re.compile(rf"(?<![\s*/])\*(?!\*|[^\W{UNSPACED}])|\n"),
    "_": re.compile(r"(?<![\s_/])_(?!\w|\(|\.\w)|\n"),
    "__": re.compile(r"(?<![\s_/])__(?!\w|\(|\.\w)|\n"),
}
# Beside these a mark is part of a path, a formula or a pattern.
_NOT_BEFORE: Final = frozenset("/\\.=@#$%&+*_")
_NOT_BEHIND: Final = frozenset(".,;:!?)]}/=|")


class Emphasis:
    """Takes marks that emphasise and leaves those that are text.

    Two or three asterisks and two tildes are judged by the characters beside them, so that bold words are not held.
    One asterisk is often an operator, a wildcard or a footnote, an underscore often part of a name: these need their
    counterpart in the same line.
    """

    def __init__(self, text: Lookahead, transcript: Transcript) -> None:
        """Begin without emphasis."""
        self._text = text
        self._transcript = transcript
        self._is_bold = False

    def end_line(self) -> None:
        """Forget what was not closed."""
        self._is_bold = False

    def asterisks(self) -> None:
        """Read one or more `*`."""
        length = self._text.count_same(_MOST_MARKS + 1)
        if length == 1:
            self._pair("*")
        elif length <= _MOST_MARKS and self._text.before != "*" and self._emphasises(length):
            self._text.take(length)
        else:
            self._keep(length)

    def _emphasises(self, length: int) -> bool:
        """Tell whether asterisks begin or end bold words, and remember which."""
        before = self._text.before
        behind = self._text.peek(length)
        if is_blank(behind):
            is_mark = not is_blank(before)
            self._is_bold = self._is_bold and not is_mark
        elif is_spaced(before) and is_spaced(behind):
            is_mark = self._is_bold
            self._is_bold = False
        else:
            is_mark = behind not in "/="
            self._is_bold = self._is_bold != is_mark
        return is_mark

    def underscores(self) -> None:
        """Read one or more `_`."""
        length = self._text.count_same(_MOST_MARKS)
        if length < _MOST_MARKS:
            self._pair("_" * length)
        else:
            self._keep(length)

    def tildes(self) -> None:
        """Read one or more `~`."""
        length = self._text.count_same(_MOST_MARKS)
        before = self._text.before
        if length != len("~~") or before == "~" or (is_blank(before) and is_blank(self._text.peek(length))):
            self._keep(length)
        else:
            self._text.take(length)

    def _pair(self, mark: str) -> None:
        """Take a mark and its counterpart, and leave the words between them to be read; else say the mark."""
        length = len(mark)
        end = self._text.find_in_line(_END[mark], _LONGEST_EMPHASIS, length) if self._can_begin(length) else None
        if end is None:
            self._keep(length)
            return
        if mark != "*" and self._text.peek(end + length) == ".":
            self._text.peek(end + length + 1)
        self._text.replace(end + length, self._text.between(length, end))

    def _can_begin(self, length: int) -> bool:
        """Tell whether a mark can stand in front of emphasised words."""
        before = self._text.before
        if is_spaced(before) or before in _NOT_BEFORE:
            return False
        behind = self._text.peek(length)
        return not is_blank(behind) and behind not in _NOT_BEHIND

    def _keep(self, length: int) -> None:
        """Say marks that mean nothing but themselves."""
        self._transcript.write(self._text.take(length))

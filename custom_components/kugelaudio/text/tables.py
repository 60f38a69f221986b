"""Tables: cells are said with commas between them."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

from .characters import is_blank
from .reading import Reading

BORDERS: Final = "|│┃║"
_CELL_END: Final = re.compile(r"[|\n]")
_BLANKS: Final = re.compile(r"[ \t]*")
_DELIMITER: Final = re.compile(r"\n[ \t]*:?-+[ \t]*:?[ \t]*\|")
_UNFINISHED_DELIMITER: Final = re.compile(r"\n[ \t]*(?::?-*[ \t]*:?[ \t]*)")
_OPERATORS: Final = frozenset("=<>≤≥≠≈+-−*/^·×²³")
_LONGEST_VARIABLE: Final = 2


class Tables:
    """Tells the lines between cells from strokes that are text: `a||b`, `|x| = 5`."""

    def __init__(self, reading: Reading) -> None:
        """Begin outside of tables."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self.is_row = False
        # Whether all lines are rows, up to an empty one.
        self.is_table = False

    def end_line(self) -> None:
        """End a row."""
        self.is_row = False

    def takes_border(self) -> bool:
        """Take the stroke in front of a row's first cell."""
        if self._is_absolute_value():
            return False
        self._text.take(1)
        self.is_row = True
        self._transcript.comma()
        return True

    def stroke(self) -> None:
        """Read a stroke inside of a line."""
        if self.is_row or self.is_table or self._separates():
            self._text.take(1)
            self._transcript.comma()
        else:
            self._reading.keep()

    def _separates(self) -> bool:
        """Tell whether a stroke stands between two values, or between two cells of a table's head."""
        before, behind = self._text.before, self._text.peek(1)
        if self._text.peek() != "|" or before == "" or behind in {"", "|"}:
            return False
        if is_blank(before) or is_blank(behind):
            return is_blank(before) and behind in {" ", "\t"}
        end = self._text.find(_CELL_END, 1)
        if end is None:
            return False
        if end[1] == "|":
            return self._is_head()
        return self._text.match(_DELIMITER, _UNFINISHED_DELIMITER, end[0]) is not None

    def _is_head(self) -> bool:
        """Tell whether the next line is the one between a table's head and body."""
        end = self._text.find(re.compile(r"\n"), 1)
        return end is not None and self._text.match(_DELIMITER, _UNFINISHED_DELIMITER, end[0]) is not None

    def _is_absolute_value(self) -> bool:
        """Tell whether strokes at the start of a line enclose a number, `|x| = 5`."""
        if self._text.peek() != "|" or is_blank(self._text.peek(1)) or self._text.peek(1) == "|":
            return False
        end = self._text.find(_CELL_END, 1)
        if end is None or end[1] == "\n":
            return False
        blanks = self._text.count(_BLANKS, end[0] + 1)
        behind = self._text.peek(end[0] + 1 + blanks)
        is_variable = end[0] - 1 <= _LONGEST_VARIABLE and blanks > 0 and behind not in {"", "\n", "|"}
        return is_variable or behind in _OPERATORS

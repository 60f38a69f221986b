"""Markdown as a whole: what stands at the start of a line."""

from collections.abc import Callable
import re
from typing import Final

from .code import Code
from .inline import Inline
from .lookahead import WINDOW, UndecidedError
from .reading import Reading
from .rules import (
    BOX_RULE,
    BULLETS,
    DASHES,
    FEWEST_IN_RULE,
    IS_BOX,
    ROUND_BULLETS,
    RULES,
    SIGNED_VALUE,
    UNFINISHED_VALUE,
)
from .tables import BORDERS, Tables

_LINE_END: Final = re.compile(r"\n")
_MOST_HASHES: Final = 6
_BLANK_OR_END: Final = frozenset({" ", "\t", "\n", ""})
_HARD_BREAK: Final = "  "
# Behind these the sentence of the line before may go on.
_INDENTS: Final = frozenset(" \t>")


class Markdown:
    """Takes Markdown from the front of a text and says what a person would read out.

    The words of headings, list items, quotes and links are said, a line break being a pause as long as a period. The
    cells of a table are said with commas between them, a row like a line. Code is said as it stands, without fences
    and language. Lines that only draw something are not said.
    """

    def __init__(self, reading: Reading) -> None:
        """Begin at the start of a line."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._tables = Tables(reading)
        self._code = Code(reading)
        self._inline = Inline(reading, self._code, self._tables, self._end_line)
        self._rule = BOX_RULE
        # What marks the items of the line before, and of this one.
        self._list_mark = ""
        self._item_mark = ""
        self._marks: dict[str, Callable[[], bool]] = {
            **dict.fromkeys(" \t", self._takes_blank),
            **dict.fromkeys(ROUND_BULLETS, self._takes_rule_or_bullet),
            **dict.fromkeys(BULLETS, self._takes_rule_or_item),
            **dict.fromkeys("_=", self._takes_rule),
            **dict.fromkeys("`~", self._code.takes_fence),
            **dict.fromkeys(BORDERS, self._takes_rule_or_border),
            "#": self._takes_heading,
            ">": self._takes_quote,
        }

    def read(self) -> None:
        """Read all that is decided."""
        try:
            while not self._text.is_empty:
                self._step()
        except UndecidedError:
            return

    def _step(self) -> None:
        """Read one mark, or the words up to the next."""
        if self._reading.reader is not None:
            self._reading.reader()
        elif self._text.peek() == "\n":
            self._end_line(1)
        elif not self._takes_mark():
            self._inline.read()

    def _end_line(self, length: int) -> None:
        """End a line with characters of a length."""
        is_empty = self._transcript.is_at_line_start
        is_hard = self._inline.is_hard_break or self._text.past.endswith(_HARD_BREAK)
        is_soft = not is_hard and not self._tables.is_row and not self._tables.is_table
        self._transcript.line(is_soft=is_soft, is_inside=self._inline.emphasis.is_open)
        self._text.take(length)
        self._inline.end_line()
        self._tables.end_line()
        if is_empty:
            self._inline.emphasis.end_paragraph()
            self._tables.is_table = False
        else:
            self._list_mark, self._item_mark = self._item_mark, ""

    def _takes_mark(self) -> bool:
        """Take a mark that means something at the start of a line."""
        if not self._transcript.is_at_line_start or self._tables.is_row:
            return False
        mark = self._text.peek()
        takes = self._marks.get(mark)
        if takes is None and IS_BOX.match(mark):
            takes = self._takes_rule
        if takes is None or not takes():
            return False
        if mark not in _INDENTS:
            self._transcript.settle()
        return True

    def _takes_blank(self) -> bool:
        """Take indentation."""
        self._text.take(1)
        return True

    def _takes_heading(self) -> bool:
        """Take the hashes of a heading; `#1` is a number, `#word` a tag."""
        length = self._text.count_same(_MOST_HASHES + 1)
        behind = self._text.peek(length)
        is_glued = length > 1 and behind.isalpha()
        if length > _MOST_HASHES or (behind not in _BLANK_OR_END and not is_glued):
            return False
        self._text.take(length)
        self._inline.is_heading = True
        return True

    def _takes_quote(self) -> bool:
        """Take the mark of a quoted line; `>5` and `> 5 °C` compare."""
        behind = self._text.peek(1)
        if (behind not in _BLANK_OR_END | {">"} and not behind.isalpha()) or self._has_sign(">"):
            return False
        self._text.take(1)
        return True

    def _takes_item(self) -> bool:
        """Take the mark of a list item; `-5` is a number, and so is `- 5 °C`."""
        mark, behind = self._text.peek(), self._text.peek(1)
        is_glued = mark == "-" and behind.isalpha() and self._text.peek(2).isalpha()
        if (behind not in _BLANK_OR_END and not is_glued) or self._has_sign(mark):
            return False
        self._text.take(1)
        self._item_mark = mark
        return True

    def _has_sign(self, mark: str) -> bool:
        """Tell whether a number with a unit follows, of which the mark is the sign; in a list it is an item's."""
        if mark not in SIGNED_VALUE or mark == self._list_mark:
            return False
        value = self._text.match_run(SIGNED_VALUE[mark], UNFINISHED_VALUE)
        return value is not None and not (mark in DASHES and self._is_item(mark, len(value[0])))

    def _is_item(self, mark: str, length: int) -> bool:
        """Tell whether a value has words behind it, and the next line begins as this one: they are of a list."""
        end = self._text.find(_LINE_END, length)
        if end is None or not self._text.between(length, end[0]).strip(" .,;:!"):
            return False
        return self._text.peek(end[0] + 1) == mark and self._text.peek(end[0] + 2) == " "

    def _takes_rule(self) -> bool:
        """Take a line that only draws something."""
        mark = self._text.peek()
        rule = RULES.get(mark, BOX_RULE)
        length = self._text.count(rule)
        drawn = self._text.between(0, length)
        if length < WINDOW and self._text.peek(length) not in {"\n", ""}:
            return False
        is_edge = mark == "+" and "--" not in drawn
        if is_edge or (mark in FEWEST_IN_RULE and drawn.count(mark) < FEWEST_IN_RULE[mark]):
            return False
        self._tables.is_table = self._tables.is_table or ("|" in drawn and "-" in drawn)
        self._rule = rule
        self._text.take(length)
        self._reading.reader = self._skip_rule
        return True

    def _skip_rule(self) -> None:
        """Leave out the rest of a line that only draws something."""
        if not self._text.available(self._rule):
            self._text.take(self._text.peek() == "\n")
            self._reading.reader = None

    def _takes_rule_or_item(self) -> bool:
        """Take a line that only draws something, or the mark of a list item."""
        return (self._text.peek() in RULES and self._takes_rule()) or self._takes_item()

    def _takes_rule_or_bullet(self) -> bool:
        """Take a line that only draws something, or a bullet, which needs no blank behind it."""
        if self._text.peek() in RULES and self._takes_rule():
            return True
        self._item_mark = self._text.take(1)
        return True

    def _takes_rule_or_border(self) -> bool:
        """Take a line that only draws something, or the border in front of a row's first cell."""
        return self._takes_rule() or self._tables.takes_border()

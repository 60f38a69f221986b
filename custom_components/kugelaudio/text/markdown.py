"""Markdown as a whole: what stands at the start of a line, and blocks of code."""

from collections.abc import Callable
import re
from typing import Final

from .inline import Inline
from .lookahead import Lookahead, UndecidedError
from .speech_tags import SpeechTags, without_tags
from .transcript import Transcript

_LONGEST_RULE: Final = 200
_LONGEST_LINE_OF_CODE: Final = 500
_MOST_HASHES: Final = 6
_FEWEST_TICKS: Final = 3
_FEWEST_IN_RULE: Final = 3

_LINE: Final = re.compile(r"[^\n]*")
_FENCE_INFO: Final = re.compile(r"[^`\n]*")
# Lines between paragraphs, below a heading, between head and body of a table.
_RULE: Final = {
    "-": re.compile(r"[-|: \t]*"),
    "|": re.compile(r"[-|: \t]*"),
    "=": re.compile(r"[= \t]*"),
    "*": re.compile(r"[* \t]*"),
    "_": re.compile(r"[_ \t]*"),
}
_BLANK_OR_END: Final = frozenset({" ", "\t", "\n", ""})


class Markdown:
    """Takes Markdown from the front of a text and says what a person would read out.

    The words of headings, list items, quotes and links are said, a line break being a pause as long as a period. The
    cells of a table are said with commas between them, a row like a line. Code is said as it stands, without fences
    and language. Lines that only draw something are not said.
    """

    def __init__(self, text: Lookahead, transcript: Transcript) -> None:
        """Begin at the start of a line."""
        self._text = text
        self._transcript = transcript
        self._tags = SpeechTags(text, transcript)
        self._inline = Inline(text, transcript, self._tags)
        self._fence = ""
        self._marks: dict[str, Callable[[], bool]] = {
            **dict.fromkeys(" \t", self._takes_blank),
            **dict.fromkeys("-*", self._takes_rule_or_item),
            **dict.fromkeys("+•", self._takes_item),
            **dict.fromkeys("_=", self._takes_rule),
            **dict.fromkeys("`~", self._takes_fence),
            "|": self._takes_rule_or_border,
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
        if self._fence:
            self._read_code()
        elif self._tags.is_spelling:
            self._tags.spell()
        elif self._text.peek() == "\n":
            self._end_line()
        elif not self._takes_mark():
            self._inline.read()

    def _end_line(self) -> None:
        """End a line."""
        self._text.take(1)
        self._transcript.line()
        self._inline.end_line()

    def _takes_mark(self) -> bool:
        """Take a mark that means something at the start of a line."""
        mark = self._text.peek()
        is_at_start = self._transcript.is_at_line_start and not self._inline.is_row
        return is_at_start and mark in self._marks and self._marks[mark]()

    def _takes_blank(self) -> bool:
        """Take indentation."""
        self._text.take(1)
        return True

    def _takes_heading(self) -> bool:
        """Take the hashes of a heading; `#1` is a number."""
        length = self._text.count_same(_MOST_HASHES + 1)
        if length > _MOST_HASHES or self._text.peek(length) not in _BLANK_OR_END:
            return False
        self._text.take(length)
        return True

    def _takes_quote(self) -> bool:
        """Take the mark of a quoted line; `>5` compares."""
        if self._text.peek(1) not in _BLANK_OR_END | {">"}:
            return False
        self._text.take(1)
        return True

    def _takes_item(self) -> bool:
        """Take the mark of a list item; `-5` is a number."""
        if self._text.peek(1) not in _BLANK_OR_END:
            return False
        self._text.take(1)
        return True

    def _takes_rule(self) -> bool:
        """Take a line that only draws something."""
        mark = self._text.peek()
        length = self._text.count(_RULE[mark], _LONGEST_RULE)
        is_too_short = mark in "*_" and self._text.between(0, length).count(mark) < _FEWEST_IN_RULE
        if is_too_short or self._text.peek(length) not in {"\n", ""}:
            return False
        self._text.take(length + 1)
        return True

    def _takes_rule_or_item(self) -> bool:
        """Take a line that only draws something, or the mark of a list item."""
        return self._takes_rule() or self._takes_item()

    def _takes_rule_or_border(self) -> bool:
        """Take a line that only draws something, or the border in front of a row's first cell."""
        if not self._takes_rule():
            self._text.take(1)
            self._inline.is_row = True
        return True

    def _takes_fence(self) -> bool:
        """Take the line in front of a block of code."""
        length = self._text.count_same(_LONGEST_RULE)
        if length < _FEWEST_TICKS:
            return False
        end = length + self._text.count(_FENCE_INFO, _LONGEST_RULE, length)
        if self._text.peek(end) not in {"\n", ""}:
            return False
        self._fence = self._text.between(0, length)
        self._text.take(end + 1)
        return True

    def _read_code(self) -> None:
        """Read a line of code, or the line behind the block."""
        length = self._text.count(_LINE, _LONGEST_LINE_OF_CODE)
        end = self._text.peek(length)
        line = self._text.take(length)
        mark = line.strip()
        if mark.startswith(self._fence) and not mark.strip(self._fence[0]):
            self._fence = ""
            self._text.take(1)
            return
        self._transcript.write(without_tags(line))
        if end == "\n":
            self._end_line()

"""Code: it is said as it is written."""

import re
from typing import Final

from .characters import without_emoji
from .reading import Reading

_MOST_TICKS: Final = 3
_FEWEST_IN_FENCE: Final = 3
_SPAN_END: Final = {ticks: re.compile(rf"(?<!`){ticks}(?!`)|\n") for ticks in ("`", "``", "```")}
_SPAN: Final = re.compile(r"[^`\n]+")
_LINE: Final = re.compile(r"[^\n]+")
_BLANKS: Final = re.compile(r"[ \t]*")
_FENCE: Final = {"`": re.compile("`*"), "~": re.compile("~*")}
_INFO: Final = re.compile(r"[^`\n]*")
# Models also fence what nobody is to hear.
_UNHEARD: Final = frozenset(
    {"tool_code", "tool_call", "tool_calls", "tool_output", "tool_outputs", "think", "thinking", "thought", "reasoning"}
)


class Code:
    """Takes backticks and fences, and says what is between them."""

    def __init__(self, reading: Reading) -> None:
        """Begin outside of code."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._ticks = ""
        self._fence = ""
        self._is_heard = True
        self._is_at_line_start = True

    def span(self) -> None:
        """Read backticks. They are never said: where the end is missing, or far away, the words go on without them."""
        length = self._text.count_same(_MOST_TICKS + 1)
        self._ticks = self._text.between(0, length)
        if self._ticks not in _SPAN_END or self._text.before == "`":
            self._reading.skip(length)
            return
        end = self._text.find(_SPAN_END[self._ticks], length)
        if end is None and self._text.is_long:
            self._text.take(length)
            self._reading.reader = self._read_span
        elif end is None or end[1] == "\n":
            self._reading.skip(length)
        else:
            self._transcript.write(without_emoji(self._text.take(end[0] + length)[length:-length]))

    def _read_span(self) -> None:
        """Read code up to its end, or that of the line."""
        if code := self._text.available(_SPAN):
            self._transcript.write(without_emoji(code))
            return
        is_tick = self._text.peek() == "`"
        length = self._text.count_same(_MOST_TICKS) if is_tick else 0
        if not is_tick or self._text.between(0, length) == self._ticks:
            self._reading.reader = None
        self._text.take(length)

    def takes_fence(self) -> bool:
        """Take the line in front of a block of code."""
        mark = self._text.peek()
        length = self._text.count(_FENCE[mark])
        if length < _FEWEST_IN_FENCE:
            return False
        end = length + self._text.count(_INFO, length)
        if self._text.peek(end) not in {"\n", ""}:
            return False
        self._is_heard = self._text.between(length, end).strip().lower() not in _UNHEARD
        self._fence = self._text.between(0, length)
        self._text.take(end + 1)
        self._is_at_line_start = True
        self._reading.reader = self._read_block
        return True

    def _read_block(self) -> None:
        """Read a piece of a line of code, or the line behind the block."""
        if self._is_at_line_start and self._takes_end():
            self._reading.reader = None
            return
        self._is_at_line_start = False
        if code := self._text.available(_LINE):
            if self._is_heard:
                self._transcript.write(without_emoji(code))
            return
        self._text.take(1)
        self._is_at_line_start = True
        if self._is_heard:
            self._transcript.line()

    def _takes_end(self) -> bool:
        """Take the line behind a block of code."""
        indent = self._text.count(_BLANKS)
        if self._text.peek(indent) != self._fence[0]:
            return False
        end = indent + self._text.count(_FENCE[self._fence[0]], indent)
        if end - indent < len(self._fence):
            return False
        end += self._text.count(_BLANKS, end)
        if self._text.peek(end) not in {"\n", ""}:
            return False
        self._text.take(end + 1)
        return True

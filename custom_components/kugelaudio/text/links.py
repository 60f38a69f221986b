"""Links, images, boxes of tasks and other things in brackets."""

import re
from typing import Final

from .characters import is_blank, is_spaced
from .citations import Citations
from .lookahead import WINDOW
from .reading import Reading

_INNER: Final = r"(?:[^\[\]\n\\]|\\[^\n])"
_BALANCED: Final = re.compile(rf"\[(?:{_INNER}|\[(?:{_INNER}|\[(?:{_INNER}|\[{_INNER}*+\])*+\])*+\])*+\]")
_LINE_END: Final = re.compile(r"\n")
_PATH: Final = r"[^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+"
_TARGET: Final = re.compile(rf"""\([ \t]*+{_PATH}(?:[ \t]++(?:"[^"\n]*+"|'[^'\n]*+'))?+[ \t]*+\)""")
_UNFINISHED_TARGET: Final = re.compile(
    rf"""\([ \t]*+{_PATH}(?:\([^\s()]*+)?+(?:[ \t]++(?:"[^"\n]*+"?+|'[^'\n]*+'?+)?+[ \t]*+)?+"""
)
_ADDRESS: Final = r"<?(?:[A-Za-z][\w+.-]*://|mailto:|tel:|www\.|[/#]|\.\.?/)"
_TARGET_START: Final = re.compile(rf"\([ \t]*{_ADDRESS}")
_NO_BLANKS: Final = re.compile(r"[^\s]*")
_DEFINITION: Final = re.compile(rf":[ \t]*{_ADDRESS}")
_UNFINISHED_DEFINITION: Final = re.compile(r":[ \t]*<?(?:[A-Za-z][\w+.-]*:?/?|\.{1,2})?")
_REFERENCE: Final = re.compile(r"\[(?:\d{1,3}|[a-z][\w .-]*)?\]")
_UNFINISHED_REFERENCE: Final = re.compile(r"\[(?:\d{0,3}|[a-z][\w .-]*)")
_IN_TARGET: Final = re.compile(r"[^\s()]+")
_IN_REFERENCE: Final = re.compile(r"[^\]\n]+")
_IN_TITLE: Final = {quote: re.compile(rf"[^{quote}\n]+") for quote in "\"'>"}
# Citations that stand in parentheses, with or without where they lead.
_IN_PARENTHESES: Final = re.compile(r"\((?:\[\^?\d{1,3}\](?:\([^()\s]*\))?[,; ]*)+\)", re.ASCII)
_UNFINISHED_PARENTHESES: Final = re.compile(
    r"\((?:\[\^?\d{1,3}\](?:\([^()\s]*\))?[,; ]*)*(?:\[\^?\d{0,3}|\[\^?\d{1,3}\]\([^()\s]*)?", re.ASCII
)
_BLANKS: Final = re.compile(r"[ \t]*")
_LINE: Final = re.compile(r"[^\n]+")
_BOXES: Final = {" ": False, "x": True, "X": True}
_ALERT: Final = re.compile(r"!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION|INFO)")
_BEFORE_IMAGE: Final = frozenset("([|>*_")
_CDATA_END: Final = "]]>"


class Links:
    """Leaves the words of links and images to be read, and leaves out where they lead."""

    def __init__(self, reading: Reading, citations: Citations) -> None:
        """Begin outside of all brackets."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._citations = citations
        # Of each bracket that was opened: whether it begins a link; None where its end is too far away to know.
        self._open: list[bool | None] = []
        self._depth = 0
        self._has_path = False
        self._quote = ""

    def end_line(self) -> None:
        """Forget brackets that were not closed."""
        self._open.clear()
        self._citations.end_line()

    def link(self) -> None:
        """Read what begins with `[`."""
        end = self._end_of_brackets(1)
        if end is None:
            self._give_up()
            return
        content = self._text.between(1, end)
        length = end + 1
        if self._takes_definition(length) or self._takes_box(content, length):
            return
        if _ALERT.fullmatch(content) and self._transcript.is_at_line_start:
            self._reading.skip(length)
            return
        has_target = self._has_target(length)
        if has_target and self._citations.is_note(content):
            self._text.take(end)
            self._leave()
        elif self._citations.takes(content, length):
            return
        elif has_target or self._has_reference(length):
            self._open.append(True)
            self._text.take(1)
        else:
            self._open.append(False)
            self._reading.keep()

    def image(self) -> None:
        """Read what begins with `!`. One behind a word only exclaims, and is not held."""
        before = self._text.before
        is_image = (is_blank(before) or before in _BEFORE_IMAGE) and self._text.peek(1) == "["
        end = self._end_of_brackets(2) if is_image else None
        if end is None or not self._has_target(end + 1):
            self._reading.keep()
        else:
            self._open.append(True)
            self._text.take(2)

    def parenthesis(self) -> None:
        """Read `(`, and citations that it encloses."""
        found = None
        if self._text.peek(1) == "[":
            found = self._text.match(_IN_PARENTHESES, _UNFINISHED_PARENTHESES)
        if found:
            self._reading.skip(len(found[0]))
        else:
            self._reading.keep()

    def close(self) -> None:
        """Read `]`."""
        if not self._open:
            is_end_of_data = self._text.peek(1) == "]" and self._text.peek(2) == ">"
            if is_end_of_data:
                self._reading.skip(len("]]>"))
            else:
                self._reading.keep()
            return
        is_link = self._open[-1]
        if is_link is None:
            is_link = self._has_target(1)
            self._open[-1] = True
        if self._open.pop() is False:
            self._reading.keep()
        elif is_link:
            self._leave()
        else:
            self._reading.skip(1)

    def _give_up(self) -> None:
        """Say a bracket that is not closed in its line; leave it out if that is not known."""
        if self._text.is_long and "\n" not in self._text.between(0, WINDOW):
            self._open.append(None)
            self._reading.skip(1)
        else:
            self._reading.keep()

    def _end_of_brackets(self, start: int) -> int | None:
        """Return where the bracket that was opened in front of `start` is closed."""
        if found := self._text.shows(_BALANCED, start - 1):
            return start - 2 + len(found[0])
        self._text.find(_LINE_END, start)
        return None

    def _has_target(self, offset: int) -> bool:
        """Tell whether the target of a link begins here."""
        if self._text.peek(offset) != "(":
            return False
        if self._text.shows(_TARGET_START, offset) or self._text.match(_TARGET, _UNFINISHED_TARGET, offset):
            return True
        return offset + self._text.count(_NO_BLANKS, offset) >= WINDOW

    def _has_reference(self, offset: int) -> bool:
        """Tell whether the name of a definition follows; `matrix[1][2]` has two indices."""
        if is_spaced(self._text.before) or self._text.peek(offset) != "[":
            return False
        return self._text.match(_REFERENCE, _UNFINISHED_REFERENCE, offset) is not None

    def _takes_definition(self, length: int) -> bool:
        """Take the line that says where references lead."""
        if not self._transcript.is_at_line_start or self._text.peek(length) != ":":
            return False
        if self._text.match(_DEFINITION, _UNFINISHED_DEFINITION, length) is None:
            return False
        self._text.take(length)
        self._reading.reader = self._skip_line
        return True

    def _takes_box(self, content: str, length: int) -> bool:
        """Take the box of a task and say whether it is done."""
        behind = self._text.peek(length)
        is_value = self._transcript.awaits_value
        if content not in _BOXES or not is_blank(behind) or not (is_value or self._transcript.is_at_item_start):
            return False
        words = self._reading.words
        self._text.take(length)
        if self._transcript.is_at_line_start:
            self._transcript.settle()
        if is_value or behind in {" ", "\t"}:
            self._transcript.write((words.done if _BOXES[content] else words.open) + ("" if is_value else ":"))
        return True

    def _leave(self) -> None:
        """Leave out `]`, and what stands behind the words of a link."""
        is_reference = self._text.peek(1) == "["
        self._reading.skip(2)
        self._depth = 1
        self._has_path = False
        self._reading.reader = self._skip_reference if is_reference else self._skip_target

    def _skip_line(self) -> None:
        """Leave out the rest of a line."""
        if not self._text.available(_LINE):
            self._reading.reader = None

    def _skip_reference(self) -> None:
        """Leave out the name of a definition."""
        if not self._text.available(_IN_REFERENCE):
            self._text.take(self._text.peek() == "]")
            self._reading.reader = None

    def _skip_target(self) -> None:
        """Leave out where a link leads, however long that is; it ends at the latest with the line."""
        if not self._has_path and self._text.peek() == "<":
            self._text.take(1)
            self._quote = ">"
            self._reading.reader = self._skip_title
            return
        if self._text.available(_IN_TARGET):
            self._has_path = True
            return
        blanks = self._text.count(_BLANKS)
        mark = self._text.peek(blanks)
        if mark in {"(", ")"}:
            self._depth += 1 if mark == "(" else -1
            self._text.take(blanks + 1)
        elif blanks and mark in {'"', "'"}:
            self._text.take(blanks + 1)
            self._quote = mark
            self._reading.reader = self._skip_title
        elif blanks and not self._has_path and mark not in {"", "\n"}:
            self._text.take(blanks)
        else:
            self._depth = 0
        if not self._depth:
            self._reading.reader = None

    def _skip_title(self) -> None:
        """Leave out the title of a link."""
        if not self._text.available(_IN_TITLE[self._quote]):
            self._text.take(self._text.peek() == self._quote)
            self._has_path = True
            self._reading.reader = self._skip_target

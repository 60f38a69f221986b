"""Characters as they are written: whole ones, without those that nobody sees."""

import re
from typing import Final

_INVISIBLE: Final = (
    # Control characters, soft hyphens, blanks without width, directions, joiners of words, marks of annotations.
    "\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc"
)
_LINE_ENDS: Final = "\r\n|[\r\x0b\x0c\x85\u2028\u2029]"
# Colours and positions for terminals; a title behind `]`.
_TERMINAL: Final = r"\x1b(?:\[[0-?]{0,20}[ -/]{0,2}[@-~]|\][^\x07\x1b]{0,40}(?:\x07|\x1b\\)|[@-Z\\^_])?"
_DROPPED: Final = re.compile(f"{_TERMINAL}|[{_INVISIBLE}]")
_LINE_END: Final = re.compile(_LINE_ENDS)
_UNFINISHED: Final = re.compile(r"(?:\r|\x1b(?:\[[0-?]{0,20}[ -/]{0,2}|\][^\x07\x1b]{0,40}\x1b?)?)\Z")
_FIRST_HALVES: Final = range(0xD800, 0xDC00)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def without_invisible(text: str) -> str:
    """Return characters of a text that are seen, and halves of none."""
    return _SURROGATE.sub("", _DROPPED.sub("", text))


class Intake:
    """Joins what the border of two deltas cuts, and drops characters without a meaning for the ear."""

    def __init__(self) -> None:
        """Begin a text."""
        self.held = ""

    def feed(self, delta: str, *, has_ended: bool) -> str:
        r"""Return what is whole: with `\n` for all ends of lines, without halves of surrogate pairs."""
        text, half = self.held + delta, ""
        if text and not has_ended and ord(text[-1]) in _FIRST_HALVES:
            text, half = text[:-1], text[-1]
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        unfinished = None if has_ended else _UNFINISHED.search(text)
        decided = unfinished.start() if unfinished else len(text)
        self.held = text[decided:] + half
        return _DROPPED.sub("", _LINE_END.sub("\n", text[:decided]))

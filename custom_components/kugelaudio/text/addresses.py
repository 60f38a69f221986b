"""Addresses of pages: a person says the name of the site."""

import re
from typing import Final

from .reading import Reading

_LETTER: Final = "[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]"
_HOST: Final = rf"{_LETTER}+(?:[._-]+{_LETTER}+)*"
_SITE: Final = re.compile(
    rf"(?:(?:https?|ftps?|wss?)://(?:[\w.~%-]+(?::[\w.~%-]*)?@)?(?:www\.)?|www\.)"
    rf"(?P<site>{_HOST}|\[[0-9A-Fa-f:.]+\])(?::\d{{1,5}})?",
    re.IGNORECASE,
)
_BEGINNING: Final = re.compile(
    r"(?:h|ht|htt|https?|f|ft|ftps?|w|ws|wss)(?::(?:/(?:/[^\s/<>\"]*)?)?)?"
    r"|w|ww|www(?:\.[^\s/<>\"]*)?",
    re.IGNORECASE,
)
FIRST_LETTERS: Final = "hfwHFW"
# They belong to the address wherever they stand, or only in front of more of it.
_SURE: Final = re.compile(r"[0-9A-Za-z/%=&#+$@|\\^{}-]+")
_PUNCTUATION: Final = re.compile(r"[.,;:!?'*_~\[\]]+")
_DROPPED_AT_END: Final = re.compile(r"[_~]+")


class Addresses:
    """Says the site of an address and leaves out the rest of it, however long that is."""

    def __init__(self, reading: Reading) -> None:
        """Begin outside of all addresses."""
        self._reading = reading
        self._text = reading.text
        self._depth = 0
        self._is_enclosed = False

    def takes_enclosed(self) -> bool:
        """Take the beginning of an address in angle brackets, if there is one."""
        return self.takes(1)

    def takes(self, offset: int = 0) -> bool:
        """Take the beginning of an address, and what encloses it in front of it, if there is one."""
        found = self._text.match_run(_SITE, _BEGINNING, offset)
        if found is None:
            return False
        self._text.take(offset + len(found[0]))
        self._reading.transcript.write(found["site"])
        self._depth = 0
        self._is_enclosed = offset > 0
        self._reading.reader = self._read
        return True

    def _read(self) -> None:
        """Leave out a piece of the address."""
        if self._text.available(_SURE):
            return
        mark = self._text.peek()
        if mark == "(" or (mark == ")" and self._depth):
            self._depth += 1 if mark == "(" else -1
            self._text.take(1)
            return
        length = self._text.count(_PUNCTUATION)
        behind = self._text.peek(length)
        if length and (_SURE.match(behind) or behind == "("):
            self._text.take(length)
            return
        has_end = self._is_enclosed and mark == ">"
        self._text.take(1 if has_end else 0)
        self._text.available(_DROPPED_AT_END)
        self._reading.reader = None

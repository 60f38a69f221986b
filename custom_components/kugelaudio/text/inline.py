"""Markdown inside of a line."""

from collections.abc import Callable
from html import unescape
import re
from typing import Final

from .characters import (
    JOINER,
    SELECTOR,
    SYMBOLS,
    is_emoji,
    is_emoji_by_selector,
    is_emoji_part,
    is_spaced,
    without_emoji,
)
from .emphasis import Emphasis
from .links import Links
from .lookahead import Lookahead
from .speech_tags import SpeechTags, without_tags
from .transcript import Transcript

_LONGEST_CODE: Final = 300
_LONGEST_ENTITY: Final = 35

_WORDS: Final = re.compile(rf"[^\n\\`*_~\[!<&|/{SYMBOLS}]+")
_CODE_END: Final = {ticks: re.compile(rf"(?<!`){ticks}(?!`)|\n") for ticks in ("`", "``", "```")}
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_UNFINISHED_ENTITY: Final = re.compile(r"&(?:#(?:\d{0,7}|[xX][0-9A-Fa-f]{0,6})|[A-Za-z][A-Za-z0-9]{0,31})?", re.ASCII)
_ESCAPABLE: Final = frozenset("`*_{}[]()#+-.!~|<>&")
_NO_MARKS_IN_ADDRESS: Final = frozenset("_~[&!\\")


class Inline:
    """Reads the words of a line and the marks between them."""

    def __init__(self, text: Lookahead, transcript: Transcript, tags: SpeechTags) -> None:
        """Begin in front of the first word."""
        self._text = text
        self._transcript = transcript
        self._emphasis = Emphasis(text, transcript)
        self._is_address = False
        self.is_row = False
        links = Links(text, transcript)
        self._marks: dict[str, Callable[[], None]] = {
            "\\": self._escape,
            "`": self._code,
            "*": self._emphasis.asterisks,
            "_": self._emphasis.underscores,
            "~": self._emphasis.tildes,
            "[": links.link,
            "!": links.image,
            "<": tags.read,
            "&": self._entity,
            "|": self._cell,
            "/": self._slash,
        }

    def end_line(self) -> None:
        """Forget what does not go on in the next line."""
        self._emphasis.end_line()
        self._is_address = self.is_row = False

    def read(self) -> None:
        """Read a mark, or words up to the next."""
        if words := self._text.available(_WORDS):
            self._is_address = self._is_address and words.isascii() and not re.search(r"\s", words)
            self._transcript.write(words)
            return
        mark = self._text.peek()
        if self._is_address and self._is_part_of_address(mark):
            self._keep()
        else:
            self._marks.get(mark, self._symbol)()

    def _is_part_of_address(self, mark: str) -> bool:
        """Tell whether a mark means nothing in a URL or path."""
        return mark in _NO_MARKS_IN_ADDRESS or (mark == "*" and is_spaced(self._text.peek(1)))

    def _keep(self, length: int = 1) -> None:
        """Say marks that mean nothing but themselves."""
        self._transcript.write(self._text.take(length))

    def _slash(self) -> None:
        """Say a slash; two behind a colon begin an address."""
        self._is_address = self._is_address or self._text.past == ":/"
        self._keep()

    def _escape(self) -> None:
        r"""Take a backslash in front of a mark; in `C:\` and `\\` it begins a path."""
        escaped = self._text.peek(1)
        if escaped == "\\" or self._text.before == ":":
            self._is_address = True
            self._keep(2 if escaped == "\\" else 1)
        elif escaped == "\n":
            self._text.take(1)
        elif escaped in _ESCAPABLE:
            self._text.take(1)
            self._keep()
        else:
            self._keep()

    def _code(self) -> None:
        """Say what stands between backticks."""
        length = self._text.count_same(len("```") + 1)
        ticks = self._text.between(0, length)
        end = None
        if ticks in _CODE_END and self._text.before != "`":
            end = self._text.find_in_line(_CODE_END[ticks], _LONGEST_CODE, length)
        if end is None:
            self._keep(length)
        else:
            self._transcript.write(without_tags(self._text.take(end + length)[length:-length]))

    def _entity(self) -> None:
        """Say the character that `&…;` stands for."""
        entity = self._text.match(_ENTITY, _UNFINISHED_ENTITY, _LONGEST_ENTITY)
        if entity is None:
            self._keep()
        else:
            self._transcript.write(without_emoji(unescape(self._text.take(len(entity[0])))))

    def _cell(self) -> None:
        """Make a pause between two cells of a table."""
        if self.is_row:
            self._text.take(1)
            self._transcript.comma()
        else:
            self._keep()

    def _symbol(self) -> None:
        """Leave out an emoji; the digit on a key stays."""
        symbol = self._text.peek()
        if symbol == JOINER:
            is_dropped = is_emoji(self._text.before)
        elif is_emoji_by_selector(symbol):
            is_dropped = self._text.peek(1) == SELECTOR
        else:
            is_dropped = is_emoji(symbol)
        if not is_dropped:
            self._keep()
            return
        self._text.take(1)
        if not is_emoji_part(symbol):
            self._transcript.blank()
        self._transcript.drop()

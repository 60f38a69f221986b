"""Markdown inside of a line."""

from collections.abc import Callable
from html import unescape
import re
from typing import Final

from .addresses import FIRST_LETTERS, Addresses
from .characters import SYMBOLS, UNSPACED, is_spaced, without_emoji
from .citations import CITATION_BRACKET, PRIVATE, RAISED, Citations
from .code import Code
from .emoji import Emoji
from .emphasis import Emphasis
from .escapes import Escapes
from .hidden import Hidden
from .intake import without_invisible
from .latex import Latex
from .links import Links
from .reading import Reading
from .speech_tags import SpeechTags
from .tables import BORDERS, Tables

_THOUGHT_SIGN: Final = "◁"
_SPECIAL: Final = rf"\n\\`*_~\[\](!<&/$#{BORDERS}{CITATION_BRACKET}{_THOUGHT_SIGN}{RAISED}{SYMBOLS}{PRIVATE}"
# An address is looked for where a word begins with its first letter.
_WORDS: Final = re.compile(rf"[^{_SPECIAL}](?:[^{_SPECIAL}{FIRST_LETTERS}]|(?<=[^\W{UNSPACED}])[{FIRST_LETTERS}])*")
_SPACE: Final = re.compile(r"\s")
_PRIVATE: Final = re.compile(f"[{PRIVATE}]")
_RAISED_DIGIT: Final = re.compile(f"[{RAISED}]")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_UNFINISHED_ENTITY: Final = re.compile(r"&(?:#(?:\d{0,7}|[xX][0-9A-Fa-f]{0,6})|[A-Za-z][A-Za-z0-9]{0,31})?", re.ASCII)
_HASHES: Final = re.compile(r"#*")
_BLANKS: Final = re.compile(r"[ \t]*")
_NO_MARKS_IN_ADDRESS: Final = frozenset("_~[&!\\#$")
_NO_ADDRESS_BEHIND: Final = frozenset("@./-_")


class Inline:
    """Reads the words of a line and the marks between them."""

    def __init__(self, reading: Reading, code: Code, tables: Tables, end_line: Callable[[int], None]) -> None:
        """Begin in front of the first word; a line end that is written as an escape is passed on."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._hidden = Hidden(reading)
        self._addresses = Addresses(reading)
        self._citations = Citations(reading)
        latex = Latex(reading)
        self._links = Links(reading, self._citations)
        self._escapes = Escapes(reading, latex, end_line)
        self.emphasis = Emphasis(reading)
        self._is_address = False
        self.is_heading = False
        self._marks: dict[str, Callable[[], None]] = {
            "\\": self._escape,
            "`": code.span,
            "*": self.emphasis.asterisks,
            "_": self.emphasis.underscores,
            "~": self.emphasis.tildes,
            "[": self._bracket,
            "]": self._links.close,
            "(": self._links.parenthesis,
            "!": self._links.image,
            "<": SpeechTags(reading, self._hidden, self._addresses).read,
            "&": self._entity,
            "/": self._slash,
            "$": latex.dollar,
            "#": self._hash,
            CITATION_BRACKET: self._citations.source,
            _THOUGHT_SIGN: self._thought,
            **dict.fromkeys(BORDERS, tables.stroke),
        }
        self._emoji = Emoji(reading)

    @property
    def is_hard_break(self) -> bool:
        """Tell whether the line ends on purpose."""
        return self.is_heading or self._escapes.is_hard_break or self.emphasis.is_bold_line

    def end_line(self) -> None:
        """Forget what does not go on in the next line."""
        self.emphasis.end_line()
        self._links.end_line()
        self._is_address = self.is_heading = self._escapes.is_hard_break = False

    def read(self) -> None:
        """Read a mark, or words up to the next."""
        mark = self._text.peek()
        if mark in FIRST_LETTERS and self._takes_address():
            return
        if words := self._text.available(_WORDS):
            self._is_address = self._is_address and words.isascii() and not _SPACE.search(words)
            self._transcript.write(words)
        elif self._is_address and self._is_part_of_address(mark):
            self._reading.keep()
        elif _PRIVATE.match(mark):
            self._citations.private()
        elif _RAISED_DIGIT.match(mark):
            self._citations.superscript()
        else:
            self._marks.get(mark, self._emoji.read)()

    def _takes_address(self) -> bool:
        """Take an address of a page where a word begins."""
        before = self._text.before
        if self._is_address or is_spaced(before) or before in _NO_ADDRESS_BEHIND:
            return False
        return self._addresses.takes()

    def _is_part_of_address(self, mark: str) -> bool:
        """Tell whether a mark means nothing in a path or address."""
        return mark in _NO_MARKS_IN_ADDRESS or (mark == "*" and is_spaced(self._text.peek(1)))

    def _slash(self) -> None:
        """Say a slash; two behind a colon begin an address."""
        self._is_address = self._is_address or self._text.past.endswith(":/")
        self._reading.keep()

    def _escape(self) -> None:
        """Read a backslash."""
        if not self._escapes.takes():
            self._is_address = True

    def _bracket(self) -> None:
        """Read `[`."""
        if not self._hidden.takes():
            self._links.link()

    def _thought(self) -> None:
        """Read a sign that some models put around thoughts."""
        if not self._hidden.takes():
            self._reading.keep()

    def _hash(self) -> None:
        """Leave out the hashes at the end of a heading."""
        if self.is_heading and self._text.before in {" ", "\t"}:
            length = self._text.count(_HASHES)
            end = length + self._text.count(_BLANKS, length)
            if self._text.peek(end) in {"\n", ""}:
                self._text.take(end)
                return
        self._reading.keep()

    def _entity(self) -> None:
        """Say the character that `&…;` stands for."""
        entity = self._text.match(_ENTITY, _UNFINISHED_ENTITY)
        if entity is None:
            self._reading.keep()
        else:
            self._text.take(len(entity[0]))
            character = unescape(entity[0]).replace("\u00a0", " ")
            self._transcript.write(without_emoji(without_invisible(character)))

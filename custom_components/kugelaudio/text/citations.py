"""Citations, footnotes and other marks that point to a source."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

from .characters import is_blank, is_spaced
from .reading import Reading
from .words import BEFORE_NUMBERS_UNSPACED, CONJUNCTIONS, LEADING_WORDS, POLITE_WORDS, WORDS_BEFORE_NUMBERS

CITATION_BRACKET: Final = "\u3010"
# What some models put around a citation are characters for private use.
PRIVATE: Final = "\ue000-\uf8ff"
_PRIVATE_BEGIN: Final = "\ue200"
_PRIVATE_END: Final = "\ue201"

_NUMBER: Final = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_FOOTNOTE: Final = re.compile(
    r"\^[^\s\[\]]+|oai_citation\S*|oaicite\S*|citation:\d+|cite_start|cite:[\w ,.:-]+|turn\d+[a-z]+\d+"
    r"|(?:web|post|source|src|ref|doc|file|page|news):[ ]?\d{1,3}|[⁰¹²³⁴-⁹]{1,3}",
    re.ASCII,
)
# Several in one pair of brackets: behind a word or the end of a sentence, and in their order.
_NUMBERS: Final = re.compile(r"[1-9]\d?(?:[ ]?(?:[,;]|[-–])[ ]?[1-9]\d?){1,5}", re.ASCII)
_ONE_OF_NUMBERS: Final = re.compile(r"\d+", re.ASCII)
RAISED: Final = "⁰¹²³⁴-⁹"
_RAISED: Final = re.compile(f"[{RAISED}]*")
_PUNCTUATION: Final = frozenset('.,;:!?…。，！？"»”')
_ENDS_OF_SENTENCES: Final = frozenset('.!?…。！？"»”)')
_BEFORE_NUMBER: Final = frozenset("*_(\"'„“«")
_AND: Final = "|".join(sorted(CONJUNCTIONS))
_NEXT: Final = re.compile(rf"(?P<separator>[ \t]*[,;–-]?[ \t]*(?:(?:&|{_AND})[ \t]+)?)\[[1-9]\d{{0,2}}\]")
_UNFINISHED_NEXT: Final = re.compile(r"[ \t]*[,;–-]?[ \t]*(?:[&\w]{1,4}[ \t]*)?(?:\[\d{0,3})?")
_SOURCE: Final = re.compile(
    r"\u3010(?:\d{1,3}|\d+:\d+[^\u3010\u3011\n]*|[^\u3010\u3011\n]*†[^\u3010\u3011\n]*)\u3011", re.ASCII
)
_UNFINISHED_SOURCE: Final = re.compile(r"\u3010[^\u3010\u3011\n]*")
_PRIVATE_CONTENT: Final = re.compile(rf"[^\s{_PRIVATE_END}]+")


class Citations:
    """Takes marks of citations, and leaves numbers that are text: `list[0]`, `x = [1]`, `[2026]`, `Press [1]`."""

    def __init__(self, reading: Reading) -> None:
        """Begin a line."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript
        self._has_numbers = False

    def end_line(self) -> None:
        """Forget what the line was about."""
        self._has_numbers = False

    @staticmethod
    def is_note(content: str) -> bool:
        """Tell whether brackets that lead somewhere hold nothing but a number or the name of a source."""
        return _FOOTNOTE.fullmatch(content) is not None or _NUMBER.fullmatch(content) is not None

    def takes(self, content: str, length: int) -> bool:
        """Take brackets of a length if they are a note."""
        is_footnote = _FOOTNOTE.fullmatch(content) is not None or self._is_group(content, length)
        if not is_footnote and not (_NUMBER.fullmatch(content) and self._is_apart(length)):
            return False
        behind = self._text.peek(length)
        if behind == ":" and self._transcript.is_at_line_start:
            self._reading.skip(length + 1)
        elif is_footnote or not self._is_text(behind):
            following = self._text.match(_NEXT, _UNFINISHED_NEXT, length)
            self._reading.skip(length + (len(following["separator"]) if following else 0))
        else:
            self._has_numbers = True
            self._text.take(length)
            self._transcript.write(content)
        return True

    def source(self) -> None:
        """Read a lenticular bracket, which also quotes."""
        source = self._text.match(_SOURCE, _UNFINISHED_SOURCE)
        if source is None:
            self._reading.keep()
        else:
            self._reading.skip(len(source[0]))

    def superscript(self) -> None:
        """Read a small raised digit: behind a sentence a note, behind a unit or a variable a power."""
        length = self._text.count(_RAISED)
        is_note = self._text.before in _PUNCTUATION and is_blank(self._text.peek(length))
        if is_note:
            self._reading.skip(length)
        else:
            self._reading.keep(length)

    def private(self) -> None:
        """Leave out a character for private use, and what it may begin."""
        if self._text.peek() == _PRIVATE_BEGIN:
            self._reading.reader = self._read_private
        self._reading.skip(1)

    def _read_private(self) -> None:
        """Leave out what stands between characters for private use."""
        if self._text.available(_PRIVATE_CONTENT):
            return
        self._reading.reader = None
        if self._text.peek() == _PRIVATE_END:
            self._reading.skip(1)

    def _is_apart(self, length: int) -> bool:
        """Tell whether a number in brackets is neither an index nor a value."""
        past = self._text.past
        is_index = is_spaced(past[-1:]) and not is_spaced(past[-2:-1])
        behind = self._text.peek(length)
        is_assigned = is_spaced(past[-1:]) and behind == " " and self._text.peek(length + 1) == "="
        is_value = past[-2:] == "= " or past[-1:] in {"=", "_"} or is_spaced(behind) or is_assigned
        return not is_index and not is_value

    def _is_text(self, behind: str) -> bool:
        """Tell whether a number in brackets is what is to be read."""
        is_first = self._transcript.is_at_line_start
        if self._has_numbers or (is_first and (behind in {" ", "\t"} or behind.isalpha())):
            return True
        return self._asks_for_number()

    def _is_group(self, content: str, length: int) -> bool:
        """Tell whether numbers in brackets cite, and are no list of values."""
        if not _NUMBERS.fullmatch(content):
            return False
        numbers = [int(number) for number in _ONE_OF_NUMBERS.findall(content)]
        before = self._text.past.rstrip()[-1:]
        is_behind_sentence = before.isalpha() or before in _ENDS_OF_SENTENCES
        behind = self._text.peek(length)
        is_last = is_blank(behind) or not behind.isalnum()
        return numbers == sorted(set(numbers)) and is_behind_sentence and is_last and not self._asks_for_number()

    def _asks_for_number(self) -> bool:
        """Tell whether the word in front needs another one behind it, or lets one press or choose a number."""
        *_, before_last, last = "", "", *self._transcript.last_words
        before = self._text.before
        if is_spaced(before):
            return False
        if not is_blank(before) and before not in _BEFORE_NUMBER:
            return last.endswith(BEFORE_NUMBERS_UNSPACED)
        return (
            last in WORDS_BEFORE_NUMBERS
            or (last in LEADING_WORDS and last not in CONJUNCTIONS)
            or (last in POLITE_WORDS and before_last in WORDS_BEFORE_NUMBERS)
        )

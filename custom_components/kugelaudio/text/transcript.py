"""What is to be spoken: blanks, pauses and characters as the voice shall get them."""

import re
from typing import Final
import unicodedata

from .characters import is_spaced
from .words import LEADING_WORDS

_BLANKS: Final = re.compile(r"([ \t]+)")
_PARAGRAPH: Final = "\n\n"
_PAUSES: Final = ".,;:!?…\u060c\u061b\u061f\u0964\u3001\u3002\uff01\uff0c\uff1a\uff1f"
_INSIDE_OF_SENTENCE: Final = ",;\u060c\u061b\u3001\uff0c"
_DASHES: Final = (" -", " \u2013", " \u2014", " \u2192")
_COLONS: Final = frozenset(":\uff1a")
_CLOSING: Final = _PAUSES + ")]}»”"
_LAST_WORDS: Final = re.compile(r"(?:[^\W_]+ )?[^\W_]+$")
_LAST_WORD: Final = re.compile(r"[^\W_]+$")
_NUMBERED: Final = re.compile(r"(?:\d{1,3}[.)])?")
_LONGEST_TAIL: Final = 24
_FEWEST_WORDS: Final = 2
# A line that begins with a small letter or a number is rather an item of a list, as is "Light: off". A script without
# capital letters does not show where a sentence begins.
_FEWEST_WORDS_IN_PLAIN_LINE: Final = 4
_MOST_WORDS_IN_VALUE: Final = 2
_LETTERED: Final = re.compile(r"[^\W\d_]\)")
_MOST_UNJOINED: Final = 48
# Ideographs are letters that nothing composes with. Vowels and finals of Hangul, and one vowel of Kirat Rai, compose
# with the letter before them like a combining mark, without being one.
_IDEOGRAPHS: Final = range(0x3400, 0xA000)
_JOINING_LETTERS: Final = re.compile("[\u1160-\u11ff\U00016d67]")


class Transcript:
    """Collects words and the blanks and pauses between them, normalised to NFC.

    A blank is kept back until a word follows it, a letter until it is sure that no mark joins it, and the end of a
    line inside of a sentence until it is known whether the sentence goes on.
    """

    def __init__(self) -> None:
        """Begin with an empty line."""
        self._pieces: list[str] = []
        self._unjoined = ""
        self._ending = ""
        self._gap = ""
        self._has_dropped = False
        self._tail = ""
        self._words = 0
        self._head = ""
        # How many words stood in front of what a colon announces.
        self._value_from: int | None = None
        self._is_inside = False
        self._is_line_open = False
        self._is_listing = False
        self._is_cell_open = False

    def write(self, text: str) -> None:
        """Say words; blanks between them become one each."""
        for part in _BLANKS.split(text):
            if part[:1] in {" ", "\t"}:
                self.blank()
            elif part:
                self.verbatim(part)

    def verbatim(self, text: str) -> None:
        """Say exactly this."""
        if self._is_line_open:
            self._continue_line(text[0])
        if not (self._has_dropped and text[0] in _CLOSING):
            if self._gap and self._ending[-1:] in _COLONS:
                self._value_from = self._words
            self._pieces.append(self._gap)
            self._tail += self._gap
            self._words += bool(self._gap)
        self._gap = ""
        self._has_dropped = self._is_cell_open = False
        self._append(text)

    def blank(self) -> None:
        """Separate two words."""
        if not self.is_at_line_start:
            self._gap = self._gap or " "

    def comma(self) -> None:
        """Begin a cell: make a short pause, if there are words on both sides and no punctuation."""
        self._is_cell_open = True
        if not self.is_at_line_start:
            self._gap = " " if self._ending[-1] in _PAUSES else ", "

    def drop(self) -> None:
        """Leave something out: punctuation that follows belongs to the word before."""
        self._has_dropped = True

    def end_line(self) -> None:
        """Make a long pause, unless there is one already."""
        if not self.is_at_line_start:
            self.line()

    def line(self, *, is_soft: bool = False, is_inside: bool = False) -> None:
        """End a line, or a paragraph if the line is empty; further empty lines say nothing.

        What stands in the next line may continue a sentence that a soft end cuts, and does inside of emphasised words.
        """
        self._is_inside = is_inside
        self._gap = ""
        self._has_dropped = self._is_cell_open = False
        self.settle()
        if self._ending in {"", _PARAGRAPH}:
            return
        last = self._ending[-1]
        self._is_listing = last == ":" or (self._is_listing and last != "\n")
        if is_soft and not self._is_listing and last != "\n" and (last not in _PAUSES or last in _INSIDE_OF_SENTENCE):
            self._is_line_open = True
            self._ending = "\n"
        else:
            self._break()

    def settle(self) -> None:
        """Let the line before this one have ended: what follows begins something new."""
        if self._is_line_open:
            self._is_line_open = False
            self._ending = self._tail[-1:]
            self._break()

    def take(self, *, has_ended: bool) -> str:
        """Return what was collected; a letter that a mark can still join only if the text has ended."""
        text = "".join(self._pieces)
        self._pieces.clear()
        end = len(text) if has_ended or self._gap or self._is_line_open else _joinable_from(text)
        if end is None and len(self._unjoined) + len(text) < _MOST_UNJOINED:
            self._unjoined += text
            return ""
        ready = self._unjoined + text[:end]
        self._unjoined = "" if end is None else text[end:]
        return unicodedata.normalize("NFC", ready)

    @property
    def held(self) -> str:
        """Return the letter that a mark can still join."""
        return self._unjoined

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was said yet."""
        return not self._ending

    @property
    def is_at_line_start(self) -> bool:
        """Tell whether nothing was said in this line."""
        return self._ending[-1:] in {"", "\n"}

    @property
    def is_at_item_start(self) -> bool:
        """Tell whether nothing but the number of a list item was said in this line."""
        return self.is_at_line_start or _NUMBERED.fullmatch(self._tail) is not None

    @property
    def is_behind_pause(self) -> bool:
        """Tell whether the last word has punctuation behind it."""
        return self._ending[-1:] in _PAUSES

    def ends_with(self, words: str) -> bool:
        """Tell whether these words were said last."""
        return self._tail.endswith(words)

    @property
    def awaits_value(self) -> bool:
        """Tell whether a cell of a table has just begun, or what a colon, sign of equality or dash announces."""
        last = self._ending[-1:]
        return self._is_cell_open or last in _COLONS or last == "=" or self._tail.endswith(_DASHES)

    @property
    def last_words(self) -> list[str]:
        """Return the one or two words that were said last, in small letters; none if something else was."""
        found = _LAST_WORDS.search(self._tail)
        return found[0].lower().split() if found else []

    @property
    def last_word(self) -> str:
        """Return the word that was said last, if nothing but a blank stands behind it, in small letters."""
        word = _LAST_WORD.search(self._tail)
        return word[0].lower() if word else ""

    def _continue_line(self, first: str) -> None:
        """Go on with the sentence of the line before, if the first character of this line tells so."""
        if self._goes_on(first):
            self._is_line_open = False
            self._ending = self._tail[-1:]
            self._gap = " "
        else:
            self.settle()

    def _goes_on(self, first: str) -> bool:
        """Tell whether a line that begins with this character continues a sentence."""
        if not first.isalpha():
            return False
        if self._tail[-1:] in _INSIDE_OF_SENTENCE or self.last_word in LEADING_WORDS:
            return True
        words = self._words + 1
        is_value = self._value_from is not None and self._words - self._value_from <= _MOST_WORDS_IN_VALUE
        if (is_value or _LETTERED.match(self._head)) and not self._is_inside:
            return False
        if first.islower():
            is_sentence = self._is_inside or self._head[:1].isupper()
            return words >= (_FEWEST_WORDS if is_sentence else _FEWEST_WORDS_IN_PLAIN_LINE)
        return is_spaced(first) and not first.isupper() and words >= _FEWEST_WORDS_IN_PLAIN_LINE

    def _break(self) -> None:
        """Say the end of a line."""
        self._append("\n")
        self._tail = self._head = ""
        self._words = 0
        self._value_from = None

    def _append(self, text: str) -> None:
        """Collect, and remember the end."""
        self._pieces.append(text)
        self._ending = (self._ending + text[-2:])[-len(_PARAGRAPH) :]
        self._head = (self._head + text[:2])[:2]
        self._tail = (self._tail + text[-_LONGEST_TAIL:])[-_LONGEST_TAIL:]


def _joinable_from(text: str) -> int | None:
    """Return where the last letter begins that a mark can still join; None if that is before the text."""
    base = len(text) - 1
    while base >= 0 and _joins(text[base]):
        base -= 1
    if base < 0:
        return None
    return base if base < len(text) - 1 or _can_be_joined(text[base]) else len(text)


def _joins(character: str) -> bool:
    """Tell whether a character can compose with the one before it."""
    return unicodedata.category(character)[0] == "M" or _JOINING_LETTERS.match(character) is not None


def _can_be_joined(character: str) -> bool:
    """Tell whether a character can compose with one that follows it."""
    return unicodedata.category(character)[0] in "LS" and ord(character) not in _IDEOGRAPHS

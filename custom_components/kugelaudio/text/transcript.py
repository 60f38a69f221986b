"""What is to be spoken: blanks, pauses and characters as the voice shall get them."""

import re
from typing import Final
import unicodedata

_BLANKS: Final = re.compile(r"([ \t]+)")
_PARAGRAPH: Final = "\n\n"
_PAUSES: Final = ".,;:!?…\u3001\u3002\uff01\uff0c\uff1a\uff1f"
_CLOSING: Final = _PAUSES + ")]}»”"
# Ideographs are letters that nothing composes with. Vowels and finals of Hangul, and one vowel of Kirat Rai, compose
# with the letter before them like a combining mark, without being one.
_IDEOGRAPHS: Final = range(0x3400, 0xA000)
_JOINING_LETTERS: Final = re.compile("[\u1160-\u11ff\U00016d67]")


class Transcript:
    """Collects words and the blanks and pauses between them, normalised to NFC.

    A blank is kept back until a word follows it, a letter until it is sure that no mark joins it.
    """

    def __init__(self) -> None:
        """Begin with an empty line."""
        self._pieces: list[str] = []
        self._unjoined = ""
        self._ending = ""
        self._gap = ""
        self._has_dropped = False

    def write(self, text: str) -> None:
        """Say words; blanks between them become one each."""
        for part in _BLANKS.split(text):
            if part[:1] in {" ", "\t"}:
                self.blank()
            elif part:
                self.verbatim(part)

    def verbatim(self, text: str) -> None:
        """Say exactly this."""
        if not (self._has_dropped and text[0] in _CLOSING):
            self._pieces.append(self._gap)
        self._gap = ""
        self._has_dropped = False
        self._append(text)

    def blank(self) -> None:
        """Separate two words."""
        if not self.is_at_line_start:
            self._gap = self._gap or " "

    def comma(self) -> None:
        """Make a short pause, if there are words on both sides and no punctuation."""
        if not self.is_at_line_start:
            self._gap = " " if self._ending[-1] in _PAUSES else ", "

    def drop(self) -> None:
        """Leave something out: punctuation that follows belongs to the word before."""
        self._has_dropped = True

    def end_line(self) -> None:
        """Make a long pause, unless there is one already."""
        if not self.is_at_line_start:
            self.line()

    def line(self) -> None:
        """End a line, or a paragraph if the line is empty; further empty lines say nothing."""
        self._gap = ""
        self._has_dropped = False
        if self._ending not in {"", _PARAGRAPH}:
            self._append("\n")

    def take(self, *, has_ended: bool) -> str:
        """Return what was collected; a letter that a mark can still join only if the text has ended."""
        text = "".join(self._pieces)
        self._pieces.clear()
        end = len(text) if has_ended or self._gap else _joinable_from(text)
        if end is None:
            self._unjoined += text
            return ""
        ready = self._unjoined + text[:end]
        self._unjoined = text[end:]
        return unicodedata.normalize("NFC", ready)

    @property
    def is_at_line_start(self) -> bool:
        """Tell whether nothing was said in this line."""
        return self._ending[-1:] in {"", "\n"}

    def _append(self, text: str) -> None:
        """Collect, and remember the end."""
        self._pieces.append(text)
        self._ending = (self._ending + text)[-len(_PARAGRAPH) :]


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

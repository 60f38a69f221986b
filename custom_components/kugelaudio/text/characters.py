"""Kinds of characters."""

import re
from typing import Final
import unicodedata

# Scripts without blanks between words: emphasis begins and ends inside of what looks like one word.
UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Emoji where Unicode calls them symbols: sharps and digits in circles are among them, and are not.
_EMOJI: Final = "\u2600-\u266c\u2670-\u27bf\u23e9-\u23f3\u231a\u231b\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
# Emoji in front of variation selector 16 only.
_EMOJI_BY_SELECTOR: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u2328\u23cf\u23f8-\u23fa\u24c2\u25aa-\u25fe\u2934\u2935"
    "\u2b05-\u2b07\u3030\u303d\u3297\u3299"
)
# Variation selectors 15 and 16, the cap of a key, the letters in flags of regions.
_EMOJI_PARTS: Final = "\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
SELECTOR: Final = "\ufe0f"
JOINER: Final = "\u200d"
SYMBOLS: Final = _EMOJI + _EMOJI_BY_SELECTOR + _EMOJI_PARTS + JOINER

_SPACED_LETTER: Final = re.compile(rf"[^\W{UNSPACED}]")
_EMOJI_SYMBOL: Final = re.compile(f"[{_EMOJI}]")
_EMOJI_BY_SELECTOR_SYMBOL: Final = re.compile(f"[{_EMOJI_BY_SELECTOR}]")
_EMOJI_PART: Final = re.compile(f"[{_EMOJI_PARTS}]")
_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]")


def has_words(text: str) -> bool:
    """Tell whether there is a letter or a digit in a text, without which nobody says anything."""
    return _LETTER_OR_DIGIT.search(text) is not None


def is_blank(character: str) -> bool:
    """Tell whether a character is a blank, a line end or none at all."""
    return not character or character.isspace()


def is_spaced(character: str) -> bool:
    """Tell whether a character is of a word that blanks separate from others."""
    return _SPACED_LETTER.match(character) is not None


def is_emoji(character: str) -> bool:
    """Tell whether a character is an emoji, or a part of one, wherever it stands."""
    if _EMOJI_SYMBOL.match(character):
        # The newest emoji are not assigned yet in the data of an older Python.
        return unicodedata.category(character) in {"So", "Sk", "Cn"}
    return is_emoji_part(character)


def is_emoji_part(character: str) -> bool:
    """Tell whether a character only changes the one before it into an emoji."""
    return _EMOJI_PART.match(character) is not None


def is_emoji_by_selector(character: str) -> bool:
    """Tell whether a character is an emoji if variation selector 16 follows."""
    return _EMOJI_BY_SELECTOR_SYMBOL.match(character) is not None


def without_emoji(text: str) -> str:
    """Return text without emoji."""
    return "".join(character for character in text if not is_emoji(character))

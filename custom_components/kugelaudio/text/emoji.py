"""Emoji: most only decorate, some are the answer."""

# ruff: noqa: RUF001 - these characters are what is looked for

import re
from typing import Final

from .characters import JOINER, SELECTOR, is_emoji, is_emoji_by_selector, is_emoji_part
from .reading import Reading
from .words import Words

# What a sign behind a word says as well.
_PUNCTUATION: Final = {"❓": "?", "❔": "?", "❗": "!", "❕": "!", "‼": "!!", "⁉": "!?"}
# Between two words or numbers.
_BETWEEN: Final = {
    "➡": "→",
    "⬅": "←",
    "⬆": "↑",
    "⬇": "↓",
    "↗": "↗",
    "↘": "↘",
    "↔": "↔",
    "➕": "+",
    "➖": "−",
    "✖": "×",
    "➗": "÷",
}
_NUMBERS: Final = {"🔟": "10"}
# At the start of an item: whether it is done.
_BOXES: Final = {"☑": True, "🗹": True, "☐": False, "⬜": False, "🔲": False, "🔳": False}
# In a cell of a table, or behind a colon: which word of a language.
_VALUES: Final[dict[str, str]] = {
    **dict.fromkeys("✅✔✓☑🗸👍🆗", "yes"),
    **dict.fromkeys("❌✗✘✖❎🚫👎⛔", "no"),
    **dict.fromkeys("🔴🟥", "red"),
    **dict.fromkeys("🟡🟨", "yellow"),
    **dict.fromkeys("🟢🟩", "green"),
}
_STARS: Final = re.compile("(?:[★⭐🌟☆✩✰✭]\ufe0f?)+")
_FULL_STAR: Final = re.compile("[★⭐🌟]")
_STAR: Final = re.compile("[★⭐🌟☆✩✰✭]")
_MOST_STARS: Final = 5
_BLANKS: Final = frozenset(" \t\u00a0")
_BEHIND_BOX: Final = _BLANKS | {"\ufe0e", "\ufe0f"}
_SELECTORS: Final = re.compile("[\ufe0e\ufe0f]*")
_FILLING: Final = re.compile("[\ufe0e\ufe0f \t]*")
_END_OF_VALUE: Final = frozenset("\n|│,;.)<")


class Emoji:
    """Leaves out emoji, but for those that stand for a word or a sign; the digit on a key stays."""

    def __init__(self, reading: Reading) -> None:
        """Take the text and where it goes."""
        self._reading = reading
        self._text = reading.text
        self._transcript = reading.transcript

    def read(self) -> None:
        """Read a character that is an emoji, or belongs to one, or looks like one."""
        symbol = self._text.peek()
        if _STAR.match(symbol) and self._takes_stars():
            return
        if symbol in _BOXES and self._takes_box(symbol):
            return
        if said := self._meaning(symbol):
            self._text.take(1)
            self._transcript.write(said)
            return
        if not self._is_dropped(symbol):
            self._reading.keep()
            return
        # "🌡️: 21 °C": its colon goes with it.
        is_label = self._transcript.is_at_line_start or self._transcript.is_behind_pause
        self._text.take(2 if is_label and self._text.peek(1) == ":" else 1)
        if not is_emoji_part(symbol):
            self._transcript.blank()
        self._transcript.drop()

    def _is_dropped(self, symbol: str) -> bool:
        """Tell whether a symbol is an emoji here."""
        if symbol == JOINER:
            return is_emoji(self._text.before)
        if is_emoji_by_selector(symbol):
            return self._text.peek(1) == SELECTOR
        return is_emoji(symbol)

    def _takes_stars(self) -> bool:
        """Take a rating; a single star decorates."""
        length = self._text.count(_STARS)
        stars = _STAR.findall(self._text.between(0, length))
        if len(stars) < len("★★"):
            return False
        full = sum(_FULL_STAR.match(star) is not None for star in stars)
        most = len(stars) if full < len(stars) else max(full, _MOST_STARS)
        self._text.take(length)
        self._transcript.blank()
        self._transcript.write(self._reading.words.stars.format(full, most))
        return True

    def _takes_box(self, symbol: str) -> bool:
        """Take the box of a task."""
        if self._text.peek(1) not in _BEHIND_BOX or not self._transcript.is_at_item_start:
            return False
        length = 1 + self._text.count(_SELECTORS, 1)
        if self._text.peek(length) not in _BLANKS:
            return False
        if self._transcript.is_at_line_start:
            self._transcript.settle()
        self._text.take(length)
        words = self._reading.words
        self._transcript.write((words.done if _BOXES[symbol] else words.open) + ":")
        return True

    def _meaning(self, symbol: str) -> str:
        """Return what is said instead of a symbol; nothing for most of them."""
        if symbol in _NUMBERS:
            return _NUMBERS[symbol]
        if symbol in _PUNCTUATION:
            return "" if self._transcript.is_at_line_start or self._transcript.is_behind_pause else self._sign(symbol)
        is_value = symbol in _VALUES and self._transcript.awaits_value
        if not is_value and (symbol not in _BETWEEN or self._transcript.is_at_line_start):
            return ""
        length = 1 + self._text.count(_FILLING, 1)
        behind = self._text.peek(length)
        if is_value and (not behind or behind in _END_OF_VALUE):
            return value_word(symbol, self._reading.words)
        if symbol in _BETWEEN and (behind.isalnum() or behind in {"-", "−", "+"}) and self._text.before:
            return _BETWEEN[symbol]
        return ""

    def _sign(self, symbol: str) -> str:
        """Return the punctuation that a symbol is, behind the word before it."""
        self._transcript.drop()
        return _PUNCTUATION[symbol]


def value_word(symbol: str, words: Words) -> str:
    """Return the word for a symbol that is a value."""
    by_name = {"yes": words.yes, "no": words.no, "red": words.red, "yellow": words.yellow, "green": words.green}
    return by_name[_VALUES[symbol]]

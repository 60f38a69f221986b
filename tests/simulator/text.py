"""Read the provider's markup and cut growing text into sentences."""

from collections.abc import Iterator
from dataclasses import dataclass
import re

TAG = re.compile(
    r"<\s*(?P<close>/?)\s*(?P<name>break|spell|prosody|[a-zA-Z][\w:-]*)"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
)
ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*[\"']([^\"']*)[\"']")
DURATION = re.compile(r"^\s*([\d.]+)\s*(ms|s)\s*$")
SENTENCE_END = re.compile(r"[.!?…]+[\"'”»)\]\u2019]*(?=\s|$)|[。\uff01\uff1f]+|\n+")
RATES = {"slow": 0.8, "medium": 1.0, "fast": 1.2}
SHORT_MS, MEDIUM_MS, LONG_MS = 200, 400, 500
STRENGTHS_MS = {"none": 0, "strong": LONG_MS, "x-strong": LONG_MS}
GROUP_PAUSE_MS = 500
AUTOMATIC_GROUP = 4
SYMBOLS = {
    "en": {"@": "at", ".": "dot", "-": "dash", "_": "underscore"},
    "de": {"@": "ät", ".": "Punkt", "-": "Strich", "_": "Unterstrich"},
    "fr": {"@": "arobase", ".": "point", "-": "tiret", "_": "underscore"},
    "es": {"@": "arroba", ".": "punto", "-": "guión", "_": "guión bajo"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Hold a stretch of text with its rate, or a pause."""

    text: str = ""
    pause_ms: int = 0
    rate: float | None = None


def segments(text: str, language: str) -> Iterator[Segment]:
    """Split marked-up text into what is spoken and the pauses."""
    rates: list[float] = []
    spelled: list[str] | None = None
    group: int | None = None
    position = 0
    for tag in [*TAG.finditer(text), None]:
        plain = text[position : tag.start() if tag else len(text)]
        position = tag.end() if tag else len(text)
        rate = rates[-1] if rates else None
        if spelled is not None:
            spelled.append(plain)
        elif plain.strip():
            yield Segment(text=plain, rate=rate)
        name, closes = (tag["name"].lower(), bool(tag["close"])) if tag else ("", False)
        attributes = dict(ATTRIBUTE.findall(tag["attributes"])) if tag else {}
        if spelled is not None and (tag is None or (name == "spell" and closes)):
            yield from _spell("".join(spelled), group, language, rate)
            spelled = None
        elif name == "spell" and not closes:
            spelled, group = [], _integer(attributes.get("group"))
        elif name == "break" and not closes and (pause_ms := break_ms(attributes)):
            yield Segment(pause_ms=pause_ms)
        elif name == "prosody":
            _nest(rates, attributes, closes=closes)


def break_ms(attributes: dict[str, str]) -> int:
    """Return the length of a break, snapped as the provider snaps it."""
    if strength := attributes.get("strength"):
        return STRENGTHS_MS.get(strength, SHORT_MS)
    duration = DURATION.match(attributes.get("time", ""))
    if duration is None:
        return SHORT_MS
    wanted_ms = float(duration[1]) * (1000 if duration[2] == "s" else 1)
    if wanted_ms < (SHORT_MS + MEDIUM_MS) / 2:
        return SHORT_MS
    return MEDIUM_MS if wanted_ms < (MEDIUM_MS + LONG_MS) / 2 else LONG_MS


def _nest(rates: list[float], attributes: dict[str, str], *, closes: bool) -> None:
    if closes:
        del rates[-1:]
        return
    wanted = attributes.get("rate", "medium")
    try:
        rate = RATES[wanted] if wanted in RATES else float(wanted)
    except ValueError:
        rate = 1.0
    rates.append(min(max(rate, RATES["slow"]), RATES["fast"]))


def _spell(content: str, group: int | None, language: str, rate: float | None) -> Iterator[Segment]:
    symbols = SYMBOLS.get(language, SYMBOLS["en"])
    words = content.split()
    if len(words) == 1:
        size = group or AUTOMATIC_GROUP
        words = [words[0][start : start + size] for start in range(0, len(words[0]), size)]
    for number, word in enumerate(words):
        if number:
            yield Segment(pause_ms=GROUP_PAUSE_MS)
        yield Segment(text=", ".join(symbols.get(c, c) for c in word), rate=rate)


def _integer(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() and int(value) else None


class SentenceBuffer:
    """Collect growing text and give away complete sentences."""

    def __init__(self, max_length: int) -> None:
        """Begin empty."""
        self._max_length = max_length
        self._text = ""

    def __bool__(self) -> bool:
        """Tell whether there is something to say."""
        return bool(self._text.strip())

    def add(self, text: str) -> list[str]:
        """Take in text and return the sentences that it completes."""
        self._text += text
        sentences: list[str] = []
        while (end := self._end_of_sentence()) is not None:
            sentence, self._text = self._text[:end].strip(), self._text[end:]
            if sentence:
                sentences.append(sentence)
        return sentences

    def take(self) -> str:
        """Return whatever is left."""
        rest, self._text = self._text.strip(), ""
        return rest

    def _end_of_sentence(self) -> int | None:
        for mark in SENTENCE_END.finditer(self._text):
            if _inside_tag(self._text[: mark.start()]) or self._is_number(mark):
                continue
            return mark.end()
        if len(self._text) < self._max_length:
            return None
        head = self._text[: self._max_length]
        return head.rfind(" ") + 1 or self._max_length

    def _is_number(self, mark: re.Match[str]) -> bool:
        """Tell whether a final point may still turn out to be a decimal point."""
        before = self._text[: mark.start()]
        return mark[0] == "." and mark.end() == len(self._text) and before[-1:].isdigit()


def _inside_tag(text: str) -> bool:
    if text.rfind("<") > text.rfind(">"):
        return True
    return any(
        len(re.findall(rf"<\s*{name}\b", text)) > len(re.findall(rf"</\s*{name}", text))
        for name in ("spell", "prosody")
    )

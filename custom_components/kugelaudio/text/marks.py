"""Marks in a text that say who speaks from here on, and where to pause, also while it is still being written."""

from dataclasses import dataclass
import re
from typing import Final

LONGEST_PAUSE_MS: Final = 10_000

_MARK: Final = re.compile(
    r"\[(?:voice:\s*(?P<name>[^\[\]\s][^\[\]\n]{0,79}?)\s*|pause:\s*(?P<pause>[0-9]{1,5})\s*(?:ms)?\s*)\]",
    re.IGNORECASE,
)
_BEGINNING: Final = re.compile(r"\[(?:voice:[^\[\]\n]{0,90}|pause:\s*[0-9]{0,5}\s{0,9}(?:m|ms)?\s{0,9})", re.IGNORECASE)
_WORDS: Final = ("[voice:", "[pause:")


@dataclass(frozen=True, slots=True)
class VoiceMark:
    """From here on another voice speaks."""

    name: str


@dataclass(frozen=True, slots=True)
class PauseMark:
    """A pause before what follows."""

    pause_ms: int


type Passage = str | VoiceMark | PauseMark


class Marks:
    """Takes the marks out of deltas; holds back only what may still become one."""

    def __init__(self) -> None:
        """Begin a text."""
        self._held = ""

    def feed(self, delta: str) -> list[Passage]:
        """Return the text and the marks that are known by now, in their order."""
        return self._read(self._held + delta, has_ended=False)

    def finish(self) -> list[Passage]:
        """Return what was held back."""
        return self._read(self._held, has_ended=True)

    def _read(self, text: str, *, has_ended: bool) -> list[Passage]:
        """Split as far as it is decided."""
        found: list[Passage] = []
        plain = 0
        at = text.find("[")
        while at >= 0 and (has_ended or not _may_become_mark(text[at:])):
            if mark := _MARK.match(text, at):
                found += [text[plain:at], _mark(mark)]
                plain = mark.end()
            at = text.find("[", at + 1)
        end = len(text) if at < 0 else at
        self._held = text[end:]
        return [passage for passage in (*found, text[plain:end]) if passage != ""]


def _may_become_mark(text: str) -> bool:
    """Tell whether all of a text can be the beginning of a mark that is not complete yet."""
    return any(word.startswith(text.lower()) for word in _WORDS) or _BEGINNING.fullmatch(text) is not None


def _mark(mark: re.Match[str]) -> VoiceMark | PauseMark:
    """Return what a mark says."""
    if name := mark["name"]:
        return VoiceMark(name)
    return PauseMark(min(int(mark["pause"]), LONGEST_PAUSE_MS))


def passages(text: str) -> list[Passage]:
    """Return a whole text, split at its marks."""
    marks = Marks()
    return [*marks.feed(text), *marks.finish()]


def without_marks(text: str) -> str:
    """Return a text as it is to be read, for displays."""
    return " ".join("".join(part if isinstance(part, str) else " " for part in passages(text)).split())

"""What becomes of an utterance that meets a fault, in the words of the matrix."""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final, Self

NOT_HERE: Final = "-"
AS_ON_THE_LEFT: Final = '"'
_FAILURE: Final = re.compile(r"(?P<heard>none|part|instead)(?P<again>\+1)? (?P<key>[a-z_]+)(?::(?P<code>[A-Z_]+))?")


class Way(StrEnum):
    """The ways to speak, as the columns of the matrix are called."""

    WHOLE = "whole text, WAV"
    MP3 = "whole text, MP3"
    CONVERTED = "whole text, Ogg"
    GROWING = "growing text, WAV"
    REST = "REST"
    DIALOGUE = "dialogue"
    FALLBACK = "whole text, WAV, with a fallback"

    @property
    def path(self) -> str:
        """Return the endpoint that it uses."""
        return _PATHS[self]

    @property
    def without_conversion(self) -> Way:
        """Return the way over the same endpoint for which no converter starts."""
        return Way.GROWING if self is Way.CONVERTED else self


_PATHS: Final = {
    Way.WHOLE: "/ws/tts",
    Way.MP3: "/ws/tts",
    Way.CONVERTED: "/ws/tts/stream",
    Way.GROWING: "/ws/tts/stream",
    Way.REST: "/v1/tts/generate",
    Way.DIALOGUE: "/ws/tts/multi",
    Way.FALLBACK: "/ws/tts",
}


class Heard(StrEnum):
    """How much of an utterance is heard."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"
    INSTEAD = "instead"
    """All of it, from another engine."""
    UNNOTICED = "a part, taken for the whole"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one fault makes of one way to speak."""

    heard: Heard
    key: str | None = None
    code: str | None = None
    retries: int = 0
    by_rest: bool = False

    @classmethod
    def from_word(cls, word: str, code: str) -> Self:
        """Return what a word of the table means; `code` is the row's."""
        match word:
            case "whole":
                return cls(Heard.WHOLE)
            case "again":
                return cls(Heard.WHOLE, retries=1)
            case "by REST":
                return cls(Heard.WHOLE, retries=1, by_rest=True)
        failure = _FAILURE.fullmatch(word)
        if failure is None:
            raise ValueError(word)
        return cls(Heard(failure["heard"]), failure["key"], failure["code"] or code, int(bool(failure["again"])))

    @property
    def word(self) -> str:
        """Return the word of the table, with its code."""
        if self.heard is Heard.UNNOTICED:
            return self.heard
        if self.heard is Heard.WHOLE:
            return "by REST" if self.by_rest else "again" if self.retries else "whole"
        again = "+1" if self.retries else ""
        return f"{self.heard}{again} {self.key}:{self.code}"

"""What became of an announcement: of its speech, and at each of its targets."""

from dataclasses import dataclass
from typing import Final, Self

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.json import JsonObjectType

from ..exceptions import failure
from ..speech.record import UtteranceObserver
from .targets import TargetProblem

# What speech can end with that was heard all the same: by another engine, or without its chime.
_HEARD_NEVERTHELESS: Final = {"fallback_spoke": "fallback", "chime_unusable": "spoken"}


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What became of an announcement at one target."""

    result: str
    error: str | None = None

    @classmethod
    def prevented(cls, problem: TargetProblem) -> Self:
        """Return what becomes of it at a target that cannot play."""
        return cls("unavailable" if problem is TargetProblem.UNAVAILABLE else "failed", str(failure(problem)))

    @classmethod
    def failed(cls, error: Exception) -> Self:
        """Return what became of it where something failed; only Home Assistant's own errors are made to be read."""
        words = str(error) if isinstance(error, HomeAssistantError) else ""
        return cls("failed", words or type(error).__name__)

    def as_json(self) -> JsonObjectType:
        """Return what an automation is told."""
        return {"result": self.result} if self.error is None else {"result": self.result, "error": self.error}


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """What became of the speech: what was observed if it was made for this announcement, and how it failed."""

    observer: UtteranceObserver
    failure: HomeAssistantError | None

    @property
    def result(self) -> str:
        """Return it in one word."""
        if self.failure is not None:
            return _HEARD_NEVERTHELESS.get(self.failure.translation_key or "", "failed")
        return "cached" if self.observer.record is None else "spoken"

    def as_json(self) -> JsonObjectType:
        """Return what an automation is told: always the same names, None for what is not known."""
        told: JsonObjectType = {
            "result": self.result,
            "characters": None,
            "audio_seconds": None,
            "cost_cents": 0.0 if self.result == "cached" else None,
            "ttfa_ms": None,
        }
        if (record := self.observer.record) is not None:
            told["characters"] = record.characters
            told["audio_seconds"] = round(record.audio_s, 3)
            told["cost_cents"] = record.cost_cents
            told["ttfa_ms"] = None if record.ttfa_ms is None else round(record.ttfa_ms, 1)
        if self.failure is not None:
            told["error"] = str(self.failure)
        return told

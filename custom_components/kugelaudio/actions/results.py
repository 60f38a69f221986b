"""What became of an announcement: of its speech, and at each of its targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.json import JsonObjectType

from ..const import LOGGER
from ..exceptions import failure, readable
from ..players.order import Played
from ..players.speech import Speech
from ..speech.record import Outcome, UtteranceObserver
from .targets import TargetProblem


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What became of an announcement at one target."""

    result: str
    error: str | None = None
    played: Played | None = None

    @classmethod
    def prevented(cls, problem: TargetProblem) -> Self:
        """Return what becomes of it at a target that cannot play."""
        return cls("unavailable" if problem is TargetProblem.UNAVAILABLE else "failed", str(failure(problem)))

    @classmethod
    def failed(cls, error: Exception) -> Self:
        """Return what became of it where something failed."""
        return cls("failed", readable(error))

    @classmethod
    def of(cls, played: Played) -> Self:
        """Return what became of it where nothing failed; who has not loaded the speech was only sent it."""
        if played.dismissal is not None:
            return cls(played.dismissal.value, None, played)
        if played.is_fetched:
            return cls("played", None, played)
        return cls("sent", str(failure("target_not_fetched")), played)

    def as_json(self) -> JsonObjectType:
        """Return what an automation is told."""
        told: JsonObjectType = {"result": self.result}
        if self.played is not None:
            waited_ms = self.played.waited_ms
            told["fetched"] = self.played.is_fetched
            told["waited_ms"] = None if waited_ms is None else round(waited_ms, 1)
            if self.played.resumed is not None:
                told["resumed"] = self.played.resumed
            if self.played.not_resumed_because is not None:
                told["not_resumed_because"] = self.played.not_resumed_because
        if self.error is not None:
            told["error"] = self.error
        return told


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """What became of speech that was heard: what was observed if it was made for this announcement, and its failure."""

    observer: UtteranceObserver
    speech: Speech

    @property
    def failure(self) -> HomeAssistantError | None:
        """Return what it failed with, or what is wrong with it although it was heard."""
        return self.speech.failure or self.observer.shortcoming

    @property
    def result(self) -> str:
        """Return it in one word."""
        record = self.observer.record
        if record is None:
            return "cached"
        return "fallback" if record.outcome is Outcome.FALLBACK else "spoken"

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


def check_targets(results: Mapping[str, TargetResult]) -> None:
    """Raise what kept everybody from hearing it; the log tells what kept some of them from it."""
    errors = {entity_id: result.error for entity_id, result in results.items() if result.error}
    if len(errors) == len(results):
        raise unheard(results)
    for entity_id, error in errors.items():
        LOGGER.warning("Announcement was not played by %s: %s", entity_id, error)


def unheard(results: Mapping[str, TargetResult]) -> HomeAssistantError:
    """Return what says of every target why it did not play."""
    reasons = "; ".join(f"{entity_id}: {result.error}" for entity_id, result in results.items())
    return failure("announcement_unheard", reasons=reasons)

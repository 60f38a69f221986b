"""What was spoken lately and what became of it: numbers, times and codes, never words."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from .api.models import Usage

_KEPT: Final = 50


class Outcome(StrEnum):
    """How an utterance ended."""

    SPOKEN = "spoken"
    FAILED = "failed"
    FALLBACK = "fallback"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceRecord:
    """One utterance that is over. Times are milliseconds; None where it did not come so far.

    `ttfa_ms` is the sum of its parts: waiting for its turn, connecting, the server, and handing over.
    """

    asked_at: datetime
    voice: str
    outcome: Outcome
    endpoint: str | None
    characters: int
    audio_s: float
    queue_ms: float | None
    connect_ms: float | None
    server_ms: float | None
    delivery_ms: float | None
    ttfa_ms: float | None
    duration_ms: float
    retries: int
    usage: Usage | None
    error: str | None = None
    code: str | None = None
    status: int | None = None
    request_id: str | None = None
    spoken_by: str | None = None

    @property
    def cost_cents(self) -> float | None:
        """Return what was billed in EUR cents, sums of several turns without what binary fractions add to them."""
        known = self.usage.cost_cents if self.usage else None
        return None if known is None else round(known, 6)

    @property
    def real_time_factor(self) -> float | None:
        """Return how long the making took for each second of audio."""
        return self.duration_ms / 1000 / self.audio_s if self.audio_s else None


type Listener = Callable[[UtteranceRecord], None]


class History:
    """The last utterances of an account; tells everybody who wants to know of each new one."""

    def __init__(self) -> None:
        """Begin with nothing spoken."""
        self.utterances: deque[UtteranceRecord] = deque(maxlen=_KEPT)
        self.codes: Counter[str] = Counter()
        self._listeners: list[Listener] = []

    def add(self, record: UtteranceRecord) -> None:
        """Keep a record, and tell of it."""
        self.utterances.append(record)
        if record.code is not None:
            self.codes[record.code] += 1
        for listener in tuple(self._listeners):
            listener(record)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener of every utterance from now on; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

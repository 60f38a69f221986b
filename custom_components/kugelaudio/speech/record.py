"""What became of an utterance: for the account's history numbers, times and codes, for whoever asked its words, too."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..api.errors import KugelAudioError
from ..api.models import Usage, Word
from ..exceptions import meaning_of

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
    # Who asked for the same while it was made, each in a format of its own.
    listeners: int = 1
    error: str | None = None
    code: str | None = None
    status: int | None = None
    request_id: str | None = None
    spoken_by: str | None = None
    failed_template: str | None = None

    @property
    def cost_cents(self) -> float | None:
        """Return what was billed in EUR cents, sums of several turns without what binary fractions add to them."""
        known = self.usage.cost_cents if self.usage else None
        return None if known is None else round(known, 6)

    @property
    def real_time_factor(self) -> float | None:
        """Return how long the making took for each second of audio."""
        return self.duration_ms / 1000 / self.audio_s if self.audio_s else None


def refusal(voice: str, error: KugelAudioError) -> UtteranceRecord:
    """Return the record of a request that was refused before anything was sent."""
    return UtteranceRecord(
        asked_at=dt_util.utcnow(),
        voice=voice,
        outcome=Outcome.FAILED,
        endpoint=None,
        characters=0,
        audio_s=0.0,
        queue_ms=None,
        connect_ms=None,
        server_ms=None,
        delivery_ms=None,
        ttfa_ms=None,
        duration_ms=0.0,
        retries=0,
        usage=None,
        error=meaning_of(error).key,
        code=error.code,
    )


type Listener = Callable[[UtteranceRecord], None]


class UtteranceHistory:
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


@dataclass(frozen=True, slots=True)
class Heads:
    """What a stream began with, and what the same begins with as a file, now that its length is known."""

    stream: bytes
    file: bytes


@dataclass(slots=True)
class UtteranceObserver:
    """Filled in while Home Assistant has something spoken; stays empty where it has the audio already.

    Times of words are those of the whole audio, from its first sample: lead-in and chime are included.
    """

    with_words: bool = False
    record: UtteranceRecord | None = None
    words: tuple[Word, ...] = ()
    shortcoming: HomeAssistantError | None = None
    heads: Heads | None = None

    def finished(
        self, record: UtteranceRecord, words: Iterable[Word], opening_ms: int, shortcoming: HomeAssistantError | None
    ) -> None:
        """Take note of an utterance that is over; its words come after what was heard before them.

        What was heard, but is not what was asked for, has a shortcoming.
        """
        self.record = record
        self.shortcoming = shortcoming
        self.words = tuple(
            replace(word, start_ms=word.start_ms + opening_ms, end_ms=word.end_ms + opening_ms) for word in words
        )


_OBSERVED: Final[ContextVar[UtteranceObserver | None]] = ContextVar("kugelaudio_observed", default=None)


@contextmanager
def observed(observer: UtteranceObserver) -> Iterator[None]:
    """Let the utterances that Home Assistant begins in this block fill in an observer.

    Home Assistant speaks in a task of its own, which inherits it.
    """
    token = _OBSERVED.set(observer)
    try:
        yield
    finally:
        _OBSERVED.reset(token)


def current_observer() -> UtteranceObserver:
    """Return the observer of whoever asked; one that nobody looks at if nobody did."""
    return _OBSERVED.get() or UtteranceObserver()

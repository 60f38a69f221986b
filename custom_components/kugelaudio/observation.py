"""What an utterance tells to whoever asked Home Assistant for it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Final

from .api.models import Word
from .history import UtteranceRecord


@dataclass(slots=True)
class Observation:
    """Filled in while Home Assistant has something spoken; stays empty where it has the audio already.

    Times of words are those of the whole audio, from its first sample: lead-in and chime are included.
    """

    with_words: bool = False
    record: UtteranceRecord | None = None
    words: tuple[Word, ...] = ()

    def finished(self, record: UtteranceRecord, words: Iterable[Word], opening_ms: int) -> None:
        """Take note of an utterance that is over; its words come after what was heard before them."""
        self.record = record
        self.words = tuple(
            replace(word, start_ms=word.start_ms + opening_ms, end_ms=word.end_ms + opening_ms) for word in words
        )


_OBSERVED: Final[ContextVar[Observation | None]] = ContextVar("kugelaudio_observed", default=None)


@contextmanager
def observed(observation: Observation) -> Iterator[None]:
    """Let the utterances that Home Assistant begins in this block fill in an observation.

    Home Assistant speaks in a task of its own, which inherits it.
    """
    token = _OBSERVED.set(observation)
    try:
        yield
    finally:
        _OBSERVED.reset(token)


def current_observation() -> Observation:
    """Return the observation of whoever asked; one that nobody looks at if nobody did."""
    return _OBSERVED.get() or Observation()

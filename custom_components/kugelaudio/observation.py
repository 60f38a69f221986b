"""What an utterance tells to whoever asked Home Assistant for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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

"""What is known of a generation, filled in while it is made."""

import asyncio
from dataclasses import dataclass, field

from .models import Usage, Word
from .word_times import WordTimes


@dataclass(slots=True)
class GenerationMetrics:
    """Numbers and times of one try, and words only where their times were asked for.

    Times are seconds of the running loop.
    """

    endpoint: str | None = None
    usage: Usage | None = None
    admitted_at: float | None = None
    connected_at: float | None = None
    first_audio_at: float | None = None
    audio_bytes: int = 0
    _word_times: WordTimes | None = field(default=None, repr=False)

    def admitted(self) -> None:
        """Note that it has its slot."""
        self.admitted_at = asyncio.get_running_loop().time()

    def connected(self) -> None:
        """Note that the way to the server is open."""
        self.connected_at = asyncio.get_running_loop().time()

    def heard(self, pcm: bytes) -> bytes:
        """Count a piece of audio; returns it."""
        if self.first_audio_at is None:
            self.first_audio_at = asyncio.get_running_loop().time()
        self.audio_bytes += len(pcm)
        return pcm

    def word_times(self, sample_rate: int) -> WordTimes:
        """Return what notes the words that the server tells."""
        self._word_times = WordTimes(sample_rate)
        return self._word_times

    @property
    def words(self) -> tuple[Word, ...]:
        """Return when the words are heard, from the beginning of this generation, as far as the server has told."""
        return () if self._word_times is None else tuple(self._word_times.words)

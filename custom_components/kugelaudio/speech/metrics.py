"""What was heard of an utterance so far: the sum of its generations, and what was put between them."""

from dataclasses import dataclass, field

from ..api.metrics import GenerationMetrics
from ..api.models import Usage, Word
from ..api.pcm import BYTES_PER_SAMPLE
from .generation import Generation

_MS_PER_S = 1000


@dataclass(slots=True)
class UtteranceMetrics:
    """Numbers, times and words. Times are seconds of the running loop."""

    sample_rate: int
    audio_bytes: int = 0
    added_bytes: int = 0
    _begun: list[tuple[int, Generation]] = field(default_factory=list, repr=False)

    def begin(self, generation: Generation) -> None:
        """Note which generation is heard from now on."""
        self._begun.append((self.audio_bytes + self.added_bytes, generation))

    def heard(self, pcm: bytes) -> bytes:
        """Count a piece of audio; returns it."""
        self.audio_bytes += len(pcm)
        return pcm

    def added(self, pcm: bytes) -> bytes:
        """Count a piece of audio that the server did not make, such as a pause; returns it."""
        self.added_bytes += len(pcm)
        return pcm

    @property
    def first(self) -> GenerationMetrics:
        """Return what is known of the generation that was heard first, or was to be."""
        return self._begun[0][1].metrics if self._begun else GenerationMetrics()

    @property
    def endpoint(self) -> str | None:
        """Return where the last one was made."""
        return self._begun[-1][1].metrics.endpoint if self._begun else None

    @property
    def retries(self) -> int:
        """Return how often one was tried again."""
        return sum(generation.retries for _, generation in self._begun)

    @property
    def usage(self) -> Usage | None:
        """Return what all of them used; a number that one does not know is unknown."""
        known = [generation.metrics.usage for _, generation in self._begun if generation.metrics.usage is not None]
        return None if not known else sum(known[1:], known[0])

    @property
    def words(self) -> tuple[Word, ...]:
        """Return when the words are heard, from the beginning of the speech."""
        bytes_per_s = BYTES_PER_SAMPLE * self.sample_rate
        return tuple(
            word.later(round(_MS_PER_S * begin / bytes_per_s))
            for begin, generation in self._begun
            for word in generation.metrics.words
        )

"""What is known of an utterance, filled in while it is spoken."""

from dataclasses import dataclass, field
from time import monotonic

from .models import Usage, Word
from .word_times import WordTimes


@dataclass(slots=True)
class SpeechMetrics:
    """Numbers and times, and words only where their times were asked for. Times are seconds of `time.monotonic`."""

    endpoint: str | None = None
    usage: Usage | None = None
    admitted_at: float | None = None
    connected_at: float | None = None
    first_audio_at: float | None = None
    audio_bytes: int = 0
    added_bytes: int = 0
    retries: int = 0
    _word_times: list[WordTimes] = field(default_factory=list, repr=False)

    def admitted(self) -> None:
        """Note that it is this utterance's turn."""
        self.admitted_at = monotonic()

    def connected(self) -> None:
        """Note that the way to the server is open; a later turn of the same utterance changes nothing."""
        if self.connected_at is None:
            self.connected_at = monotonic()

    def heard(self, pcm: bytes) -> bytes:
        """Count a piece of audio; returns it."""
        if self.first_audio_at is None:
            self.first_audio_at = monotonic()
        self.audio_bytes += len(pcm)
        return pcm

    def added(self, pcm: bytes) -> bytes:
        """Count a piece of audio that the server did not make, such as a pause; returns it."""
        self.added_bytes += len(pcm)
        return pcm

    @property
    def length_bytes(self) -> int:
        """Return how much audio there is so far, whoever made it."""
        return self.audio_bytes + self.added_bytes

    def word_times(self, sample_rate: int, begins_at_byte: int | None = 0) -> WordTimes:
        """Return what notes the words of one more request, turn or context.

        Its bytes are counted from the beginning of the speech, or from a place that is None until it is known.
        """
        word_times = WordTimes(sample_rate, begins_at_byte)
        self._word_times.append(word_times)
        return word_times

    @property
    def words(self) -> tuple[Word, ...]:
        """Return when the words are heard, from the beginning of the speech, as far as the server has told.

        A try of which nothing was heard has none.
        """
        return tuple(word for word_times in self._word_times for word in word_times.words)

    def used(self, usage: Usage | None) -> None:
        """Count the usage of one more turn; a cost that is once unknown stays unknown."""
        if usage is not None:
            self.usage = usage if self.usage is None else self.usage + usage

    def retry(self) -> None:
        """Begin again: the times of the first try are not those of the speech that is heard."""
        self.connected_at = None
        self.retries += 1

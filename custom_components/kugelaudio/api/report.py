"""What is known of an utterance, filled in while it is spoken."""

from dataclasses import dataclass
from time import monotonic

from .models import Usage


@dataclass(slots=True)
class SpeechReport:
    """Numbers and times, never words. Times are seconds of `time.monotonic`."""

    endpoint: str | None = None
    usage: Usage | None = None
    admitted_at: float | None = None
    connected_at: float | None = None
    first_audio_at: float | None = None
    audio_bytes: int = 0
    retries: int = 0

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

    def used(self, usage: Usage | None) -> None:
        """Count the usage of one more turn; a cost that is once unknown stays unknown."""
        if usage is not None:
            self.usage = usage if self.usage is None else self.usage + usage

    def retry(self) -> None:
        """Begin again: the times of the first try are not those of the speech that is heard."""
        self.connected_at = None
        self.retries += 1

"""The audio of one generation as it comes: whole samples, at the right rate, and all that the server says it made."""

from typing import Final

from .errors import ConnectionLostError, EmptyAudioError, ProtocolError
from .frames import AudioFrame
from .metrics import GenerationMetrics
from .models import VoiceSettings
from .pcm import BYTES_PER_SAMPLE, Samples

# What the server counts may hold silence that it trims, and is rounded where it stretches.
_TOLERANCE_S: Final = 0.3
_TOLERANCE: Final = 0.005
_TOLERANCE_WITH_SPEED: Final = 0.1


class ReceivedAudio:
    """Takes the audio out of frames, and knows whether it is complete."""

    def __init__(self, settings: VoiceSettings, metrics: GenerationMetrics) -> None:
        """Begin with nothing received."""
        self._settings = settings
        self._metrics = metrics
        self._samples = Samples()

    def take(self, frame: AudioFrame) -> bytes:
        """Return the samples that are whole by now; raises ProtocolError for audio that would play at a wrong pitch."""
        if frame.sample_rate not in {None, self._settings.sample_rate}:
            raise ProtocolError("UNEXPECTED_SAMPLE_RATE")
        pcm = self._samples.take(frame.pcm)
        return self._metrics.heard(pcm) if pcm else pcm

    def check_total(self, audio_s: float | None, *, may_be_stretched: bool = False) -> None:
        """Raise ConnectionLostError if something was heard, but clearly less than the server says it made.

        `audio_s` is the audio before a change of speed, unless it `may_be_stretched`: then it is either. What is billed
        is never compared: it is rounded as it pleases.
        """
        settings = self._settings
        if audio_s is None or not self._metrics.audio_bytes:
            return
        expected_s = audio_s / (max(settings.speed, 1.0) if may_be_stretched else settings.speed)
        tolerance_s = _TOLERANCE_S + expected_s * (_TOLERANCE if settings.speed == 1 else _TOLERANCE_WITH_SPEED)
        if self._metrics.audio_bytes / (BYTES_PER_SAMPLE * settings.sample_rate) < expected_s - tolerance_s:
            raise ConnectionLostError("TRUNCATED")

    def check_end(self) -> None:
        """Raise ConnectionLostError if half a sample is missing, and EmptyAudioError if there is none at all."""
        if self._samples.has_half:
            raise ConnectionLostError("ODD_BYTE_COUNT")
        if not self._metrics.audio_bytes:
            raise EmptyAudioError

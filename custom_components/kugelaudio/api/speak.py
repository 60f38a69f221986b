"""Whole text over `/ws/tts`."""

from collections.abc import AsyncGenerator
from typing import Final

from .errors import ConnectionLostError, EmptyAudioError, ProtocolError
from .frames import AudioFrame, ErrorFrame, FinalFrame, InterruptedFrame, whole_text
from .metrics import SpeechMetrics
from .models import VoiceSettings
from .pcm import BYTES_PER_SAMPLE
from .pool import ConnectionPool

PATH = "ws/tts"
SILENCE_LIMIT_S = 10.0
_COMPLETE: Final = 0.98
_ROUNDING_S: Final = 0.05


async def speak(
    pool: ConnectionPool, text: str, settings: VoiceSettings, metrics: SpeechMetrics
) -> AsyncGenerator[bytes]:
    """Yield the PCM of every audio frame at once; ends only after the server's end frame."""
    metrics.endpoint = PATH
    heard_before = metrics.audio_bytes
    async with pool.lend(PATH) as connection:
        metrics.connected()
        await connection.ask(whole_text(text, settings))
        word_times = metrics.word_times(settings.sample_rate)
        while True:
            frame = await connection.receive(SILENCE_LIMIT_S)
            word_times.take(frame, metrics.length_bytes)
            match frame:
                case AudioFrame():
                    check_sample_rate(frame, settings)
                    yield metrics.heard(frame.pcm)
                case FinalFrame(usage, audio_s):
                    metrics.used(usage)
                    check_complete(metrics.audio_bytes - heard_before, audio_s, settings)
                    break
                case ErrorFrame(error):
                    raise error
                case InterruptedFrame():
                    raise ConnectionLostError("INTERRUPTED")
                case _:
                    pass
    if metrics.audio_bytes == heard_before:
        raise EmptyAudioError


def check_complete(heard_bytes: int, audio_s: float | None, settings: VoiceSettings) -> None:
    """Raise ConnectionLostError if something was heard, but clearly less than the server says it made.

    What it counts is the audio before a change of speed, so with one there is nothing to compare.
    """
    heard_s = heard_bytes / (BYTES_PER_SAMPLE * settings.sample_rate)
    if settings.speed == 1 and audio_s is not None and 0 < heard_s < _COMPLETE * audio_s - _ROUNDING_S:
        raise ConnectionLostError("TRUNCATED")


def check_sample_rate(frame: AudioFrame, settings: VoiceSettings) -> None:
    """Raise ProtocolError for audio that would play at the wrong pitch."""
    if frame.sample_rate not in {None, settings.sample_rate}:
        raise ProtocolError("UNEXPECTED_SAMPLE_RATE")

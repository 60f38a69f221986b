"""Whole text over `/ws/tts`."""

from collections.abc import AsyncGenerator
from typing import Final

from .deadline import Deadline
from .errors import ConnectionLostError
from .frames import AudioFrame, ErrorFrame, FinalFrame, InterruptedFrame, whole_text
from .metrics import GenerationMetrics
from .models import VoiceSettings
from .pool import ConnectionPool
from .received import ReceivedAudio

PATH: Final = "ws/tts"
# Between two frames; how long the first one may take is the deadline's matter.
SILENCE_LIMIT_S: Final = 10.0
# Some servers end nothing before they are told to. The provider's own client takes so much quiet for the end.
QUIET_END_S: Final = 2.0


async def speak(
    pool: ConnectionPool, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
) -> AsyncGenerator[bytes]:
    """Yield the PCM of every audio frame at once; ends only after the server's end frame."""
    metrics.endpoint = PATH
    audio = ReceivedAudio(settings, metrics)
    async with pool.lend(PATH, deadline) as connection:
        metrics.connected()
        await connection.ask(whole_text(text, settings))
        word_times = metrics.word_times(settings.sample_rate)
        while True:
            frame = await connection.receive(SILENCE_LIMIT_S if metrics.audio_bytes else deadline.left_s)
            word_times.take(frame, metrics.audio_bytes)
            match frame:
                case AudioFrame():
                    if pcm := audio.take(frame):
                        yield pcm
                case FinalFrame(usage, audio_s):
                    metrics.usage = usage
                    audio.check_total(audio_s)
                    break
                case ErrorFrame(error):
                    raise error
                case InterruptedFrame():
                    raise ConnectionLostError("INTERRUPTED")
                case _:
                    pass
    audio.check_end()

"""Whole text over `/ws/tts/multi`, beside others on one socket."""

from collections.abc import AsyncGenerator

from .contexts import PATH, ContextSockets, Inbox
from .deadline import Deadline
from .frames import AudioFrame, ContextClosedFrame, FinalFrame
from .metrics import GenerationMetrics
from .models import VoiceSettings
from .received import ReceivedAudio
from .speak import SILENCE_LIMIT_S


async def speak_context(
    sockets: ContextSockets, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
) -> AsyncGenerator[bytes]:
    """Yield the PCM of every audio frame at once; ends only after the server has closed the context.

    The first sign that it is spoken closes the context, which is kept alive until then.
    """
    metrics.endpoint = PATH
    audio = ReceivedAudio(settings, metrics)
    inbox = Inbox()
    context = sockets.context(settings, inbox, deadline)
    try:
        await context.begin(text)
        metrics.connected()
        word_times = metrics.word_times(settings.sample_rate)
        while True:
            frame = await inbox.receive(SILENCE_LIMIT_S if metrics.audio_bytes else deadline.left_s)
            word_times.take(frame, metrics.audio_bytes)
            match frame:
                case AudioFrame():
                    if pcm := audio.take(frame):
                        yield pcm
                    await context.close()
                case FinalFrame():
                    await context.close()
                case ContextClosedFrame(usage):
                    metrics.usage = usage
                    break
                case _:
                    pass
    finally:
        await context.stop()
    audio.check_end()

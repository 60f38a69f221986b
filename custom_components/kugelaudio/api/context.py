"""Whole text over `/ws/tts/multi`, beside others on one socket."""

from collections.abc import AsyncGenerator

from .contexts import PATH, Context, ContextSockets, Inbox
from .deadline import Deadline
from .errors import SilentServerError
from .frames import AudioFrame, ChunkCompleteFrame, ContextClosedFrame, FinalFrame, Frame, GenerationStartedFrame
from .metrics import GenerationMetrics
from .models import VoiceSettings
from .received import ReceivedAudio
from .speak import QUIET_END_S, SILENCE_LIMIT_S


async def speak_context(
    sockets: ContextSockets, text: str, settings: VoiceSettings, metrics: GenerationMetrics, deadline: Deadline
) -> AsyncGenerator[bytes]:
    """Yield the PCM of every audio frame at once; ends only after the server has closed the context.

    The context is kept alive until the server says that all is spoken, or falls quiet: servers may drop what is not
    made yet when a context is closed.
    """
    metrics.endpoint = PATH
    audio = ReceivedAudio(settings, metrics)
    inbox = Inbox()
    context = sockets.context(settings, inbox, deadline)
    try:
        await context.begin(text)
        metrics.connected()
        word_times = metrics.word_times(settings.sample_rate)
        is_in_chunk = False
        while True:
            limit_s = SILENCE_LIMIT_S if metrics.audio_bytes else deadline.left_s
            may_be_over = metrics.audio_bytes and context.accepts_text and not is_in_chunk
            frame = await (_next_or_close(context) if may_be_over else inbox.receive(limit_s))
            word_times.take(frame, metrics.audio_bytes)
            match frame:
                case AudioFrame():
                    if pcm := audio.take(frame):
                        yield pcm
                case GenerationStartedFrame():
                    is_in_chunk = True
                case ChunkCompleteFrame():
                    is_in_chunk = False
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


async def _next_or_close(context: Context) -> Frame:
    """Return the next frame of a context; one that is quiet is told to come to its end."""
    try:
        return await context.inbox.receive(QUIET_END_S)
    except SilentServerError:
        await context.close()
    return await context.inbox.receive(SILENCE_LIMIT_S - QUIET_END_S)

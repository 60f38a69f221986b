"""From a request of Home Assistant to the bytes it gets: the endpoint, the retry, the container."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from .api.client import KugelAudioClient
from .api.errors import KugelAudioError, TextTooLongError, WebSocketRefusedError
from .api.feed import TextFeed
from .api.models import MAX_TEXT_LENGTH, SpeechReport, VoiceSettings
from .settings import UtteranceSettings
from .silence import with_silence
from .text import PlainText, SpokenText

_LONGEST_RETRY_DELAY_S: Final = 10.0


async def utter(
    client: KugelAudioClient,
    message: AsyncGenerator[str],
    settings: UtteranceSettings,
    report: SpeechReport,
) -> AsyncGenerator[bytes]:
    """Yield a stream of unknown length, its header together with the first audio.

    Raises the client's errors; never ends without all audio.
    """
    sample_rate = settings.voice.sample_rate
    async with TextFeed(message, SpokenText() if settings.clean else PlainText()) as feed:
        await feed.begin()
        speech = _speech_with_retry(client, feed, settings.voice, report)
        if not feed.has_ended:
            speech = with_silence(speech, sample_rate)
        header = settings.container.header(sample_rate)
        async with aclosing(speech):
            async for pcm in speech:
                yield header + settings.container.encode(pcm)
                header = b""


async def _speech_with_retry(
    client: KugelAudioClient,
    feed: TextFeed,
    settings: VoiceSettings,
    report: SpeechReport,
) -> AsyncGenerator[bytes]:
    """Yield PCM; tries a second time, with all the text, only while none was yielded."""
    retried: KugelAudioError | None = None
    spoke = False
    while True:
        try:
            async with aclosing(_speech(client, feed, settings, report, retried)) as speech:
                async for pcm in speech:
                    spoke = True
                    yield pcm
        except KugelAudioError as err:
            delay_s = err.retry_delay_s if err.retry_after_s is None else err.retry_after_s
            if spoke or retried or not err.retryable or delay_s > _LONGEST_RETRY_DELAY_S:
                raise
            retried = err
        else:
            return
        feed.rewind()
        await asyncio.sleep(delay_s)


async def _speech(
    client: KugelAudioClient,
    feed: TextFeed,
    settings: VoiceSettings,
    report: SpeechReport,
    retried: KugelAudioError | None,
) -> AsyncGenerator[bytes]:
    """Yield PCM from the endpoint that suits the text, and from REST where WebSockets do not get through."""
    by_rest = isinstance(retried, WebSocketRefusedError)
    if not feed.has_ended and not by_rest:
        pcm = client.stream(feed, settings, report)
    else:
        text = await feed.whole()
        if len(text) > MAX_TEXT_LENGTH:
            raise TextTooLongError
        pcm = (client.generate if by_rest else client.speak)(text, settings, report)
    async with aclosing(pcm):
        async for piece in pcm:
            yield piece

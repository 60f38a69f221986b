"""Speaking for an account: whose turn it is, which endpoint, a second try."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from random import uniform
from typing import Final

from ..api.client import KugelAudioClient
from ..api.dialogue import Line
from ..api.errors import KugelAudioError, RateLimitedError, TextTooLongError, WebSocketRefusedError
from ..api.feed import TextFeed
from ..api.metrics import SpeechMetrics
from ..api.models import MAX_TEXT_LENGTH, VoiceSettings
from ..api.pcm import silence
from ..voices.settings import UtteranceSettings
from .slots import UtteranceSlots

type _Way = Callable[[], AsyncGenerator[bytes]]
type _Speak = Callable[[str, VoiceSettings, SpeechMetrics], AsyncGenerator[bytes]]

_LONGEST_RETRY_DELAY_S: Final = 10.0
_JITTER: Final = 0.25
_WEBSOCKETS_AVOIDED_S: Final = 600.0


class Dispatcher:
    """Turns texts into PCM, by the way that suits them and that works."""

    def __init__(self, client: KugelAudioClient, limit: UtteranceSlots) -> None:
        """Begin with all ways open."""
        self._client = client
        self._limit = limit
        self._websockets_avoided_until = 0.0
        self._now = asyncio.get_running_loop().time

    @property
    def avoids_websockets(self) -> bool:
        """Tell whether everything goes over REST for now, because WebSockets did not get through."""
        return self._now() < self._websockets_avoided_until

    @asynccontextmanager
    async def turn(self, metrics: SpeechMetrics) -> AsyncIterator[None]:
        """Wait for the turn of an utterance, and hold it; raises TooManyAtOnceError."""
        async with self._limit.admit():
            metrics.admitted()
            yield

    def speak(self, feed: TextFeed, settings: UtteranceSettings, metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Yield the PCM of a text; an empty piece says that the server has accepted it.

        Tries a second time, with all the text, only while nothing of the utterance was yielded. Raises the client's
        errors, and never ends without all audio.
        """
        if feed.has_ended and not settings.is_converted:
            usual = partial(self._whole, self._client.speak, feed, settings.voice, metrics)
        else:
            # The endpoint for growing texts tells when it accepts one, so that a conversion can start meanwhile.
            usual = partial(self._client.stream, feed, settings.voice, metrics)
        by_rest = partial(self._whole, self._client.generate, feed, settings.voice, metrics)
        return self._tried(usual, by_rest, metrics, feed.rewind)

    def dialogue(self, lines: Sequence[Line], metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Yield the PCM of lines with a voice each, in their order; tries a second time as `speak` does."""
        usual = partial(self._client.dialogue, lines, metrics, self._limit.now_allowed)
        return self._tried(usual, partial(self._one_by_one, lines, metrics), metrics)

    async def _tried(
        self, usual: _Way, by_rest: _Way, metrics: SpeechMetrics, rewind: Callable[[], None] | None = None
    ) -> AsyncGenerator[bytes]:
        """Yield the PCM that the usual way makes, or REST where WebSockets do not get through."""
        is_by_rest = self.avoids_websockets
        while True:
            try:
                async with aclosing(by_rest() if is_by_rest else usual()) as speech:
                    async for pcm in speech:
                        if is_by_rest and not self.avoids_websockets:
                            self._websockets_avoided_until = self._now() + _WEBSOCKETS_AVOIDED_S
                        yield pcm
            except KugelAudioError as err:
                delay_s = self._pause_before_retry_s(err, metrics)
                is_by_rest = is_by_rest or isinstance(err, WebSocketRefusedError)
            else:
                return
            if rewind is not None:
                rewind()
            metrics.retry()
            await asyncio.sleep(delay_s)

    def _pause_before_retry_s(self, err: KugelAudioError, metrics: SpeechMetrics) -> float:
        """Return how long to wait for the second try; raises the error when there is to be none."""
        if isinstance(err, RateLimitedError):
            self._limit.lower(err.retry_after_s)
        delay_s = err.retry_delay_s if err.retry_after_s is None else err.retry_after_s
        if metrics.audio_bytes or metrics.retries or not err.retryable or delay_s > _LONGEST_RETRY_DELAY_S:
            raise err
        return delay_s + uniform(0, _JITTER * delay_s)  # noqa: S311 - spreads load, guards nothing

    async def _whole(
        self, speak: _Speak, feed: TextFeed, settings: VoiceSettings, metrics: SpeechMetrics
    ) -> AsyncGenerator[bytes]:
        """Yield the PCM of a text that is sent in one piece; raises TextTooLongError."""
        text = await feed.whole()
        if len(text) > MAX_TEXT_LENGTH:
            raise TextTooLongError
        async with aclosing(speak(text, settings, metrics)) as speech:
            async for pcm in speech:
                yield pcm

    async def _one_by_one(self, lines: Sequence[Line], metrics: SpeechMetrics) -> AsyncGenerator[bytes]:
        """Yield the PCM of lines, each made when the one before it has ended."""
        for line in lines:
            if line.pause_ms:
                yield metrics.added(silence(line.pause_ms, line.settings.sample_rate))
            async with aclosing(self._client.generate(line.text, line.settings, metrics)) as speech:
                async for pcm in speech:
                    yield pcm

"""Speaking for an account: whose turn it is, which endpoint, a second try."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from random import uniform
from typing import Final

from .api.client import KugelAudioClient
from .api.errors import KugelAudioError, RateLimitedError, TextTooLongError, WebSocketRefusedError
from .api.feed import TextFeed
from .api.models import MAX_TEXT_LENGTH
from .api.report import SpeechReport
from .limit import UtteranceLimit
from .settings import UtteranceSettings

_LONGEST_RETRY_DELAY_S: Final = 10.0
_JITTER: Final = 0.25
_WEBSOCKETS_AVOIDED_S: Final = 600.0


class Narrator:
    """Turns a text into PCM, by the way that suits it and that works."""

    def __init__(self, client: KugelAudioClient, limit: UtteranceLimit) -> None:
        """Begin with all ways open."""
        self._client = client
        self._limit = limit
        self._websockets_avoided_until = 0.0
        self._now = asyncio.get_running_loop().time

    @property
    def avoids_websockets(self) -> bool:
        """Tell whether everything goes over REST for now, because WebSockets did not get through."""
        return self._now() < self._websockets_avoided_until

    async def narrate(self, feed: TextFeed, settings: UtteranceSettings, report: SpeechReport) -> AsyncGenerator[bytes]:
        """Yield PCM; an empty piece says that the server has accepted the text.

        Tries a second time, with all the text, only while no audio was yielded. Raises the client's errors, and
        never ends without all audio.
        """
        async with self._limit.admit():
            report.admitted()
            by_rest = self.avoids_websockets
            while True:
                try:
                    async with aclosing(self._speech(feed, settings, report, by_rest=by_rest)) as speech:
                        async for pcm in speech:
                            yield pcm
                except KugelAudioError as err:
                    delay_s = self._pause_before_retry_s(err, report)
                    by_rest = by_rest or isinstance(err, WebSocketRefusedError)
                else:
                    return
                feed.rewind()
                report.retry()
                await asyncio.sleep(delay_s)

    def _pause_before_retry_s(self, err: KugelAudioError, report: SpeechReport) -> float:
        """Return how long to wait for the second try; raises the error when there is to be none."""
        if isinstance(err, RateLimitedError):
            self._limit.lower(err.retry_after_s)
        delay_s = err.retry_delay_s if err.retry_after_s is None else err.retry_after_s
        if report.audio_bytes or report.retries or not err.retryable or delay_s > _LONGEST_RETRY_DELAY_S:
            raise err
        return delay_s + uniform(0, _JITTER * delay_s)  # noqa: S311 - spreads load, guards nothing

    async def _speech(
        self, feed: TextFeed, settings: UtteranceSettings, report: SpeechReport, *, by_rest: bool
    ) -> AsyncGenerator[bytes]:
        """Yield PCM from the endpoint that suits the text, and from REST where WebSockets do not get through.

        The endpoint for growing texts tells when it accepts one, so that a conversion can start meanwhile.
        """
        text = await _whole(feed) if by_rest or feed.has_ended else None
        if text is not None and by_rest:
            pcm = self._client.generate(text, settings.voice, report)
        elif text is not None and not settings.is_converted:
            pcm = self._client.speak(text, settings.voice, report)
        else:
            pcm = self._client.stream(feed, settings.voice, report)
        async with aclosing(pcm):
            async for piece in pcm:
                if by_rest and not self.avoids_websockets:
                    self._websockets_avoided_until = self._now() + _WEBSOCKETS_AVOIDED_S
                yield piece


async def _whole(feed: TextFeed) -> str:
    """Return all of the text once it is complete; raises TextTooLongError."""
    text = await feed.whole()
    if len(text) > MAX_TEXT_LENGTH:
        raise TextTooLongError
    return text

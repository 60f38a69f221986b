"""Growing text over `/ws/tts/stream`: deltas out and frames in at the same time, one turn after the other."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from .connection import Connection
from .errors import ConnectionLostError, EmptyAudioError, SilentServerError
from .feed import IDLE_LIMIT_S, LONGEST_PIECE, TextFeed
from .frames import (
    FLUSH,
    AudioFrame,
    ErrorFrame,
    FinalFrame,
    Frame,
    GenerationStartedFrame,
    InterruptedFrame,
    SessionClosedFrame,
    first_text,
    more_text,
)
from .metrics import SpeechMetrics
from .models import MAX_TEXT_LENGTH, VoiceSettings
from .pool import ConnectionPool
from .speak import SILENCE_LIMIT_S, check_complete, check_sample_rate

PATH: Final = "ws/tts/stream"
# The server ends a turn by itself after 5 s without text. Ending it earlier, on purpose, leaves no doubt to which
# turn a late delta belongs.
_STALL_S: Final = 4.0
_POLL_S: Final = 1.0
# Old servers send no `session_closed` after `final`, older ones no `final`.
_SESSION_CLOSED_S: Final = 1.0
_IN_FLIGHT_S: Final = 1.0


async def stream(
    pool: ConnectionPool, feed: TextFeed, settings: VoiceSettings, metrics: SpeechMetrics
) -> AsyncGenerator[bytes]:
    """Yield the PCM of every audio frame at once; a pause in the text splits it into turns, not into utterances.

    An empty piece says that the server has accepted the text and will speak.
    """
    metrics.endpoint = PATH
    heard_before = metrics.audio_bytes
    while (piece := await feed.take(IDLE_LIMIT_S)) is not None:
        async with (
            pool.lend(PATH) as connection,
            aclosing(_Turn(connection, feed, settings, metrics).run(piece)) as turn,
        ):
            metrics.connected()
            async for pcm in turn:
                yield pcm
    feed.check()
    if metrics.audio_bytes == heard_before:
        raise EmptyAudioError


class _Turn:
    """One turn: from the first text with the whole configuration to the server's `session_closed`."""

    def __init__(self, connection: Connection, feed: TextFeed, settings: VoiceSettings, metrics: SpeechMetrics) -> None:
        self._connection = connection
        self._feed = feed
        self._settings = settings
        self._metrics = metrics
        self._word_times = metrics.word_times(settings.sample_rate)
        self._now = asyncio.get_running_loop().time
        self._last_sent = 0.0
        self._has_begun = False
        self._heard_bytes = 0

    async def run(self, piece: str) -> AsyncGenerator[bytes]:
        """Send the first piece, then write and read side by side; yields PCM."""
        await self._connection.ask(first_text(piece, self._settings))
        self._last_sent = self._now()
        writer = asyncio.create_task(self._write(len(piece)), name="kugelaudio turn")
        try:
            while True:
                frame = await self._receive(writer)
                self._word_times.take(frame, self._metrics.length_bytes)
                match frame:
                    case AudioFrame():
                        check_sample_rate(frame, self._settings)
                        self._has_begun = True
                        self._heard_bytes += len(frame.pcm)
                        yield self._metrics.heard(frame.pcm)
                    case GenerationStartedFrame():
                        self._has_begun = True
                        yield b""
                    case FinalFrame(_, audio_s):
                        check_complete(self._heard_bytes, audio_s, self._settings)
                        await self._read_session_closed()
                        break
                    # One that belongs to an earlier turn comes before this one has begun.
                    case SessionClosedFrame(usage, audio_s) if self._has_begun:
                        self._metrics.used(usage)
                        check_complete(self._heard_bytes, audio_s, self._settings)
                        break
                    case ErrorFrame(error):
                        raise error
                    case InterruptedFrame():
                        raise ConnectionLostError("INTERRUPTED")
                    case _:
                        pass
            self._check_early_end(writer)
        finally:
            writer.cancel()
            await asyncio.wait([writer])

    async def _send(self, message: str) -> None:
        await self._connection.send(message)
        self._last_sent = self._now()

    async def _write(self, sent: int) -> None:
        """Send deltas as they come; exactly one flush, at the end of the text, a stall, or the server's limit."""
        while sent <= MAX_TEXT_LENGTH - LONGEST_PIECE and (piece := await self._feed.take(_STALL_S)):
            sent += len(piece)
            await self._send(more_text(piece))
        await self._send(FLUSH)

    async def _receive(self, writer: asyncio.Task[None]) -> Frame:
        """Return the next frame; the server's silence counts only once the whole turn was sent."""
        silent_since = self._now()
        while True:
            try:
                return await self._connection.receive(_POLL_S)
            except SilentServerError:
                if writer.done() and self._now() - max(silent_since, self._last_sent) > SILENCE_LIMIT_S:
                    raise

    async def _read_session_closed(self) -> None:
        """Take the frame that bills the turn; a socket on which it may still come is not used again."""
        try:
            while True:
                frame = await self._connection.receive(_SESSION_CLOSED_S)
                self._word_times.take(frame, self._metrics.length_bytes)
                match frame:
                    case SessionClosedFrame(usage):
                        self._metrics.used(usage)
                        return
                    case ErrorFrame(error):
                        raise error
                    case _:
                        pass
        except SilentServerError:
            self._connection.spoil()

    def _check_early_end(self, writer: asyncio.Task[None]) -> None:
        """Raise if the server ended the turn while text was on its way to it."""
        if writer.done():
            writer.result()
        elif self._now() - self._last_sent < _IN_FLIGHT_S:
            raise ConnectionLostError("TURN_ENDED_EARLY")

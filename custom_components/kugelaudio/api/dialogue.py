"""Several voices in one utterance, and growing text beside other utterances, over `/ws/tts/multi`."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from .contexts import MAX_CONTEXTS, PATH, Context, ContextSockets, Inbox
from .errors import (
    ConnectionLostError,
    EmptyAudioError,
    EmptyTextError,
    InvalidRequestError,
    SilentServerError,
)
from .feed import IDLE_LIMIT_S, TextFeed
from .frames import AudioFrame, ContextClosedFrame, FinalFrame, Frame
from .models import MAX_TEXT_LENGTH, VoiceSettings
from .passage import Passage
from .pcm import silence
from .report import SpeechReport
from .speak import SILENCE_LIMIT_S, check_complete, check_sample_rate

# What is made ahead waits in memory: three minutes of speech, 10 MB, and what the last line has more than that.
_CHARACTERS_AHEAD: Final = 3_000
_STALL_S: Final = 4.0
_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """What one voice says, after a pause."""

    text: str = field(repr=False)
    settings: VoiceSettings
    pause_ms: int = 0


async def dialogue(
    sockets: ContextSockets, lines: Sequence[Line], report: SpeechReport, at_once: int = MAX_CONTEXTS
) -> AsyncGenerator[bytes]:
    """Yield the PCM of the lines in their order, with no gap but the pauses; later lines are made meanwhile.

    Up to `at_once` of them are made at the same time.
    All lines need one sample rate. Lines that differ in more than voice and guidance are spoken on different
    sockets, for one socket has one speed, temperature, model and language.
    """
    report.endpoint = PATH
    if not lines or not all(line.text.strip() for line in lines):
        raise EmptyTextError
    if len({line.settings.sample_rate for line in lines}) > 1:
        raise InvalidRequestError("MIXED_SAMPLE_RATES")
    async with aclosing(_Dialogue(sockets, lines, report, at_once).run()) as speech:
        async for pcm in speech:
            yield pcm


class _Part:
    """A line on its way, and what was heard of it but not passed on yet."""

    def __init__(self, line: Line, passage: Passage) -> None:
        self.line = line
        self.passage = passage
        self.kept: deque[bytes] = deque()
        self.heard_bytes = 0
        self.is_complete = False


class _Dialogue:
    """All lines: one task opens their contexts ahead, the listener's own sorts what is heard."""

    def __init__(self, sockets: ContextSockets, lines: Sequence[Line], report: SpeechReport, at_once: int) -> None:
        self._sockets = sockets
        self._report = report
        self._at_once = min(at_once, MAX_CONTEXTS)
        self._inbox = Inbox()
        self._parts = [_Part(line, report.passage(line.settings.sample_rate, None)) for line in lines]
        self._opened: dict[str, tuple[_Part, Context]] = {}
        self._live = 0
        self._characters_ahead = 0
        self._progress = asyncio.Event()

    async def run(self) -> AsyncGenerator[bytes]:
        """Yield the PCM of one line after the other."""
        position = self._report.length_bytes
        opener = asyncio.create_task(self._open(), name="kugelaudio dialogue")
        try:
            for part in self._parts:
                self._characters_ahead -= len(part.line.text)
                self._progress.set()
                if part.line.pause_ms:
                    pause = self._report.added(silence(part.line.pause_ms, part.line.settings.sample_rate))
                    position += len(pause)
                    yield pause
                part.passage.begins_at_byte = position
                while part.kept or not part.is_complete:
                    if part.kept:
                        yield part.kept.popleft()
                    else:
                        await self._take(await self._inbox.receive(SILENCE_LIMIT_S))
                position += part.heard_bytes
        finally:
            opener.cancel()
            await asyncio.wait([opener])
            await asyncio.gather(*(context.stop() for _, context in self._opened.values()))

    async def _open(self) -> None:
        """Open a context for each line as soon as there is room for it."""
        for part in self._parts:
            while self._live >= self._at_once or self._characters_ahead >= _CHARACTERS_AHEAD:
                self._progress.clear()
                await self._progress.wait()
            self._live += 1
            self._characters_ahead += len(part.line.text)
            context = self._sockets.context(part.line.settings, self._inbox)
            self._opened[context.id] = part, context
            await context.begin(part.line.text, is_whole=True)
            self._report.connected()

    async def _take(self, frame: Frame) -> None:
        """Sort a frame; the first sign that a line is spoken closes its context, which was kept alive until then."""
        part, context = self._opened[frame.context_id or ""]
        part.passage.take(frame, part.heard_bytes)
        match frame:
            case AudioFrame():
                check_sample_rate(frame, part.line.settings)
                part.kept.append(self._report.heard(frame.pcm))
                part.heard_bytes += len(frame.pcm)
                await context.close()
            case FinalFrame():
                await context.close()
            case ContextClosedFrame(usage):
                if not part.heard_bytes:
                    raise EmptyAudioError
                self._report.used(usage)
                check_complete(part.heard_bytes, usage.audio_seconds if usage else None, part.line.settings)
                part.is_complete = True
                self._live -= 1
                self._progress.set()
            case _:
                pass


async def stream_context(
    sockets: ContextSockets, feed: TextFeed, settings: VoiceSettings, report: SpeechReport
) -> AsyncGenerator[bytes]:
    """Yield the PCM of a growing text at once; only a text beyond the server's limit needs a second context."""
    report.endpoint = PATH
    piece = await feed.take(IDLE_LIMIT_S)
    while piece is not None:
        growing = _GrowingContext(sockets, feed, settings, report)
        async with aclosing(growing.run(piece)) as speech:
            async for pcm in speech:
                yield pcm
        piece = growing.rest
    feed.check()
    if not report.audio_bytes:
        raise EmptyAudioError


class _GrowingContext:
    """One context, from the first delta to the server's `context_closed`."""

    def __init__(self, sockets: ContextSockets, feed: TextFeed, settings: VoiceSettings, report: SpeechReport) -> None:
        self._sockets = sockets
        self._inbox = Inbox()
        self._feed = feed
        self._settings = settings
        self._report = report
        self._passage = report.passage(settings.sample_rate)
        self.rest: str | None = None

    async def run(self, piece: str) -> AsyncGenerator[bytes]:
        """Send the first piece, then write and read side by side; yields PCM."""
        context = self._sockets.context(self._settings, self._inbox)
        writer = asyncio.create_task(self._write(context, piece), name="kugelaudio context")
        heard_bytes = 0
        try:
            while True:
                frame = await self._receive(writer)
                self._passage.take(frame, self._report.length_bytes)
                match frame:
                    case AudioFrame():
                        check_sample_rate(frame, self._settings)
                        heard_bytes += len(frame.pcm)
                        yield self._report.heard(frame.pcm)
                    case ContextClosedFrame() if not writer.done():
                        raise ConnectionLostError("CONTEXT_CLOSED_EARLY")
                    case ContextClosedFrame(usage):
                        self._report.used(usage)
                        check_complete(heard_bytes, usage.audio_seconds if usage else None, self._settings)
                        return
                    case _:
                        pass
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            await context.stop()

    async def _write(self, context: Context, first: str) -> None:
        """Send deltas as they come, and after the last one that no more will follow."""
        await context.begin(first, is_whole=False)
        self._report.connected()
        sent = len(first)
        while (piece := await self._next_piece(context)) is not None:
            if sent + len(piece) > MAX_TEXT_LENGTH:
                self.rest = piece
                break
            sent += len(piece)
            await context.add(piece)
        await context.flush()
        await context.close()

    async def _next_piece(self, context: Context) -> str | None:
        """Return what was written next; while the text pauses, what is there already is spoken."""
        if (piece := await self._feed.take(_STALL_S)) is not None or self._feed.has_ended:
            return piece
        await context.flush()
        return await self._feed.take(IDLE_LIMIT_S - _STALL_S)

    async def _receive(self, writer: asyncio.Task[None]) -> Frame:
        """Return the next frame; the server's silence counts only once everything was sent."""
        while True:
            is_complete = writer.done()
            try:
                return await self._inbox.receive(SILENCE_LIMIT_S if is_complete else _POLL_S)
            except SilentServerError:
                if is_complete:
                    raise

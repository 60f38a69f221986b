"""Several voices in one utterance over `/ws/tts/multi`."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from .contexts import MAX_CONTEXTS, PATH, Context, ContextSockets, Inbox
from .errors import (
    EmptyAudioError,
    EmptyTextError,
    InvalidRequestError,
)
from .frames import AudioFrame, ContextClosedFrame, FinalFrame, Frame
from .metrics import SpeechMetrics
from .models import VoiceSettings
from .pcm import silence
from .speak import SILENCE_LIMIT_S, check_complete, check_sample_rate
from .word_times import WordTimes

# What is made ahead waits in memory: three minutes of speech, 10 MB, and what the last line has more than that.
_CHARACTERS_AHEAD: Final = 3_000


@dataclass(frozen=True, slots=True)
class Line:
    """What one voice says, after a pause."""

    text: str = field(repr=False)
    settings: VoiceSettings
    pause_ms: int = 0


async def dialogue(
    sockets: ContextSockets, lines: Sequence[Line], metrics: SpeechMetrics, at_once: int = MAX_CONTEXTS
) -> AsyncGenerator[bytes]:
    """Yield the PCM of the lines in their order, with no gap but the pauses; later lines are made meanwhile.

    Up to `at_once` of them are made at the same time.
    All lines need one sample rate. Lines that differ in more than voice and guidance are spoken on different
    sockets, for one socket has one speed, temperature, model and language.
    """
    metrics.endpoint = PATH
    if not lines or not all(line.text.strip() for line in lines):
        raise EmptyTextError
    if len({line.settings.sample_rate for line in lines}) > 1:
        raise InvalidRequestError("MIXED_SAMPLE_RATES")
    async with aclosing(_Dialogue(sockets, lines, metrics, at_once).run()) as speech:
        async for pcm in speech:
            yield pcm


class _Part:
    """A line on its way, and what was heard of it but not passed on yet."""

    def __init__(self, line: Line, word_times: WordTimes) -> None:
        self.line = line
        self.word_times = word_times
        self.kept: deque[bytes] = deque()
        self.heard_bytes = 0
        self.is_complete = False


class _Dialogue:
    """All lines: one task opens their contexts ahead, the listener's own sorts what is heard."""

    def __init__(self, sockets: ContextSockets, lines: Sequence[Line], metrics: SpeechMetrics, at_once: int) -> None:
        self._sockets = sockets
        self._metrics = metrics
        self._at_once = min(at_once, MAX_CONTEXTS)
        self._inbox = Inbox()
        self._parts = [_Part(line, metrics.word_times(line.settings.sample_rate, None)) for line in lines]
        self._opened: dict[str, tuple[_Part, Context]] = {}
        self._live = 0
        self._characters_ahead = 0
        self._progress = asyncio.Event()

    async def run(self) -> AsyncGenerator[bytes]:
        """Yield the PCM of one line after the other."""
        position = self._metrics.length_bytes
        opener = asyncio.create_task(self._open(), name="kugelaudio dialogue")
        try:
            for part in self._parts:
                self._characters_ahead -= len(part.line.text)
                self._progress.set()
                if part.line.pause_ms:
                    pause = self._metrics.added(silence(part.line.pause_ms, part.line.settings.sample_rate))
                    position += len(pause)
                    yield pause
                part.word_times.begins_at_byte = position
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
            await context.begin(part.line.text)
            self._metrics.connected()

    async def _take(self, frame: Frame) -> None:
        """Sort a frame; the first sign that a line is spoken closes its context, which was kept alive until then."""
        part, context = self._opened[frame.context_id or ""]
        part.word_times.take(frame, part.heard_bytes)
        match frame:
            case AudioFrame():
                check_sample_rate(frame, part.line.settings)
                part.kept.append(self._metrics.heard(frame.pcm))
                part.heard_bytes += len(frame.pcm)
                await context.close()
            case FinalFrame():
                await context.close()
            case ContextClosedFrame(usage):
                if not part.heard_bytes:
                    raise EmptyAudioError
                self._metrics.used(usage)
                check_complete(part.heard_bytes, usage.audio_seconds if usage else None, part.line.settings)
                part.is_complete = True
                self._live -= 1
                self._progress.set()
            case _:
                pass

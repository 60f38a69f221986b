"""Growing text: sentences leave the buffer, are queued and spoken in order."""

import asyncio

from .clock import now
from .settings import Settings
from .text import SentenceBuffer


class End:
    """Mark the end of what was flushed."""


END = End()


class GrowingText:
    """Collect text, give away sentences, and push what is stale."""

    def __init__(self, settings: Settings, idle_s: float) -> None:
        """Begin empty, with both clocks at their start."""
        self._buffer = SentenceBuffer(settings.max_buffer_length)
        self._stale_s = settings.flush_timeout_ms / 1000
        self._idle_s = idle_s
        self._ready: asyncio.Queue[str | End] = asyncio.Queue()
        self._touched = asyncio.Event()
        self._unspoken = 0
        self._fed_at = self._active_at = now()

    @property
    def empty(self) -> bool:
        """Tell whether nothing waits to be spoken."""
        return self._ready.empty() and not self._buffer

    @property
    def silent(self) -> bool:
        """Tell whether there is nothing to speak, whatever was flushed."""
        return not self._unspoken and not self._buffer

    def add(self, text: str) -> None:
        """Take in text."""
        self._fed_at = now()
        for sentence in self._buffer.add(text):
            self._give(sentence)
        self.touch()

    def touch(self) -> None:
        """Begin the time of inactivity anew."""
        self._active_at = now()
        self._touched.set()

    def push(self) -> None:
        """Give away what is left, complete or not."""
        if rest := self._buffer.take():
            self._give(rest)

    def _give(self, sentence: str) -> None:
        self._unspoken += 1
        self._ready.put_nowait(sentence)

    def flush(self) -> None:
        """Give away what is left and mark the end."""
        self.push()
        self._ready.put_nowait(END)
        self.touch()

    async def next(self) -> str | End:
        """Return the next sentence or the mark of a flush."""
        ready = await self._ready.get()
        if isinstance(ready, str):
            self._unspoken -= 1
        return ready

    async def inactivity(self) -> None:
        """Push stale text in the meantime; return after the time of inactivity."""
        while True:
            self._touched.clear()
            idle_at = self._active_at + self._idle_s
            stale_at = self._fed_at + self._stale_s if self._buffer else idle_at
            try:
                async with asyncio.timeout_at(min(idle_at, stale_at)):
                    await self._touched.wait()
            except TimeoutError:
                if now() >= self._active_at + self._idle_s:
                    return
                self.push()

"""Growing text: sentences leave the buffer, are queued and spoken in order."""

import asyncio

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
        self._fed_at = self._active_at = asyncio.get_running_loop().time()

    @property
    def empty(self) -> bool:
        """Tell whether nothing waits to be spoken."""
        return self._ready.empty() and not self._buffer

    def add(self, text: str) -> None:
        """Take in text."""
        self._fed_at = asyncio.get_running_loop().time()
        for sentence in self._buffer.add(text):
            self._ready.put_nowait(sentence)
        self.touch()

    def touch(self) -> None:
        """Begin the time of inactivity anew."""
        self._active_at = asyncio.get_running_loop().time()
        self._touched.set()

    def push(self) -> None:
        """Give away what is left, complete or not."""
        if rest := self._buffer.take():
            self._ready.put_nowait(rest)

    def flush(self) -> None:
        """Give away what is left and mark the end."""
        self.push()
        self._ready.put_nowait(END)
        self.touch()

    async def next(self) -> str | End:
        """Return the next sentence or the mark of a flush."""
        return await self._ready.get()

    async def inactivity(self) -> None:
        """Push stale text in the meantime; return after the time of inactivity."""
        loop = asyncio.get_running_loop()
        while True:
            self._touched.clear()
            idle_at = self._active_at + self._idle_s
            stale_at = self._fed_at + self._stale_s if self._buffer else idle_at
            try:
                async with asyncio.timeout_at(min(idle_at, stale_at)):
                    await self._touched.wait()
            except TimeoutError:
                if loop.time() >= self._active_at + self._idle_s:
                    return
                self.push()

"""The text of one utterance as it is being written."""

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Final, Protocol, Self

from .errors import EmptyTextError, TextFailedError, TextStalledError

# A conversation agent that fails never ends its text, so silence for this long is its end.
IDLE_LIMIT_S: Final = 60.0
LONGEST_PIECE: Final = 1_000


class Filter(Protocol):
    """Makes of deltas what is to be spoken; may hold a little back."""

    def feed(self, delta: str) -> str:
        """Return what can be spoken now."""

    def finish(self) -> str:
        """Return what was held back, at the end of the text or of one's patience."""


class TextFeed:
    """Reads deltas as they come and keeps them, so that they can be spoken again after a failure.

    An async context manager: the task that reads the deltas lives as long as the context.
    """

    def __init__(self, deltas: AsyncGenerator[str], text_filter: Filter) -> None:
        """Keep the source; nothing is read yet."""
        self._deltas = deltas
        self._filter = text_filter
        self._text = ""
        self._position = 0
        self._failure: Exception | None = None
        self.has_ended = False
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Begin to read."""
        self._reader = asyncio.create_task(self._read(), name="kugelaudio text")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop reading and close the source."""
        self._reader.cancel()
        await asyncio.wait([self._reader])
        await self._deltas.aclose()

    async def _read(self) -> None:
        """Collect deltas. A source that has everything at hand is read to its end in one go."""
        try:
            async for delta in self._deltas:
                self._text += self._filter.feed(delta)
                self._news.set()
        except Exception as err:  # noqa: BLE001 - any failure of any conversation agent ends the text
            self._failure = err
        finally:
            self._text += self._filter.finish()
            self.has_ended = True
            self._news.set()

    @property
    def length(self) -> int:
        """Return how many characters are to be spoken, as far as they are written."""
        return len(self._text)

    async def begin(self) -> None:
        """Wait for the first words; raises EmptyTextError, TextFailedError or TextStalledError.

        If the text has ended when this returns, it was there as a whole from the start.
        """
        while not self._text.strip():
            if not await self._more(IDLE_LIMIT_S) and not self._release():
                self.check()
                raise EmptyTextError

    async def whole(self) -> str:
        """Wait for the end of the text and return all of it; raises TextFailedError or TextStalledError."""
        while await self._more(IDLE_LIMIT_S):
            pass
        self.check()
        return self._text

    async def take(self, timeout_s: float) -> str | None:
        """Return what was written since the last call, up to LONGEST_PIECE of it, as soon as it holds words.

        None at the end of the text, and when nothing comes within the time.
        """
        while not (piece := self._text[self._position :]).strip():
            if not await self._more(timeout_s) and not self._release():
                return None
        if len(piece) > LONGEST_PIECE:
            piece = piece[: piece.rfind(" ", 1, LONGEST_PIECE) + 1 or LONGEST_PIECE]
        self._position += len(piece)
        return piece

    async def _more(self, timeout_s: float) -> bool:
        """Wait for news; False when the text has ended or nothing comes within the time."""
        if self.has_ended:
            return False
        self._news.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _release(self) -> bool:
        """Let go of what the filter holds back, because nothing came for so long; tells whether there was anything."""
        held = self._filter.finish()
        self._text += held
        return bool(held)

    def rewind(self) -> None:
        """Begin again with the first word."""
        self._position = 0

    def check(self) -> None:
        """Raise TextFailedError if the source failed, TextStalledError if it has not ended."""
        if self._failure is not None:
            raise TextFailedError from self._failure
        if not self.has_ended:
            raise TextStalledError

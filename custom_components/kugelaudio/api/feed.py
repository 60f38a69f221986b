"""The text of one part of a message as it is being written."""

import asyncio
from collections.abc import AsyncGenerator, Callable
import re
from types import TracebackType
from typing import Final, Protocol, Self

from .errors import EmptyTextError, TextFailedError, TextStalledError

# A conversation agent that fails never ends its text, so silence for this long is its end.
IDLE_LIMIT_S: Final = 60.0
LONGEST_PIECE: Final = 1_000

_SENTENCE_END: Final = re.compile(r"[.!?…。！？।۔؟]['\"’”»)\]」』]*(?=\s|\Z)")  # noqa: RUF001 - how others end their sentences


class Filter(Protocol):
    """Makes of deltas what is to be spoken; may hold a little back."""

    def feed(self, delta: str) -> str:
        """Return what can be spoken now."""

    def finish(self) -> str:
        """Return what was held back, at the end of the text."""

    def release(self) -> str:
        """Return what of that is certain enough, when what follows comes too late to wait for."""


def holds_sentence_end(text: str) -> bool:
    """Tell whether a sentence ends in a text."""
    return _SENTENCE_END.search(text) is not None


def ends_sentence(text: str) -> bool:
    """Tell whether a text stops where a sentence ends."""
    found = list(_SENTENCE_END.finditer(text))
    return bool(found) and not text[found[-1].end() :].strip()


class TurnText(Protocol):
    """What a turn takes its words from."""

    has_ended: bool

    async def has_more(self, timeout_s: float) -> bool:
        """Wait for what was not taken yet; False at the end, and when nothing comes within the time."""

    def take_now(self, longest: int) -> str:
        """Return what was not taken yet, up to `longest` characters of it."""


class WholeText:
    """A text that is complete."""

    def __init__(self, text: str) -> None:
        """Begin with all of it."""
        self.has_ended = True
        self._rest = text

    async def has_more(self, timeout_s: float) -> bool:  # noqa: ARG002 - nobody has to wait
        """Tell whether some of it was not taken yet."""
        return bool(self._rest.strip())

    def take_now(self, longest: int) -> str:
        """Return the next piece of it, up to `longest` characters."""
        piece = _first_piece(self._rest, longest)
        self._rest = self._rest[len(piece) :]
        return piece


def _first_piece(text: str, longest: int) -> str:
    """Return the beginning of a text, cut between words where there are any."""
    if len(text) <= longest:
        return text
    return text[: text.rfind(" ", 1, longest) + 1 or longest]


class TextFeed:
    """Reads deltas as they come and keeps them, so that they can be spoken again after a failure.

    An async context manager: the task that reads the deltas lives as long as the context.
    """

    def __init__(
        self,
        deltas: AsyncGenerator[str],
        text_filter: Filter,
        has_speech: Callable[[str], object] = str.strip,
    ) -> None:
        """Keep the source; nothing is read yet. Signs alone may have no sound: `has_speech` tells that."""
        self._deltas = deltas
        self._has_speech = has_speech
        self._filter = text_filter
        self._text = ""
        self._failure: Exception | None = None
        self._news = asyncio.Event()
        # How many characters were taken; set back, they are taken again.
        self.position = 0
        self.has_ended = False

    async def __aenter__(self) -> Self:
        """Begin to read."""
        self._reader = asyncio.create_task(self._read(), name="kugelaudio text", eager_start=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop reading and close the source."""
        # To wait for what is done already takes two rounds of the event loop.
        if not self._reader.done():
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
        if not await self.has_words(IDLE_LIMIT_S):
            self.check()
            raise EmptyTextError

    async def whole(self) -> str:
        """Wait for the end and return what was not taken yet; raises TextFailedError or TextStalledError."""
        while await self._more(IDLE_LIMIT_S):
            pass
        self.check()
        return self._text[self.position :]

    async def has_words(self, timeout_s: float) -> bool:
        """Wait for words that were not taken yet; False at the end of the text, and when none come within the time."""
        return await self._has(self._has_speech, timeout_s)

    async def has_more(self, timeout_s: float) -> bool:
        """Wait for what was not taken yet, if only a sign; False at the end, and when nothing comes within the time."""
        return await self._has(str.strip, timeout_s)

    async def _has(self, kind: Callable[[str], object], timeout_s: float) -> bool:
        while not kind(self._text[self.position :]):
            if not await self._more(timeout_s) and not self._release():
                return False
        return True

    def take_now(self, longest: int = LONGEST_PIECE) -> str:
        """Return what was not taken yet, up to `longest` characters of it, cut between words where there are any."""
        piece = _first_piece(self._text[self.position : self.position + longest + 1], longest)
        self.position += len(piece)
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
        held = self._filter.release()
        self._text += held
        return bool(held)

    def check(self) -> None:
        """Raise TextFailedError if the source failed, TextStalledError if it has not ended."""
        if self._failure is not None:
            raise TextFailedError from self._failure
        if not self.has_ended:
            raise TextStalledError

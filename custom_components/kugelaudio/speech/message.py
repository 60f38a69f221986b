"""A message as a script: who speaks which part of it, also while it is still being written."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..api.errors import EmptyTextError, TextFailedError, TextStalledError
from ..api.feed import IDLE_LIMIT_S, Filter, TextFeed
from ..text import Marks, Passage, PlainText, SpokenText, VoiceMark, has_speech


@dataclass(frozen=True, slots=True)
class Part:
    """What one voice says in one go: None is the voice that was asked to speak. The pause is in front of it."""

    voice: str | None
    pause_ms: int
    feed: TextFeed


class _Deltas:
    """The text between two marks, passed on as it comes."""

    def __init__(self, voice: str | None, pause_ms: int) -> None:
        self.voice = voice
        self.pause_ms = pause_ms
        self._items: asyncio.Queue[str | Exception | None] = asyncio.Queue()

    def put(self, item: str | Exception | None) -> None:
        """Add text, what it failed with, or None for its end."""
        self._items.put_nowait(item)

    async def read(self) -> AsyncGenerator[str]:
        """Yield the text; raises what it failed with."""
        while (item := await self._items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item


class Message:
    """Reads a message part by part.

    An async context manager: the task that reads the message lives as long as the context.
    """

    def __init__(self, message: AsyncGenerator[str], *, marks: bool, clean: bool, language: str = "en") -> None:
        """Keep the message; nothing is read yet. Without `marks` it is one part, whatever it holds."""
        self._message = message
        self._marks = Marks() if marks else None
        self._clean = clean
        self._language = language
        self._writing = _Deltas(None, 0)
        self._parts: asyncio.Queue[_Deltas | None] = asyncio.Queue()
        self._parts.put_nowait(self._writing)
        self._feeds: list[TextFeed] = []
        self._texts: list[str] = []
        self._received: list[str] = []
        self._readers: list[asyncio.Task[None]] = []
        self._follows_mark = False
        self._failure: Exception | None = None
        self.has_ended = False

    def start(self) -> None:
        """Begin to read, if that has not begun."""
        if not self._readers:
            self._readers.append(asyncio.create_task(self._read(), name="kugelaudio message", eager_start=True))

    async def close(self) -> None:
        """Stop reading and close the source."""
        for reader in self._readers:
            reader.cancel()
            await asyncio.wait([reader])
        await self._message.aclose()

    async def __aenter__(self) -> Self:
        """Begin to read."""
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop reading and close the source."""
        await self.close()

    @property
    def complete(self) -> str | None:
        """Return the message as it was written, if its end was read."""
        return self.received if self.has_ended and self._failure is None else None

    @property
    def came_in_pieces(self) -> bool:
        """Tell whether somebody wrote it piece by piece: of a whole text Home Assistant makes one."""
        return len(self._received) > 1

    @property
    def written(self) -> str:
        """Return what was read so far, its marks left out."""
        return "".join(self._texts)

    @property
    def received(self) -> str:
        """Return what was read so far, as it came."""
        return "".join(self._received)

    @property
    def length(self) -> int:
        """Return how many characters are to be spoken, as far as they are read."""
        return sum(feed.length for feed in self._feeds)

    async def parts(self) -> AsyncGenerator[Part]:
        """Yield the parts that hold words, each as soon as it has begun.

        A part's text is read while it is the last one that was yielded. Raises EmptyTextError if no part holds words,
        TextFailedError or TextStalledError where the message does not go on.
        """
        pause_ms = 0
        is_empty = True
        while (part := await self._parts.get()) is not None:
            pause_ms += part.pause_ms
            feed = TextFeed(part.read(), self._cleaner(), has_speech)
            async with feed:
                try:
                    await feed.begin()
                except EmptyTextError:
                    continue
                self._feeds.append(feed)
                is_empty = False
                yield Part(part.voice, pause_ms, feed)
            pause_ms = 0
        if is_empty:
            raise EmptyTextError

    async def whole(self) -> str:
        """Wait for the end of the message and return what is to be spoken of it, whoever was to speak it.

        Raises TextFailedError or TextStalledError.
        """
        known = None
        while not self.has_ended and known != (known := len(self._texts)):
            await asyncio.wait(self._readers, timeout=IDLE_LIMIT_S)
        if self._failure is not None:
            raise TextFailedError from self._failure
        if not self.has_ended:
            raise TextStalledError
        cleaner = self._cleaner()
        return cleaner.feed("".join(self._texts)) + cleaner.finish()

    def _cleaner(self) -> Filter:
        """Return what makes of written text spoken text."""
        return SpokenText(self._language) if self._clean else PlainText()

    async def _read(self) -> None:
        """Split the message at its marks. A source that has everything at hand is read to its end in one go."""
        try:
            async for delta in self._message:
                self._received.append(delta)
                self._add(self._marks.feed(delta) if self._marks else [delta])
        except Exception as err:  # noqa: BLE001 - any failure of any conversation agent ends the text
            self._failure = err
        finally:
            self._add(self._marks.finish() if self._marks else [])
            if self._failure is not None:
                self._writing.put(self._failure)
            self._writing.put(None)
            self._parts.put_nowait(None)
            self.has_ended = True

    def _add(self, passages: Iterable[Passage]) -> None:
        """Sort what was read: text belongs to the part that is being written, a mark begins another one."""
        for passage in passages:
            match passage:
                case str():
                    text = passage.lstrip() if self._follows_mark else passage
                    self._follows_mark = self._follows_mark and not text
                    self._texts.append(text)
                    self._writing.put(text)
                case VoiceMark(name):
                    self._begin_part(name, 0)
                case _:
                    self._begin_part(self._writing.voice, passage.pause_ms)

    def _begin_part(self, voice: str | None, pause_ms: int) -> None:
        """End the part that was written, and begin another."""
        self._texts.append(" ")
        self._follows_mark = True
        self._writing.put(None)
        self._writing = _Deltas(voice, pause_ms)
        self._parts.put_nowait(self._writing)

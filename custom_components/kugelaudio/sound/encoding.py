"""One listener's stream: the pieces of a generation go in, the bytes of the listener's format come out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from functools import partial
from typing import Final

from .encoder import Encoder

type InThread = Callable[[Callable[[], bytes]], Awaitable[bytes]]

_AT_ONCE: Final = 2


async def encoded(
    pieces: AsyncIterable[bytes], encoder: Encoder, in_thread: InThread, *, is_head_early: bool = False
) -> AsyncGenerator[bytes]:
    """Yield a stream, its head together with the first bytes; what `pieces` raises goes on and ends it without an end.

    `in_thread` calls a function in a thread, for pieces that would hold up the event loop. An early head comes with the
    first piece, even if that is empty.
    """
    head = encoder.stream_head()
    async for piece in pieces:
        if is_head_early and head and not piece:
            yield head
            head = b""
        rest = piece
        while rest:
            # The way into a thread and back would be the longest part of the way to the first sound.
            part, rest = encoder.split(rest, is_awaited=bool(head))
            is_quick = encoder.is_quick(part)
            if made := encoder.feed(part) if is_quick else await in_thread(partial(encoder.feed, part)):
                yield head + made
                head = b""
            # Pieces that are all there already would follow each other without a pause.
            await asyncio.sleep(0)
    if end := encoder.finish() if encoder.is_quick_at_end else await in_thread(encoder.finish):
        yield head + end


def few_at_once(in_thread: InThread) -> InThread:
    """Return a way into threads for all listeners: with more of them, the event loop would seldom get its turn."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def run(function: Callable[[], bytes]) -> bytes:
        async with free:
            return await in_thread(function)

    return run

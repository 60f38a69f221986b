"""How long one turn of an event loop takes while a stream is encoded in it, beside it in threads, or both."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
import time

from custom_components.kugelaudio.sound.encoder import Encoder
from custom_components.kugelaudio.sound.encoding import encoded, few_at_once


class Turns:
    """Watches a loop, which does not sleep meanwhile."""

    def __init__(self) -> None:
        """Begin to watch the running loop."""
        self._loop = asyncio.get_running_loop()
        self._began_at: float | None = None
        self._is_over = False
        self.longest_ms = 0.0
        self._turn()

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._began_at is not None:
            self.longest_ms = max(self.longest_ms, (now - self._began_at) * 1000)
        self._began_at = now
        if not self._is_over:
            self._loop.call_soon(self._turn)

    def end(self) -> None:
        """Watch no more."""
        self._is_over = True


async def longest_turn_ms(encoder: Encoder, pieces: Iterable[bytes], pause_s: float) -> float:
    """Return how long the loop was kept at most by a listener's stream, of pieces with a pause behind each."""
    loop = asyncio.get_running_loop()
    in_thread = few_at_once(lambda function: loop.run_in_executor(None, function))
    turns = Turns()
    async for _ in encoded(_paced(pieces, pause_s), encoder, in_thread):
        pass
    turns.end()
    return turns.longest_ms


async def _paced(pieces: Iterable[bytes], pause_s: float) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause_s)

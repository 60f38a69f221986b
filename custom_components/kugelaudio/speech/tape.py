"""PCM on its way from whoever makes it to whoever fetches it, at a pace of each one's own."""

import asyncio
from collections import deque
from typing import Final

# A minute of speech at the server's own rate: whoever has so much to hear can wait for more.
MINUTE_BYTES: Final = 2_880_000
# Four and a half of them.
_MOST_BYTES: Final = 13_000_000
# What was fetched stays for those who join: 80 seconds.
_MOST_KEPT_BYTES: Final = 4_000_000


class Memory:
    """How much of an account's speech waits to be fetched.

    Beyond the limit who makes it waits, too: the server is then read as slowly as the slowest listener listens.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        """Begin with nothing that waits."""
        self.waiting_bytes = 0
        self._kept_bytes = 0
        self._most_bytes = most_bytes
        self._freed = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Tell whether no more may come."""
        return self.waiting_bytes >= self._most_bytes

    def change(self, by_bytes: int) -> None:
        """Take note of what came, or was fetched."""
        self.waiting_bytes += by_bytes
        if by_bytes < 0:
            self._freed.set()

    def may_keep(self, more_bytes: int) -> bool:
        """Tell whether there is room to keep more for those who join; then it is taken."""
        if self._kept_bytes + more_bytes > _MOST_KEPT_BYTES:
            return False
        self._kept_bytes += more_bytes
        return True

    def forget(self, kept_bytes: int) -> None:
        """Take note of what is not kept any more."""
        self._kept_bytes -= kept_bytes

    async def freed(self) -> None:
        """Wait until something was fetched."""
        self._freed.clear()
        await self._freed.wait()


class Tape:
    """Pieces of PCM for one listener, in order, until an end or an error."""

    def __init__(self, memory: Memory) -> None:
        """Begin empty; what waits here counts as the account's."""
        self._memory = memory
        self._pieces: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._has_ended = False
        self._is_left = False
        self._error: Exception | None = None
        self._now = asyncio.get_running_loop().time
        self._waits_since = 0.0
        self.waiting_bytes = 0
        self.fetched_bytes = 0

    @property
    def is_at_end(self) -> bool:
        """Tell whether everything was fetched, and no more comes."""
        return self._has_ended and not self._pieces

    @property
    def waited_s(self) -> float:
        """Return for how long something is there that nobody fetches."""
        return self._now() - self._waits_since if self._pieces else 0.0

    async def put(self, piece: bytes) -> None:
        """Add a piece. One whose listener has nothing left never waits for memory, so that somebody always goes on."""
        while self._memory.is_full and self._pieces:
            await self._memory.freed()
        self.add(piece)

    def add(self, piece: bytes) -> None:
        """Add a piece at once, unless nobody will fetch it."""
        if self._is_left:
            return
        if not self._pieces:
            self._waits_since = self._now()
        self._pieces.append(piece)
        self._change(len(piece))
        self._changed.set()

    def end(self, error: Exception | None = None) -> None:
        """Say that no more comes, and why if not all came."""
        self._has_ended = True
        self._error = error
        self._changed.set()

    def clear(self) -> None:
        """Forget what was not fetched."""
        self._pieces.clear()
        self._change(-self.waiting_bytes)

    def _change(self, by_bytes: int) -> None:
        self.waiting_bytes += by_bytes
        self._memory.change(by_bytes)

    def leave(self) -> None:
        """Fetch no more: what comes now is not kept."""
        self._is_left = True
        self.clear()

    async def has_news(self, timeout_s: float | None) -> bool:
        """Wait for a piece or the end; False when neither comes within the time."""
        if self._pieces or self._has_ended:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                # What woke the listener may have been taken back before it looks.
                while not self._pieces and not self._has_ended:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def take(self) -> bytes | None:
        """Return the next piece, which is there; None at the end. Raises what the tape ended with."""
        if not self._pieces:
            if self._error is not None:
                raise self._error
            return None
        piece = self._pieces.popleft()
        self._change(-len(piece))
        self._waits_since = self._now()
        self.fetched_bytes += len(piece)
        return piece

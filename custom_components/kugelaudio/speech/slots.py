"""How many utterances of an account are spoken at the same time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ..api.errors import TooManyAtOnceError

DEFAULT_LIMIT: Final = 4
HIGHEST_LIMIT: Final = 100
_LONGEST_WAIT_S: Final = 10.0
_LOWERED_FOR_S: Final = 60.0


class UtteranceSlots:
    """Admits utterances in the order in which they came; fewer for a while after the server refused one."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        """Begin with nobody speaking."""
        self._limit = limit
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._lowered = limit
        self._lowered_until = 0.0
        self._now = asyncio.get_running_loop().time

    @property
    def now_allowed(self) -> int:
        """Return how many may speak at this moment."""
        return self._lowered if self._now() < self._lowered_until else self._limit

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold it; raises TooManyAtOnceError after 10 s."""
        if self._running < self.now_allowed and all(turn.done() for turn in self._waiting):
            self._running += 1
        else:
            await self._wait()
        try:
            yield
        finally:
            self._running -= 1
            self._admit_next()

    def lower(self, for_s: float | None) -> None:
        """Allow fewer for a while: the server has refused one of those who speak now."""
        self._lowered = max(1, min(self.now_allowed, self._running) - 1)
        self._lowered_until = self._now() + max(_LOWERED_FOR_S, for_s or 0.0)

    async def _wait(self) -> None:
        """Wait until an earlier one has ended."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                await turn
        except BaseException as err:
            if turn.done() and not turn.cancelled():
                self._running -= 1
                self._admit_next()
            if isinstance(err, TimeoutError):
                raise TooManyAtOnceError from None
            raise

    def _admit_next(self) -> None:
        """Let those in that there is room for; those who have given up are passed over."""
        while self._waiting and self._running < self.now_allowed:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)

"""A queue between the reader of a socket and the one who listens."""

import asyncio
from collections import deque
from typing import Final

# A timer that fires this much too late fires in a loop that was blocked: what came meanwhile is not read yet.
_LATE_S: Final = 0.1


class Mailbox[Item]:
    """Holds items in order for one listener; whoever puts waits while it is full.

    A listener that waits with a time limit costs nothing per item: one timer is kept running and looks at the limit
    that is valid when it fires.
    """

    def __init__(self, capacity: int) -> None:
        """Begin empty."""
        self._items: deque[Item] = deque()
        self._capacity = capacity
        self._loop = asyncio.get_running_loop()
        self._listener: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is held."""
        return not self._items

    @property
    def is_full(self) -> bool:
        """Tell whether whoever puts has to wait."""
        return len(self._items) >= self._capacity

    async def put(self, item: Item) -> None:
        """Add an item once there is room for it."""
        while self.is_full:
            self._room = self._loop.create_future()
            await self._room
        self.put_now(item)

    def put_now(self, item: Item) -> None:
        """Add an item, even if there is no room."""
        self._items.append(item)
        if self._listener is not None and not self._listener.done():
            self._listener.set_result(None)

    async def get(self, timeout_s: float) -> Item:
        """Return the next item; raises TimeoutError."""
        if not self._items:
            self._listener = self._loop.create_future()
            self._watch(self._loop.time() + timeout_s)
            try:
                await self._listener
            finally:
                self._listener = None
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        return self._items.popleft()

    def clear(self) -> None:
        """Drop everything, and stop the timer."""
        self._items.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self, deadline: float) -> None:
        """Make sure that a timer fires by then."""
        self._deadline = deadline
        if self._timer is None or self._timer.when() > deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        """End the wait of a listener whose time is up; look again later for one whose limit is a later one."""
        self._timer = None
        if self._listener is None or self._listener.done():
            return
        late_s = self._loop.time() - self._deadline
        if late_s < 0:
            self._watch(self._deadline)
        elif late_s > _LATE_S:
            self._watch(self._loop.time() + _LATE_S)
        else:
            self._listener.set_exception(TimeoutError())

"""Sockets that nobody uses at the moment."""

import asyncio
from collections.abc import Callable

from .connection import Connection


class IdleSockets:
    """Keeps open sockets by path, each for a while, and closes those that can serve nobody any more."""

    def __init__(self, dismiss: Callable[[str, Connection], asyncio.Task[None]]) -> None:
        """Begin with none; `dismiss` closes one in the background."""
        self._dismiss = dismiss
        self._sockets: dict[str, list[Connection]] = {}
        self._expiry: dict[Connection, asyncio.TimerHandle] = {}

    def living(self, path: str) -> list[Connection]:
        """Return those that can still serve; closes all others."""
        idle = self._sockets.setdefault(path, [])
        for connection in [connection for connection in idle if not connection.is_idle]:
            self._retire(path, connection)
        return idle

    def add(self, path: str, connection: Connection, limit_s: float | None) -> None:
        """Keep a socket, for no longer than a time if there is one."""
        self._sockets.setdefault(path, []).append(connection)
        if limit_s is not None:
            loop = asyncio.get_running_loop()
            self._expiry[connection] = loop.call_later(limit_s, self._retire, path, connection)

    def take(self, path: str) -> Connection | None:
        """Return the one that was used last, if there is one; it is no longer kept."""
        if not (idle := self.living(path)):
            return None
        connection = idle.pop()
        self._end_expiry(connection)
        return connection

    async def close(self, most: int | None = None) -> bool:
        """Close all, or so many of them: those first that were not heard for longest. Tells whether there were any."""
        idle = [(path, connection) for path, connections in self._sockets.items() for connection in connections]
        idle.sort(key=lambda place: place[1].heard_at)
        closings = [self._retire(path, connection) for path, connection in idle[:most]]
        if closings:
            await asyncio.wait(closings)
        return bool(closings)

    def close_unheard(self, since: float) -> None:
        """Close those that gave no sign of life since a moment of the running loop's time."""
        for path, idle in self._sockets.items():
            for connection in [connection for connection in idle if not connection.was_heard_since(since)]:
                self._retire(path, connection)

    def end_timers(self) -> None:
        """Let time close nothing any more."""
        for handle in self._expiry.values():
            handle.cancel()

    def _retire(self, path: str, connection: Connection) -> asyncio.Task[None]:
        self._end_expiry(connection)
        self._sockets[path].remove(connection)
        return self._dismiss(path, connection)

    def _end_expiry(self, connection: Connection) -> None:
        if handle := self._expiry.pop(connection, None):
            handle.cancel()

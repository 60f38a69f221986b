"""Connections that are kept open between utterances."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import uniform
from typing import Final

from aiohttp import ClientSession
from yarl import URL

from .connection import Connection
from .errors import AuthenticationError, ConnectionLostError, KugelAudioError

_IDLE_LIMIT_S: Final = 600.0
# Rooms that are spoken to at the same time are likely to be so again in a moment. Plans limit open connections.
_MOST_IDLE: Final = 4
_FURTHER_IDLE_LIMIT_S: Final = 60.0
# A server that is replaced closes idle sockets; its successor may need a moment.
_REPLACE_AFTER_S: Final = 1.0
_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 300.0


class ConnectionPolicy(StrEnum):
    """How long sockets stay open: always, for a while after an utterance, or not at all."""

    ALWAYS = "always"
    AFTER_USE = "after_use"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStatus:
    """The connections of one endpoint: how many there are now, and how many there were."""

    path: str
    open: int
    idle: int
    kept: bool
    opened: int
    replaced: int
    failed: int
    last_failure: str | None


@dataclass(slots=True)
class _Counts:
    """What happened on one endpoint so far."""

    opened: int = 0
    replaced: int = 0
    failed: int = 0
    last_failure: str | None = None


class ConnectionPool:
    """Lends sockets by path: an idle one when there is one, else a new one."""

    def __init__(
        self,
        session: ClientSession,
        url: URL,
        headers: dict[str, str],
        warmth: ConnectionPolicy = ConnectionPolicy.AFTER_USE,
    ) -> None:
        """Keep what is needed to connect; nothing is opened yet."""
        self._session = session
        self._url = url
        self._headers = headers
        self._warmth = warmth
        self._idle: dict[str, list[Connection]] = {}
        self._open: dict[str, set[Connection]] = {}
        self._kept: set[str] = set()
        self._counts: dict[str, _Counts] = {}
        self._expiry: dict[Connection, asyncio.TimerHandle] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def lend(self, path: str) -> AsyncIterator[Connection]:
        """Lend a socket for one utterance or turn; it is kept only when nothing of that is left in it."""
        connection = self._take_idle(path) or await self._connect(path)
        if self._warmth is ConnectionPolicy.ALWAYS:
            self.keep(path)
        try:
            yield connection
        except KugelAudioError:
            connection.spoil()
            raise
        except BaseException:
            await connection.interrupt()
            raise
        finally:
            self._give_back(path, connection)

    def keep(self, path: str) -> None:
        """Hold a socket open from now on, and replace it in the background when it ends."""
        if path not in self._kept and not self._closed:
            self._kept.add(path)
            _start(self._keep(path), self._opening)

    def warm_up(self, path: str) -> None:
        """Open a socket in the background if none is idle, for an utterance that is about to come."""
        if not self._living(path) and self._warmth is not ConnectionPolicy.OFF and not self._closed:
            _start(self._warm_up(path), self._opening)

    def status(self) -> tuple[PathStatus, ...]:
        """Return the state of every endpoint that was used."""
        return tuple(
            PathStatus(
                path=path,
                open=sum(connection.is_open for connection in self._open.get(path, ())),
                idle=len(self._living(path)),
                kept=path in self._kept,
                **asdict(counts),
            )
            for path, counts in sorted(self._counts.items())
        )

    async def close(self) -> None:
        """Close every socket, also those in use: their utterances end with an error."""
        self._closed = True
        for handle in self._expiry.values():
            handle.cancel()
        for task in self._opening:
            task.cancel()
        connections = [connection for path in self._open.values() for connection in path]
        closings = [connection.close() for connection in connections]
        await asyncio.gather(*closings, *self._opening, *self._closing, return_exceptions=True)

    def _living(self, path: str) -> list[Connection]:
        """Return the idle connections that can still serve; closes all others."""
        idle = self._idle.setdefault(path, [])
        for connection in [connection for connection in idle if not connection.is_idle]:
            self._retire(path, connection)
        return idle

    def _take_idle(self, path: str) -> Connection | None:
        """Return the idle connection that was used last, if there is one."""
        if not (idle := self._living(path)):
            return None
        connection = idle.pop()
        self._end_expiry(connection)
        return connection

    def _end_expiry(self, connection: Connection) -> None:
        if handle := self._expiry.pop(connection, None):
            handle.cancel()

    async def _connect(self, path: str) -> Connection:
        """Open a connection; raises what opening raises, and ConnectionLostError once the pool is closed."""
        if self._closed:
            raise ConnectionLostError("CLIENT_CLOSED")
        counts = self._counts.setdefault(path, _Counts())
        try:
            connection = await Connection.open(self._session, self._url / path, self._headers)
        except KugelAudioError as err:
            counts.failed += 1
            counts.last_failure = err.code
            raise
        counts.opened += 1
        if self._closed:
            await connection.close()
            raise ConnectionLostError("CLIENT_CLOSED")
        self._open.setdefault(path, set()).add(connection)
        return connection

    def _give_back(self, path: str, connection: Connection) -> None:
        """Keep a connection for the next utterance if it can serve one and not too many are kept."""
        idle = self._living(path)
        if self._warmth is ConnectionPolicy.OFF or self._closed or not connection.is_idle or len(idle) >= _MOST_IDLE:
            self._dismiss(path, connection)
            return
        limit_s = _FURTHER_IDLE_LIMIT_S if idle else _IDLE_LIMIT_S
        if idle or self._warmth is ConnectionPolicy.AFTER_USE:
            expire = asyncio.get_running_loop().call_later
            self._expiry[connection] = expire(limit_s, self._retire, path, connection)
        idle.append(connection)

    def _retire(self, path: str, connection: Connection) -> None:
        """Close a connection that nobody uses."""
        self._end_expiry(connection)
        self._idle[path].remove(connection)
        self._dismiss(path, connection)

    def _dismiss(self, path: str, connection: Connection) -> None:
        """Close a connection without making anyone wait for it."""
        self._open[path].discard(connection)
        _start(connection.close(), self._closing)

    async def _warm_up(self, path: str) -> None:
        """Open a connection and keep it; a failure is told to the utterance that needs one."""
        try:
            connection = await self._connect(path)
        except KugelAudioError:
            return
        self._give_back(path, connection)

    async def _keep(self, path: str) -> None:
        """Hold at least one connection open; gives up when the key is refused."""
        failures = 0
        while True:
            while living := [connection.ending for connection in self._open.get(path, ()) if connection.is_open]:
                await asyncio.wait(living)
                self._counts[path].replaced += 1
                await asyncio.sleep(pause_s(0, _REPLACE_AFTER_S))
            try:
                self._give_back(path, await self._connect(path))
            except AuthenticationError:
                return
            except KugelAudioError as err:
                await asyncio.sleep(pause_s(failures, err.retry_after_s))
                failures += 1
            else:
                failures = 0


def _start(chore: Coroutine[None, None, None], group: set[asyncio.Task[None]]) -> None:
    """Let something be done in the background, and its group hold it meanwhile."""
    task = asyncio.create_task(chore, name="kugelaudio pool")
    group.add(task)
    task.add_done_callback(group.discard)


def pause_s(failures: int, asked_for_s: float | None) -> float:
    """Return how long to wait before another try: as long as asked for, else longer each time, never all at once."""
    pause_s = min(_FIRST_PAUSE_S * 2**failures, _LONGEST_PAUSE_S) if asked_for_s is None else asked_for_s
    return uniform(pause_s, 1.5 * pause_s)  # noqa: S311 - spreads load, guards nothing

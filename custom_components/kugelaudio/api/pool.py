"""Connections that are kept open between utterances."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from random import uniform
from typing import Final

from .connection import Connection
from .deadline import Deadline
from .errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    KugelAudioError,
    RateLimitedError,
    TooManyConnectionsError,
)
from .idle import IdleSockets
from .upgrade import Upgrades

_IDLE_LIMIT_S: Final = 600.0
# Rooms that are spoken to at the same time are likely to be so again in a moment. Plans limit open connections.
_MOST_IDLE: Final = 4
_FURTHER_IDLE_LIMIT_S: Final = 60.0
# A server that is replaced closes idle sockets; its successor may need a moment.
_REPLACE_AFTER_S: Final = 1.0
_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 300.0
# A socket that does not last this long is no success: some servers accept what they then refuse.
_LASTING_S: Final = 30.0
_LOOK_AGAIN_S: Final = 0.5


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

    def __init__(self, upgrades: Upgrades, warmth: ConnectionPolicy = ConnectionPolicy.AFTER_USE) -> None:
        """Keep what opens sockets; nothing is opened yet."""
        # How many sockets the account may have open at once, as far as is known; and how many there were when the
        # server refused one more.
        self.most_open: int | None = None
        self.refused_at: int | None = None
        self._upgrades = upgrades
        self._warmth = warmth
        self._idle = IdleSockets(self._dismiss)
        self._open: dict[str, set[Connection]] = {}
        self._kept: set[str] = set()
        self._counts: dict[str, _Counts] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._connecting = 0
        self._closed = False
        self._now = asyncio.get_running_loop().time

    @property
    def open_count(self) -> int:
        """Return how many sockets are open, in use, idle and just being opened."""
        open_now = sum(connection.is_open for path in self._open.values() for connection in path)
        return open_now + self._connecting

    @asynccontextmanager
    async def lend(self, path: str, deadline: Deadline | None = None) -> AsyncIterator[Connection]:
        """Lend a socket for one utterance or turn; it is kept only when nothing of that is left in it.

        Raises ConnectTimedOutError where none opens within 3 s, or what is left of the deadline, and
        TooManyConnectionsError where the server refuses it though no other socket is idle any more.
        """
        connection = self._take_idle(path) or await self._connect_in_need(path, deadline)
        if self._warmth is ConnectionPolicy.ALWAYS:
            self.keep(path)
        try:
            yield connection
            self._upgrades.worked(connection)
        except AuthenticationError as err:
            connection.spoil()
            if connection.has_served:
                raise
            raise await self._upgrades.judged(connection, err, deadline) from None
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
        if not self._idle.living(path) and self._warmth is not ConnectionPolicy.OFF and not self._closed:
            _start(self._warm_up(path), self._opening)

    def status(self) -> tuple[PathStatus, ...]:
        """Return the state of every endpoint that was used."""
        return tuple(
            PathStatus(
                path=path,
                open=sum(connection.is_open for connection in self._open.get(path, ())),
                idle=len(self._idle.living(path)),
                kept=path in self._kept,
                **asdict(counts),
            )
            for path, counts in sorted(self._counts.items())
        )

    async def close(self) -> None:
        """Close every socket, also those in use: their utterances end with an error."""
        self._closed = True
        self._idle.end_timers()
        for task in self._opening:
            task.cancel()
        connections = [connection for path in self._open.values() for connection in path]
        closings = [connection.close() for connection in connections]
        await asyncio.gather(*closings, *self._opening, *self._closing, return_exceptions=True)

    def _take_idle(self, path: str) -> Connection | None:
        """Return the idle connection that was used last, if there is one. It may have died without a word."""
        if (connection := self._idle.take(path)) is not None:
            connection.when_silent = partial(self._doubt, path, connection)
        return connection

    def _doubt(self, path: str, connection: Connection) -> None:
        """Look for a connection to take the place of one that is in use, but answers nothing."""
        _start(self._look_beside(path, connection), self._opening)

    async def _look_beside(self, path: str, doubted: Connection) -> None:
        """Open another connection while one is silent: whichever is heard first is the living one.

        The server is there if it accepts or refuses the other one, so the silent one is dead, and all those that are
        as old. A server that answers neither may be busy, and is waited for.
        """
        while (since := doubted.unanswered_since) is not None and doubted.is_open:
            try:
                another = await self._connect(path)
            except CannotConnectError, RateLimitedError, AuthenticationError:
                another = None
            except KugelAudioError:
                await asyncio.sleep(_LOOK_AGAIN_S)
                continue
            is_dead = doubted.unanswered_since is not None
            if is_dead:
                self._idle.close_unheard(since)
            if another is not None:
                self._give_back(path, another)
            if is_dead:
                doubted.give_up(since)
            return

    async def _connect_in_need(self, path: str, deadline: Deadline | None) -> Connection:
        """Open a connection for somebody who waits: idle ones of other endpoints make room for it."""
        if self.most_open is not None and (excess := self.open_count + 1 - self.most_open) > 0:
            await self._idle.close(excess)
        try:
            return await self._connect(path, deadline)
        except TooManyConnectionsError as err:
            refusal = err
        if not await self._idle.close():
            raise refusal
        return await self._connect(path, deadline)

    async def _connect(self, path: str, deadline: Deadline | None = None) -> Connection:
        """Open a connection; raises what opening raises, and ConnectionLostError once the pool is closed."""
        if self._closed:
            raise ConnectionLostError("CLIENT_CLOSED")
        counts = self._counts.setdefault(path, _Counts())
        open_before = self.open_count
        self._connecting += 1
        try:
            connection = await self._upgrades.open(path, deadline)
        except KugelAudioError as err:
            counts.failed += 1
            counts.last_failure = err.code
            if isinstance(err, TooManyConnectionsError):
                self.refused_at = open_before
            raise
        finally:
            self._connecting -= 1
        counts.opened += 1
        if self._closed:
            await connection.close()
            raise ConnectionLostError("CLIENT_CLOSED")
        self._open.setdefault(path, set()).add(connection)
        connection.ending.add_done_callback(lambda _: self._has_ended(connection))
        return connection

    def _has_ended(self, connection: Connection) -> None:
        """Doubt all that are as old as a connection that died without a word."""
        if connection.silent_since is not None and not self._closed:
            self._idle.close_unheard(connection.silent_since)

    def _give_back(self, path: str, connection: Connection) -> None:
        """Keep a connection for the next utterance if it can serve one and not too many are kept."""
        idle = self._idle.living(path)
        if connection.is_used_up and path not in self._kept:
            self.warm_up(path)
        if self._warmth is ConnectionPolicy.OFF or self._closed or not connection.is_idle or len(idle) >= _MOST_IDLE:
            self._dismiss(path, connection)
            return
        limit_s = _IDLE_LIMIT_S if self._warmth is ConnectionPolicy.AFTER_USE else None
        self._idle.add(path, connection, _FURTHER_IDLE_LIMIT_S if idle else limit_s)

    def _dismiss(self, path: str, connection: Connection) -> asyncio.Task[None]:
        """Close a connection without making anyone wait for it."""
        self._open[path].discard(connection)
        return _start(connection.close(), self._closing)

    @property
    def _has_room(self) -> bool:
        """Tell whether one more connection is allowed that nobody waits for."""
        return self.most_open is None or self.open_count < self.most_open

    async def _warm_up(self, path: str) -> None:
        """Open a connection and keep it; a failure is told to the utterance that needs one."""
        if not self._has_room:
            return
        try:
            connection = await self._connect(path)
        except KugelAudioError:
            return
        self._give_back(path, connection)

    async def _keep(self, path: str) -> None:
        """Hold at least one connection open, and try again for ever, less and less often while that fails."""
        failures = 0
        while True:
            began_at = self._now()
            while living := [connection for connection in self._open.get(path, ()) if connection.is_open]:
                await asyncio.wait([connection.ending for connection in living])
                if all(connection.is_used_up for connection in living):
                    continue
                failures = 0 if self._now() - began_at >= _LASTING_S else failures + 1
                self._counts[path].replaced += 1
                await asyncio.sleep(pause_s(failures - 1, None if failures > 1 else _REPLACE_AFTER_S))
                began_at = self._now()
            if not self._has_room:
                await asyncio.sleep(pause_s(failures, None))
                failures += 1
                continue
            try:
                self._give_back(path, await self._connect(path))
            except AuthenticationError:
                # The user is asked for another key elsewhere; this one may be accepted again.
                await asyncio.sleep(_LONGEST_PAUSE_S)
            except KugelAudioError as err:
                await asyncio.sleep(pause_s(failures, err.retry_after_s))
                failures += 1


def _start(chore: Coroutine[None, None, None], group: set[asyncio.Task[None]]) -> asyncio.Task[None]:
    """Let something be done in the background, and its group hold it meanwhile."""
    task = asyncio.create_task(chore, name="kugelaudio pool")
    group.add(task)
    task.add_done_callback(group.discard)
    return task


def pause_s(failures: int, asked_for_s: float | None) -> float:
    """Return how long to wait before another try: as long as asked for, else longer each time, never all at once."""
    pause_s = min(_FIRST_PAUSE_S * 2**failures, _LONGEST_PAUSE_S) if asked_for_s is None else asked_for_s
    return uniform(pause_s, 1.5 * pause_s)  # noqa: S311 - spreads load, guards nothing

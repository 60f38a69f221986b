"""Connections that are kept open between utterances."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession
from yarl import URL

from .connection import Connection
from .errors import ConnectionLostError, KugelAudioError


class ConnectionPool:
    """Lends sockets by path: an idle one when there is one, else a new one."""

    def __init__(self, session: ClientSession, url: URL, headers: dict[str, str]) -> None:
        """Keep what is needed to connect; nothing is opened yet."""
        self._session = session
        self._url = url
        self._headers = headers
        self._idle: dict[str, Connection] = {}
        self._lent: set[Connection] = set()
        self._closed = False

    @asynccontextmanager
    async def lend(self, path: str) -> AsyncIterator[Connection]:
        """Lend a socket for one utterance or turn; it is kept only when nothing of that is left in it."""
        connection = await self._take(path)
        self._lent.add(connection)
        try:
            yield connection
        except KugelAudioError:
            connection.spoil()
            raise
        except BaseException:
            await connection.interrupt()
            raise
        finally:
            self._lent.discard(connection)
            if self._closed or path in self._idle or not connection.is_idle:
                await connection.close()
            else:
                self._idle[path] = connection

    async def _take(self, path: str) -> Connection:
        """Return the idle connection if it still lives, else open one."""
        if self._closed:
            raise ConnectionLostError("CLIENT_CLOSED")
        if connection := self._idle.pop(path, None):
            if connection.is_idle:
                return connection
            await connection.close()
        connection = await Connection.open(self._session, self._url / path, self._headers)
        if self._closed:
            await connection.close()
            raise ConnectionLostError("CLIENT_CLOSED")
        return connection

    async def close(self) -> None:
        """Close every socket, also those in use: their utterances end with an error."""
        self._closed = True
        connections = [*self._idle.values(), *self._lent]
        self._idle.clear()
        await asyncio.gather(*(connection.close() for connection in connections))

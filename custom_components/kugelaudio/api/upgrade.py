"""How the server takes the key at a WebSocket's handshake, and what it means that it does not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import ClientSession
from yarl import URL

from .connection import Connection
from .deadline import Deadline
from .errors import (
    AuthenticationError,
    ConnectionLostError,
    KugelAudioError,
    PermissionDeniedError,
    WebSocketRefusedError,
)
from .handshake import CONNECT_LIMIT_S

_KEY_FIELD: Final = "api_key"


class Upgrades:
    """Opens sockets with the key in a header, or in the query where a server takes it there only.

    Proxies refuse WebSockets with the answers that mean a refused key, so REST is asked before one is believed.
    """

    def __init__(
        self, session: ClientSession, url: URL, key: str | None, check_key: Callable[[], Awaitable[None]]
    ) -> None:
        """Keep what is needed to connect; a key that no header can carry is not sent."""
        self._session = session
        self._url = url
        self._key = key
        self._check_key = check_key
        self._is_in_query = False
        self._header_works = False
        self._query_works = False
        self._query_was_tried = False

    async def open(self, path: str, deadline: Deadline | None = None) -> Connection:
        """Return an open socket; raises what a handshake raises.

        A refusal that REST does not share is a WebSocketRefusedError, unless the key is taken in the other way.
        """
        was_in_query = self._is_in_query
        try:
            return await self._shake_hands(path, deadline)
        except AuthenticationError as err:
            refusal = err
        if not await self._is_accepted_by_rest(refusal, deadline) or not self._turn(was_in_query):
            raise _refused(refusal)
        try:
            return await self._shake_hands(path, deadline)
        except AuthenticationError, WebSocketRefusedError:
            self._is_in_query = self._query_works
        raise _refused(refusal)

    async def _shake_hands(self, path: str, deadline: Deadline | None) -> Connection:
        """Open a socket with the key where it is expected now."""
        is_in_query = self._is_in_query
        headers, query = self._credentials()
        connection = await Connection.open(self._session, self._url / path, headers, _limit_s(deadline), query)
        connection.has_key_in_query = is_in_query
        self._query_works |= is_in_query
        return connection

    def _credentials(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the headers and the secret part of the query."""
        if self._key is None:
            return {}, {}
        return ({}, {_KEY_FIELD: self._key}) if self._is_in_query else ({"Authorization": f"Bearer {self._key}"}, {})

    def _turn(self, was_in_query: bool) -> bool:  # noqa: FBT001 - private, with one meaning
        """Send the key in the other way from now on, unless somebody did so meanwhile; tells whether to try again.

        In the query once only, and never where the header has ever worked: URLs are logged on their way.
        """
        if self._is_in_query is not was_in_query:
            return True
        if not was_in_query:
            if self._key is None or self._header_works or (self._query_was_tried and not self._query_works):
                return False
            self._query_was_tried = True
        self._is_in_query = not was_in_query
        return True

    async def _is_accepted_by_rest(self, refusal: AuthenticationError, deadline: Deadline | None) -> bool:
        """Tell whether REST takes the key; raises the refusal if it does not. No answer is no acceptance."""
        try:
            async with asyncio.timeout(_limit_s(deadline)):
                await self._check_key()
        except AuthenticationError:
            pass
        except PermissionDeniedError:
            return True
        except KugelAudioError, TimeoutError:
            return False
        else:
            return True
        raise refusal

    def worked(self, connection: Connection) -> None:
        """Note that somebody spoke there, and so that the key is taken where it was sent."""
        self._header_works |= not connection.has_key_in_query

    async def judged(
        self, connection: Connection, refusal: AuthenticationError, deadline: Deadline | None = None
    ) -> KugelAudioError:
        """Return what it means that the server refuses the key on a socket that it opened."""
        try:
            is_accepted = await self._is_accepted_by_rest(refusal, deadline)
        except AuthenticationError:
            return refusal
        if is_accepted and not connection.has_key_in_query and self._turn(False):
            return ConnectionLostError("KEY_NOT_TAKEN", status=refusal.status, request_id=refusal.request_id)
        return _refused(refusal)


def _refused(refusal: AuthenticationError) -> WebSocketRefusedError:
    return WebSocketRefusedError(status=refusal.status, request_id=refusal.request_id)


def _limit_s(deadline: Deadline | None) -> float:
    """Return how long one step may take."""
    return CONNECT_LIMIT_S if deadline is None else min(CONNECT_LIMIT_S, deadline.left_s)

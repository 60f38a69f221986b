"""The handshake of a WebSocket: follows no redirect, and lets nobody see the key."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSServerHandshakeError,
)
from yarl import URL

from .error_mapping import error_from_connecting, error_from_handshake, is_redirect
from .errors import CannotConnectError, ConnectTimedOutError, KugelAudioError

# As long as somebody who waits for speech can be kept waiting for a connection.
CONNECT_LIMIT_S: Final = 3.0
_CLOSE_TIMEOUT_S: Final = 1.0


async def shake_hands(
    session: ClientSession, url: URL, headers: Mapping[str, str], limit_s: float, secret_query: Mapping[str, str]
) -> ClientWebSocketResponse | KugelAudioError:
    """Return the open socket, or why there is none.

    The error is not raised here, because aiohttp's errors hold the request's headers, and so the key: none of them
    may be the context of what is raised. What is secret in the query is put into the request on its way out, so that
    no URL that anybody could log, show or raise holds it.
    """
    if session.closed:
        return CannotConnectError()

    async def send(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        request.url = request.url.update_query(secret_query)
        response = await handler(request)
        if is_redirect(response.status):
            response.close()
            raise error_from_handshake(response.status, response.headers, url)
        return response

    # The session's own connections, with a rule for this request: `ws_connect` itself would follow redirects.
    own = ClientSession(
        connector=session.connector,
        connector_owner=False,
        cookie_jar=session.cookie_jar,
        headers=session.headers,
        middlewares=(send,),
    )
    try:
        async with asyncio.timeout(limit_s), own:
            return await own.ws_connect(
                url,
                headers=headers,
                autoping=False,
                timeout=ClientWSTimeout(ws_close=_CLOSE_TIMEOUT_S),
                # Is the host anyway. It keeps apart from connections that were left open by HTTP requests, for one of
                # these may be as dead as what a new socket is to replace.
                server_hostname=url.host,
            )
    except KugelAudioError as err:
        return err
    except WSServerHandshakeError as err:
        return error_from_handshake(err.status, err.headers or {})
    except TimeoutError:
        return ConnectTimedOutError()
    except ClientError as err:
        return error_from_connecting(err)

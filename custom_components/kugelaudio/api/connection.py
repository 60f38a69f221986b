"""One WebSocket to the server: open it, send, receive typed frames, turn every kind of ending into an error."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, Self

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)
from yarl import URL

from .errors import (
    CannotConnectError,
    ConnectionLostError,
    KugelAudioError,
    ProtocolError,
    TimedOutError,
    error_from_close,
    error_from_handshake,
)
from .frames import CANCEL, Frame, InterruptedFrame, parse_frame

CONNECT_TIMEOUT_S: Final = 10.0
# Load balancers drop connections that are silent for 60 s, some home routers after 20 s.
_HEARTBEAT_S: Final = 15.0
_PONG_LIMIT_S: Final = 10.0
_CLOSE_TIMEOUT_S: Final = 1.0
_INTERRUPT_LIMIT_S: Final = 2.0
# Frames come faster than real time. A reader that waits here makes the server wait, and memory stays bounded.
_FRAMES_AHEAD: Final = 16


class Connection:
    """An open socket whose reader notices an ending at once, also while nobody speaks."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Start to read the open socket."""
        self._socket = socket
        self._spoilt = False
        self._frames: asyncio.Queue[Frame | KugelAudioError] = asyncio.Queue(_FRAMES_AHEAD)
        self.ending = asyncio.create_task(self._read(), name="kugelaudio connection")

    @classmethod
    async def open(cls, session: ClientSession, url: URL, headers: dict[str, str]) -> Self:
        """Connect; raises AuthenticationError, CannotConnectError, TimedOutError or what the refusal says."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                socket = await session.ws_connect(
                    url, headers=headers, autoping=False, timeout=ClientWSTimeout(ws_close=_CLOSE_TIMEOUT_S)
                )
        # No cause is kept: aiohttp's errors hold the request's headers, and so the key.
        except WSServerHandshakeError as err:
            raise error_from_handshake(err.status, err.headers or {}) from None
        except TimeoutError:
            raise TimedOutError("CONNECT_TIMED_OUT") from None
        except ClientError:
            raise CannotConnectError from None
        return cls(socket)

    @property
    def is_open(self) -> bool:
        """Tell whether the server can still be heard."""
        return not self.ending.done()

    @property
    def is_idle(self) -> bool:
        """Tell whether the socket is open and no frame of anybody's is left in it."""
        return not (self._spoilt or self.ending.done() or self._socket.closed) and self._frames.empty()

    def spoil(self) -> None:
        """Never lend this socket again: a frame of the past may still come."""
        self._spoilt = True

    async def send(self, message: str) -> None:
        """Send one text message; raises ConnectionLostError."""
        try:
            await self._socket.send_str(message)
        except ClientConnectionError, ConnectionError:
            raise ConnectionLostError from None

    async def receive(self, timeout_s: float) -> Frame:
        """Return the next frame; raises TimedOutError, or the error that the connection ended with."""
        try:
            async with asyncio.timeout(timeout_s):
                item = await self._frames.get()
        except TimeoutError:
            raise TimedOutError("SERVER_SILENT") from None
        if isinstance(item, KugelAudioError):
            raise item
        return item

    async def _read(self) -> None:
        """Pass on frames until the connection ends, and then why it ended."""
        try:
            while (text := await self._next_text()) is not None:
                await self._frames.put(parse_frame(text))
            await self._frames.put(error_from_close(self._socket.close_code))
        except KugelAudioError as err:
            await self._frames.put(err)

    async def _next_text(self) -> str | None:
        """Return the next text message, None when the socket is closed; keeps the socket alive meanwhile.

        aiohttp's own heartbeat is not used: its timer survives the closing of a socket that still receives.
        """
        waits_for_pong = False
        while True:
            try:
                message = await self._socket.receive(_PONG_LIMIT_S if waits_for_pong else _HEARTBEAT_S)
            except TimeoutError:
                if waits_for_pong:
                    raise ConnectionLostError("NO_PONG") from None
                await self._send_control(self._socket.ping())
                waits_for_pong = True
                continue
            waits_for_pong = False
            match message.type:
                case WSMsgType.TEXT:
                    return str(message.data)
                case WSMsgType.BINARY:
                    raise ProtocolError("BINARY_FRAME")
                case WSMsgType.PING:
                    await self._send_control(self._socket.pong(message.data))
                case WSMsgType.PONG:
                    pass
                case _:
                    return None

    async def _send_control(self, sending: Awaitable[None]) -> None:
        """Send a ping or pong; a socket that cannot send has an ending that is read next."""
        with suppress(ClientConnectionError, ConnectionError):
            await sending

    async def close(self) -> None:
        """Close the socket and end its reader; whoever still waits for a frame gets ConnectionLostError."""
        self.ending.cancel()
        await asyncio.wait([self.ending])
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(ConnectionLostError("CLIENT_CLOSED"))
        await self._socket.close()

    async def interrupt(self) -> None:
        """Let the server stop what it is doing; the socket stays usable if it says so in time."""
        self._spoilt = True
        with suppress(KugelAudioError, TimeoutError):
            async with asyncio.timeout(_INTERRUPT_LIMIT_S):
                await self.send(CANCEL)
                while not isinstance(await self.receive(_INTERRUPT_LIMIT_S), InterruptedFrame):
                    pass
                self._spoilt = False

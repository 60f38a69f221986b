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

from .error_mapping import error_from_close, error_from_connecting, error_from_handshake
from .errors import ConnectionLostError, KugelAudioError, ProtocolError, SilentServerError, TimedOutError
from .frames import CANCEL, Frame, InterruptedFrame, parse_frame
from .mailbox import Mailbox

CONNECT_TIMEOUT_S: Final = 10.0
# Load balancers drop connections that are silent for 60 s, some home routers after 20 s.
_HEARTBEAT_S: Final = 15.0
_PONG_LIMIT_S: Final = 10.0
# A socket that was dropped without a word while it was idle shows it when it is used again.
_ANSWER_LIMIT_S: Final = 3.0
_CLOSE_TIMEOUT_S: Final = 1.0
_INTERRUPT_LIMIT_S: Final = 2.0
# Frames come faster than real time. A reader that waits here makes the server wait, and memory stays bounded.
_FRAMES_AHEAD: Final = 16
_OPEN: Final = {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}


class Connection:
    """An open socket whose reader notices an ending at once, also while nobody speaks."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Start to read the open socket, and to keep it alive."""
        self._socket = socket
        self._spoilt = False
        self._frames: Mailbox[Frame | KugelAudioError] = Mailbox(_FRAMES_AHEAD)
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._answer_limit: asyncio.TimerHandle | None = None
        self.ending = asyncio.create_task(self._read(), name="kugelaudio connection")
        self._heart = asyncio.create_task(self._beat(), name="kugelaudio heartbeat")

    @classmethod
    async def open(cls, session: ClientSession, url: URL, headers: dict[str, str]) -> Self:
        """Connect; raises CannotConnectError, TimedOutError or what the refusal says."""
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
        except ClientError as err:
            raise error_from_connecting(err) from None
        return cls(socket)

    @property
    def is_open(self) -> bool:
        """Tell whether the server can still be heard."""
        return not self.ending.done()

    @property
    def is_idle(self) -> bool:
        """Tell whether the socket is open and no frame of anybody's is left in it."""
        return not (self._spoilt or self.ending.done() or self._socket.closed) and self._frames.is_empty

    def spoil(self) -> None:
        """Never lend this socket again: a frame of the past may still come."""
        self._spoilt = True

    async def ask(self, message: str) -> None:
        """Send the first message of an utterance, and a ping: if not even that is answered, the socket is dead."""
        self._end_answer_limit()
        self._answer_limit = self._loop.call_later(_ANSWER_LIMIT_S, self._fail)
        await self._send_control(self._socket.ping())
        await self.send(message)

    async def send(self, message: str) -> None:
        """Send one text message; raises ConnectionLostError."""
        try:
            await self._socket.send_str(message)
        except ClientConnectionError, ConnectionError:
            raise ConnectionLostError from None

    async def receive(self, timeout_s: float) -> Frame:
        """Return the next frame; raises SilentServerError, or the error that the connection ended with."""
        try:
            item = await self._frames.get(timeout_s)
        except TimeoutError:
            raise SilentServerError from None
        if isinstance(item, KugelAudioError):
            raise item
        return item

    async def _read(self) -> None:
        """Pass on frames until the connection ends, and then why it ended."""
        try:
            while (message := await self._socket.receive()).type in _OPEN:
                self._heard()
                match message.type:
                    case WSMsgType.TEXT:
                        await self._frames.put(parse_frame(message.data))
                    case WSMsgType.BINARY:
                        raise ProtocolError("BINARY_FRAME")
                    case WSMsgType.PING:
                        await self._send_control(self._socket.pong(message.data))
                    case _:
                        pass
            # While aiohttp answers the close frame it may lose the code that came with it.
            code = message.data if message.type is WSMsgType.CLOSE else self._socket.close_code
            await self._frames.put(error_from_close(code))
        except KugelAudioError as err:
            await self._frames.put(err)

    def _heard(self) -> None:
        """Note a sign of life."""
        self._heard_at = self._loop.time()
        self._end_answer_limit()

    def _end_answer_limit(self) -> None:
        if self._answer_limit is not None:
            self._answer_limit.cancel()
            self._answer_limit = None

    async def _beat(self) -> None:
        """Ping a socket that is silent; give it up when it does not answer.

        aiohttp's own heartbeat is not used: its timer survives the closing of a socket that still receives. While
        a listener is slow nothing is read, and the silence is no sign of anything.
        """
        while True:
            await asyncio.sleep(max(_HEARTBEAT_S / 10, self._heard_at + _HEARTBEAT_S - self._loop.time()))
            pinged_at = self._loop.time()
            if self._frames.is_full or pinged_at < self._heard_at + _HEARTBEAT_S:
                continue
            await self._send_control(self._socket.ping())
            await asyncio.sleep(_PONG_LIMIT_S)
            if self._heard_at < pinged_at and not self._frames.is_full:
                self._fail()
                return

    def _fail(self) -> None:
        """Give up a socket that answers nothing."""
        self._end_answer_limit()
        self._spoilt = True
        self.ending.cancel()
        self._frames.put_now(ConnectionLostError("NO_PONG"))

    async def _send_control(self, sending: Awaitable[None]) -> None:
        """Send a ping or pong; a socket that cannot send has an ending that is read next."""
        with suppress(ClientConnectionError, ConnectionError):
            await sending

    async def close(self) -> None:
        """Close the socket and end its reader; whoever still waits for a frame gets ConnectionLostError."""
        self._end_answer_limit()
        self._heart.cancel()
        self.ending.cancel()
        await asyncio.wait([self.ending, self._heart])
        self._frames.clear()
        self._frames.put_now(ConnectionLostError("CLIENT_CLOSED"))
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

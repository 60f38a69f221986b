"""One WebSocket to the server: send, receive typed frames, turn every kind of ending into an error."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, Self

from aiohttp import ClientConnectionError, ClientSession, ClientWebSocketResponse, WSMsgType
from yarl import URL

from .error_mapping import error_from_close
from .errors import ConnectionLostError, KugelAudioError, ProtocolError, SilentServerError
from .frames import CANCEL, ErrorFrame, Frame, InterruptedFrame, parse_frame
from .handshake import CONNECT_LIMIT_S, shake_hands
from .mailbox import Mailbox

# Load balancers drop connections that are silent for 60 s, some home routers after 20 s.
_HEARTBEAT_S: Final = 15.0
_PONG_LIMIT_S: Final = 10.0
# Where the event loop was blocked the pong may be here, but not read yet.
_LAST_LOOK_S: Final = 0.1
# A socket that was dropped without a word while it was idle shows it when it is used again.
_ANSWER_LIMIT_S: Final = 3.0
_INTERRUPT_LIMIT_S: Final = 2.0
# Frames come faster than real time. A reader that waits here makes the server wait, and memory stays bounded.
_FRAMES_AHEAD: Final = 16
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_OPEN: Final = {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}


class Connection:
    """An open socket whose reader notices an ending at once, also while nobody speaks."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Start to read the open socket, and to keep it alive."""
        self._socket = socket
        self._spoilt = False
        # Whether it has served for all that a socket of this server serves for.
        self.is_used_up = False
        self._frames: Mailbox[Frame | KugelAudioError] = Mailbox(_FRAMES_AHEAD)
        self._loop = asyncio.get_running_loop()
        self.heard_at = self._loop.time()
        self._answer_limit: asyncio.TimerHandle | None = None
        # Called when a socket that was idle answers nothing; who lends the socket sets it.
        self.when_silent: Callable[[], None] | None = None
        self.unanswered_since: float | None = None
        self.silent_since: float | None = None
        self.has_key_in_query = False
        # Whether there was ever more to hear than a refusal.
        self.has_served = False
        # The names of fields without a default that it was told, and keeps.
        self.told: frozenset[str] = frozenset()
        self._is_doubted = False
        self.ending = asyncio.create_task(self._read(), name="kugelaudio connection")
        self._heart = asyncio.create_task(self._beat(), name="kugelaudio heartbeat")

    @classmethod
    async def open(
        cls,
        session: ClientSession,
        url: URL,
        headers: Mapping[str, str],
        limit_s: float = CONNECT_LIMIT_S,
        secret_query: Mapping[str, str] = _NOTHING,
    ) -> Self:
        """Connect; raises CannotConnectError, ConnectTimedOutError or what the refusal says.

        What is secret in the query is shown nowhere.
        """
        socket = await shake_hands(session, url, headers, limit_s, secret_query)
        if isinstance(socket, KugelAudioError):
            raise socket
        return cls(socket)

    @property
    def is_open(self) -> bool:
        """Tell whether the server can still be heard."""
        return not self.ending.done()

    @property
    def is_idle(self) -> bool:
        """Tell whether the socket is open and no frame of anybody's is left in it."""
        return not (self._spoilt or self.ending.done() or self._socket.closed) and self._frames.is_empty

    def was_heard_since(self, moment: float) -> bool:
        """Tell whether there was a sign of life since a moment of the running loop's time."""
        return self.heard_at >= moment

    def spoil(self) -> None:
        """Never lend this socket again: a frame of the past may still come."""
        self._spoilt = True

    def use_up(self) -> None:
        """Never lend this socket again: the server ends it with what it serves for now."""
        self._spoilt = self.is_used_up = True

    async def ask(self, message: str) -> None:
        """Send the first message of an utterance.

        A socket that was idle may have died without a word, so a ping goes with it. Where neither is answered soon,
        whoever lent the socket looks for another, for as long as this one stays silent.
        """
        self._end_answer_limit()
        self.unanswered_since = self._loop.time()
        if self.when_silent is not None:
            self._answer_limit = self._loop.call_later(_ANSWER_LIMIT_S, self._doubt, self.when_silent)
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
                        frame = parse_frame(message.data)
                        self.has_served = self.has_served or not isinstance(frame, ErrorFrame)
                        await self._frames.put(frame)
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
        self.heard_at = self._loop.time()
        self._is_doubted = False
        self.unanswered_since = self.when_silent = None
        self._end_answer_limit()

    def _doubt(self, tell: Callable[[], None]) -> None:
        """Tell that nothing has answered in time."""
        self._is_doubted = True
        tell()

    def _end_answer_limit(self) -> None:
        if self._answer_limit is not None:
            self._answer_limit.cancel()
            self._answer_limit = None

    async def _beat(self) -> None:
        """Ping a socket that is silent; give it up when it does not answer.

        aiohttp's own heartbeat is not used: its timer survives the closing of a socket that still receives. While
        a listener is slow nothing is read, and the silence is no sign of anything. Nor is it where an answer is
        awaited: a server may be too busy with that to answer a ping.
        """
        while True:
            await asyncio.sleep(max(_HEARTBEAT_S / 10, self.heard_at + _HEARTBEAT_S - self._loop.time()))
            pinged_at = self._loop.time()
            if self._frames.is_full or pinged_at < self.heard_at + _HEARTBEAT_S:
                continue
            await self._send_control(self._socket.ping())
            await asyncio.sleep(_PONG_LIMIT_S)
            await asyncio.sleep(_LAST_LOOK_S)
            is_awaited = self.unanswered_since is not None
            if not self.was_heard_since(pinged_at) and not is_awaited and not self._frames.is_full:
                self.give_up(pinged_at)
                return

    def give_up(self, silent_since: float) -> None:
        """End a socket that answers nothing; whoever waits for a frame gets ConnectionLostError."""
        self._end_answer_limit()
        self._spoilt = True
        self.silent_since = silent_since
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
        """Let the server stop what it is doing; the socket stays usable if it says so in time.

        One that answers nothing is not waited for.
        """
        self._spoilt = True
        if self._is_doubted:
            return
        with suppress(KugelAudioError, TimeoutError):
            async with asyncio.timeout(_INTERRUPT_LIMIT_S):
                await self.send(CANCEL)
                while not isinstance(await self.receive(_INTERRUPT_LIMIT_S), InterruptedFrame):
                    pass
                self._spoilt = False

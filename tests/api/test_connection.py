"""Signs of life of a socket, and what follows when there are none."""

import asyncio
from collections.abc import AsyncGenerator

from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer
import pytest
from yarl import URL

from custom_components.kugelaudio.api.connection import Connection
from custom_components.kugelaudio.api.errors import ConnectionLostError, SilentServerError
from custom_components.kugelaudio.api.frames import FLUSH, OtherFrame
from tests.made_time import MadeTime

SIGN_OF_LIFE = '{"progress": 1}'


class Server:
    """A server that is mute, or that sends frames all the time; it notes the pings it gets."""

    def __init__(self, frame_every_s: float | None) -> None:
        """Prepare the application."""
        self.frame_every_s = frame_every_s
        self.pings = 0
        application = web.Application()
        application.router.add_get("/", self._answer)
        self.server = TestServer(application, host="127.0.0.1")

    async def _answer(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        sender = asyncio.create_task(self._send(socket))
        async for message in socket:
            self.pings += message.type is WSMsgType.PING
        sender.cancel()
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        while self.frame_every_s is not None and not socket.closed:
            await socket.send_str(SIGN_OF_LIFE)
            await asyncio.sleep(self.frame_every_s)


@pytest.fixture(params=[None])
async def server(request: pytest.FixtureRequest, socket_enabled: None) -> AsyncGenerator[Server]:  # noqa: ARG001 - opens sockets first
    """Run a server; a mute one unless a test wants frames."""
    running = Server(request.param)
    await running.server.start_server()
    yield running
    await running.server.close()


@pytest.fixture
async def connection(server: Server, session: ClientSession) -> AsyncGenerator[Connection]:
    """Open a socket to it."""
    opened = await Connection.open(session, URL(str(server.server.make_url("/"))), {})
    yield opened
    await opened.close()


async def test_silence_of_an_idle_socket_is_told(connection: Connection, made_time: MadeTime) -> None:
    """A server that answers neither the text nor a ping may be dead; who lent the socket decides, after 3 s."""
    silent = asyncio.Event()
    connection.when_silent = silent.set
    await connection.ask(FLUSH)
    began = made_time.time()
    await silent.wait()
    assert made_time.time() - began == pytest.approx(3)
    assert connection.is_open
    since = connection.unanswered_since
    assert since is not None
    connection.give_up(since)
    with pytest.raises(ConnectionLostError, match="NO_PONG"):
        await connection.receive(10)
    assert not connection.is_idle
    assert not connection.was_heard_since(since + 0.001)


async def test_a_fresh_socket_is_not_given_up_for_a_missing_pong(connection: Connection, server: Server) -> None:
    """A server that thinks about its first answer may have no time for pings."""
    await connection.ask(FLUSH)
    with pytest.raises(SilentServerError):
        await connection.receive(60)
    assert connection.is_open
    assert server.pings > 1


@pytest.mark.parametrize("server", [1.0], indirect=True)
async def test_any_frame_is_an_answer(connection: Connection) -> None:
    """Whoever sends lives."""
    doubts: list[bool] = []
    for _ in range(2):
        connection.when_silent = lambda: doubts.append(True)
        await connection.ask(FLUSH)
    for _ in range(10):
        assert connection.is_open
        assert isinstance(await connection.receive(2), OtherFrame)
    assert not doubts


@pytest.mark.parametrize("server", [1.0], indirect=True)
async def test_a_busy_socket_is_not_pinged(connection: Connection, server: Server) -> None:
    """Only silence asks for a ping."""
    for _ in range(200):
        await connection.receive(2)
    assert server.pings == 0


@pytest.mark.parametrize("server", [1.0], indirect=True)
async def test_a_slow_listener_is_no_dead_server(connection: Connection) -> None:
    """Nothing is read while frames wait for the listener."""
    await asyncio.sleep(100)
    assert connection.is_open
    for _ in range(50):
        await connection.receive(2)

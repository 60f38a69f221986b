"""Sockets that died without a word, servers that are only slow, and how they are told apart."""

import asyncio
from collections.abc import AsyncGenerator
from threading import Event, Thread
import time

from aiohttp import ClientSession, web
import pytest
from yarl import URL

from custom_components.kugelaudio.api import connection as connection_module
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.connection import Connection
from custom_components.kugelaudio.api.errors import ConnectionLostError, KugelAudioError
from custom_components.kugelaudio.api.frames import FLUSH, OtherFrame
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.simulator import Fault, Journal, Simulator, tone_pcm

from .speech import GROWING, TEXT, WHOLE, growing, heard_growing, heard_whole
from .test_pool_status import until

# Servers of these tests run in threads, whose work a made clock does not see.
pytestmark = pytest.mark.real_time

SOON_S = 0.05


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubt a socket soon."""
    monkeypatch.setattr(connection_module, "_ANSWER_LIMIT_S", SOON_S)


def handshakes(journal: Journal, path: str = WHOLE) -> int:
    """Return how often a socket was asked for."""
    return sum(handshake.path == path for handshake in journal.handshakes)


async def refused(client: KugelAudioClient) -> KugelAudioError:
    """Return the error of an utterance."""
    async with asyncio.timeout(5):
        with pytest.raises(KugelAudioError) as raised:
            await heard_whole(client)
    return raised.value


async def test_a_forgotten_socket_is_dead_once_another_opens(client: KugelAudioClient, simulator: Simulator) -> None:
    """The new one is there for the second try."""
    await heard_whole(client)
    simulator.forget_sockets()
    error = await refused(client)
    assert (type(error), error.code) == (ConnectionLostError, "NO_PONG")
    assert error.retryable
    assert handshakes(simulator.journal) == 2
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert handshakes(simulator.journal) == 2


async def test_one_silent_death_takes_all_idle_sockets_of_that_time_along(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """A router that forgot one has forgotten them all: the second try, and other endpoints, have new ones."""
    await asyncio.gather(*(heard_whole(client) for _ in range(3)))
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    simulator.forget_sockets()
    assert (await refused(client)).code == "NO_PONG"
    async with asyncio.timeout(SOON_S * 20):
        assert await heard_whole(client) == tone_pcm(TEXT, 24000)
        await heard_growing(client, growing([TEXT]), GenerationMetrics())
    assert handshakes(simulator.journal) == 4
    assert handshakes(simulator.journal, GROWING) == 2


async def test_an_idle_socket_that_dies_takes_the_others_along(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nobody speaks: the heart of the first notices, and no utterance has to."""
    monkeypatch.setattr(connection_module, "_HEARTBEAT_S", 60)
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    monkeypatch.setattr(connection_module, "_HEARTBEAT_S", 0.2)
    monkeypatch.setattr(connection_module, "_PONG_LIMIT_S", 0.05)
    await heard_whole(client)
    simulator.forget_sockets()
    await until(lambda: not any(status.open for status in client.connections()))
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_a_server_that_answers_late_is_gone_on_with(client: KugelAudioClient, simulator: Simulator) -> None:
    """It answers neither the ping nor a handshake before its first audio, and makes the text once."""
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.HANDSHAKE_HANG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=500)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert len([message for message in simulator.journal.received(WHOLE) if "text" in message]) == 2
    assert handshakes(simulator.journal) == 2


async def test_an_answer_that_comes_before_another_opens_is_taken(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The socket that was opened meanwhile is kept for later."""
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=200)
    simulator.profile = type(simulator.profile)(handshake_ms=400)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    await simulator.journal.until(lambda journal: len(journal.open_sockets()) == 2)
    await until(lambda: sum(status.idle for status in client.connections()) == 2)


@pytest.mark.parametrize("status", [429, 401, 404])
async def test_any_answer_to_a_handshake_tells_that_the_server_is_there(
    client: KugelAudioClient, simulator: Simulator, status: int
) -> None:
    """It refuses another socket, but a living one would have answered, too."""
    await heard_whole(client)
    simulator.forget_sockets()
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=2, status=status)
    assert (await refused(client)).code == "NO_PONG"


async def test_where_nobody_listens_any_more_the_socket_is_dead(client: KugelAudioClient, simulator: Simulator) -> None:
    """The second try tells why."""
    await heard_whole(client)
    simulator.forget_sockets()
    await simulator.refuse()
    assert (await refused(client)).code == "NO_PONG"
    assert (await refused(client)).code == "CANNOT_CONNECT"


async def test_a_gateway_without_a_server_behind_it_is_asked_again(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the server is there, or nobody waits any more."""
    monkeypatch.setattr("custom_components.kugelaudio.api.pool._LOOK_AGAIN_S", 0.02)
    await heard_whole(client)
    simulator.forget_sockets()
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=3, status=502)
    assert (await refused(client)).code == "NO_PONG"
    assert handshakes(simulator.journal) == 5
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_the_search_ends_with_the_answer(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway has no server for others, but the one that is asked speaks in the end."""
    monkeypatch.setattr("custom_components.kugelaudio.api.pool._LOOK_AGAIN_S", 0.02)
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=400)
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=None, status=502)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    asked = handshakes(simulator.journal)
    await asyncio.sleep(0.1)
    assert handshakes(simulator.journal) == asked > 2


async def test_nobody_waits_for_a_silent_socket_to_stop(client: KugelAudioClient, simulator: Simulator) -> None:
    """Whoever leaves while it is doubted leaves at once, and the search ends."""
    await heard_whole(client)
    simulator.forget_sockets()
    simulator.faults.add(Fault.HANDSHAKE_HANG, times=None)
    speaking = asyncio.ensure_future(heard_whole(client))
    await simulator.journal.until(lambda journal: handshakes(journal) == 2)
    speaking.cancel()
    async with asyncio.timeout(1):
        await asyncio.wait([speaking])
    assert speaking.cancelled()


class Threaded:
    """A server in a thread, which goes on while the event loop of the test is blocked."""

    def __init__(self, answer_after_s: float) -> None:
        """Begin to serve: each message is answered, pings too."""
        self.port = 0
        self._answer_after_s = answer_after_s
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_get("/", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            await asyncio.sleep(self._answer_after_s)
            await socket.send_str("{}")
        return socket

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.fixture
async def blocked(session: ClientSession) -> AsyncGenerator[Connection]:
    """Provide a connection to a server that answers after a moment, whatever this loop does."""
    server = Threaded(0.05)
    connection = await Connection.open(session, URL(f"http://127.0.0.1:{server.port}/"), {})
    yield connection
    await connection.close()
    server.stop()


async def test_what_came_while_the_loop_was_blocked_is_an_answer(blocked: Connection) -> None:
    """The time to wait is over, but the frame is there: it is read before anything is given up."""
    await blocked.ask(FLUSH)
    waiting = asyncio.ensure_future(blocked.receive(0.1))
    await asyncio.sleep(0)
    time.sleep(0.4)  # noqa: ASYNC251 - blocks the loop on purpose
    assert isinstance(await waiting, OtherFrame)


async def test_a_heart_that_slept_too_long_looks_again(blocked: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pong of an idle socket that came meanwhile counts."""
    monkeypatch.setattr(connection_module, "_HEARTBEAT_S", 0.02)
    monkeypatch.setattr(connection_module, "_PONG_LIMIT_S", 0.02)
    for _ in range(10):
        await asyncio.sleep(0.01)
        time.sleep(0.05)  # noqa: ASYNC251 - blocks the loop on purpose
    assert blocked.is_open

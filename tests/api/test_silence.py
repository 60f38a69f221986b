"""Sockets that died without a word, servers that are only slow, and how they are told apart."""

import asyncio
from collections.abc import AsyncGenerator

from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer
import pytest
from yarl import URL

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.connection import Connection
from custom_components.kugelaudio.api.errors import ConnectionLostError, KugelAudioError
from custom_components.kugelaudio.api.frames import FLUSH, OtherFrame
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.made_time import MadeTime
from tests.simulator import Fault, Journal, Profile, Simulator, tone_pcm

from .speech import GROWING, TEXT, WHOLE, growing, heard_growing, heard_whole
from .test_pool_status import until

# How long a socket answers nothing before another one is opened beside it.
DOUBTED_AFTER_S = 3


def handshakes(journal: Journal, path: str = WHOLE) -> int:
    """Return how often a socket was asked for."""
    return sum(handshake.path == path for handshake in journal.handshakes)


async def refused(client: KugelAudioClient) -> KugelAudioError:
    """Return the error of an utterance."""
    with pytest.raises(KugelAudioError) as raised:
        await heard_whole(client)
    return raised.value


async def test_a_forgotten_socket_is_dead_once_another_opens(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """The new one is there for the second try."""
    await heard_whole(client)
    simulator.forget_sockets()
    began = made_time.time()
    error = await refused(client)
    assert made_time.time() - began == pytest.approx(DOUBTED_AFTER_S, abs=0.1)
    assert (type(error), error.code) == (ConnectionLostError, "NO_PONG")
    assert error.retryable
    assert handshakes(simulator.journal) == 2
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert handshakes(simulator.journal) == 2


async def test_one_silent_death_takes_all_idle_sockets_of_that_time_along(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """A router that forgot one has forgotten them all: the second try, and other endpoints, have new ones."""
    await asyncio.gather(*(heard_whole(client) for _ in range(3)))
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    await asyncio.sleep(1)
    simulator.forget_sockets()
    assert (await refused(client)).code == "NO_PONG"
    began = made_time.time()
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    assert made_time.time() - began < 1
    assert handshakes(simulator.journal) == 4
    assert handshakes(simulator.journal, GROWING) == 2


async def test_an_idle_socket_that_dies_takes_the_others_along(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Also where nobody speaks: the heart of the first notices, and no utterance has to."""
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    began = made_time.time()
    await asyncio.sleep(8)
    await heard_whole(client)
    simulator.forget_sockets()
    await until(lambda: not any(status.open for status in client.connections()))
    # The first has 10 s to answer when it was asked after 15 s; the other one would be given up 8 s later.
    assert 25 <= made_time.time() - began < 28
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_a_server_that_answers_late_is_gone_on_with(client: KugelAudioClient, simulator: Simulator) -> None:
    """It answers neither the ping nor a handshake before its first audio, and makes the text once."""
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.HANDSHAKE_HANG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=5_000)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert len([message for message in simulator.journal.received(WHOLE) if "text" in message]) == 2
    assert handshakes(simulator.journal) == 2


async def test_an_answer_that_comes_before_another_opens_is_taken(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The socket that was opened meanwhile is kept for later."""
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=4_000)
    simulator.profile = Profile(handshake_ms=2_000)
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
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Every half second, until the server is there, or nobody waits any more."""
    await heard_whole(client)
    simulator.forget_sockets()
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=3, status=502)
    began = made_time.time()
    assert (await refused(client)).code == "NO_PONG"
    assert made_time.time() - began == pytest.approx(DOUBTED_AFTER_S + 3 * 0.5, abs=0.1)
    assert handshakes(simulator.journal) == 5
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_the_search_ends_with_the_answer(client: KugelAudioClient, simulator: Simulator) -> None:
    """A gateway has no server for others, but the one that is asked speaks in the end."""
    await heard_whole(client)
    simulator.faults.add(Fault.NO_PONG, times=None)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=6_000)
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=None, status=502)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    asked = handshakes(simulator.journal)
    await asyncio.sleep(10)
    assert handshakes(simulator.journal) == asked > 2


async def test_nobody_waits_for_a_silent_socket_to_stop(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Whoever leaves while it is doubted leaves at once, and the search ends."""
    await heard_whole(client)
    simulator.forget_sockets()
    simulator.faults.add(Fault.HANDSHAKE_HANG, times=None)
    speaking = asyncio.ensure_future(heard_whole(client))
    await simulator.journal.until(lambda journal: handshakes(journal) == 2)
    speaking.cancel()
    left_at = made_time.time()
    await asyncio.wait([speaking])
    assert made_time.time() - left_at < 1
    assert speaking.cancelled()


class Prompt:
    """A server that answers at once, whereupon the event loop is blocked for longer than anybody waits."""

    def __init__(self, made_time: MadeTime) -> None:
        """Prepare the application."""
        self._made_time = made_time
        self.blocked_s = 0.0
        application = web.Application()
        application.router.add_get("/", self._serve)
        self.server = TestServer(application, host="127.0.0.1")

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        async for message in socket:
            await (socket.pong(message.data) if message.type is WSMsgType.PING else socket.send_str("{}"))
            self._made_time.oversleep(self.blocked_s)
        return socket


@pytest.fixture
async def prompt(made_time: MadeTime, socket_enabled: None) -> AsyncGenerator[Prompt]:  # noqa: ARG001 - opens sockets first
    """Run the server."""
    running = Prompt(made_time)
    await running.server.start_server()
    yield running
    await running.server.close()


@pytest.fixture
async def blocked(session: ClientSession, prompt: Prompt) -> AsyncGenerator[Connection]:
    """Provide a connection to it."""
    connection = await Connection.open(session, URL(str(prompt.server.make_url("/"))), {})
    yield connection
    await connection.close()


async def test_what_came_while_the_loop_was_blocked_is_an_answer(blocked: Connection, prompt: Prompt) -> None:
    """The time to wait is over, but the frame is there: it is read before anything is given up."""
    prompt.blocked_s = 20
    await blocked.ask(FLUSH)
    assert isinstance(await blocked.receive(10), OtherFrame)


async def test_a_heart_that_slept_too_long_looks_again(blocked: Connection, prompt: Prompt) -> None:
    """The pong of an idle socket that came meanwhile counts."""
    prompt.blocked_s = 20
    await asyncio.sleep(200)
    assert blocked.is_open

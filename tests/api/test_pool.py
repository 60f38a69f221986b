"""Sockets between utterances, and what happens to them."""

import asyncio
from contextlib import aclosing

from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer
import pytest
from yarl import URL

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.connection import Connection
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import ConnectionLostError
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.made_time import MadeTime
from tests.simulator import Fault, Profile, Simulator, tone_pcm

from .speech import LIMIT_S, TEXT, VOICE, WHOLE, heard_whole


@pytest.mark.parametrize("code", [1000, 1012, 1013])
async def test_an_idle_socket_that_the_server_closes_is_replaced_quietly(
    client: KugelAudioClient, simulator: Simulator, code: int
) -> None:
    """A restarted server costs a handshake, not an utterance."""
    await heard_whole(client)
    await simulator.close_sockets(code)
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert len(simulator.journal.sockets_of(WHOLE)) == 2


async def test_an_idle_socket_that_breaks_is_replaced_quietly(client: KugelAudioClient, simulator: Simulator) -> None:
    """The same for a connection that is gone without a close frame."""
    await heard_whole(client)
    simulator.drop_sockets()
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    await asyncio.sleep(0.01)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_an_abandoned_utterance_reaches_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """Who stops listening cancels it at the server, and the next one hears only itself, on the same socket."""
    simulator.profile = Profile(speed=5.0)
    simulator.faults.add(Fault.LATE_AUDIO, frames=3)
    async with aclosing(client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))) as audio:
        await anext(audio)
    assert simulator.journal.received(WHOLE)[-1] == {"cancel": True}
    simulator.profile = Profile()
    assert await heard_whole(client, "Next.") == tone_pcm("Next.", 24000)
    assert len(simulator.journal.sockets_of(WHOLE)) == 1


async def test_a_server_that_does_not_stop_loses_the_socket(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Without an answer to the cancel within 2 s, frames of the abandoned utterance may still come."""
    simulator.faults.add(Fault.NO_INTERRUPTED)
    async with aclosing(client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))) as audio:
        await anext(audio)
        began = made_time.time()
    assert made_time.time() - began == pytest.approx(2)
    assert await heard_whole(client, "Next.") == tone_pcm("Next.", 24000)
    assert len(simulator.journal.sockets_of(WHOLE)) == 2


async def test_closing_the_client_ends_utterances_with_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nothing is left waiting, and nothing looks complete."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    audio = client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))
    await anext(audio)
    waiting = asyncio.ensure_future(anext(audio))
    await asyncio.sleep(0.01)
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await waiting
    await simulator.journal.until(lambda journal: not journal.open_sockets())


async def test_a_closed_client_speaks_no_more(client: KugelAudioClient, simulator: Simulator) -> None:
    """After unloading, no socket is opened."""
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await heard_whole(client)
    assert not simulator.journal.sockets


async def test_a_socket_that_opens_while_the_client_closes_is_closed(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """A handshake under way leaves nothing behind."""
    simulator.profile = Profile(handshake_ms=50)
    speaking = asyncio.ensure_future(heard_whole(client))
    await asyncio.sleep(0.02)
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await speaking
    await simulator.journal.until(lambda journal: not journal.open_sockets())


async def test_a_socket_that_ends_in_an_utterance_without_harm_is_not_kept(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The audio was complete; the close that follows it costs nothing."""
    simulator.faults.add(Fault.CLOSE, code=1012, after_frames=10_000)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    await simulator.close_sockets(1012)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


class Quiet:
    """A server that speaks only the WebSocket protocol's own frames."""

    def __init__(self, *, answers: bool) -> None:
        """Answer pings or not."""
        self.answers = answers
        self.pings = 0
        self.pongs = 0
        application = web.Application()
        application.router.add_get("/", self._serve)
        self.server = TestServer(application, host="127.0.0.1")

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.ping(b"are you there")
        async for message in socket:
            if message.type is WSMsgType.PONG:
                self.pongs += 1
            elif message.type is WSMsgType.PING:
                self.pings += 1
                if self.answers:
                    await socket.pong(message.data)
        return socket


@pytest.mark.parametrize("answers", [True, False])
async def test_an_idle_socket_is_kept_alive_and_a_dead_one_noticed(session: ClientSession, answers: bool) -> None:
    """Pings go out while nobody speaks, the server's are answered, and a missing pong ends the connection."""
    quiet = Quiet(answers=answers)
    await quiet.server.start_server()
    connection = await Connection.open(session, URL(str(quiet.server.make_url("/"))), {})
    await asyncio.sleep(60)
    assert connection.is_idle is answers
    assert (quiet.pongs, quiet.pings) == (1, 3 if answers else 1)
    await connection.close()
    await quiet.server.close()


async def test_a_dead_connection_says_so(session: ClientSession, made_time: MadeTime) -> None:
    """Whoever waits for a frame learns that the server is gone: 10 s after a ping, which goes out after 15 s."""
    quiet = Quiet(answers=False)
    await quiet.server.start_server()
    connection = await Connection.open(session, URL(str(quiet.server.make_url("/"))), {})
    began = made_time.time()
    with pytest.raises(ConnectionLostError, match="NO_PONG"):
        await connection.receive(60)
    assert made_time.time() - began == pytest.approx(25, abs=0.2)
    await connection.close()
    with pytest.raises(ConnectionLostError):
        await connection.send("too late")
    await quiet.server.close()

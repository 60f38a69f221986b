"""How the server takes the key at a handshake, and whether a refusal of it is believed."""

import asyncio
from collections.abc import AsyncGenerator
import gc
import logging
from typing import Any

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    ConnectTimedOutError,
    KugelAudioError,
    WebSocketRefusedError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.pool import ConnectionPool
from custom_components.kugelaudio.api.upgrade import Upgrades
from tests.simulator import Failure, Fault, HandshakeRefusal, KeyKind, Profile, Simulator, tone_pcm

from .speech import TEXT, WHOLE, growing, heard_growing, heard_rest, heard_whole

KEY = "ka_very+secret/1"


@pytest.fixture
async def pool(
    session: ClientSession, client: KugelAudioClient, simulator: Simulator
) -> AsyncGenerator[ConnectionPool]:
    """Provide a pool of its own, for those who wait no longer than a deadline."""
    made = ConnectionPool(Upgrades(session, URL(simulator.url), simulator.key, client.check_key))
    yield made
    await made.close()


async def spoken_until(pool: ConnectionPool, deadline: Deadline) -> None:
    """Open a connection for somebody who waits no longer than this."""
    async with asyncio.timeout(5), pool.lend("ws/tts", deadline):
        pass


def styles(simulator: Simulator) -> list[str]:
    """Return how the key came to each handshake."""
    return [handshake.auth for handshake in simulator.journal.handshakes]


@pytest.mark.parametrize("refusal", [HandshakeRefusal.HTTP_401, HandshakeRefusal.HTTP_403])
async def test_a_key_that_is_taken_in_the_query_only_is_sent_there(
    client: KugelAudioClient, simulator: Simulator, refusal: HandshakeRefusal
) -> None:
    """REST is asked once, and it is remembered."""
    simulator.profile = Profile(accept_header_key=False, bearer_only=True, handshake_refusal=refusal)
    for _ in range(2):
        assert await heard_whole(client) == tone_pcm(TEXT, 24000)
        await simulator.close_sockets(1012)
        await simulator.journal.until(lambda journal: not journal.open_sockets())
    assert styles(simulator) == ["bearer", "query", "query"]
    assert [call.path for call in simulator.journal.calls] == ["/v1/voices"]


async def test_a_server_that_accepts_and_then_refuses_is_understood(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The second try goes the other way, and from then on all."""
    simulator.profile = Profile(
        accept_header_key=False, bearer_only=True, handshake_refusal=HandshakeRefusal.CLOSE_4001
    )
    with pytest.raises(ConnectionLostError, match="KEY_NOT_TAKEN") as raised:
        await heard_whole(client)
    assert raised.value.retryable
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert styles(simulator) == ["bearer", "query"]


@pytest.mark.parametrize("refusal", HandshakeRefusal)
async def test_two_who_learn_it_at_once_do_not_undo_it(
    client: KugelAudioClient, simulator: Simulator, refusal: HandshakeRefusal
) -> None:
    """Both have sent the header, and both go on with the query."""
    simulator.profile = Profile(accept_header_key=False, bearer_only=True, handshake_refusal=refusal, handshake_ms=20)
    first = await asyncio.gather(*(heard_whole(client) for _ in range(2)), return_exceptions=True)
    if refusal is HandshakeRefusal.CLOSE_4001:
        assert all(isinstance(error, ConnectionLostError) for error in first)
        first = await asyncio.gather(*(heard_whole(client) for _ in range(2)))
    assert first == 2 * [tone_pcm(TEXT, 24000)]
    assert styles(simulator) == ["bearer", "bearer", "query", "query"]


async def test_a_refusal_after_speech_is_believed(client: KugelAudioClient, simulator: Simulator) -> None:
    """The server has taken the key before, and takes it back now."""
    simulator.faults.add(Fault.CLOSE, code=4001, after_frames=1)
    with pytest.raises(AuthenticationError):
        await heard_whole(client)
    assert simulator.journal.calls == []


async def test_a_refusal_that_comes_first_is_believed_if_rest_shares_it(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The key was revoked while the socket was idle."""
    await heard_whole(client)
    simulator.revoke()
    simulator.faults.add(Fault.CLOSE, code=4001)
    with pytest.raises(AuthenticationError):
        await heard_growing(client, growing([TEXT]), GenerationMetrics())


async def test_a_refusal_in_both_ways_is_no_refused_key(client: KugelAudioClient, simulator: Simulator) -> None:
    """REST takes the key, so it speaks."""
    simulator.faults.add(Fault.ACCEPT_THEN_CLOSE, times=2, code=4001)
    with pytest.raises(ConnectionLostError):
        await heard_whole(client)
    with pytest.raises(WebSocketRefusedError):
        await heard_whole(client)
    assert styles(simulator) == ["bearer", "query"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_proxy_that_refuses_websockets_is_no_refused_key(
    client: KugelAudioClient, simulator: Simulator, status: int
) -> None:
    """REST takes the key, so speech goes there; the query is tried once, and not for every utterance."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=None, status=status)
    for _ in range(3):
        with pytest.raises(WebSocketRefusedError) as raised:
            await heard_whole(client)
        assert raised.value.status == status
    assert styles(simulator) == ["bearer", "query", "bearer", "bearer"]
    simulator.faults.clear()
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_a_header_that_has_worked_stays(client: KugelAudioClient, simulator: Simulator) -> None:
    """The key is in no URL because of a proxy that refuses once."""
    await heard_whole(client)
    await simulator.close_sockets(1012)
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=403)
    with pytest.raises(WebSocketRefusedError):
        await heard_whole(client)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert set(styles(simulator)) == {"bearer"}


async def test_a_server_that_takes_the_header_again_is_followed(client: KugelAudioClient, simulator: Simulator) -> None:
    """What was remembered may change with the server."""
    simulator.profile = Profile(accept_header_key=False, bearer_only=True)
    await heard_whole(client)
    await simulator.close_sockets(1012)
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    simulator.profile = Profile(accept_query_key=False)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert styles(simulator) == ["bearer", "query", "query", "bearer"]


@pytest.mark.parametrize("refusal", HandshakeRefusal)
async def test_a_key_that_rest_refuses_too_is_refused(
    client: KugelAudioClient, simulator: Simulator, refusal: HandshakeRefusal
) -> None:
    """However the WebSocket says it."""
    simulator.revoke()
    simulator.profile = Profile(handshake_refusal=refusal)
    with pytest.raises(AuthenticationError):
        await heard_whole(client)
    assert styles(simulator) == ["bearer"]


async def test_a_key_that_may_only_speak_is_no_refused_key(client: KugelAudioClient, simulator: Simulator) -> None:
    """It may not list voices, which proves that it is known."""
    simulator.keys[simulator.key] = KeyKind.SPEECH_ONLY
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=403)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize(
    ("fault", "parameters"), [(Fault.HTTP_ERROR, {"error": Failure.BAD_GATEWAY}), (Fault.HTTP_HANG, {})]
)
async def test_where_rest_says_nothing_the_key_stays_out_of_the_query(
    pool: ConnectionPool, simulator: Simulator, fault: Fault, parameters: dict[str, Any]
) -> None:
    """Speech goes over REST then, which tells what is wrong; nobody waits longer than is left."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=None, status=401)
    simulator.faults.add(fault, times=None, **parameters)
    with pytest.raises(WebSocketRefusedError):
        await spoken_until(pool, Deadline(0.2))
    assert styles(simulator) == ["bearer"]


async def test_a_query_that_is_refused_otherwise_is_no_way(client: KugelAudioClient, simulator: Simulator) -> None:
    """Whatever comes in its place, the header is tried again next time."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=401)
    simulator.faults.add(Fault.HANDSHAKE_ERROR, skip=1, status=404)
    with pytest.raises(WebSocketRefusedError):
        await heard_whole(client)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)
    assert styles(simulator) == ["bearer", "query", "bearer"]


async def test_a_key_that_no_header_can_carry_is_sent_nowhere(session: ClientSession, simulator: Simulator) -> None:
    """The server refuses the request without one."""
    client = KugelAudioClient(session, "ka_ä", simulator.url)
    with pytest.raises(AuthenticationError):
        await heard_whole(client)
    assert styles(simulator) == ["none"]
    await client.close()


async def test_no_connection_comes_of_a_session_that_is_closed(simulator: Simulator) -> None:
    """Home Assistant is going down."""
    async with ClientSession() as session:
        client = KugelAudioClient(session, simulator.key, simulator.url)
    with pytest.raises(CannotConnectError):
        await heard_whole(client)
    await client.close()


async def test_a_handshake_takes_no_longer_than_is_left(pool: ConnectionPool, simulator: Simulator) -> None:
    """And it is worth another try."""
    simulator.faults.add(Fault.HANDSHAKE_HANG)
    with pytest.raises(ConnectTimedOutError) as raised:
        await spoken_until(pool, Deadline(0.05))
    assert (raised.value.code, raised.value.retryable) == ("CONNECT_TIMED_OUT", True)
    with pytest.raises(ConnectTimedOutError):
        await spoken_until(pool, Deadline(0))


async def test_a_handshake_has_a_connection_of_its_own(client: KugelAudioClient, simulator: Simulator) -> None:
    """One that HTTP left open may be dead: none is left by the catalogue, none is taken by a handshake."""
    await client.models()
    await client.models()
    await heard_rest(client)
    await heard_whole(client)
    ports = [call.port for call in (*simulator.journal.calls, *simulator.journal.handshakes)]
    assert len(ports) == len(set(ports)) == 4


async def test_a_key_in_the_query_is_shown_nowhere(
    session: ClientSession, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """In no log at any level, no error, no task and no object: neither as it is, nor as it stands in a URL."""
    asyncio.get_running_loop().set_debug(True)
    caplog.set_level(logging.DEBUG)
    simulator.keys[KEY] = KeyKind.NORMAL
    simulator.profile = Profile(accept_header_key=False, bearer_only=True)
    client = KugelAudioClient(session, KEY, simulator.url)
    shown: list[object] = []
    for fault, parameters in (
        (None, {}),
        (Fault.HANDSHAKE_ERROR, {"status": 500}),
        (Fault.HANDSHAKE_ERROR, {"status": 404}),
        (Fault.HANDSHAKE_HTML, {"status": 200}),
        (Fault.HANDSHAKE_REDIRECT, {}),
        (Fault.HANDSHAKE_DROP, {"times": 2}),
        (Fault.HANDSHAKE_HANG, {}),
        (Fault.ACCEPT_THEN_CLOSE, {"code": 1013}),
        (Fault.DROP, {"after_frames": 1}),
    ):
        if fault is not None:
            await simulator.close_sockets(1012)
            await simulator.journal.until(lambda journal: not journal.open_sockets())
            simulator.faults.add(fault, path=WHOLE, **parameters)
        try:
            async with asyncio.timeout(5):
                await heard_whole(client)
                shown.append(client.connections())
        except KugelAudioError as err:
            shown += [err, err.__cause__, err.__context__, vars(err)]
        shown += [repr(task) for task in asyncio.all_tasks()]
    assert "query" in styles(simulator)
    gc.collect()
    told = f"{shown!r} {caplog.text} {[record.__dict__ for record in caplog.records]!r}"
    assert all(secret not in told for secret in (KEY, "ka_very%2Bsecret", "very+secret"))
    await simulator.refuse()
    await simulator.close_sockets(1012)
    with pytest.raises(CannotConnectError) as raised:
        await heard_whole(client)
    assert raised.value.__context__ is None
    await client.close()

"""How many connections an account may have, and what makes room for one more."""

import asyncio

import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import RateLimitedError, TooManyConnectionsError
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.simulator import Fault, Plan, Simulator, tone_pcm

from .speech import TEXT, growing, heard_context, heard_growing, heard_whole
from .test_pool_status import until


async def use_two_endpoints(client: KugelAudioClient) -> None:
    """Leave an idle socket at each of them."""
    await heard_whole(client)
    await heard_growing(client, growing([TEXT]), GenerationMetrics())


async def test_idle_sockets_of_other_endpoints_make_room(client: KugelAudioClient, simulator: Simulator) -> None:
    """The server refuses a third one, so what nobody uses is closed, and the upgrade is asked for once more."""
    simulator.plan = Plan(connections=2)
    await use_two_endpoints(client)
    assert client.open_connections == 2
    assert client.connections_refused_at is None
    assert await heard_context(client) == tone_pcm(TEXT, 24000)
    assert client.connections_refused_at == 2
    assert client.open_connections == 1
    assert [handshake.status for handshake in simulator.journal.handshakes] == [101, 101, 429, 101]


async def test_where_no_socket_is_idle_the_refusal_is_told(client: KugelAudioClient, simulator: Simulator) -> None:
    """With what the server says about later; it is a rate limit of its own kind."""
    simulator.plan = Plan(connections=0)
    with pytest.raises(TooManyConnectionsError) as raised:
        await heard_whole(client)
    assert isinstance(raised.value, RateLimitedError)
    assert (raised.value.code, raised.value.status, raised.value.retry_after_s) == ("TOO_MANY_CONNECTIONS", 429, 1)
    assert raised.value.retryable
    assert len(simulator.journal.handshakes) == 1
    assert client.connections_refused_at == 0


async def test_an_upgrade_that_stays_refused_is_told(client: KugelAudioClient, simulator: Simulator) -> None:
    """Others may hold the places of the account; one more try is enough."""
    await heard_whole(client)
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=2, status=429)
    with pytest.raises(TooManyConnectionsError):
        await heard_context(client)
    assert client.open_connections == 0
    assert [handshake.status for handshake in simulator.journal.handshakes] == [101, 429, 429]


async def test_a_known_limit_is_kept_without_a_refusal(client: KugelAudioClient, simulator: Simulator) -> None:
    """The socket that was not heard for longest goes first; what is in use stays."""
    simulator.plan = Plan(connections=2)
    client.limit_connections(2)
    await use_two_endpoints(client)
    assert await heard_context(client) == tone_pcm(TEXT, 24000)
    assert {status.path: status.open for status in client.connections()} == {
        "ws/tts": 0,
        "ws/tts/stream": 1,
        "ws/tts/multi": 1,
    }
    assert {handshake.status for handshake in simulator.journal.handshakes} == {101}
    client.limit_connections(None)
    await heard_whole(client)
    assert [handshake.status for handshake in simulator.journal.handshakes[-2:]] == [429, 101]


async def test_a_limit_keeps_nobody_who_waits_from_asking(client: KugelAudioClient, simulator: Simulator) -> None:
    """Only the server knows whether there is room by now."""
    client.limit_connections(1)
    spoken = await asyncio.gather(*(heard_whole(client) for _ in range(2)))
    assert spoken == 2 * [tone_pcm(TEXT, 24000)]
    assert len(simulator.journal.sockets) == 2


async def test_nothing_is_opened_in_the_background_beyond_the_limit(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """A socket that is kept waits for its place, and takes it as soon as there is one."""
    client.limit_connections(1)
    await heard_whole(client)
    client.warm_up("ws/tts/stream")
    client.keep_warm("ws/tts/stream")
    await asyncio.sleep(20)
    assert len(simulator.journal.handshakes) == 1
    client.limit_connections(2)
    await until(lambda: client.open_connections == 2)

"""What the pool tells of its connections."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import KugelAudioError
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.pool import ConnectionPolicy, PathStatus
from tests.simulator import Fault, Simulator

from .speech import LIMIT_S, TEXT, VOICE, growing, heard_growing, heard_whole

WHOLE, GROWING = "ws/tts", "ws/tts/stream"


@pytest.fixture
async def keeping(session: ClientSession, simulator: Simulator) -> AsyncGenerator[KugelAudioClient]:
    """Provide a client that holds its connections open."""
    made = KugelAudioClient(session, simulator.key, simulator.url, ConnectionPolicy.ALWAYS)
    yield made
    await made.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the pool is as it is to be."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.1)


def status_of(client: KugelAudioClient, path: str = WHOLE) -> PathStatus:
    """Return what is told of an endpoint."""
    [status] = [status for status in client.connections() if status.path == path]
    return status


async def settled(client: KugelAudioClient, simulator: Simulator, opened: int) -> PathStatus:
    """Return the status once so many connections were opened and one of them is idle."""
    await simulator.journal.until(lambda journal: len(journal.sockets) >= opened)
    await until(lambda: status_of(client).idle > 0 and status_of(client).opened == opened)
    return status_of(client)


async def test_nothing_is_told_before_anything_was_used(client: KugelAudioClient) -> None:
    """No endpoint, no line."""
    assert client.connections() == ()


async def test_a_connection_is_told_while_it_speaks_and_after(client: KugelAudioClient) -> None:
    """In use it is open, but not idle."""
    async with aclosing(client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))) as audio:
        await anext(audio)
        speaking = status_of(client)
        assert (speaking.open, speaking.idle, speaking.kept, speaking.opened) == (1, False, False, 1)
        async for _ in audio:
            pass
    assert status_of(client) == PathStatus(
        path=WHOLE, open=1, idle=True, kept=False, opened=1, replaced=0, failed=0, last_failure=None
    )


async def test_endpoints_are_told_apart_and_in_their_order(client: KugelAudioClient) -> None:
    """However they were used."""
    await heard_growing(client, growing([TEXT]), GenerationMetrics())
    await heard_whole(client)
    await heard_whole(client)
    assert [(status.path, status.opened) for status in client.connections()] == [(WHOLE, 1), (GROWING, 1)]


async def test_a_connection_that_ended_is_not_open(client: KugelAudioClient, simulator: Simulator) -> None:
    """Its count stays."""
    await heard_whole(client)
    await simulator.close_sockets(1012)
    await until(lambda: not status_of(client).open)
    status = status_of(client)
    assert (status.idle, status.opened, status.replaced) == (False, 1, 0)
    await heard_whole(client)
    assert (status_of(client).open, status_of(client).opened) == (1, 2)


async def test_a_kept_connection_that_is_replaced_is_counted(keeping: KugelAudioClient, simulator: Simulator) -> None:
    """Each time."""
    keeping.keep_warm(WHOLE)
    status = await settled(keeping, simulator, 1)
    assert (status.kept, status.open, status.replaced) == (True, 1, 0)
    await simulator.close_sockets(1012)
    status = await settled(keeping, simulator, 2)
    assert (status.open, status.opened, status.replaced) == (1, 2, 1)


@pytest.mark.parametrize(
    ("fault", "parameters", "code"),
    [
        (Fault.HANDSHAKE_ERROR, {"status": 503}, "MODEL_UNAVAILABLE"),
        (Fault.HANDSHAKE_ERROR, {"status": 404}, "WEBSOCKET_REFUSED"),
        (Fault.HANDSHAKE_DROP, {}, "CANNOT_CONNECT"),
    ],
)
async def test_connections_that_did_not_come_about_are_counted(
    client: KugelAudioClient, simulator: Simulator, fault: Fault, parameters: dict[str, Any], code: str
) -> None:
    """With the code of the last one, which stays known when the next one works."""
    # aiohttp repeats a handshake whose answer never came once by itself.
    simulator.faults.add(fault, 2 if fault is Fault.HANDSHAKE_DROP else 1, **parameters)
    with pytest.raises(KugelAudioError):
        await heard_whole(client)
    status = status_of(client)
    assert (status.open, status.opened, status.failed, status.last_failure) == (0, 0, 1, code)
    await heard_whole(client)
    status = status_of(client)
    assert (status.open, status.opened, status.failed, status.last_failure) == (1, 1, 1, code)


async def test_a_refused_key_ends_the_keeping_and_is_told(keeping: KugelAudioClient, simulator: Simulator) -> None:
    """Without a connection."""
    simulator.revoke()
    keeping.keep_warm(WHOLE)
    await simulator.journal.until(lambda journal: len(journal.handshakes) == 1)
    await until(lambda: status_of(keeping).failed == 1)
    status = status_of(keeping)
    assert (status.open, status.idle, status.last_failure) == (0, False, "UNAUTHORIZED")


async def test_a_closed_client_has_nothing_open(client: KugelAudioClient) -> None:
    """What was is still told."""
    await heard_whole(client)
    await client.close()
    status = status_of(client)
    assert (status.open, status.idle, status.opened) == (0, False, 1)

"""Sockets that are open before they are needed."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

from aiohttp import ClientSession
import pytest
from yarl import URL

from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import AuthenticationError
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.pool import ConnectionPolicy, ConnectionPool, pause_s
from custom_components.kugelaudio.api.speak import PATH, speak
from custom_components.kugelaudio.api.upgrade import Upgrades
from tests.simulator import Fault, Journal, Simulator, tone_pcm

from .speech import LIMIT_S, TEXT, VOICE, WHOLE


@pytest.fixture
def warmth() -> ConnectionPolicy:
    """Return the mode of the pool; parametrised where another one is meant."""
    return ConnectionPolicy.ALWAYS


@pytest.fixture
async def pool(
    session: ClientSession, simulator: Simulator, warmth: ConnectionPolicy
) -> AsyncGenerator[ConnectionPool]:
    """Provide a pool."""
    made = ConnectionPool(Upgrades(session, URL(simulator.url), simulator.key, believed), warmth)
    yield made
    await made.close()


async def believed() -> None:
    """Say of a key what REST says of one that is refused."""
    raise AuthenticationError


async def heard(pool: ConnectionPool) -> bytes:
    """Return the PCM of a text."""
    return b"".join([pcm async for pcm in speak(pool, TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))])


def pauses_s(simulator: Simulator) -> list[float]:
    """Return the times between handshakes."""
    return [later.at - earlier.at for earlier, later in pairwise(simulator.journal.handshakes)]


def are_spread(pauses: list[float], least_s: list[float]) -> bool:
    """Tell whether pauses are as long as they are to be, and up to a half longer."""
    return all(least - 0.1 <= pause <= 1.5 * least + 0.1 for pause, least in zip(pauses, least_s, strict=True))


def one_is_open(journal: Journal) -> bool:
    """Tell whether exactly one socket is open."""
    return len(journal.open_sockets()) == 1


async def test_an_utterance_finds_an_open_socket(pool: ConnectionPool, simulator: Simulator) -> None:
    """The handshake is over before anybody speaks."""
    pool.keep(PATH)
    pool.keep(PATH)
    await simulator.journal.until(one_is_open)
    await asyncio.sleep(0.01)
    assert await heard(pool) == tone_pcm(TEXT, 24000)
    assert len(simulator.journal.sockets_of(WHOLE)) == 1


async def test_what_was_used_once_is_kept(pool: ConnectionPool, simulator: Simulator) -> None:
    """The endpoints that this home uses stay warm without being named."""
    await heard(pool)
    await simulator.close_sockets(1012)
    await simulator.journal.until(lambda journal: len(journal.sockets_of(WHOLE)) == 2 and one_is_open(journal))
    assert await heard(pool) == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize("code", [1000, 1012, 1013])
async def test_a_socket_that_the_server_closes_is_replaced(
    pool: ConnectionPool, simulator: Simulator, code: int
) -> None:
    """Each time, quietly, in the background."""
    pool.keep(PATH)
    await simulator.journal.until(one_is_open)
    await simulator.close_sockets(code)
    await simulator.journal.until(lambda journal: len(journal.sockets) == 2 and one_is_open(journal))
    await simulator.close_sockets(code)
    await simulator.journal.until(lambda journal: len(journal.sockets) == 3 and one_is_open(journal))


async def test_a_refused_key_is_tried_again_after_a_long_pause(pool: ConnectionPool, simulator: Simulator) -> None:
    """Nothing gets better by asking again at once."""
    simulator.revoke()
    pool.keep(PATH)
    await asyncio.sleep(299)
    assert len(simulator.journal.handshakes) == 1
    await asyncio.sleep(2)
    assert len(simulator.journal.handshakes) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_no_refusal_ends_the_keeping_for_ever(pool: ConnectionPool, simulator: Simulator, status: int) -> None:
    """A proxy refuses once, and later the socket is there again without anybody speaking."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=status)
    pool.keep(PATH)
    await simulator.journal.until(one_is_open, 500)
    await simulator.close_sockets(1012)
    await simulator.journal.until(lambda journal: len(journal.sockets) == 2 and one_is_open(journal))


async def test_a_server_that_closes_what_it_accepts_is_not_hammered(pool: ConnectionPool, simulator: Simulator) -> None:
    """An accepted socket is no success before it lasts."""
    simulator.faults.add(Fault.ACCEPT_THEN_CLOSE, times=5, code=1013)
    pool.keep(PATH)
    await simulator.journal.until(lambda journal: len(journal.handshakes) == 6 and one_is_open(journal), 100)
    assert are_spread(pauses_s(simulator), [1, 4, 8, 16, 32])


@pytest.mark.parametrize(("lives_s", "least_s"), [(10, [1, 4, 8]), (40, [1, 1, 1])])
async def test_only_a_socket_that_lasts_is_a_success(
    pool: ConnectionPool, simulator: Simulator, lives_s: float, least_s: list[float]
) -> None:
    """A server that closes each one after some seconds is asked less and less often, too."""
    pool.keep(PATH)
    for _ in range(4):
        await simulator.journal.until(one_is_open, 100)
        await asyncio.sleep(lives_s)
        await simulator.close_sockets(1012)
    assert are_spread([pause_s - lives_s for pause_s in pauses_s(simulator)], least_s)


@pytest.mark.parametrize(("status", "retry_after", "least_s"), [(429, "7", [7, 7, 7]), (503, None, [2, 4, 8])])
async def test_a_busy_server_is_asked_less_and_less_often(
    pool: ConnectionPool, simulator: Simulator, status: int, retry_after: str | None, least_s: list[float]
) -> None:
    """Until it has room again; as seldom as it asks for."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=3, status=status, retry_after=retry_after)
    pool.keep(PATH)
    await simulator.journal.until(one_is_open)
    assert are_spread(pauses_s(simulator), least_s)


async def test_the_pauses_grow_and_differ() -> None:
    """A thousand homes do not come back in the same second, and a long outage is not hammered."""
    growing = [pause_s(failures, None) for failures in range(20)]
    assert 2 <= growing[0] <= 3
    assert growing[3] > growing[0]
    assert 300 <= max(growing) <= 450
    assert len({pause_s(0, None) for _ in range(5)}) > 1
    assert 7 <= pause_s(9, 7.0) <= 10.5


@pytest.mark.parametrize("warmth", [ConnectionPolicy.AFTER_USE])
async def test_a_socket_is_kept_for_a_while_after_use(pool: ConnectionPool, simulator: Simulator) -> None:
    """The next utterance within ten minutes has it, later it is gone and not replaced."""
    await heard(pool)
    await asyncio.sleep(599)
    await heard(pool)
    await asyncio.sleep(599)
    assert len(simulator.journal.sockets) == len(simulator.journal.open_sockets()) == 1
    await asyncio.sleep(2)
    assert not simulator.journal.open_sockets()
    assert await heard(pool) == tone_pcm(TEXT, 24000)
    assert len(simulator.journal.sockets) == 2


@pytest.mark.parametrize("warmth", [ConnectionPolicy.AFTER_USE])
async def test_a_socket_can_be_opened_for_what_is_about_to_come(pool: ConnectionPool, simulator: Simulator) -> None:
    """Once: an idle one is enough, and a failure is nobody's yet."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=503)
    pool.warm_up(PATH)
    await simulator.journal.until(lambda journal: len(journal.handshakes) == 1)
    pool.warm_up(PATH)
    await simulator.journal.until(one_is_open)
    await asyncio.sleep(0.01)
    pool.warm_up(PATH)
    assert await heard(pool) == tone_pcm(TEXT, 24000)
    assert len(simulator.journal.sockets) == 1


@pytest.mark.parametrize("warmth", [ConnectionPolicy.OFF])
async def test_no_socket_is_kept_where_none_is_wanted(pool: ConnectionPool, simulator: Simulator) -> None:
    """Each utterance opens and closes its own."""
    pool.warm_up(PATH)
    await heard(pool)
    await heard(pool)
    await simulator.journal.until(lambda journal: len(journal.sockets) == 2 and not journal.open_sockets())


async def test_a_closed_pool_opens_nothing(pool: ConnectionPool, simulator: Simulator) -> None:
    """Not in the background either."""
    pool.keep(PATH)
    await simulator.journal.until(one_is_open)
    await pool.close()
    pool.keep("ws/tts/stream")
    pool.warm_up(PATH)
    await asyncio.sleep(1000)
    assert not simulator.journal.open_sockets()
    assert len(simulator.journal.sockets) == 1

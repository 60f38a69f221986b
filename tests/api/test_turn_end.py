"""Turns of a server that ends them only when it is told to."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import EmptyAudioError, SilentServerError
from custom_components.kugelaudio.api.pool import ConnectionPolicy
from tests.made_time import MadeTime
from tests.simulator import SEEDS, Fault, Profile, Simulator

from .speech import DELTAS, GROWING, growing, heard_growing, tones

SPOKEN = tones(["The washing machine has finished.", "Shall I tell you more?"])
QUIET_S = 2.0


@pytest.fixture
async def kept_client(session: ClientSession, simulator: Simulator) -> AsyncGenerator[KugelAudioClient]:
    """Provide a client that holds its sockets open."""
    made = KugelAudioClient(session, simulator.key, simulator.url, ConnectionPolicy.ALWAYS)
    yield made
    await made.close()


def ends(simulator: Simulator) -> list[str]:
    """Return what the client has ended turns with, in order."""
    received = simulator.journal.received(GROWING)
    return [name for message in received for name in ("flush", "close") if message.get(name)]


async def opened(simulator: Simulator, sockets: int) -> None:
    """Wait until so many sockets were opened, and the client has got the last one."""
    await simulator.journal.until(lambda journal: len(journal.sockets_of(GROWING)) == sockets)
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("closes", [False, True], ids=["socket stays", "socket ends"])
async def test_a_turn_that_does_not_end_is_closed(
    made_time: MadeTime, client: KugelAudioClient, simulator: Simulator, *, closes: bool
) -> None:
    """After some quiet; from then on at once. Each session has a socket of its own, which is there already."""
    simulator.profile = replace(SEEDS, close_ends_socket=closes)
    begun_at = made_time.time()
    assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
    assert made_time.time() - begun_at == pytest.approx(QUIET_S, abs=0.4)
    for sockets in (2, 3):
        await opened(simulator, sockets)
        begun_at = made_time.time()
        assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
        assert made_time.time() == begun_at
    assert ends(simulator) == 3 * ["flush", "close"]


async def test_sockets_that_are_held_open_are_replaced_at_once(
    made_time: MadeTime, kept_client: KugelAudioClient, simulator: Simulator
) -> None:
    """One that has served is no failure, however many have."""
    simulator.profile = SEEDS
    await heard_growing(kept_client, growing(DELTAS, 0))
    begun_at = made_time.time()
    for _ in range(5):
        await simulator.journal.until(lambda journal: bool(journal.open_sockets()))
        await heard_growing(kept_client, growing(DELTAS, 0))
    assert made_time.time() == begun_at
    assert len(simulator.journal.sockets_of(GROWING)) in {6, 7}


async def test_a_pause_in_the_text_ends_a_session(client: KugelAudioClient, simulator: Simulator) -> None:
    """What follows is spoken in another one."""
    simulator.profile = SEEDS

    async def pausing() -> AsyncGenerator[str]:
        yield DELTAS[0] + DELTAS[1] + DELTAS[2]
        await asyncio.sleep(9)
        yield "Shall I tell you more?"

    assert await heard_growing(client, pausing()) == SPOKEN
    assert ends(simulator) == 2 * ["flush", "close"]


async def test_a_server_that_ends_turns_is_never_told_to(client: KugelAudioClient, simulator: Simulator) -> None:
    """Not where it takes long between two frames, and not where it once forgets the end."""
    simulator.faults.add(Fault.SILENCE, seconds=QUIET_S + 1, after_frames=1)
    assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
    simulator.profile = Profile(chunk_frames=())
    simulator.faults.add(Fault.SILENCE, seconds=QUIET_S + 1, after_frames=1)
    assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
    for fault in (Fault.NO_FINAL, Fault.NO_SESSION_CLOSED):
        simulator.faults.add(fault)
    with pytest.raises(SilentServerError):
        await heard_growing(client, growing(DELTAS, 0))
    assert ends(simulator) == 3 * ["flush"]


async def test_a_close_that_was_too_much_is_not_repeated(client: KugelAudioClient, simulator: Simulator) -> None:
    """The server had ended the turn; that this did not arrive is no habit of it."""
    for fault in (Fault.NO_FINAL, Fault.NO_SESSION_CLOSED):
        simulator.faults.add(fault)
    for _ in range(2):
        assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
    assert ends(simulator) == ["flush", "close", "flush"]


async def test_a_server_that_learns_to_end_turns_is_believed(client: KugelAudioClient, simulator: Simulator) -> None:
    """It was replaced by a newer one: the frame that only those have tells it."""
    simulator.profile = SEEDS
    await heard_growing(client, growing(DELTAS, 0))
    simulator.profile = Profile()
    for sockets in (2, 3):
        await opened(simulator, sockets)
        assert await heard_growing(client, growing(DELTAS, 0)) == SPOKEN
    assert ends(simulator) == ["flush", "close", "flush", "close", "flush"]


async def test_a_session_without_audio_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """At once, and not when somebody has waited for long enough."""
    simulator.profile = SEEDS
    await heard_growing(client, growing(DELTAS, 0))
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard_growing(client, growing(DELTAS, 0))


async def test_a_server_that_answers_no_close_is_silent(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nobody knows whether that was all."""
    simulator.profile = SEEDS
    simulator.faults.add(Fault.NO_SESSION_CLOSED)
    with pytest.raises(SilentServerError):
        await heard_growing(client, growing(DELTAS, 0))
    assert ends(simulator) == ["flush", "close"]

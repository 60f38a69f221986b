"""How long an utterance waits before its second try."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.conftest import Clock
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import COMPLETE, HEADER_LENGTH, WHOLE, fetch

pytestmark = pytest.mark.usefixtures("clock", "account")

LEEWAY_S = 0.5


def first_frame_times(simulator: Simulator) -> list[float]:
    """Return when each request reached the server."""
    return sorted(socket.received[0].at for socket in simulator.journal.sockets_of(WHOLE) if socket.received)


@pytest.mark.parametrize("share", [0.0, 1.0])
async def test_the_pause_is_a_little_longer_than_asked_for(
    hass_client: ClientSessionGenerator, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """By up to a quarter: homes that were refused together do not come back together."""
    monkeypatch.setattr(
        "custom_components.kugelaudio.speech.dispatch.uniform", lambda low, high: low + share * (high - low)
    )
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=0.16)
    assert (await fetch(hass_client))[0] == 200
    first, second = first_frame_times(simulator)
    pause_s = 0.16 * (1 + 0.25 * share)
    assert pause_s <= second - first <= pause_s + LEEWAY_S


async def test_the_pause_differs(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """From one utterance to the next."""
    pauses = []
    for number in range(3):
        simulator.journal.clear()
        simulator.drop_sockets()
        simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=0.1)
        assert (await fetch(hass_client, f"Number {number}."))[0] == 200
        first, second = first_frame_times(simulator)
        pauses.append(second - first)
    assert len(set(pauses)) == 3
    assert min(pauses) >= 0.1


@pytest.mark.parametrize("retry_after", ["9", "9.5", "10", "date"])
async def test_a_delay_of_a_refused_connection_is_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator, clock: Clock, retry_after: str
) -> None:
    """Up to ten seconds, as a number of seconds or as a date: not sooner, and then at once."""
    if retry_after == "date":
        retry_after = format_datetime(dt_util.utcnow() + timedelta(seconds=10))
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=429, retry_after=retry_after)
    asking = asyncio.create_task(fetch(hass_client))
    await simulator.journal.until(lambda journal: len(journal.handshakes) == 1)
    await asyncio.sleep(0.02)
    clock.ahead_s += 7.5
    await asyncio.sleep(0.05)
    assert len(simulator.journal.handshakes) == 1
    clock.ahead_s += 5.1
    status, audio = await asking
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert len(simulator.journal.handshakes) == 2


@pytest.mark.parametrize("retry_after", [10, 10.0, 9])
async def test_a_delay_of_a_refused_text_is_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator, clock: Clock, retry_after: float
) -> None:
    """A whole or a broken number in the server's frame."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=retry_after)
    asking = asyncio.create_task(fetch(hass_client))
    await simulator.journal.until(lambda journal: bool(journal.sent(WHOLE)))
    await asyncio.sleep(0.02)
    clock.ahead_s += 7.5
    await asyncio.sleep(0.05)
    assert len(simulator.journal.received(WHOLE)) == 1
    clock.ahead_s += 5.1
    assert (await asking)[0] == 200


@pytest.mark.parametrize("retry_after", ["11", "10.5", "86400", "date"])
async def test_a_longer_delay_is_an_error_at_once(
    hass_client: ClientSessionGenerator, simulator: Simulator, retry_after: str
) -> None:
    """Nobody waits so long for an answer."""
    if retry_after == "date":
        retry_after = format_datetime(dt_util.utcnow() + timedelta(seconds=15))
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=429, retry_after=retry_after)
    async with asyncio.timeout(5):
        assert (await fetch(hass_client))[0] == 500
    assert len(simulator.journal.handshakes) == 1

"""How long an utterance waits before it is tried again."""

from datetime import timedelta
from email.utils import format_datetime

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.made_time import MadeTime
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import COMPLETE, HEADER_LENGTH, WHOLE, fetch

pytestmark = pytest.mark.usefixtures("made_time", "account")


def first_frame_times(simulator: Simulator) -> list[float]:
    """Return when each request reached the server."""
    return sorted(record.at for socket in simulator.journal.sockets_of(WHOLE) for record in socket.received)


@pytest.mark.parametrize("share", [0.0, 1.0])
async def test_the_pause_is_a_little_longer_than_asked_for(
    hass_client: ClientSessionGenerator, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """By up to a quarter: homes that were refused together do not come back together."""
    monkeypatch.setattr(
        "custom_components.kugelaudio.speech.slots.uniform", lambda low, high: low + share * (high - low)
    )
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=4)
    assert (await fetch(hass_client))[0] == 200
    first, second = first_frame_times(simulator)
    assert second - first == pytest.approx(4 * (1 + 0.25 * share), abs=0.1)


async def test_the_pause_differs(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """From one utterance to the next."""
    pauses = set()
    for number in range(3):
        simulator.journal.clear()
        simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=1)
        assert (await fetch(hass_client, f"Number {number}."))[0] == 200
        first, second = first_frame_times(simulator)
        pauses.add(second - first)
    assert len(pauses) == 3
    assert min(pauses) >= 1


@pytest.mark.parametrize("retry_after", ["9", "9.5", "23", "date"])
async def test_a_delay_of_a_refused_connection_is_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator, retry_after: str
) -> None:
    """As a number of seconds or as a date: not sooner, and then at once."""
    wait_s = 10.0 if retry_after == "date" else float(retry_after)
    if retry_after == "date":
        retry_after = format_datetime(dt_util.utcnow() + timedelta(seconds=10))
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=429, retry_after=retry_after)
    status, audio = await fetch(hass_client)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    first, second = (handshake.at for handshake in simulator.journal.handshakes)
    assert wait_s - 1.1 <= second - first <= 1.25 * wait_s + 0.1


@pytest.mark.parametrize("retry_after", [10, 10.0, 23])
async def test_a_delay_of_a_refused_text_is_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator, retry_after: float
) -> None:
    """A whole or a broken number in the server's frame."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=retry_after)
    assert (await fetch(hass_client))[0] == 200
    first, second = first_frame_times(simulator)
    assert retry_after <= second - first <= 1.25 * retry_after + 0.1


@pytest.mark.parametrize("retry_after", ["31", "30.5", "86400", "date"])
async def test_a_longer_delay_is_an_error_at_once(
    made_time: MadeTime, hass_client: ClientSessionGenerator, simulator: Simulator, retry_after: str
) -> None:
    """Nobody waits so long for the first sound."""
    if retry_after == "date":
        retry_after = format_datetime(dt_util.utcnow() + timedelta(seconds=35))
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=429, retry_after=retry_after)
    begin = made_time.time()
    assert (await fetch(hass_client))[0] == 500
    assert made_time.time() - begin < 1
    assert len(simulator.journal.handshakes) == 1


async def test_refusals_without_a_delay_are_tried_again_until_the_deadline(
    made_time: MadeTime, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """With growing pauses; the last refusal is what is told."""
    simulator.faults.add(Fault.ERROR_FRAME, times=None, error=Failure.RATE_LIMITED)
    begin = made_time.time()
    assert (await fetch(hass_client))[0] == 500
    assert 15 <= made_time.time() - begin <= 30.5
    times = first_frame_times(simulator)
    assert 5 <= len(times) <= 9

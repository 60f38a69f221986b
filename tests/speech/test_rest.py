"""Homes whose network lets no WebSocket through."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.speech.record import Outcome
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.speaking import COMPLETE, HEADER_LENGTH, REST, TEXT, WAV, fetch, fetch_growing, growing

pytestmark = pytest.mark.usefixtures("account")

REMEMBERED_S = 600


def handshakes(simulator: Simulator) -> int:
    """Return how many WebSockets were tried."""
    return len(simulator.journal.handshakes)


def generated(simulator: Simulator) -> int:
    """Return how many texts went over REST."""
    return simulator.journal.paths().count(REST)


@pytest.mark.parametrize("status", [302, 400, 404, 426])
async def test_a_network_without_websockets_is_remembered(
    hass_client: ClientSessionGenerator, simulator: Simulator, status: int
) -> None:
    """For ten minutes no handshake is wasted; then WebSockets are tried again, and used where they work."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=status)
    for count in (1, 2):
        text = f"Number {count}."
        assert (await fetch(hass_client, text))[1][HEADER_LENGTH:] == tone_pcm(text, 24000)
        assert (handshakes(simulator), generated(simulator)) == (1, count)
    await asyncio.sleep(REMEMBERED_S + 1)
    assert (await fetch(hass_client))[1][HEADER_LENGTH:] == COMPLETE
    assert (handshakes(simulator), generated(simulator)) == (2, 2)


@pytest.mark.parametrize("text", [TEXT, "Knock knock. [voice:Hans] Who is there?"])
async def test_a_key_that_is_refused_after_the_handshake_in_both_ways_goes_over_rest(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, text: str
) -> None:
    """REST takes it, so nobody is asked for another one; to go another way is no second try."""
    simulator.faults.add(Fault.ACCEPT_THEN_CLOSE, times=None, code=4001)
    assert (await fetch(hass_client, text))[0] == 200
    assert generated(simulator)
    assert not hass.config_entries.flow.async_progress()


async def test_a_home_that_speaks_often_tries_websockets_again_too(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Ten minutes after they failed, however much was spoken meanwhile."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    await fetch(hass_client, "One.")
    await asyncio.sleep(REMEMBERED_S - 100)
    await fetch(hass_client, "Two.")
    assert (handshakes(simulator), generated(simulator)) == (1, 2)
    await asyncio.sleep(101)
    await fetch(hass_client, "Three.")
    assert (handshakes(simulator), generated(simulator)) == (2, 2)


@pytest.mark.parametrize("options", [WAV, {}, {"preferred_format": "flac"}, {"preferred_format": "ogg"}])
async def test_growing_and_converted_text_goes_over_rest_too(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, options: Mapping[str, object]
) -> None:
    """As a whole, once it is written."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    assert (await fetch(hass_client, options=options))[0] == 200
    status, audio = await fetch_growing(
        hass, hass_client, growing("The washing", " machine", " has finished."), options
    )
    assert status == 200
    assert audio
    assert generated(simulator) == 2


async def test_a_network_that_lets_nothing_through_is_not_remembered(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Where REST fails, too, WebSockets are tried with the next text."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    simulator.faults.add(Fault.HTTP_ERROR, path=REST, error=Failure.GENERATION_FAILED)
    assert (await fetch(hass_client))[0] == 500
    assert (handshakes(simulator), generated(simulator)) == (1, 1)
    status, audio = await fetch(hass_client)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert (handshakes(simulator), generated(simulator)) == (2, 1)


async def test_a_failure_of_rest_is_tried_again_over_rest(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """While WebSockets are known not to work."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    await fetch(hass_client, "One.")
    simulator.faults.add(Fault.HTTP_ERROR, path=REST, error=Failure.GENERATION_FAILED)
    assert (await fetch(hass_client, "Two."))[0] == 200
    assert (handshakes(simulator), generated(simulator)) == (1, 3)


async def test_a_growing_text_that_is_too_long_for_rest_goes_in_parts(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """Once it is written, as a whole one does."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    await fetch(hass_client, "One.")
    account.runtime_data.account.slots.learn_characters(100)
    sentence = "The washing machine has finished. "
    status, audio = await fetch_growing(hass, hass_client, growing(*[sentence] * 5))
    assert (status, audio[HEADER_LENGTH:]) == (
        *(200, tone_pcm(f"{sentence}{sentence}".strip(), 24000) * 2 + tone_pcm(sentence.strip(), 24000)),
    )
    assert generated(simulator) == 4


async def test_a_text_that_never_ends_does_not_go_over_rest(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """It is waited for as long as a conversation agent may think; that nothing was spoken is an error."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)

    async def deltas() -> AsyncGenerator[str]:
        yield "The washing"
        yield " machine"
        await asyncio.Event().wait()

    await fetch_growing(hass, hass_client, deltas())
    assert account.runtime_data.account.history.utterances[-1].outcome is Outcome.FAILED
    assert generated(simulator) == 0

"""Idle sockets that a router has forgotten, without telling anybody."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, fetch, fetch_growing, growing

DIALOGUE = "Knock knock. [voice:Hans] Who is there?"


@pytest.mark.parametrize("way", ["whole", "dialogue", "growing"])
async def test_they_cost_three_seconds(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    way: str,
) -> None:
    """Once, however many there are, and on every endpoint; all is heard."""

    async def heard(first: str) -> bytes:
        if way == "growing":
            status, audio = await fetch_growing(hass, hass_client, growing(f"{first} ", "Done."))
        else:
            status, audio = await fetch(hass_client, f"{first} {DIALOGUE}" if way == "dialogue" else first)
        assert status == 200
        return audio[HEADER_LENGTH:]

    now = hass.loop.time
    await asyncio.gather(heard("One."), heard("Two."), heard("Three."))
    await asyncio.sleep(60)
    simulator.forget_sockets()
    begun_at = now()
    audio = await heard("Four.")
    assert now() - begun_at < 4
    assert tone_pcm("Four.", 24_000) in audio
    begun_at = now()
    await asyncio.gather(heard("Five."), heard("Six."), heard("Seven."))
    assert now() - begun_at < 1
    assert {record.outcome for record in account.runtime_data.account.history.utterances} == {"spoken"}

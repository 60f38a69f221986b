"""Voices of this integration that speak for each other."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Failure, Fault, Profile, Simulator
from tests.speaking import COMPLETE, HEADER_LENGTH, TEXT, WHOLE, fetch

HERS, HIS = "tts.samantha_ferris", "tts.hans"


@pytest.fixture
async def voices(
    hass: HomeAssistant,
    simulator: Simulator,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
) -> None:
    """Set up two voices that are each other's fallback."""
    hers = voice_subentry("hers", format="wav", fallback=HIS)
    his = voice_subentry("his", "Hans", voice="268", language="de", format="wav", fallback=HERS)
    await set_up(hass, account_entry(simulator.url, hers, his, options={"connection": "after_use"}))


@pytest.mark.usefixtures("voices")
async def test_a_voice_speaks_for_another(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Where only the one is gone."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.VOICE_NOT_FOUND)
    status, audio = await fetch(hass_client)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert [message["voice_id"] for message in simulator.journal.received(WHOLE)] == [1071, 268]


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize(("engine", "ids"), [(HERS, [1071, 268]), (HIS, [268, 1071])])
async def test_two_voices_that_both_fail_end_with_an_error(
    hass_client: ClientSessionGenerator, simulator: Simulator, engine: str, ids: list[int]
) -> None:
    """Each is asked once; nothing goes round in circles, not with the next message either."""
    simulator.faults.add(Fault.ERROR_FRAME, times=None, error=Failure.INSUFFICIENT_CREDITS)
    for count in (1, 2):
        async with asyncio.timeout(5):
            assert (await fetch(hass_client, engine=engine))[0] == 500
        assert [message["voice_id"] for message in simulator.journal.received(WHOLE)] == ids * count


@pytest.mark.usefixtures("voices")
async def test_two_voices_that_fail_with_the_same_text_do_not_wait_for_each_other(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Two rooms announce the same, each with its voice, while the provider is out of service."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, times=None, delay_ms=30)
    simulator.faults.add(Fault.EMPTY_AUDIO, times=None)
    async with asyncio.timeout(15):
        answers = await asyncio.gather(
            fetch(hass_client, TEXT, engine=HERS, language="en"), fetch(hass_client, TEXT, engine=HIS, language="en")
        )
    assert [status for status, _ in answers] == [500, 500]


@pytest.mark.parametrize("rooms", [1, 2, 3])
async def test_a_ring_of_voices_that_all_fail_ends_with_errors(
    hass: HomeAssistant,
    account: MockConfigEntry,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    rooms: int,
) -> None:
    """Up to three rooms announce the same, and each voice has the next one as its fallback: nobody waits for ever."""
    assert await hass.config_entries.async_remove(account.entry_id)
    names = ("anna", "berta", "clara")
    voices = [
        voice_subentry(name, name.capitalize(), format="wav", fallback=f"tts.{names[index - 2]}")
        for index, name in enumerate(names)
    ]
    await set_up(hass, account_entry(simulator.url, *voices, options={"connection": "after_use", "parallel": 20}))
    simulator.profile = Profile(first_audio_ms=50)
    simulator.faults.add(Fault.WRONG_SAMPLE_RATE, times=None)
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(fetch(hass_client, engine=f"tts.{name}") for name in names[:rooms]))
    assert [status for status, _ in answers] == [500] * rooms

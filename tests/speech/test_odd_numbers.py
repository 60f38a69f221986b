"""A server whose frames hold what is no number, nothing, or half a sample: it is heard whole, and counted as it was."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.speech.record import Outcome
from tests.simulator import Fault, Simulator, tone_pcm
from tests.speaking import COMPLETE, HEADER_LENGTH, TEXT, WAV, decoded, fetch, fetch_growing, growing, kept

ODD = (
    Fault.NULLS,
    Fault.NOT_FINITE,
    Fault.MAD_USAGE,
    Fault.USAGE_ROUNDED_UP,
    Fault.SPLIT_SAMPLES,
)
LINE = "Come in."


def assert_counted(account: MockConfigEntry) -> None:
    """Check that nothing failed, and that no number is out of all reason."""
    record = account.runtime_data.account.history.utterances[-1]
    assert (record.outcome, record.error, record.retries) == (Outcome.SPOKEN, None, 0)
    usage = record.usage
    numbers = () if usage is None else (usage.audio_seconds, usage.characters, usage.cost_cents)
    assert all(number is None or 0 <= number < 1000 for number in numbers)


@pytest.mark.parametrize("fault", ODD)
async def test_whole_texts_are_heard_and_kept(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    tts_cache: Path,
    fault: Fault,
) -> None:
    """In both ways, and several voices in a third."""
    simulator.faults.add(fault, times=None)
    status, audio = await fetch(hass_client, cache=True)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert_counted(account)
    status, audio = await fetch(hass_client, options={"preferred_format": "flac"}, cache=True)
    assert (status, await decoded(audio, 24000)) == (200, COMPLETE)
    assert_counted(account)
    status, audio = await fetch(hass_client, f"{TEXT} [voice:1072] {LINE}", cache=True)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE + tone_pcm(LINE, 24000))
    assert_counted(account)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(kept(tts_cache)) == 3


@pytest.mark.parametrize("fault", ODD)
async def test_growing_texts_are_heard(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    fault: Fault,
) -> None:
    """To their end."""
    simulator.faults.add(fault, times=None)
    status, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."), WAV)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert_counted(account)

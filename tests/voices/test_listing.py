"""Each of the three lists fails alone, and a key that may speak but not list is enough."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import (
    VOICE,
    account_entry,
    begin,
    begin_voice,
    set_up,
    state_of,
    submit,
    submit_voice,
    voice_subentry,
)
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import COMPLETE, HEADER_LENGTH, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

LISTS = {"/v1/voices": "voices", "/v1/models": "models", "/v1/dictionaries": "dictionaries"}


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_that_fails_takes_no_other_along(
    hass: HomeAssistant, simulator: Simulator, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which one it was, and the account is asked about no key."""
    simulator.faults.add(Fault.HTTP_ERROR, None, path=path, error=Failure.CATALOGUE_UNAVAILABLE)
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    catalogue = entry.runtime_data.account.catalogue
    assert {name for name in LISTS.values() if not getattr(catalogue, name)} == {LISTS[path]}
    [told] = [record.getMessage() for record in caplog.records if "did not deliver" in record.getMessage()]
    assert [name for name in LISTS if f"{name} (" in told] == [path]
    assert hass.config_entries.flow.async_progress() == []
    simulator.faults.clear()
    await entry.runtime_data.coordinator.async_refresh()
    assert getattr(entry.runtime_data.account.catalogue, LISTS[path])
    simulator.faults.add(Fault.HTTP_ERROR, None, path=path, error=Failure.CATALOGUE_UNAVAILABLE)
    await entry.runtime_data.coordinator.async_refresh()
    assert getattr(entry.runtime_data.account.catalogue, LISTS[path])


async def test_form_does_without_models(hass: HomeAssistant, simulator: Simulator) -> None:
    """A voice can be added with the default model."""
    simulator.faults.add(Fault.HTTP_ERROR, None, path="/v1/models", error=Failure.CATALOGUE_UNAVAILABLE)
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "en"})
    assert (await submit_voice(hass, form, {**VOICE, "voice": "1072"}))["type"] is FlowResultType.CREATE_ENTRY


async def test_key_for_speech_only(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """From the form, where the voice's ID is typed, to the voice that speaks; nothing is to be mended."""
    form = await submit(hass, await begin(hass), {"api_key": "ka_speech", "region": "custom"})
    form = await submit(hass, form, {"url": simulator.url})
    form = await submit(hass, form, {"language": "en"})
    created = await submit(hass, form, {**VOICE, "voice": " 1071 "})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    entry = created["result"]
    assert state_of(entry) is ConfigEntryState.LOADED
    [voice] = entry.subentries.values()
    assert (voice.title, voice.data["voice"]) == ("1071", "1071")
    assert (await fetch(hass_client, engine="tts.1071"))[1][HEADER_LENGTH:] == COMPLETE
    assert entry.runtime_data.coordinator.last_update_success
    assert hass.config_entries.flow.async_progress() == []
    assert not ir.async_get(hass).issues


async def test_key_that_may_list_no_longer(hass: HomeAssistant, simulator: Simulator) -> None:
    """What was listed before can still be chosen."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    known = entry.runtime_data.account.catalogue.voices
    for path in LISTS:
        simulator.faults.add(Fault.HTTP_ERROR, None, path=path, error=Failure.PERMISSION_DENIED)
    await entry.runtime_data.coordinator.async_refresh()
    assert known
    assert entry.runtime_data.account.catalogue.voices == known


async def test_unlisted_voices_are_looked_up_at_the_same_time(hass: HomeAssistant, simulator: Simulator) -> None:
    """Four at most: one that nobody answers for holds up no other."""
    voices = [voice_subentry(f"voice-{number}", f"Aunt {number}", voice=f"{9990 + number}") for number in range(9)]
    simulator.faults.add(Fault.HTTP_SLOW, 9, path="/v1/voices/", delay_ms=200)
    entry = account_entry(simulator.url, *voices)
    loop = hass.loop
    begun = loop.time()
    await set_up(hass, entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    issues = [issue_id for _, issue_id in ir.async_get(hass).issues]
    assert len(issues) == len(voices)
    assert 2.9 * 0.2 < loop.time() - begun < 9 * 0.2

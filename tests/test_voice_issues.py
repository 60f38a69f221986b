"""Repair issues of a voice: it is gone, or its model is."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import (
    VOICE,
    account_entry,
    change_voice,
    set_up,
    submit_voice,
    voice_subentry,
)
from tests.mending import LOST, LOST_ISSUE, OPTIONS, issues, refresh
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import MODELS, VOICES, Voice
from tests.speaking import WAV, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")


async def test_voice_that_is_gone_is_an_issue_until_it_is_back(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the voice as the user does; a server that is down meanwhile changes nothing."""
    entry = account_entry(simulator.url, voice_subentry(), LOST, options=OPTIONS)
    await set_up(hass, entry)
    [issue] = issues(hass).values()
    assert issue.issue_id == LOST_ISSUE
    assert (issue.translation_key, issue.translation_placeholders) == ("voice_not_found", {"voice": "Aunt"})
    assert (issue.is_fixable, issue.learn_more_url) == (True, None)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices/9999", error=Failure.CATALOGUE_UNAVAILABLE)
    await refresh(hass, entry)
    assert simulator.faults.pending == []
    assert list(issues(hass)) == [LOST_ISSUE]
    aunt = Voice(id=9999, name="Aunt", languages=("en",), category="cloned", is_public=False)
    monkeypatch.setattr("tests.simulator.rest.VOICES", [*VOICES, aunt])
    await refresh(hass, entry)
    assert issues(hass) == {}


async def test_voice_that_is_not_listed_may_still_be_there(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows its id can speak with it; and a server that is down while it is asked for is no proof."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", VOICES[1:])
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices/9999", error=Failure.CATALOGUE_UNAVAILABLE)
    await set_up(hass, account_entry(simulator.url, voice_subentry(), LOST, options=OPTIONS))
    assert simulator.journal.paths().count("/v1/voices/1071") == 1
    assert simulator.faults.pending == []
    assert issues(hass) == {}


@pytest.mark.usefixtures("account")
async def test_refused_voice_is_an_issue_until_it_speaks(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Another voice that speaks instead proves nothing."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.VOICE_NOT_FOUND)
    assert (await fetch(hass_client))[0] == 500
    assert list(issues(hass)) == ["voice_not_found_voice-1"]
    assert (await fetch(hass_client, options={**WAV, "voice": "268"}))[0] == 200
    assert list(issues(hass)) == ["voice_not_found_voice-1"]
    assert (await fetch(hass_client))[0] == 200
    assert issues(hass) == {}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("asked", [{"voice": "9999"}, {"model": "kugel-9"}])
async def test_what_only_a_call_named_is_no_issue(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, asked: dict[str, str]
) -> None:
    """The automation is to be mended, not the voice; its trace tells."""
    assert (await fetch(hass_client, options={**WAV, **asked}))[0] == 500
    assert issues(hass) == {}


async def test_model_that_is_gone_is_an_issue_until_it_is_listed(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload does not lose it, and keeps that the user ignores it; the voice's new name is taken over."""
    entry = account_entry(simulator.url, voice_subentry(model="kugel-9"), options=OPTIONS)
    await set_up(hass, entry)
    assert issues(hass) == {}
    assert (await fetch(hass_client))[0] == 500
    assert list(issues(hass)) == ["model_not_found_first_voice"]
    ir.async_ignore_issue(hass, DOMAIN, "model_not_found_first_voice", ignore=True)
    [voice] = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, voice, title="Grandmother")
    await hass.async_block_till_done()
    [issue] = issues(hass).values()
    assert (issue.translation_key, issue.translation_placeholders) == ("model_not_found", {"voice": "Grandmother"})
    assert issue.dismissed_version
    monkeypatch.setitem(MODELS, "kugel-9", "Kugel 9")
    await refresh(hass, entry)
    assert issues(hass) == {}


async def test_model_that_speaks_is_not_gone(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Though nobody lists it: what is refused then is refused for another reason."""
    simulator.profile = replace(simulator.profile, models=("kugel-3",))
    await set_up(hass, account_entry(simulator.url, voice_subentry(), options=OPTIONS))
    assert (await fetch(hass_client))[0] == 200
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INVALID_REQUEST)
    assert (await fetch(hass_client, "The door is open."))[0] == 500
    assert issues(hass) == {}


async def test_changed_or_removed_voice_needs_no_mending(hass: HomeAssistant, simulator: Simulator) -> None:
    """Its issue goes with the change, those of others stay."""
    voices = [voice_subentry(name, name, voice="9999") for name in ("one", "two", "three")]
    entry = account_entry(simulator.url, *voices, options=OPTIONS)
    await set_up(hass, entry)
    assert sorted(issues(hass)) == ["voice_not_found_one", "voice_not_found_three", "voice_not_found_two"]
    form = await submit_voice(hass, await change_voice(hass, entry, "one"), {"language": "en"})
    await submit_voice(hass, form, VOICE)
    assert sorted(issues(hass)) == ["voice_not_found_three", "voice_not_found_two"]
    hass.config_entries.async_remove_subentry(entry, "two")
    await hass.async_block_till_done()
    assert list(issues(hass)) == ["voice_not_found_three"]


@pytest.mark.parametrize("is_removed", [True, False])
async def test_voice_that_changes_while_it_is_looked_up_needs_no_mending(
    hass: HomeAssistant, simulator: Simulator, is_removed: bool
) -> None:
    """The answer is about what it was."""
    entry = account_entry(simulator.url, LOST, options=OPTIONS)
    simulator.faults.add(Fault.HTTP_SLOW, path="/v1/voices/9999", delay_ms=300)
    setting_up = hass.async_create_task(set_up(hass, entry))
    await simulator.journal.until(lambda journal: "/v1/voices/9999" in journal.paths())
    if is_removed:
        hass.config_entries.async_remove_subentry(entry, "lost_voice")
    else:
        voice = entry.subentries["lost_voice"]
        hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, "voice": "1071"})
    await setting_up
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}

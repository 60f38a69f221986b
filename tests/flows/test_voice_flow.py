"""Adding, changing and removing the voices of an account that runs."""

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.device_registry import DeviceEntry, DeviceRegistry
from homeassistant.helpers.entity_registry import EntityRegistry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.flows.hearing import hearing_url
from tests.helpers import (
    STORED_VOICE,
    TROUBLES,
    VOICE,
    Answers,
    Trouble,
    account_entry,
    begin_voice,
    change_voice,
    fields,
    labels,
    placeholders,
    set_up,
    shown,
    state_of,
    submit_voice,
    suggestions,
    voice_subentry,
)
from tests.made_time import MadeTime
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import VOICES, Voice

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

HANS: Answers = {
    "voice": "268",
    "model": "kugel-3",
    "format": "wav",
    "around": {},
    "advanced": {"loudness": "off", "speed": 1.2, "normalize": False},
}
STORED_HANS: Answers = {
    **STORED_VOICE,
    "voice": "268",
    "language": "de",
    "model": "kugel-3",
    "format": "wav",
    "speed": 1.2,
    "normalize": False,
}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account with one voice."""
    made = account_entry(simulator.url, voice_subentry())
    await set_up(hass, made)
    return made


def stored(entry: MockConfigEntry, title: str) -> Answers:
    """Return what is stored for the voice of that name."""
    [voice] = [voice for voice in entry.subentries.values() if voice.title == title]
    return dict(voice.data)


def voice_devices(device_registry: DeviceRegistry) -> set[str]:
    """Return the subentries of those devices that are voices."""
    names = {name for device in device_registry.devices for domain, name in device.identifiers if domain == DOMAIN}
    return names & {"first_voice", "second_voice"}


def assert_changed(result: SubentryFlowResult) -> None:
    """Check that the flow ended in a change; the words for it are Home Assistant's own."""
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert result["translation_domain"] == "homeassistant"


async def test_voice_is_added_and_there_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: EntityRegistry, device_registry: DeviceRegistry
) -> None:
    """A second voice gets its entity and device without a restart, and the first one stays."""
    hass.config.language = "de"
    form = await begin_voice(hass, entry)
    assert form["step_id"] == "user"
    assert not form["last_step"]
    assert suggestions(form) == {"language": "de"}
    form = await submit_voice(hass, form, {"language": "de"})
    assert form["step_id"] == "voice"
    assert form["last_step"]
    assert {**suggestions(form), "language": "en"} == {**shown(STORED_VOICE), "voice": None, "loudness": "-18"}
    result = await submit_voice(hass, form, HANS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["description_placeholders"] or {})["media_url"] == hearing_url("de", entry.entry_id)

    assert [voice.title for voice in entry.subentries.values()] == ["Samantha Ferris", "Hans"]
    assert stored(entry, "Hans") == STORED_HANS
    assert stored(entry, "Samantha Ferris") == STORED_VOICE
    assert sorted(hass.states.async_entity_ids("tts")) == ["tts.hans", "tts.samantha_ferris"]
    registered = entity_registry.async_get("tts.hans")
    assert registered
    assert registered.config_subentry_id in entry.subentries
    assert registered.device_id
    device = device_registry.async_get(registered.device_id)
    assert isinstance(device, DeviceEntry)
    assert (device.name, device.model) == ("Hans", "Deutsch · Kugel 3")


async def test_same_voice_may_be_added_with_other_settings(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """One voice may speak slowly in one entity and fast in another."""
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "en"})
    await submit_voice(hass, form, {**VOICE, "name": "Slowly", "advanced": {"loudness": "off", "speed": 0.8}})
    assert [voice.data["speed"] for voice in entry.subentries.values()] == [1.0, 0.8]
    assert len(hass.states.async_entity_ids("tts")) == 2


async def test_change_form_proposes_what_is_stored(hass: HomeAssistant, simulator: Simulator) -> None:
    """Every field begins with the stored value, those of the section too."""
    entry = account_entry(simulator.url, voice_subentry(**STORED_HANS, title="Hans"))
    await set_up(hass, entry)
    form = await change_voice(hass, entry, "first_voice")
    assert form["step_id"] == "reconfigure"
    assert not form["last_step"]
    assert suggestions(form) == {"language": "de"}
    form = await submit_voice(hass, form, {"language": "de"})
    assert form["step_id"] == "voice"
    assert {**suggestions(form), "language": "de"} == {
        **shown(STORED_HANS),
        "voice": "Hans (268)",
        "model": "Kugel 3 (kugel-3)",
    }


async def test_voice_is_changed_and_the_entity_stays_the_same(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: EntityRegistry, device_registry: DeviceRegistry
) -> None:
    """Another voice in the same entity: automations keep working, names follow the voice."""
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "de"})
    assert_changed(await submit_voice(hass, form, HANS))

    assert [voice.title for voice in entry.subentries.values()] == ["Hans"]
    assert stored(entry, "Hans") == {**STORED_HANS, "former_voices": ["1071"]}
    registered = entity_registry.async_get("tts.samantha_ferris")
    assert registered
    assert registered.unique_id == "first_voice"
    assert registered.device_id
    device = device_registry.async_get(registered.device_id)
    assert device
    assert device.name == "Hans"
    state = hass.states.get("tts.samantha_ferris")
    assert state
    assert state.name == "Hans"


async def test_voice_is_called_as_its_owner_wants(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """From the beginning, and whatever voice is chosen later; an emptied field gives it the voice's own name."""
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    assert next(iter(fields(form))) == "name"
    await submit_voice(hass, form, {**HANS, "name": "  Doorbell "})
    assert stored(entry, "Doorbell") == STORED_HANS
    assert hass.states.get("tts.doorbell")
    doorbell = next(voice.subentry_id for voice in entry.subentries.values() if voice.title == "Doorbell")

    form = await submit_voice(hass, await change_voice(hass, entry, doorbell), {"language": "en"})
    assert suggestions(form)["name"] == "Doorbell"
    assert_changed(await submit_voice(hass, form, {**HANS, "name": "Doorbell", "voice": "1072"}))
    assert stored(entry, "Doorbell")["voice"] == "1072"
    form = await submit_voice(hass, await change_voice(hass, entry, doorbell), {"language": "en"})
    assert_changed(await submit_voice(hass, form, {**HANS, "voice": "1072"}))
    assert stored(entry, "Nathan Cole")["voice"] == "1072"


async def test_name_of_the_menu_stays(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who renames a voice with Home Assistant's own menu finds that name in the form; a voice's own is none."""
    entry = account_entry(simulator.url, voice_subentry(title="Kitchen"), voice_subentry("second_voice"))
    await set_up(hass, entry)
    for subentry_id, name in (("first_voice", "Kitchen"), ("second_voice", None)):
        form = await submit_voice(hass, await change_voice(hass, entry, subentry_id), {"language": "de"})
        assert suggestions(form)["name"] == name
    assert_changed(await submit_voice(hass, form, HANS))
    assert [voice.title for voice in entry.subentries.values()] == ["Kitchen", "Hans"]


@pytest.mark.parametrize(
    ("answers", "taken"),
    [
        (VOICE, "Samantha Ferris"),
        ({**HANS, "name": " samantha FERRIS"}, "samantha FERRIS"),
        ({**HANS, "name": "Bell"}, "Bell"),
    ],
)
async def test_name_of_another_voice_is_refused(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, answers: Answers, taken: str
) -> None:
    """Of this account or another one: the error stands at the name, and everything else stays as it was filled in."""
    account_entry(simulator.url, voice_subentry("other", "Bell"), key="ka_other").add_to_hass(hass)
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    form = await submit_voice(hass, form, answers)
    assert (form["errors"], placeholders(form)["taken"]) == ({"name": "name_taken"}, taken)
    assert suggestions(form)["voice"] == answers["voice"]
    assert (await submit_voice(hass, form, {**answers, "name": "Free"}))["type"] is FlowResultType.CREATE_ENTRY


async def test_name_that_two_voices_have_already_may_stay(hass: HomeAssistant, simulator: Simulator) -> None:
    """Release 1.0.0 let them; other settings need no other name."""
    entry = account_entry(simulator.url, voice_subentry(), voice_subentry("second_voice"))
    await set_up(hass, entry)
    form = await submit_voice(hass, await change_voice(hass, entry, "second_voice"), {"language": "en"})
    assert_changed(await submit_voice(hass, form, {**VOICE, "advanced": {"loudness": "off", "speed": 1.1}}))
    assert [voice.title for voice in entry.subentries.values()] == ["Samantha Ferris"] * 2


async def test_removed_voice_takes_its_entity_and_device_along(
    hass: HomeAssistant, simulator: Simulator, entity_registry: EntityRegistry, device_registry: DeviceRegistry
) -> None:
    """What remains is the other voice."""
    entry = account_entry(simulator.url, voice_subentry(), voice_subentry("second_voice", "Hans", voice="268"))
    await set_up(hass, entry)
    assert voice_devices(device_registry) == {"first_voice", "second_voice"}
    assert hass.config_entries.async_remove_subentry(entry, "first_voice")
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids("tts") == ["tts.hans"]
    assert {entity.config_subentry_id for entity in entity_registry.entities.values()} <= {None, "second_voice"}
    assert voice_devices(device_registry) == {"second_voice"}
    assert state_of(entry) is ConfigEntryState.LOADED


@pytest.mark.parametrize("typed", ["", "nobody", "999999"])
async def test_voice_that_does_not_exist_is_refused(hass: HomeAssistant, entry: MockConfigEntry, typed: str) -> None:
    """The error stands at the voice, what was typed stays, and another voice goes on."""
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    form = await submit_voice(hass, form, {**HANS, "voice": typed})
    assert form["step_id"] == "voice"
    assert form["errors"] == {"voice": "voice_not_found"}
    assert {**suggestions(form), "language": "de"} == {**shown(STORED_HANS), "voice": typed, "model": "kugel-3"}
    await submit_voice(hass, form, HANS)
    assert stored(entry, "Hans") == STORED_HANS


async def test_voice_that_cannot_be_looked_up_is_no_wrong_one(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing server is not taken for a voice that does not exist; the change is made by the next try."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", [voice for voice in VOICES if voice.id != 268])
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "de"})
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices/", error=Failure.CATALOGUE_UNAVAILABLE)
    form = await submit_voice(hass, form, {**HANS, "voice": "268"})
    assert form["errors"] == {"voice": "out_of_service"}
    assert stored(entry, "Samantha Ferris") == STORED_VOICE
    assert_changed(await submit_voice(hass, form, {**HANS, "voice": "268"}))
    assert stored(entry, "Hans") == {**STORED_HANS, "former_voices": ["1071"]}


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES.values(), ids=TROUBLES.keys())
async def test_failing_server_ends_the_flow_with_its_reason(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, trouble: Trouble, reason: str
) -> None:
    """Without a catalogue there is nothing to choose from; the reason is told, a new flow succeeds."""
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    for result in (await begin_voice(hass, entry), await change_voice(hass, entry, "first_voice")):
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == reason
    simulator.faults.clear()
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    await submit_voice(hass, form, HANS)
    assert stored(entry, "Hans") == STORED_HANS


async def test_cloud_that_cannot_be_reached_has_no_address_to_be_checked(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """What ends the flow for an account of the cloud, and what its form says, are words of their own."""
    entry = account_entry(eu_simulator.url, voice_subentry())
    await set_up(hass, entry)
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    eu_simulator.faults.add(Fault.HTTP_DROP, None)
    assert (await begin_voice(hass, entry))["reason"] == "cannot_connect_cloud"
    form = await submit_voice(hass, form, {**HANS, "voice": "4711"})
    assert form["errors"] == {"voice": "cannot_connect_cloud"}
    assert [call for call in simulator.journal.calls if "voices" in call.path] == []


async def test_server_that_never_answers_ends_the_flow(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, made_time: MadeTime
) -> None:
    """A black hole ends after the client's limit."""
    simulator.faults.add(Fault.HTTP_HANG)
    began = made_time.time()
    result = await begin_voice(hass, entry)
    assert made_time.time() - began == pytest.approx(15, abs=1)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "timed_out")


async def test_voices_that_the_provider_added_are_offered_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A voice cloned a minute ago is in the list: the form asks the provider, not the last poll."""
    cloned = Voice(id=7001, name="Brand new", languages=("de",), category="cloned", is_public=False)
    monkeypatch.setattr("tests.simulator.rest.VOICES", [*VOICES, cloned])
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    assert next(iter(labels(form, "voice"))) == "Brand new (7001)"
    assert placeholders(form)["samples"].startswith("[Brand new: sample](")


async def test_another_engine_may_be_named_and_taken_back(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Any text-to-speech entity of the home, but not the voice itself."""
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "de"})
    assert fields(form)["fallback"]["selector"]["entity"] == {
        "domain": ["tts"],
        "exclude_entities": [],
        "multiple": False,
        "reorder": False,
    }
    await submit_voice(hass, form, {**HANS, "fallback": "tts.samantha_ferris"})
    assert stored(entry, "Hans") == {**STORED_HANS, "fallback": "tts.samantha_ferris"}

    [hans] = [voice for voice in entry.subentries.values() if voice.title == "Hans"]
    form = await submit_voice(hass, await change_voice(hass, entry, hans.subentry_id), {"language": "de"})
    assert fields(form)["fallback"]["selector"]["entity"]["exclude_entities"] == ["tts.hans"]
    assert suggestions(form)["fallback"] == "tts.samantha_ferris"
    assert_changed(await submit_voice(hass, form, HANS))
    assert stored(entry, "Hans") == STORED_HANS


@pytest.mark.parametrize("engine", ["light.kitchen", "tts.samantha_ferris"])
async def test_what_cannot_speak_instead_is_refused(hass: HomeAssistant, entry: MockConfigEntry, engine: str) -> None:
    """No other kind of entity, and not the voice itself."""
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    with pytest.raises(InvalidData):
        await submit_voice(hass, form, {**VOICE, "fallback": engine})
    assert stored(entry, "Samantha Ferris") == STORED_VOICE

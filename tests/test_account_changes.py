"""Changing an account: a new key when the old one is refused, another key or server when wished."""

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers import (
    KINDS_OF_SERVER_TROUBLE,
    KINDS_OF_TROUBLE,
    Answers,
    Trouble,
    account_entry,
    fields,
    placeholders,
    set_up,
    shown_error,
    state_of,
    submit,
    suggestions,
    voice_subentry,
)
from tests.simulator import Fault, KeyKind, Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

NEW_KEY = "ka_new"


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator) -> MockConfigEntry:
    """Set up an account on the nearest servers, and make a second key."""
    simulator.keys[NEW_KEY] = eu_simulator.keys[NEW_KEY] = KeyKind.NORMAL
    made = account_entry(simulator.url, voice_subentry())
    await set_up(hass, made)
    return made


def assert_changed(result: ConfigFlowResult, reason: str) -> None:
    """Check that the flow ended in a change; the words for it are Home Assistant's own."""
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason
    assert result["translation_domain"] == "homeassistant"


async def test_revoked_key_at_set_up_asks_for_a_new_one_and_loads_the_account(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """From the refusal over a wrong key to the right one; the voice is there all the time."""
    simulator.revoke()
    simulator.keys[NEW_KEY] = KeyKind.NORMAL
    entry = account_entry(simulator.url, voice_subentry(), title="Our account")
    await set_up(hass, entry)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]

    [flow] = hass.config_entries.flow.async_progress()
    assert (flow["step_id"], flow["context"]["source"]) == ("reauth_confirm", SOURCE_REAUTH)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert placeholders(form)["name"] == "Our account"
    assert placeholders(form)["dashboard_url"].startswith("https://")
    form = await submit(hass, form, {"api_key": simulator.key})
    assert form["errors"] == {"api_key": "invalid_key"}
    assert_changed(await submit(hass, form, {"api_key": f" eu-{NEW_KEY} "}), "reauth_successful")

    assert dict(entry.data) == {"api_key": NEW_KEY, "url": simulator.url}
    assert entry.title == "Our account"
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]


async def test_same_key_is_tried_when_the_server_accepts_it_again(hass: HomeAssistant, simulator: Simulator) -> None:
    """A key that was restored in the dashboard is typed once more: the account looks at once what it can speak with."""
    simulator.revoke()
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    simulator.restore()
    [flow] = hass.config_entries.flow.async_progress()
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert entry.runtime_data.account.catalogue.voices == ()
    assert_changed(await submit(hass, form, {"api_key": simulator.key}), "reauth_successful")
    assert state_of(entry) is ConfigEntryState.LOADED
    assert entry.runtime_data.account.catalogue.voices


async def test_new_key_form_says_where_the_address_is_mended(hass: HomeAssistant, simulator: Simulator) -> None:
    """It has no field for it, and asks for nothing that cannot be entered."""
    simulator.keys[NEW_KEY] = KeyKind.NORMAL
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    simulator.faults.add(Fault.HTTP_REDIRECT, None, status=308, location="https://elsewhere.example/")
    form = await submit(hass, await entry.start_reauth_flow(hass), {"api_key": NEW_KEY})
    assert form["errors"] == {"base": "redirected_account"}
    simulator.faults.clear()
    assert_changed(await submit(hass, form, {"api_key": NEW_KEY}), "reauth_successful")


@pytest.mark.parametrize(("error", "trouble"), KINDS_OF_TROUBLE.items())
async def test_new_key_form_tells_what_went_wrong(
    hass: HomeAssistant,
    simulator: Simulator,
    eu_simulator: Simulator,
    entry: MockConfigEntry,
    trouble: Trouble,
    error: str,
) -> None:
    """Each failure has its word, the old key stays until the new one is proven, and a second try succeeds."""
    fault, parameters = trouble
    for server in (simulator, eu_simulator):
        server.faults.add(fault, None, **parameters)
    form = await submit(hass, await entry.start_reauth_flow(hass), {"api_key": NEW_KEY})
    assert form["step_id"] == "reauth_confirm"
    assert form["errors"] == shown_error(error, is_cloud=True, fields=fields(form))
    assert suggestions(form) == {"api_key": None if error == "invalid_key" else NEW_KEY}
    assert entry.data["api_key"] == simulator.key
    simulator.faults.clear()
    assert_changed(await submit(hass, form, {"api_key": NEW_KEY}), "reauth_successful")
    assert entry.data["api_key"] == NEW_KEY
    assert state_of(entry) is ConfigEntryState.LOADED


async def test_new_key_of_another_account_is_refused(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Two accounts never end up with one key on one server."""
    account_entry(simulator.url, key=NEW_KEY).add_to_hass(hass)
    result = await submit(hass, await entry.start_reauth_flow(hass), {"api_key": NEW_KEY})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["api_key"] == simulator.key


async def test_change_form_shows_the_region_and_asks_for_no_key(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The region is proposed as it is, the key is neither shown nor demanded."""
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert form["last_step"]
    assert not fields(form)["api_key"].get("required")
    assert fields(form)["api_key"]["selector"]["text"]["type"] == "password"
    assert suggestions(form) == {"api_key": None, "region": "auto"}
    assert placeholders(form)["dashboard_url"].startswith("https://")


@pytest.mark.parametrize(
    ("answers", "key", "is_eu", "title"),
    [
        ({"region": "auto"}, "ka_simulator", False, "KugelAudio"),
        ({"region": "auto", "api_key": " "}, "ka_simulator", False, "KugelAudio"),
        ({"region": "eu"}, "ka_simulator", True, "KugelAudio EU"),
        ({"region": "auto", "api_key": NEW_KEY}, NEW_KEY, False, "KugelAudio"),
        ({"region": "auto", "api_key": f"eu-{NEW_KEY}"}, NEW_KEY, True, "KugelAudio EU"),
        ({"region": "eu", "api_key": f" {NEW_KEY} "}, NEW_KEY, True, "KugelAudio EU"),
    ],
)
async def test_key_and_region_are_changed(
    hass: HomeAssistant,
    simulator: Simulator,
    eu_simulator: Simulator,
    entry: MockConfigEntry,
    answers: Answers,
    key: str,
    is_eu: bool,
    title: str,
) -> None:
    """Either or both change, no key keeps the old one, and the loaded account goes on with it."""
    chosen = [simulator, eu_simulator][is_eu]
    result = await submit(hass, await entry.start_reconfigure_flow(hass), answers)
    assert_changed(result, "reconfigure_successful")
    assert dict(entry.data) == {"api_key": key, "url": chosen.url}
    assert entry.title == title
    assert state_of(entry) is ConfigEntryState.LOADED
    assert entry.runtime_data.account.catalogue.find_voice("samantha-ferris").sample_url.startswith(chosen.url)


async def test_account_moves_to_an_own_server_and_on_to_another(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The stored URL of an own server is proposed, that of the cloud is not."""
    async with Simulator(sound="tone") as first, Simulator(sound="tone") as second:
        form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "custom"})
        assert form["step_id"] == "endpoint"
        assert form["last_step"]
        assert suggestions(form) == {"url": ""}
        assert_changed(await submit(hass, form, {"url": first.url}), "reconfigure_successful")
        assert entry.title == f"KugelAudio 127.0.0.1:{first.port}"

        form = await entry.start_reconfigure_flow(hass)
        assert suggestions(form)["region"] == "custom"
        assert not form["last_step"]
        form = await submit(hass, form, {"region": "custom"})
        assert suggestions(form) == {"url": first.url}
        assert_changed(await submit(hass, form, {"url": second.url}), "reconfigure_successful")
        assert dict(entry.data) == {"api_key": "ka_simulator", "url": second.url}
        assert entry.title == f"KugelAudio 127.0.0.1:{second.port}"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_name_given_by_hand_stays(hass: HomeAssistant, eu_simulator: Simulator, entry: MockConfigEntry) -> None:
    """Only the name that came from the server's region follows the region."""
    hass.config_entries.async_update_entry(entry, title="Our account")
    await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "eu"})
    assert entry.title == "Our account"
    assert entry.data["url"] == eu_simulator.url


@pytest.mark.parametrize(("error", "trouble"), KINDS_OF_TROUBLE.items())
async def test_change_form_tells_what_went_wrong(
    hass: HomeAssistant,
    simulator: Simulator,
    eu_simulator: Simulator,
    entry: MockConfigEntry,
    trouble: Trouble,
    error: str,
) -> None:
    """Each failure has its word, nothing is changed by it, and a second try succeeds."""
    fault, parameters = trouble
    before = dict(entry.data)
    for server in (simulator, eu_simulator):
        server.faults.add(fault, None, **parameters)
    form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "eu"})
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == shown_error(error, is_cloud=True, fields=fields(form))
    assert suggestions(form) == {"api_key": None, "region": "eu"}
    assert dict(entry.data) == before
    simulator.faults.clear()
    eu_simulator.faults.clear()
    assert_changed(await submit(hass, form, {"region": "eu"}), "reconfigure_successful")
    assert entry.data["url"] == eu_simulator.url


@pytest.mark.parametrize(("error", "trouble"), KINDS_OF_SERVER_TROUBLE.items())
async def test_change_to_an_own_server_tells_what_is_wrong_with_it(
    hass: HomeAssistant, entry: MockConfigEntry, trouble: Trouble, error: str
) -> None:
    """What is wrong with the address shows where the address is; a second try makes the change."""
    fault, parameters = trouble
    async with Simulator(sound="tone") as own:
        own.faults.add(fault, None, **parameters)
        form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "custom"})
        form = await submit(hass, form, {"url": own.url})
        assert form["step_id"] == "endpoint"
        assert form["errors"] == shown_error(error, is_cloud=False, fields=fields(form))
        own.faults.clear()
        assert_changed(await submit(hass, form, {"url": own.url}), "reconfigure_successful")
        assert entry.data["url"] == own.url
        await hass.config_entries.async_unload(entry.entry_id)


async def test_own_server_that_refuses_the_key_leads_back_to_the_key(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """What is wrong with the key shows where the key is typed; the URL need not be typed again."""
    async with Simulator(sound="tone") as own:
        own.keys = {"ka_own": KeyKind.NORMAL}
        form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "custom"})
        form = await submit(hass, form, {"url": own.url})
        assert form["step_id"] == "reconfigure"
        assert form["errors"] == {"api_key": "invalid_key"}
        assert not form["last_step"]
        form = await submit(hass, form, {"region": "custom", "api_key": "ka_own"})
        assert suggestions(form) == {"url": own.url}
        assert_changed(await submit(hass, form, {"url": own.url}), "reconfigure_successful")
        assert dict(entry.data) == {"api_key": "ka_own", "url": own.url}
        await hass.config_entries.async_unload(entry.entry_id)


async def test_wrong_key_is_forgotten_when_the_next_try_has_none(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An empty field means the stored key, whatever was typed before."""
    form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "eu", "api_key": "ka_wrong"})
    assert form["errors"] == {"api_key": "invalid_key"}
    assert suggestions(form) == {"api_key": None, "region": "eu"}
    assert_changed(await submit(hass, form, {"region": "eu"}), "reconfigure_successful")
    assert dict(entry.data) == {"api_key": simulator.key, "url": eu_simulator.url}


async def test_new_key_for_the_wrong_region_stays_in_the_form(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Only the region is wrong: an empty field would mean the stored key, and nobody would notice."""
    del simulator.keys[NEW_KEY]
    form = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "auto", "api_key": f" {NEW_KEY} "})
    assert form["errors"] == {"region": "wrong_region"}
    proposed = suggestions(form)
    assert proposed == {"api_key": NEW_KEY, "region": "auto"}
    assert_changed(await submit(hass, form, {**proposed, "region": "eu"}), "reconfigure_successful")
    assert dict(entry.data) == {"api_key": NEW_KEY, "url": eu_simulator.url}


@pytest.mark.parametrize("answers", [{"region": "eu"}, {"region": "auto", "api_key": NEW_KEY}])
async def test_change_into_another_account_is_refused(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, entry: MockConfigEntry, answers: Answers
) -> None:
    """Neither by region nor by key does one account become another."""
    account_entry(eu_simulator.url).add_to_hass(hass)
    account_entry(simulator.url, key=NEW_KEY).add_to_hass(hass)
    before = dict(entry.data)
    result = await submit(hass, await entry.start_reconfigure_flow(hass), answers)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert dict(entry.data) == before


async def test_account_that_is_not_loaded_is_loaded_by_the_change(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """Whatever kept it from being set up, a change is a reason to try again."""
    await simulator.refuse()
    entry = account_entry(simulator.url, voice_subentry())
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.SETUP_ERROR)
    assert_changed(
        await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "eu"}), "reconfigure_successful"
    )
    assert state_of(entry) is ConfigEntryState.LOADED
    assert entry.data["url"] == eu_simulator.url


@pytest.mark.parametrize("begin", ["start_reauth_flow", "start_reconfigure_flow"])
async def test_server_that_never_answers_ends_in_a_message(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, begin: str
) -> None:
    """A black hole ends after the client's limit; a second try succeeds."""
    simulator.faults.add(Fault.HTTP_HANG, None)
    form: ConfigFlowResult = await getattr(entry, begin)(hass)
    answers = {name: {"api_key": NEW_KEY, "region": "auto"}[name] for name in fields(form)}
    form = await submit(hass, form, answers)
    assert form["errors"] == {"base": "timed_out"}
    simulator.faults.clear()
    assert (await submit(hass, form, answers))["type"] is FlowResultType.ABORT
    assert entry.data["api_key"] == NEW_KEY

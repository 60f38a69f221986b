"""The fallback of a voice is followed when it is renamed, and told of when it is gone."""

from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity_registry import EntityRegistry, RegistryEntryDisabler
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.mending import issues
from tests.other_engine import OTHER, SPOKEN_BY_OTHER, OtherEngine, name_fallback
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import ENTITY, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

ISSUE = "fallback_not_found_voice-1"


class UnregisteredEngine(OtherEngine):
    """An engine as a configuration file makes them."""

    _attr_unique_id = None  # type: ignore[assignment]  # as for every entity without one


def fallback(entry: ConfigEntry) -> str | None:
    """Return what is stored as the fallback of the voice."""
    stored: str | None = entry.subentries["voice-1"].data.get("fallback")
    return stored


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("is_loaded", [True, False])
async def test_renamed_fallback_is_followed(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    entity_registry: EntityRegistry,
    is_loaded: bool,
) -> None:
    """Whether the account is loaded or not; it speaks, and nothing is to be mended."""
    if not is_loaded:
        assert await hass.config_entries.async_unload(account.entry_id)
    entity_registry.async_update_entity(OTHER, new_entity_id="tts.at_home")
    await hass.async_block_till_done()
    assert fallback(account) == "tts.at_home"
    if not is_loaded:
        assert await hass.config_entries.async_setup(account.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert await fetch(hass_client) == (200, SPOKEN_BY_OTHER)


@pytest.mark.usefixtures("other")
async def test_name_of_another_engine_changes_nothing(
    hass: HomeAssistant, account: MockConfigEntry, entity_registry: EntityRegistry
) -> None:
    """Nor does another setting of the fallback itself."""
    entity_registry.async_update_entity(ENTITY, new_entity_id="tts.grandmother")
    entity_registry.async_update_entity(OTHER, name="Our own")
    await hass.async_block_till_done()
    assert fallback(account) == OTHER
    assert issues(hass) == {}


@pytest.mark.usefixtures("other")
async def test_disabled_fallback_is_told_of(
    hass: HomeAssistant, account: MockConfigEntry, entity_registry: EntityRegistry
) -> None:
    """Until it is enabled; the issue names the voice as the user does."""
    entity_registry.async_update_entity(OTHER, disabled_by=RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert list(issues(hass)) == [ISSUE]
    issue = ir.async_get(hass).async_get_issue("kugelaudio", ISSUE)
    assert issue
    assert (issue.translation_key, issue.translation_placeholders) == (
        "fallback_not_found",
        {"voice": "Samantha Ferris"},
    )
    entity_registry.async_update_entity(OTHER, disabled_by=None)
    await hass.async_block_till_done()
    assert issues(hass) == {}
    assert fallback(account) == OTHER


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("answers", [{}, {"fallback": "tts.another"}])
async def test_removed_fallback_is_replaced_or_done_without(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    entity_registry: EntityRegistry,
    answers: dict[str, str],
) -> None:
    """By the form of the repair; its own voice is not offered."""
    assert await async_setup_component(hass, "repairs", {})
    entity_registry.async_get_or_create("tts", "elsewhere", "another", suggested_object_id="another")
    entity_registry.async_remove(OTHER)
    await hass.async_block_till_done()
    assert list(issues(hass)) == [ISSUE]
    browser = await hass_client()
    begun = await browser.post("/api/repairs/issues/fix", json={"handler": "kugelaudio", "issue_id": ISSUE})
    form = await begun.json()
    [field] = form["data_schema"]
    assert field["selector"]["entity"]["exclude_entities"] == [ENTITY]
    assert form["description_placeholders"] == {"voice": "Samantha Ferris"}
    ended = await browser.post(f"/api/repairs/issues/fix/{form['flow_id']}", json=answers)
    assert (await ended.json())["type"] == "create_entry"
    await hass.async_block_till_done()
    assert fallback(account) == answers.get("fallback")
    assert issues(hass) == {}


async def test_engine_of_a_configuration_file_is_no_worse(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, simulator: Simulator
) -> None:
    """It has no place in the registry, so nobody tells when it goes: whoever needs it finds out."""
    await hass.data[DATA_COMPONENT].async_add_entities([UnregisteredEngine()])
    await name_fallback(hass, account, OTHER)
    assert issues(hass) == {}
    await hass.data[DATA_COMPONENT].async_remove_entity(OTHER)
    assert issues(hass) == {}
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 500
    assert ISSUE in issues(hass)
    assert (await fetch(hass_client))[0] == 200
    assert list(issues(hass)) == [ISSUE]


async def test_fallback_that_starts_late_is_not_missed(hass: HomeAssistant, simulator: Simulator) -> None:
    """What is not there while Home Assistant starts may still come; what is not there afterwards is gone."""
    hass.set_state(CoreState.starting)
    entry = account_entry(simulator.url, voice_subentry("voice-1", fallback=OTHER))
    await set_up(hass, entry)
    assert issues(hass) == {}
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert list(issues(hass)) == [ISSUE]
    await name_fallback(hass, entry, "tts.samantha_ferris")
    assert issues(hass) == {}

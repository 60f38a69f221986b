"""Once an account was set up, its voices exist after every start, whatever the provider says."""

from pathlib import Path
from typing import Any, Final

from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import STORED_VOICE, account_entry, set_up, state_of, voice_subentry
from tests.other_engine import OTHER, SPOKEN_BY_OTHER, OtherEngine
from tests.simulator import Fault, Simulator
from tests.speaking import COMPLETE, ENTITY, HEADER_LENGTH, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

CATALOGUE: Final = "kugelaudio.{}.catalogue"
FACTS: Final = "kugelaudio.{}.facts"


@pytest.fixture
async def entry(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    simulator: Simulator,
) -> MockConfigEntry:
    """Set up an account, with another engine to fall back on."""
    made = account_entry(simulator.url, voice_subentry(fallback=OTHER), options={"connection": "off"})
    await set_up(hass, made)
    await hass.data[DATA_COMPONENT].async_add_entities([OtherEngine()])
    return made


@pytest.fixture
async def down(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Start Home Assistant anew while the provider is away."""
    await restart_without(hass, entry, simulator)


async def restart_without(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Set the account up anew while nothing comes of the provider."""
    await hass.config_entries.async_unload(entry.entry_id)
    for fault in (Fault.HTTP_DROP, Fault.HANDSHAKE_DROP):
        simulator.faults.add(fault, None)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def offered(hass: HomeAssistant) -> list[str]:
    """Return the voices that Home Assistant offers."""
    engine = get_engine_instance(hass, ENTITY)
    assert engine
    return [voice.name for voice in engine.async_get_supported_voices("en") or []]


@pytest.mark.usefixtures("down")
async def test_provider_is_away(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> None:
    """All voices are offered as before, and the fallback speaks at once."""
    assert state_of(entry) is ConfigEntryState.LOADED
    assert len(offered(hass)) > 10
    status, audio = await fetch(hass_client)
    assert status == 200
    assert audio == SPOKEN_BY_OTHER


async def test_sentence_that_was_spoken_before_is_heard_without_the_provider(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """It is kept under the same name as before the restart."""
    assert (await fetch(hass_client, cache=True))[1][HEADER_LENGTH:] == COMPLETE
    await hass.async_block_till_done()
    await restart_without(hass, entry, simulator)
    assert (await fetch(hass_client, cache=True))[1][HEADER_LENGTH:] == COMPLETE


@pytest.mark.usefixtures("down")
async def test_provider_that_comes_back_is_noticed_by_who_speaks(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Without waiting for the next poll."""
    assert not entry.runtime_data.coordinator.last_update_success
    simulator.faults.clear()
    assert (await fetch(hass_client))[1][HEADER_LENGTH:] == COMPLETE
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.coordinator.last_update_success


async def test_key_is_refused(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """The user is asked for another one; meanwhile the fallback speaks."""
    simulator.revoke()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(entry) is ConfigEntryState.LOADED
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    status, audio = await fetch(hass_client)
    assert status == 200
    assert audio == SPOKEN_BY_OTHER


async def test_set_up_with_what_is_known_waits_for_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """A server that does not answer holds up no start."""
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.journal.clear()
    await hass.config_entries.async_setup(entry.entry_id)
    assert len(offered(hass)) > 10
    assert simulator.journal.paths() == []
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "/v1/voices" in simulator.journal.paths()


@pytest.mark.parametrize(
    "stored",
    [
        {
            "version": 1,
            "minor_version": 1,
            "data": {"voices": [{"identifier": "1071"}], "models": [], "dictionaries": []},
        },
        {"version": 1, "minor_version": 1, "data": {"voices": [], "models": []}},
        {"version": 1, "minor_version": 1, "data": {"voices": ["1071"], "models": [], "dictionaries": []}},
        {"version": 0, "minor_version": 1, "data": {"anything": 1}},
        {"version": 99, "minor_version": 1, "data": {"anything": 1}},
    ],
)
async def test_what_another_version_stored_does_no_harm(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    stored: dict[str, Any],
) -> None:
    """It is found out again."""
    entry = account_entry(simulator.url, voice_subentry(), options={"connection": "off"})
    for name in (CATALOGUE, FACTS):
        hass_storage[name.format(entry.entry_id)] = {**stored, "key": name.format(entry.entry_id)}
    await set_up(hass, entry)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert len(offered(hass)) > 10
    assert (await fetch(hass_client))[1][HEADER_LENGTH:] == COMPLETE


async def test_removed_account_leaves_nothing_behind(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    """Neither what it had to choose from nor what it counted; nor is it written by and by."""
    await fetch(hass_client)
    await hass.config_entries.async_unload(entry.entry_id)
    assert {CATALOGUE.format(entry.entry_id), FACTS.format(entry.entry_id)} <= hass_storage.keys()
    await hass.config_entries.async_setup(entry.entry_id)
    await fetch(hass_client, "Once more.")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_stop()
    assert not [key for key in hass_storage if entry.entry_id in key]


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [(1, 2, ConfigEntryState.LOADED), (2, 1, ConfigEntryState.MIGRATION_ERROR)],
)
async def test_account_of_a_later_release(
    hass: HomeAssistant, simulator: Simulator, version: int, minor_version: int, state: ConfigEntryState
) -> None:
    """One that only knows more is taken as it is; of another major version nothing is guessed."""
    entry = MockConfigEntry(
        domain="kugelaudio",
        data={"api_key": simulator.key, "url": simulator.url},
        version=version,
        minor_version=minor_version,
        subentries_data=[voice_subentry(news=True)],
    )
    await set_up(hass, entry)
    assert state_of(entry) is state
    assert dict(entry.subentries["first_voice"].data) == {**STORED_VOICE, "news": True}

"""An account from set-up to unload."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import logging
from types import MappingProxyType

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_registry import EntityRegistry
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import STORED_VOICE, TROUBLES, Trouble, account_entry, set_up, state_of, voice_subentry
from tests.simulator import Fault, Simulator
from tests.speaking import fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

# What an account whose voices need no converter keeps open.
KEPT_WARM = {"/ws/tts"}


def tts_entities(entity_registry: EntityRegistry) -> list[str]:
    """Return the registered voices."""
    return sorted(entity_id for entity_id in entity_registry.entities if entity_id.startswith("tts."))


async def test_account_is_set_up_and_unloaded_again_and_again(
    hass: HomeAssistant, simulator: Simulator, entity_registry: EntityRegistry
) -> None:
    """Every voice has an entity while the account is loaded, and keeps its place in the registry when it is not."""
    entry = account_entry(simulator.url, voice_subentry(), voice_subentry("second_voice", "Hans", voice="268"))
    await set_up(hass, entry)
    for _ in range(2):
        assert state_of(entry) is ConfigEntryState.LOADED
        assert sorted(hass.states.async_entity_ids("tts")) == ["tts.hans", "tts.samantha_ferris"]
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert state_of(entry) is ConfigEntryState.NOT_LOADED
        assert {state.state for state in hass.states.async_all("tts")} == {"unavailable"}
        assert tts_entities(entity_registry) == ["tts.hans", "tts.samantha_ferris"]
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()


async def test_account_without_voices_is_set_up(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who removed the last voice can still add another one."""
    entry = account_entry(simulator.url)
    await set_up(hass, entry)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == []


async def test_set_up_asks_for_the_catalogue_only(hass: HomeAssistant, simulator: Simulator) -> None:
    """Nothing that costs, and no socket before somebody speaks."""
    await set_up(hass, account_entry(simulator.url, voice_subentry()))
    assert set(simulator.journal.paths()) == {"/v1/voices", "/v1/models", "/v1/dictionaries"}
    assert {call.auth for call in simulator.journal.calls} == {"bearer"}
    assert simulator.journal.sockets == []


async def test_refused_key_asks_for_a_new_one_once(hass: HomeAssistant, simulator: Simulator) -> None:
    """The voices are there all the same, and a second refusal does not ask twice."""
    simulator.revoke()
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    for _ in range(2):
        assert state_of(entry) is ConfigEntryState.LOADED
        assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]
        [flow] = hass.config_entries.flow.async_progress()
        assert flow["handler"] == DOMAIN
        assert flow["context"]["source"] == SOURCE_REAUTH
        assert flow["context"]["entry_id"] == entry.entry_id
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    "trouble",
    [row[0] for row in TROUBLES.values() if row[1] != "invalid_key"],
    ids=[name for name, row in TROUBLES.items() if row[1] != "invalid_key"],
)
async def test_failing_server_keeps_no_voice_away(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    trouble: Trouble,
) -> None:
    """Nothing was ever stored of the account, as after an upgrade from 1.0.0: its voices have all that speaking needs.

    One line of the log tells which lists fail; no key is asked for; what there is to choose from comes with the server.
    """
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]
    assert hass.config_entries.flow.async_progress() == []
    ours = [record for record in caplog.records if record.name == "custom_components.kugelaudio"]
    [told] = [record for record in ours if record.levelno >= logging.WARNING]
    assert "/v1/voices (" in told.getMessage()
    assert "/v1/models (" in told.getMessage()

    simulator.faults.clear()
    freezer.tick(timedelta(minutes=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.account.catalogue.find_voice("Samantha Ferris")


async def test_voices_come_change_and_go_without_a_restart(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever changes the account's voices, the entities follow."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    hans = ConfigSubentry(
        data=MappingProxyType({**STORED_VOICE, "voice": "268", "language": "de"}),
        subentry_id="second_voice",
        subentry_type="voice",
        title="Hans",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, hans)
    await hass.async_block_till_done()
    assert sorted(hass.states.async_entity_ids("tts")) == ["tts.hans", "tts.samantha_ferris"]
    hass.config_entries.async_update_subentry(entry, hans, title="Grandfather")
    await hass.async_block_till_done()
    state = hass.states.get("tts.hans")
    assert state
    assert state.name == "Grandfather"
    hass.config_entries.async_remove_subentry(entry, "second_voice")
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]


async def test_unload_closes_the_sockets(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """No connection outlives its account; a loaded one connects anew."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    assert {socket.path for socket in simulator.journal.open_sockets()} == KEPT_WARM
    assert await hass.config_entries.async_unload(entry.entry_id)
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_stop_closes_the_sockets(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Home Assistant says goodbye to the provider before it ends."""
    await set_up(hass, account_entry(simulator.url, voice_subentry()))
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    assert {socket.path for socket in simulator.journal.open_sockets()} == KEPT_WARM
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await simulator.journal.until(lambda journal: not journal.open_sockets())


async def test_reload_does_not_interrupt_other_accounts(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Two accounts share nothing but Home Assistant."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    other = account_entry(eu_simulator.url, voice_subentry("other_voice", "Other"))
    await set_up(hass, other)
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    assert await hass.config_entries.async_unload(other.entry_id)
    assert {socket.path for socket in simulator.journal.open_sockets()} == KEPT_WARM
    assert state_of(other) is ConfigEntryState.NOT_LOADED
    assert state_of(entry) is ConfigEntryState.LOADED


async def test_server_that_does_not_answer_holds_up_no_start(hass: HomeAssistant, simulator: Simulator) -> None:
    """Home Assistant waits for an account of which nothing is known: not long, and the voices are there."""
    simulator.faults.add(Fault.HTTP_HANG, times=None)
    entry = account_entry(simulator.url, voice_subentry())
    async with asyncio.timeout(5):
        await set_up(hass, entry)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]

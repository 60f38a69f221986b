"""Whatever forms change of an account, nobody who speaks notices, and nobody is told late."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import ClientResponse
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceRegistry
from homeassistant.helpers.entity_registry import EntityRegistry
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.speech.memory import PLAN
from tests.helpers import (
    VOICE,
    account_entry,
    begin_voice,
    change_voice,
    set_up,
    submit,
    submit_options,
    submit_voice,
    voice_subentry,
)
from tests.made_time import MadeTime
from tests.simulator import Fault, KeyKind, Profile, Simulator
from tests.speaking import COMPLETE, ENTITY, HEADER_LENGTH, TEXT, WHOLE, begin, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

NEW_KEY = "ka_new"
EVENT = "event.samantha_ferris_speech"


@dataclass(frozen=True, slots=True)
class Learned:
    """Something that an account keeps."""

    value: float


# A second for each fifth of one: nobody is done before a test lets the server go on as fast as it can.
SLOW = Profile(speed=0.2)


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account with two voices, whose server speaks slowly."""
    made = account_entry(
        simulator.url,
        voice_subentry(),
        voice_subentry("second_voice", "Hans", voice="268", language="de"),
        options={"connection": "after_use", "parallel": 4},
    )
    await set_up(hass, made)
    simulator.keys[NEW_KEY] = KeyKind.NORMAL
    simulator.profile = SLOW
    return made


async def add_a_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Add a third voice by its form."""
    form = await submit_voice(hass, await begin_voice(hass, entry), {"language": "en"})
    await submit_voice(hass, form, {**VOICE, "voice": "1072"})
    assert len(hass.states.async_entity_ids("tts")) == 3


async def change_this_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let the voice that speaks be another one, with another format."""
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    await submit_voice(hass, form, {**VOICE, "voice": "1072"})
    assert entry.subentries["first_voice"].data["voice"] == "1072"


async def remove_the_other_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove a voice that is silent."""
    hass.config_entries.async_remove_subentry(entry, "second_voice")
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids("tts") == [ENTITY]


async def rename_the_account(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Rename the account."""
    hass.config_entries.async_update_entry(entry, title="Ours")
    await hass.async_block_till_done()


async def rename_this_voice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Rename the voice that speaks."""
    hass.config_entries.async_update_subentry(entry, entry.subentries["first_voice"], title="Grandmother")
    await hass.async_block_till_done()


async def change_options(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Keep no connection any more, and speak one at a time."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await submit_options(hass, form, {"connection": "off", "parallel": "1"})
    assert dict(entry.options) == {"connection": "off", "parallel": 1, "default_voice": "first"}


async def change_the_key(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Store another key of the same server."""
    await submit(hass, await entry.start_reauth_flow(hass), {"api_key": NEW_KEY})
    assert entry.data["api_key"] == NEW_KEY


CHANGES = [
    add_a_voice,
    change_this_voice,
    remove_the_other_voice,
    rename_the_account,
    rename_this_voice,
    change_options,
    change_the_key,
]


async def speak(hass_client: ClientSessionGenerator) -> ClientResponse:
    """Begin to speak; returns when the first audio is heard."""
    response = await begin(hass_client)
    await response.content.readexactly(HEADER_LENGTH)
    return response


@pytest.mark.parametrize("change", CHANGES)
async def test_who_speaks_is_not_interrupted(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    change: Callable[[HomeAssistant, MockConfigEntry], Awaitable[None]],
) -> None:
    """All is heard, and told as spoken; the account was never away, and no socket stays open that nobody uses."""
    response = await speak(hass_client)
    await change(hass, entry)
    state = hass.states.get(EVENT)
    assert state
    assert state.attributes.get("event_type") is None
    simulator.profile = Profile()
    assert await response.content.read() == COMPLETE
    await hass.async_block_till_done(wait_background_tasks=True)
    state = hass.states.get(EVENT)
    assert state
    assert state.attributes["event_type"] == "spoken"
    assert (await fetch(hass_client, "And so on."))[0] == 200
    await simulator.journal.until(lambda journal: len(journal.open_sockets()) <= 1)


async def test_changes_are_heard_and_seen_at_once(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    entity_registry: EntityRegistry,
    device_registry: DeviceRegistry,
) -> None:
    """The next words are spoken as the voice is set now; entities, devices and lists have its new name."""
    simulator.profile = Profile()
    await change_this_voice(hass, entry)
    await rename_this_voice(hass, entry)
    await rename_the_account(hass, entry)
    await fetch(hass_client)
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] == 1072
    registered = entity_registry.async_get(ENTITY)
    assert registered
    assert registered.original_name == "Grandmother"
    for entity_id, name in ((ENTITY, "Grandmother"), (EVENT, "Grandmother Speech")):
        state = hass.states.get(entity_id)
        assert state
        assert state.name == name
    names = {device.name for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)}
    assert names == {"Grandmother", "Hans", "Ours"}


async def test_voice_that_was_removed_can_be_added_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Its entities come anew."""
    hans = entry.subentries["second_voice"]
    await remove_the_other_voice(hass, entry)
    hass.config_entries.async_add_subentry(entry, hans)
    await hass.async_block_till_done()
    assert sorted(hass.states.async_entity_ids("tts")) == ["tts.hans", ENTITY]
    assert "event.hans_speech" in hass.states.async_entity_ids("event")


async def test_new_key_speaks_at_once_and_the_old_one_may_end(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Both at the same time; then the old socket is closed."""
    response = await speak(hass_client)
    await change_the_key(hass, entry)
    assert (await fetch(hass_client, "New."))[1][HEADER_LENGTH:]
    assert len(simulator.journal.open_sockets()) == 2
    simulator.profile = Profile()
    assert await response.content.read() == COMPLETE
    await simulator.journal.until(lambda journal: len(journal.open_sockets()) == 1)


async def test_old_key_does_not_speak_for_ever(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    made_time: MadeTime,
) -> None:
    """What takes longer than half a minute is broken off, and told so."""
    simulator.profile = Profile(speed=0.05)
    response = await speak(hass_client)
    began = made_time.time()
    await change_the_key(hass, entry)
    assert len(await response.content.read()) < len(COMPLETE)
    assert made_time.time() - began == pytest.approx(30, abs=1)
    await hass.async_block_till_done(wait_background_tasks=True)
    state = hass.states.get(EVENT)
    assert state
    assert (state.attributes["event_type"], state.attributes["code"]) == ("failed", "CLIENT_CLOSED")


async def test_fewer_at_once_counts_for_those_who_come(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Who speaks when the limit is lowered goes on, and the next one waits for it."""
    response = await speak(hass_client)
    await change_options(hass, entry)
    second = hass.async_create_task(fetch(hass_client, "Second."))
    async with asyncio.timeout(10):
        while len(entry.runtime_data.account.speaking) < 2:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
    simulator.profile = Profile()
    assert (await second)[0] == 200
    assert await response.content.read() == COMPLETE
    first, last = entry.runtime_data.account.history.utterances
    assert (first.characters, last.characters) == (len(TEXT), len("Second."))
    assert last.queue_ms


@pytest.mark.parametrize("leave", ["async_unload", "async_reload", "async_remove"])
async def test_who_is_cut_off_is_told_of_first(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    leave: str,
) -> None:
    """An account that goes ends what is spoken: event and sensor say so before they go, too."""
    told: list[str | None] = []

    @callback
    def collect(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        told.append("gone" if state is None or state.state == "unavailable" else state.attributes["event_type"])

    async_track_state_change_event(hass, EVENT, collect)
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    response = await speak(hass_client)
    assert await getattr(hass.config_entries, leave)(entry.entry_id)
    await response.content.read()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told[:2] == ["failed", "gone"]
    if leave == "async_reload":
        state = hass.states.get("sensor.kugelaudio_failed_utterances")
        assert state
        assert state.state == "1"


async def test_another_key_has_another_plan(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What was learned of the old one is forgotten, what was counted is not."""
    memory = entry.runtime_data.account.memory
    memory.keep(PLAN, Learned(5))
    memory.keep("total_utterances", Learned(31))
    await rename_the_account(hass, entry)
    assert memory.recall(PLAN, Learned) == Learned(5)
    await change_the_key(hass, entry)
    assert memory.recall(PLAN, Learned) is None
    assert memory.recall("total_utterances", Learned) == Learned(31)


async def test_lists_of_the_old_server_do_not_arrive_late(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An account that moves while it asks takes what its new server has."""
    simulator.profile = Profile()
    simulator.faults.add(Fault.HTTP_SLOW, path="/v1/voices", delay_ms=300)
    simulator.journal.clear()
    asking = hass.async_create_task(entry.runtime_data.coordinator.async_refresh())
    await simulator.journal.until(lambda journal: "/v1/voices" in journal.paths())
    async with Simulator(sound="tone") as other:
        hass.config_entries.async_update_entry(entry, data={**entry.data, "url": other.url})
        await asking
        await hass.async_block_till_done(wait_background_tasks=True)
        voice = entry.runtime_data.account.catalogue.find_voice("samantha-ferris")
        assert voice.sample_url.startswith(other.url)
        await hass.config_entries.async_unload(entry.entry_id)

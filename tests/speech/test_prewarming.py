"""Connections that are open before anybody speaks, as this home uses them."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.components.assist_pipeline import async_update_pipeline
from homeassistant.components.assist_pipeline.pipeline import KEY_ASSIST_PIPELINE, async_get_pipelines
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, suggestions, voice_subentry
from tests.listeners import BEDSIDE, Satellite, open_house
from tests.simulator import Profile, Simulator
from tests.speaking import ENTITY, fetch, fetch_growing

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

WHOLE = "/ws/tts"
GROWING = "/ws/tts/stream"


async def added(
    hass: HomeAssistant, simulator: Simulator, connection: str | None = None, chosen: str = "wav"
) -> MockConfigEntry:
    """Set up an account with one voice of the chosen format."""
    options: dict[str, str | int] = {} if connection is None else {"connection": connection}
    entry = account_entry(simulator.url, voice_subentry(format=chosen), options=options)
    await set_up(hass, entry)
    return entry


async def open_paths(simulator: Simulator, expected: int = 0) -> list[str]:
    """Return the endpoints of the open sockets, once as many as expected are open and nothing is under way."""
    await simulator.journal.until(lambda journal: len(journal.open_sockets()) >= expected)
    await asyncio.sleep(0.03)
    return sorted(socket.path for socket in simulator.journal.open_sockets())


async def growing() -> AsyncGenerator[str]:
    """Yield deltas as a language model does."""
    for delta in ("The washing machine", " has finished."):
        yield delta
        await asyncio.sleep(0.005)


async def answer_with(hass: HomeAssistant, preferred: str, other: str | None = None) -> None:
    """Let the preferred pipeline answer with an engine, and if there is another one, that with another."""
    [pipeline] = async_get_pipelines(hass)
    await async_update_pipeline(hass, pipeline, tts_engine=preferred, tts_language="en")
    if other is not None:
        collection = hass.data[KEY_ASSIST_PIPELINE].pipeline_store
        await collection.async_create_item(
            {
                "conversation_engine": pipeline.conversation_engine,
                "conversation_language": "en",
                "language": "en",
                "name": "Second",
                "stt_engine": None,
                "stt_language": None,
                "tts_engine": other,
                "tts_language": "en",
                "tts_voice": None,
                "wake_word_entity": None,
                "wake_word_id": None,
            }
        )


@pytest.mark.parametrize(
    ("chosen", "paths", "speaking"),
    [("wav", [WHOLE], WHOLE), ("mp3", [WHOLE], WHOLE), ("flac", [WHOLE], WHOLE), ("ogg", [WHOLE, GROWING], GROWING)],
)
async def test_an_announcement_finds_a_connection(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    chosen: str,
    paths: list[str],
    speaking: str,
) -> None:
    """It is opened at set-up, and is the one that speaks: what is converted goes over the endpoint for growing text."""
    await added(hass, simulator, chosen=chosen)
    assert await open_paths(simulator, len(paths)) == paths
    await fetch(hass_client, options={})
    assert await open_paths(simulator, len(paths)) == paths
    assert len(simulator.journal.sockets) == len(paths)
    assert [socket.path for socket in simulator.journal.sockets if socket.received] == [speaking]


@pytest.mark.usefixtures("without_encoders")
async def test_a_single_voice_that_is_converted_is_enough(hass: HomeAssistant, simulator: Simulator) -> None:
    """Its announcements find a connection, whatever the format of the others."""
    await set_up(
        hass, account_entry(simulator.url, voice_subentry(format="wav"), voice_subentry("second", "Hans", format="mp3"))
    )
    assert await open_paths(simulator, 2) == [WHOLE, GROWING]


async def test_set_up_does_not_wait_for_a_connection(hass: HomeAssistant, simulator: Simulator) -> None:
    """A slow handshake delays nothing."""
    simulator.profile = Profile(handshake_ms=10_000)
    async with asyncio.timeout(5):
        await added(hass, simulator)
    assert not simulator.journal.sockets


async def test_an_endpoint_that_was_used_once_stays_warm(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Whoever heard one growing text will hear another."""
    await added(hass, simulator)
    await fetch_growing(hass, hass_client, growing())
    assert await open_paths(simulator, 2) == [WHOLE, GROWING]
    await fetch_growing(hass, hass_client, growing())
    assert len(simulator.journal.sockets_of(GROWING)) == 1


@pytest.mark.parametrize(("engine", "paths"), [(ENTITY, [WHOLE, GROWING]), ("tts.other", [WHOLE])])
async def test_an_assistant_with_our_voice_finds_a_connection(
    hass: HomeAssistant, simulator: Simulator, engine: str, paths: list[str]
) -> None:
    """Growing text is prepared where an Assist pipeline speaks with a voice of the account, and only there."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "assist_pipeline", {})
    [pipeline] = async_get_pipelines(hass)
    await async_update_pipeline(hass, pipeline, tts_engine=engine, tts_language="en")
    await added(hass, simulator)
    assert await open_paths(simulator, len(paths)) == paths


async def test_after_use_means_after_use(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Nothing is open before somebody spoke."""
    await added(hass, simulator, "after_use")
    assert await open_paths(simulator) == []
    await fetch(hass_client)
    assert await open_paths(simulator, 1) == [WHOLE]


@pytest.mark.parametrize(("connection", "paths"), [("after_use", [GROWING]), ("off", [])])
async def test_the_answer_is_prepared_while_somebody_asks(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, connection: str, paths: list[str]
) -> None:
    """When a satellite begins to listen, not before and not when it stops."""
    house = await open_house(hass, hass_client)
    await house.add(Satellite(BEDSIDE))
    await answer_with(hass, ENTITY)
    await added(hass, simulator, connection)
    assert await open_paths(simulator) == []
    hass.states.async_set(BEDSIDE, "listening")
    await hass.async_block_till_done()
    assert await open_paths(simulator, len(paths)) == paths
    hass.states.async_remove(BEDSIDE)
    await hass.async_block_till_done()
    assert await open_paths(simulator, len(paths)) == paths


@pytest.mark.parametrize(
    ("chosen", "engines", "paths"),
    [
        (None, ["tts.other", ENTITY], []),
        ("preferred", ["tts.other", ENTITY], []),
        ("preferred", [ENTITY, "tts.other"], [GROWING]),
        ("Second", ["tts.other", ENTITY], [GROWING]),
        ("Second", [ENTITY, "tts.other"], []),
    ],
)
async def test_a_satellite_of_somebody_else_opens_nothing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    chosen: str | None,
    engines: list[str],
    paths: list[str],
) -> None:
    """What counts is the pipeline that the satellite has chosen, else the preferred one."""
    house = await open_house(hass, hass_client)
    satellite = await house.add(Satellite(BEDSIDE))
    if chosen is not None:
        hass.states.async_set("select.bedside_assistant", chosen)
        satellite.choose_by("select.bedside_assistant")
    await answer_with(hass, *engines)
    await added(hass, simulator, "after_use")
    hass.states.async_set(BEDSIDE, "listening")
    await hass.async_block_till_done()
    assert await open_paths(simulator, len(paths)) == paths


@pytest.mark.parametrize("satellite", [BEDSIDE, "assist_satellite.unknown"])
async def test_a_home_without_assistants_opens_nothing(
    hass: HomeAssistant, simulator: Simulator, satellite: str
) -> None:
    """Whatever calls itself a satellite there."""
    await added(hass, simulator, "after_use")
    hass.states.async_set(satellite, "listening")
    await hass.async_block_till_done()
    assert await open_paths(simulator) == []


async def test_off_keeps_no_connection(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Each utterance has its own."""
    await added(hass, simulator, "off")
    await fetch(hass_client, "One.")
    await fetch(hass_client, "Two.")
    assert await open_paths(simulator) == []
    assert len(simulator.journal.sockets_of(WHOLE)) == 2


async def test_the_mode_is_an_option_of_the_account(hass: HomeAssistant, simulator: Simulator) -> None:
    """It proposes what is in force, and takes effect at once."""
    entry: ConfigEntry = await added(hass, simulator)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["type"] is FlowResultType.FORM
    assert suggestions(form) == {"connection": "always", "parallel": "automatic", "default_voice": "first"}
    result = await hass.config_entries.options.async_configure(form["flow_id"], {"connection": "off"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form) == {"connection": "off", "parallel": "automatic", "default_voice": "first"}


async def test_unloading_closes_every_connection(hass: HomeAssistant, simulator: Simulator) -> None:
    """And none is opened again."""
    entry = await added(hass, simulator)
    assert await open_paths(simulator, 1) == [WHOLE]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert await open_paths(simulator) == []

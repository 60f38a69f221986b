"""The fault matrix: every fault, in every way to speak, over real sockets."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util.ssl import get_default_context
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.faults.cells import Cell, Heard, Way
from tests.faults.circumstances import FAULTS, Circumstance, foreseen, strike_under
from tests.faults.networks import Entrance, Names, Networks
from tests.faults.plans import BEFORE, CONNECTING, LISTENERS, MIDDLE, PLANS, Plan
from tests.faults.stage import RECOVERY_S, SPOKEN_WORDS, Stage
from tests.faults.table import MATRIX, NETWORKS
from tests.simulator import SEEDS, SEEDS_BOTH_KEYS, Fault, Profile, Simulator

from .helpers import account_entry, set_up, voice_subentry

# Two tries that both meet a provider who does not answer, and the pause between them.
LONGEST_CELL_S = 45.0
# As docs/errors.md tells.
SILENCE_LIMIT_S = 10.0
LEEWAY_S = 1.0

every_way = pytest.mark.parametrize("way", Way, ids=lambda way: way.name.lower())


@pytest.fixture(autouse=True)
def swift(simulator: Simulator) -> None:
    """Let the provider send short frames."""
    simulator.profile = Profile(frame_ms=40)


@pytest.fixture
def stage(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    tts_cache: Path,
) -> Stage:
    """Provide an account that is spoken with."""
    return Stage(hass, hass_client, simulator, account, tts_cache)


async def strike(stage: Stage, way: Way, plan: Plan) -> tuple[Cell, list[str]]:
    """Speak under a fault and again after it; returns what became of it, and what else was not as it should be."""
    await stage.begin(way)
    if plan.meets_connecting:
        await stage.hang_up()
    plan.begin(stage.simulator, way)
    text = stage.new_text()
    async with asyncio.timeout(LONGEST_CELL_S):
        cell = await stage.utter(way, text)
    wrong = [f"did not strike: {fault}" for fault in stage.simulator.faults.pending if not plan.lasts]
    stage.simulator.faults.clear()
    return cell, wrong + await aftermath(stage, way, cell, text)


async def aftermath(stage: Stage, way: Way, cell: Cell, text: str) -> list[str]:
    """Return what is wrong once a fault is over: with what is kept, what is left, and the next utterance."""
    wrong = [f"left: {left}" for left in await stage.leftovers()]
    if cell.heard is not Heard.WHOLE:
        wrong += [f"kept: {path.suffix}" for path in stage.kept]
    stage.forget_kept()
    try:
        async with asyncio.timeout(RECOVERY_S):
            if cell.heard is Heard.WHOLE:
                following = await stage.utter(way.without_conversion, stage.new_text())
            else:
                following = await stage.utter(way, text)
    except TimeoutError:
        return [*wrong, "next: not asked for"]
    if (following.heard, following.retries) != (Heard.WHOLE, 0):
        wrong.append(f"next: {following.word}")
    stage.forget_kept()
    return wrong + [f"left by the next: {left}" for left in await stage.leftovers()]


@every_way
@pytest.mark.parametrize("section", PLANS)
async def test_a_fault_does_what_the_matrix_says(stage: Stage, section: str, way: Way) -> None:
    """Heard, error and retries are as foreseen, nothing stays of it, and the next utterance works at once."""
    cells: dict[str, str] = {}
    troubles: dict[str, list[str]] = {}
    foreseen = {name: row[way].word for name, row in MATRIX[section].items() if way in row}
    plans = {name: plan for name, plan in PLANS[section].items() if plan.strikes(way)}
    for name, plan in plans.items():
        stage.forget_plan()
        cell, wrong = await strike(stage, way, plan)
        cells[name] = cell.word
        if wrong:
            troubles[name] = wrong
    assert (troubles, cells) == ({}, foreseen)


@pytest.mark.parametrize("circumstance", Circumstance, ids=lambda circumstance: circumstance.name.lower())
async def test_circumstances_change_no_more_than_the_matrix_says(
    stage: Stage, simulator: Simulator, circumstance: Circumstance
) -> None:
    """A fault in the second turn, one with a listener who comes late, and one beside a listener who never goes."""
    simulator.profile = Profile(frame_ms=40, speed=8.0)
    cells: dict[tuple[str, str], str] = {}
    troubles: dict[tuple[str, str], list[str]] = {}
    for section, fault in FAULTS:
        stage.forget_plan()
        cell, text = await strike_under(stage, circumstance, section, fault)
        cells[section, fault] = cell.word
        if wrong := await aftermath(stage, circumstance.way, cell, text):
            troubles[section, fault] = wrong
    assert (troubles, cells) == ({}, {fault: foreseen(circumstance, *fault).word for fault in FAULTS})


@every_way
@pytest.mark.parametrize("provider", [Profile(), SEEDS, SEEDS_BOTH_KEYS], ids=["current", "seeds", "both keys"])
async def test_without_a_fault_all_is_heard(stage: Stage, simulator: Simulator, way: Way, provider: Profile) -> None:
    """At the first try, also of a server that keeps to the provider's oldest documents."""
    simulator.profile = replace(provider, frame_ms=40)
    await stage.begin(way)
    cell = await stage.utter(way, text := stage.new_text())
    assert (cell.heard, cell.retries) == (Heard.WHOLE, 0)
    assert await aftermath(stage, way, cell, text) == []


@pytest.fixture
async def networks(
    simulator: Simulator, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Networks]:
    """Provide a way to the provider by name and over TLS, which Home Assistant trusts."""
    names = Names()
    monkeypatch.setattr("homeassistant.helpers.aiohttp_client._async_make_resolver", lambda _: names)
    entrance = Entrance(simulator.port, tmp_path_factory.mktemp("certificates"))
    get_default_context().load_verify_locations(cadata=entrance.certificate)
    await entrance.admit()
    yield Networks(names, entrance)
    await entrance.close()


@pytest.mark.usefixtures("enable_custom_integrations")
@every_way
@pytest.mark.parametrize("fault", MATRIX[NETWORKS])
async def test_a_network_that_lets_nothing_through(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    networks: Networks,
    way: Way,
    fault: str,
) -> None:
    """The cause is named, and the provider is found again as soon as it can be."""
    entry = account_entry(networks.url, voice_subentry("voice-1"), options={"connection": "after_use"})
    await set_up(hass, entry)
    stage = Stage(hass, hass_client, simulator, entry, tts_cache)
    await stage.begin(way)
    text = stage.new_text()
    async with networks.spoilt(fault):
        await stage.forget_the_way()
        cell = await stage.utter(way, text)
    assert cell == MATRIX[NETWORKS][fault][way]
    await stage.forget_the_way()
    assert await aftermath(stage, way, cell, text) == []


async def test_a_provider_that_falls_silent_is_waited_for_as_long_as_documented(
    stage: Stage, simulator: Simulator
) -> None:
    """In two ways at the same time."""
    began_at = asyncio.get_running_loop().time()
    ways = [Way.WHOLE, Way.DIALOGUE]
    for way in ways:
        simulator.faults.add(Fault.SILENCE, path=way.path, after_frames=2)
    texts = [stage.new_text() for _ in ways]
    cells = await asyncio.gather(*(stage.utter(way, text) for way, text in zip(ways, texts, strict=True)))
    assert {cell.word for cell in cells} == {"part server_silent:SERVER_SILENT"}
    assert SILENCE_LIMIT_S <= asyncio.get_running_loop().time() - began_at <= SILENCE_LIMIT_S + LEEWAY_S
    for way, cell, text in zip(ways, cells, texts, strict=True):
        assert await aftermath(stage, way, cell, text) == []


@pytest.mark.parametrize("way", [Way.WHOLE, Way.GROWING, Way.DIALOGUE], ids=lambda way: way.name.lower())
@pytest.mark.parametrize("fault", LISTENERS)
async def test_a_listener_who_leaves_spoils_nothing(stage: Stage, simulator: Simulator, way: Way, fault: str) -> None:
    """What the provider still sends of the one utterance is never heard in the next."""
    simulator.profile = replace(simulator.profile, speed=4.0)
    LISTENERS[fault].begin(simulator, way)
    await stage.leave(way)
    assert await stage.leftovers() == []
    async with asyncio.timeout(RECOVERY_S):
        assert (await stage.utter(way, stage.new_text())).word == "whole"
    assert await stage.leftovers() == []


@pytest.mark.parametrize("way", [Way.WHOLE, Way.GROWING, Way.DIALOGUE], ids=lambda way: way.name.lower())
async def test_a_reload_in_mid_speech_is_an_error_and_no_more(stage: Stage, simulator: Simulator, way: Way) -> None:
    """Nothing is taken for the whole, or kept; the next utterance works at once."""
    simulator.profile = replace(simulator.profile, speed=4.0)
    await stage.begin(way)
    text = stage.new_text()
    speaking = asyncio.create_task(stage.utter(way, text))
    while not any("audio" in frame for frame in simulator.journal.sent(way.path)):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert await stage.hass.config_entries.async_reload(stage.entry.entry_id)
    cell = await speaking
    assert cell.word == "part connection_lost:CLIENT_CLOSED"
    assert await aftermath(stage, way, cell, text) == []


REPRESENTATIVE = {
    CONNECTING: ("HTTP 401", "HTTP 500, lasting", "HTTP 502, HTML", "dropped, lasting"),
    BEFORE: ("closed with 4003", "error frame 400", "error frame 422", "error frame 404", "text that is no JSON"),
    MIDDLE: ("connection dropped (1006)", "error frame 500", "wrong types", "closed with 4001"),
}
# Home Assistant logs the first 32 characters of a text itself.
CORE_SPEAKS = ("Error getting audio for ", "Generating audio for ")


async def test_no_fault_tells_the_key_or_a_word_of_the_text(
    hass: HomeAssistant,
    stage: Stage,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in the log at its most talkative, nor in errors, issues, states, URLs, or the diagnostics."""
    assert await async_setup_component(hass, "diagnostics", {})
    caplog.set_level(logging.DEBUG)
    for section, names in REPRESENTATIVE.items():
        for name in names:
            plan = PLANS[section][name]
            for way in (Way.WHOLE, Way.GROWING, Way.REST, Way.DIALOGUE):
                if plan.strikes(way):
                    await strike(stage, way, plan)
    told = [
        *(line for record in caplog.records if (line := logged(record))),
        *(repr(issue) for issue in ir.async_get(hass).issues.values()),
        *(repr(state.as_dict()) for state in hass.states.async_all()),
        *(repr(flow) for flow in hass.config_entries.flow.async_progress()),
        *(str(call.query) for call in (*simulator.journal.calls, *simulator.journal.handshakes)),
        *(repr(utterance) for utterance in stage.account.history.utterances),
        repr(await get_diagnostics_for_config_entry(hass, hass_client, stage.entry)),
    ]
    assert len(told) > 500
    assert [line for line in told if simulator.key in line] == []
    assert [line for line in told if SPOKEN_WORDS in line] == []


def logged(record: logging.LogRecord) -> str:
    """Return a line of the log with its traceback, but for what Home Assistant's own engine says of a text."""
    if record.name == "homeassistant.components.tts" and record.getMessage().startswith(CORE_SPEAKS):
        return ""
    return logging.Formatter().format(record)

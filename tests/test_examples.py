"""The examples of the documentation: every one is run, and heard where it speaks."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, floor_registry as fr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.blueprints.home import copy_blueprints
from tests.generating import generate, media_folder
from tests.helpers import account_entry, set_up, voice_subentry
from tests.listeners import House, Player, Satellite, announce, open_house
from tests.simulator import Failure, Fault, Simulator

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BLOCK: Final = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
VOICES: Final = {"Emily Carter": "2005", "Samantha Ferris": "1071"}
OTHERS: Final = {**VOICES, "Hans": "268"}
PLAYERS: Final = {"media_player.kitchen": "kitchen", "media_player.office": "office", "media_player.bedroom": "bedroom"}
QUIET_HOURS: Final = {
    "own_target": {"entity_id": "media_player.kitchen"},
    "own_voice": "tts.samantha_ferris",
    "quiet_days": [],
}


@dataclass(frozen=True, slots=True)
class Example:
    """One block of YAML, and where it stands."""

    page: str
    number: int
    content: Any

    @property
    def name(self) -> str:
        """Return a short name for it."""
        return f"{self.page}-{self.number}"

    @property
    def is_automation(self) -> bool:
        """Tell whether something triggers it."""
        return "triggers" in self.content

    @property
    def is_action(self) -> bool:
        """Tell whether it can be run as it stands."""
        return "action" in self.content


def examples() -> Iterator[Example]:
    """Yield the examples of all pages."""
    for page in PAGES:
        for number, (_, block) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1):
            yield Example(page.name, number, parse_yaml(block))


ALL: Final = list(examples())
ACTIONS: Final = [example for example in ALL if example.is_action]
AUTOMATIONS: Final = [example for example in ALL if example.is_automation]
OF_BLUEPRINTS: Final = [example for example in ALL if "use_blueprint" in example.content]
SCRIPTS: Final = [example for example in ALL if "sequence" in example.content]
CARDS: Final = [example for example in ALL if "type" in example.content]
_RUN: Final = [*ACTIONS, *AUTOMATIONS, *OF_BLUEPRINTS, *SCRIPTS, *CARDS]
ANSWERS: Final = [example for example in ALL if example not in _RUN]


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
    simulator: Simulator,  # noqa: ARG001 - opens sockets first
) -> House:
    """Build the house that the examples speak of."""
    assert await async_setup_component(hass, "tts", {})
    house = await open_house(hass, hass_client)
    floor = fr.async_get(hass).async_create("Ground floor")
    for room in PLAYERS.values():
        ar.async_get(hass).async_create(room.capitalize(), floor_id=floor.floor_id)
    for player, room in PLAYERS.items():
        await house.add(Player(player), area_id=room)
    await house.add(Satellite("assist_satellite.kitchen"), area_id="kitchen")
    media_folder(hass, tmp_path)
    (tmp_path / "bell.mp3").write_bytes(b"")
    async_mock_service(hass, "light", "turn_on")
    copy_blueprints(hass, tmp_path / "configuration")
    hass.states.async_set("sensor.outdoor_temperature", "3.5")
    hass.states.async_set("binary_sensor.doorbell", "off")
    return house


async def move_in(hass: HomeAssistant, simulator: Simulator, example: Example | None = None) -> MockConfigEntry:
    """Set up two accounts with four voices; the one that an example speaks of was added first."""
    spoken_of = str(example and example.content)
    name = next((name for name in VOICES if name.lower().replace(" ", "_") in spoken_of), "Samantha Ferris")
    voice = voice_subentry("voice", name, voice=VOICES[name])
    others = [voice_subentry(other, other, voice=voice_id) for other, voice_id in OTHERS.items() if other != name]
    entry = account_entry(simulator.url, voice, *others, options={"connection": "off"})
    await set_up(hass, entry)
    doorbell = voice_subentry("doorbell", "Doorbell", voice="1072")
    await set_up(hass, account_entry(simulator.url, doorbell, title="Second", options={"connection": "off"}))
    return entry


def test_every_page_has_its_examples_found() -> None:
    """None is overlooked: a block that is no YAML of ours would be written in another way."""
    assert {example.page for example in ALL} >= {"README.md", "actions.md", "messages.md"}
    assert len(ALL) == sum(page.read_text(encoding="utf-8").count("```yaml") for page in PAGES)


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.parametrize("example", ACTIONS, ids=lambda example: example.name)
async def test_action_is_heard(hass: HomeAssistant, house: House, simulator: Simulator, example: Example) -> None:
    """As it stands, in a script."""
    account = await move_in(hass, simulator, example)
    sequence = parse_yaml(str(example.content).replace("/ACCOUNT/", f"/{account.entry_id}/"))
    quiet_hours = {"path": "kugelaudio/quiet_hours.yaml", "input": QUIET_HOURS}
    scripts = {"example": {"sequence": [sequence]}, "announce": {"use_blueprint": quiet_hours}}
    assert await async_setup_component(hass, "script", {"script": scripts})
    if example.content["action"] == "kugelaudio.repeat":
        await announce(hass, "media_player.office")
    await hass.services.async_call("script", "example", blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard_in(house)


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("example", AUTOMATIONS, ids=lambda example: example.name)
async def test_automation_does_what_it_says(
    hass: HomeAssistant, simulator: Simulator, example: Example, caplog: pytest.LogCaptureFixture
) -> None:
    """When what triggers it happens; nothing of it fails."""
    account = await move_in(hass, simulator, example)
    assert await async_setup_component(hass, "persistent_notification", {})
    assert await async_setup_component(hass, "automation", {"automation": {"alias": "Example", **example.content}})
    await hass.async_block_till_done()
    ended: list[str] = []
    hass.bus.async_listen("automation_triggered", callback(lambda event: ended.append(event.data["name"])))
    for trigger in example.content["triggers"]:
        await happen(hass, simulator, trigger)
    # Home Assistant is not done while an automation waits; what it waits for comes when nothing else is under way.
    await asyncio.sleep(1)
    while is_running(hass):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5))
        await asyncio.sleep(1)
    await hass.async_block_till_done(wait_background_tasks=True)
    # What was told before is told again by nobody.
    await begin_anew(hass, account, simulator)
    assert ended == ["Example"]
    assert "Error while executing automation" not in caplog.text
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


async def begin_anew(hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator) -> None:
    """Reload the account, start it as after a restart, which no state outlives, and start it without the provider."""
    await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    for faults in ((), (Fault.HTTP_DROP, Fault.HANDSHAKE_DROP)):
        await hass.config_entries.async_unload(account.entry_id)
        for state in hass.states.async_all("event"):
            hass.states.async_remove(state.entity_id)
        for fault in faults:
            simulator.faults.add(fault, None)
        assert await hass.config_entries.async_setup(account.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    simulator.faults.clear()


def is_running(hass: HomeAssistant) -> bool:
    """Tell whether the automation has not come to its end, for example because it waits."""
    state = hass.states.get("automation.example")
    return state is not None and state.attributes["current"] > 0


async def happen(hass: HomeAssistant, simulator: Simulator, trigger: Mapping[str, Any]) -> None:
    """Let what a trigger waits for happen."""
    match trigger:
        case {"trigger": "time"}:
            hour, minute, _ = map(int, trigger["at"].split(":"))
            now = dt_util.now().replace(hour=hour, minute=minute, second=0) + timedelta(days=1)
            async_fire_time_changed(hass, now)
        case {"trigger": "event.received", "target": {"entity_id": str(entity_id)}}:
            simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
            voice = f"tts.{entity_id.removeprefix('event.').removesuffix('_speech')}"
            await hass.services.async_call("kugelaudio", "generate", {"voice": voice, "message": "Hi."}, blocking=False)
        case {"trigger": "numeric_state"}:
            for value in (trigger["above"], trigger["above"] + 1):
                hass.states.async_set(trigger["entity_id"], str(value))
                await hass.async_block_till_done()
        case {"trigger": "state", "for": _}:
            # Somebody closes the door when it was told that it is open.
            hass.states.async_set(trigger["entity_id"], trigger["to"])
            await asyncio.sleep(0.1)
            async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
            await asyncio.sleep(1)
            hass.states.async_set(trigger["entity_id"], "off")
        case {"trigger": "state"}:
            hass.states.async_set(trigger["entity_id"], trigger["to"])
        case _:
            pytest.fail(f"nobody knows how to let {trigger} happen")


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.parametrize("example", OF_BLUEPRINTS, ids=lambda example: example.name)
async def test_automation_of_a_blueprint_is_heard(
    hass: HomeAssistant, house: House, simulator: Simulator, example: Example
) -> None:
    """As it is filled in on the page."""
    await move_in(hass, simulator, example)
    assert await async_setup_component(hass, "automation", {"automation": example.content})
    hass.states.async_set("binary_sensor.doorbell", "on")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard_in(house)


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.parametrize("example", SCRIPTS, ids=lambda example: example.name)
async def test_script_of_the_dashboard_is_heard(
    hass: HomeAssistant, house: House, simulator: Simulator, example: Example
) -> None:
    """What was typed, where it was chosen; the cards show what there is, and their button runs it."""
    await move_in(hass, simulator, example)
    name = example.content["alias"].lower().replace(" ", "_")
    assert await async_setup_component(hass, "script", {"script": {name: example.content}})
    assert await async_setup_component(hass, "input_text", {"input_text": {"say_what": {"initial": "Dinner."}}})
    places = {"options": ["Office", "Kitchen"], "initial": "Kitchen"}
    assert await async_setup_component(hass, "input_select", {"input_select": {"say_where": places}})
    buttons = []
    for card in (card for shown in CARDS for card in shown.content["cards"]):
        assert all(hass.states.get(row["entity"]) for row in card.get("entities", []))
        buttons += [card["tap_action"]["perform_action"]] if "tap_action" in card else []
    assert buttons == [f"script.{name}"]
    await hass.services.async_call("script", name, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard_in(house)
    assert not [
        player
        for player in house.hass.data["media_player"].entities
        if player.heard and "kitchen" not in player.entity_id
    ]


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.usefixtures("house")
async def test_answers_have_the_names_that_the_page_tells(hass: HomeAssistant, simulator: Simulator) -> None:
    """What is shown as the answer of an action has exactly its names."""
    await move_in(hass, simulator)
    announced = await announce(hass, "media_player.kitchen")
    generated = await generate(hass, path="x.mp3", words=True)
    for example in ANSWERS:
        match example.content:
            case {"targets": dict(), "speech": dict(speech), **more}:
                assert {"targets", "speech", *more} == announced.keys()
                assert speech.keys() == announced["speech"].keys()
            case {"words": list(words)}:
                assert all(word.keys() == generated["words"][0].keys() for word in words)
            case answer:
                assert answer.keys() == generated.keys()


def heard_in(house: House) -> bool:
    """Tell whether any player or satellite heard a sound, and none of them an error."""
    listeners = [
        entity
        for domain in ("media_player", "assist_satellite")
        for entity in house.hass.data[domain].entities
        if isinstance(entity, Player | Satellite)
    ]
    heard = [sound for listener in listeners for sound in listener.heard]
    return bool(heard) and all(sound.status == 200 for sound in heard)

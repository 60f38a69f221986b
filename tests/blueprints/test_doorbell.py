"""Somebody rings: a voice is heard, or two of them, once for each time."""

from logging import INFO
from typing import Any, Final

from freezegun.api import TickingDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import Player
from tests.simulator import Simulator, tone_pcm
from tests.speaking import ENTITY

from .home import HANS, IN_THE_KITCHEN, hears, pass_time, run_by_hand, show, use_blueprint

DIALOGUE: Final = "/ws/tts/multi"
BELL: Final = "event.doorbell"
SENSOR: Final = "binary_sensor.doorbell"
FIRST: Final = "Somebody is at the door."
SECOND: Final = "I am on my way."
BOTH: Final = chime_pcm("ding_dong", 24000) + tone_pcm(FIRST, 24000) + bytes(48 * 300) + tone_pcm(SECOND, 24000)


async def use(hass: HomeAssistant, **inputs: Any) -> None:
    """Listen to the doorbell."""
    wish = {"bells": [BELL, SENSOR], "listeners": IN_THE_KITCHEN, "first_voice": ENTITY, "second_voice": HANS}
    await use_blueprint(hass, "automation", "doorbell", **{**wish, **inputs})


async def ring(hass: HomeAssistant, event_type: str = "ring") -> None:
    """Ring as an event entity tells it."""
    await show(hass, BELL, dt_util.utcnow().isoformat(timespec="milliseconds"), event_type=event_type)


async def test_two_voices_are_heard(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """After a chime, each in its own words, whoever rings first."""
    await show(hass, BELL, "unknown")
    await use(hass, extra={"volume": 60})
    await ring(hass)
    assert await hears(kitchen, 1) == [BOTH]
    assert kitchen.orders[0]["extra"] == {"volume": 60}
    messages = simulator.journal.received(DIALOGUE)
    asked = [message["voice_settings"] for message in messages if "voice_settings" in message]
    assert [settings["voice_id"] for settings in asked if isinstance(settings, dict)] == [1071, 268]


async def test_one_voice_is_enough(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """Who has a single voice fills in three fields."""
    await show(hass, BELL, "unknown")
    await use_blueprint(hass, "automation", "doorbell", bells=[BELL], listeners=IN_THE_KITCHEN, first_voice=ENTITY)
    await ring(hass)
    assert await hears(kitchen, 1) == [chime_pcm("ding_dong", 24000) + tone_pcm(FIRST, 24000)]
    assert simulator.journal.received(DIALOGUE) == []


async def test_players_get_the_format_of_the_voice(hass: HomeAssistant, kitchen: Player) -> None:
    """It is the one that was chosen for them; the blueprint knows none of its own."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    voice = entry.subentries["voice-1"]
    hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, "format": "flac"})
    await use(hass)
    await show(hass, SENSOR, "off")
    await show(hass, SENSOR, "on")
    await hears(kitchen, 1)
    assert [heard.audio[:4] for heard in kitchen.heard] == [b"fLaC"]


async def test_it_can_be_made_otherwise(hass: HomeAssistant, kitchen: Player) -> None:
    """Other words, another pause, and no chime."""
    await show(hass, BELL, "unknown")
    await use(hass, first_text="{{ 'The postman' }} rings.", second_text="Coming!", chime="none", pause_ms=0)
    await ring(hass)
    assert await hears(kitchen, 1) == [tone_pcm("The postman rings.", 24000) + tone_pcm("Coming!", 24000)]


async def test_who_rings_again_at_once_is_not_announced_again(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """But somebody who rings later is."""
    await show(hass, BELL, "unknown")
    await use(hass)
    for seconds, times in ((0, 1), (2, 1), (5, 1), (9, 2), (30, 3)):
        await pass_time(time, seconds=seconds)
        await ring(hass)
        await hears(kitchen, times)


async def test_a_sensor_that_turns_on_is_a_bell(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """It rings when it turns on, not when it comes back."""
    await show(hass, SENSOR, "off")
    await use(hass)
    course = ("on", 1), ("off", 1), ("unavailable", 1), ("on", 1), ("off", 1), ("on", 2)
    for state, times in course:
        await show(hass, SENSOR, state)
        await hears(kitchen, times)
        await pass_time(time, minutes=1)


async def test_a_bell_that_comes_back_does_not_ring(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, caplog: pytest.LogCaptureFixture
) -> None:
    """It shows when it was rung before; one that comes back because somebody rings does ring."""
    await show(hass, BELL, "unknown")
    await use(hass)
    await ring(hass)
    await hears(kitchen, 1)
    rung = hass.states.get(BELL)
    assert rung
    await pass_time(time, minutes=5)
    for state in ("unavailable", rung.state, "unknown", rung.state, "unavailable"):
        await show(hass, BELL, state, event_type="ring")
    hass.states.async_remove(BELL)
    await show(hass, BELL, rung.state, event_type="ring")
    await show(hass, SENSOR, "on")
    hass.states.async_remove(SENSOR)
    await show(hass, SENSOR, "on")
    await hears(kitchen, 1)
    await show(hass, BELL, "unavailable")
    await ring(hass)
    await hears(kitchen, 2)
    assert not [record for record in caplog.records if record.levelno > INFO and "automation" in record.name]
    assert "Template" not in caplog.text


async def test_only_some_kinds_of_events_ring(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """A bell with a camera tells of people who only pass by, too."""
    await show(hass, BELL, "unknown")
    await use(hass, event_types=["ring"])
    for event_type, times in (("motion", 0), ("ring", 1), ("motion", 1)):
        await ring(hass, event_type)
        await hears(kitchen, times)
        await pass_time(time, minutes=1)


@pytest.mark.parametrize(("asleep", "times"), [("off", 1), ("on", 0)])
async def test_other_triggers_and_conditions(hass: HomeAssistant, kitchen: Player, asleep: str, times: int) -> None:
    """A bell without an entity, in a home where somebody may be asleep."""
    await show(hass, "input_boolean.asleep", asleep)
    awake = {"condition": "state", "entity_id": "input_boolean.asleep", "state": "off"}
    await use(hass, other_triggers=[{"trigger": "event", "event_type": "bell_rung"}], conditions=[awake])
    hass.bus.async_fire("bell_rung")
    await hears(kitchen, times)


async def test_it_can_be_tried(hass: HomeAssistant, kitchen: Player) -> None:
    """Without anybody at the door."""
    await use(hass)
    await run_by_hand(hass)
    assert await hears(kitchen, 1) == [BOTH]

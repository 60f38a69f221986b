"""An appliance has finished: it is told once, and only then."""

from typing import Any, Final

from freezegun.api import TickingDateTimeFactory
from homeassistant.core import CoreState, HomeAssistant
import pytest

from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import Player
from tests.made_time import until_still
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, TEXT

from .home import IN_THE_KITCHEN, hears, pass_time, run_by_hand, show, use_blueprint

POWER: Final = "sensor.washing_machine_power"
STATE: Final = "sensor.washing_machine_state"
DOOR: Final = "binary_sensor.washing_machine_door"
THRICE: Final = {"reminders": 2, "remind_every": {"minutes": 15}, "doors": [DOOR]}


async def use(hass: HomeAssistant, **inputs: Any) -> None:
    """Watch the washing machine."""
    wish = {"appliance": POWER, "listeners": IN_THE_KITCHEN, "voice": ENTITY, "message": TEXT, "chime": "none"}
    await use_blueprint(hass, "automation", "appliance_finished", **{**wish, **inputs})


async def run(
    hass: HomeAssistant, time: TickingDateTimeFactory, *course: tuple[str, float], entity_id: str = POWER
) -> None:
    """Let the appliance show something for so many minutes, then the next."""
    for state, minutes in course:
        await show(hass, entity_id, state)
        await pass_time(time, minutes=minutes)


async def wash(hass: HomeAssistant, time: TickingDateTimeFactory) -> None:
    """Wash from the beginning to the end."""
    await run(hass, time, ("1.5", 30), ("2100", 80), ("1.5", 4))


async def test_the_end_of_a_wash_is_told_once(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """With its chime; a second wash is told, too."""
    await use(hass, chime="ding", extra={"volume": 40})
    await wash(hass, time)
    assert await hears(kitchen, 1) == [chime_pcm("ding", 24000) + COMPLETE]
    assert kitchen.orders[0]["extra"] == {"volume": 40}
    await run(hass, time, ("0", 300))
    await hears(kitchen, 1)
    await wash(hass, time)
    await hears(kitchen, 2)


async def test_it_tells_how_long_the_wash_has_taken(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """In a message that is a template."""
    await use(hass, message="Washed in {{ minutes }} minutes.")
    await run(hass, time, ("1.5", 30), ("2100", 1), ("900", 79), ("1.5", 3))
    assert await hears(kitchen, 1) == [tone_pcm("Washed in 80 minutes.", 24000)]


@pytest.mark.parametrize(
    "course",
    [
        [("2100", 40), ("1.5", 2), ("300", 10), ("0", 2), ("300", 10)],
        [("2100", 40), ("7", 60), ("300", 10)],
        [("2100", 40), ("unavailable", 60), ("300", 10)],
        [("1.5", 20), ("2100", 0.5), ("1.5", 60)],
        [("0", 20), ("unavailable", 1), ("unknown", 1), ("0", 60)],
        [("0", 20), ("7", 60), ("0", 60)],
    ],
    ids=["pauses", "little power", "plug offline", "button tried", "idle plug offline", "standby"],
)
async def test_what_is_no_end_is_not_told(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, course: list[tuple[str, float]]
) -> None:
    """Pauses are shorter than an end, and a wash is longer than somebody who tries a button."""
    await show(hass, POWER, "0")
    await use(hass)
    await run(hass, time, *course)
    await hears(kitchen, 0)


async def test_an_entity_tells_whether_the_appliance_runs(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """In words, however they are spelt; it may be out of reach for a while."""
    await use(hass, appliance=STATE, running_states=["Wash", "Spin"])
    await run(hass, time, ("off", 9), ("wash", 50), ("pause", 2), ("spin", 9), ("unavailable", 9), entity_id=STATE)
    await hears(kitchen, 0)
    await run(hass, time, ("end", 4), entity_id=STATE)
    await hears(kitchen, 1)
    await run(hass, time, ("wash", 50), ("end", 4), entity_id=STATE)
    await hears(kitchen, 2)


@pytest.mark.parametrize(("power", "times"), [("1.5", 0), ("2100", 1)])
async def test_home_assistant_restarts(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, power: str, times: int
) -> None:
    """An end is told if the appliance ran meanwhile, and only then."""
    hass.set_state(CoreState.not_running)
    await use(hass)
    await show(hass, POWER, power)
    await hass.async_start()
    await run(hass, time, (power, 30), ("300", 0.5), ("1.5", 30))
    await hears(kitchen, times)


@pytest.mark.parametrize(("power", "times"), [("1.5", 0), ("2100", 1)])
async def test_the_automation_is_changed(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, power: str, times: int
) -> None:
    """It goes on watching an appliance that runs."""
    await use(hass)
    await run(hass, time, ("1.5", 10), (power, 30))
    await use(hass, finished_for={"minutes": 10})
    await hass.services.async_call("automation", "reload", blocking=True)
    await run(hass, time, ("1.5", 5))
    await hears(kitchen, 0)
    await pass_time(time, minutes=6)
    await hears(kitchen, times)


async def test_it_reminds_as_often_as_it_should(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """And then leaves everybody in peace."""
    await show(hass, DOOR, "off")
    await use(hass, **THRICE)
    await wash(hass, time)
    for times in (1, 2, 3, 3, 3):
        await hears(kitchen, times)
        await pass_time(time, minutes=15)


@pytest.mark.parametrize("ending", [(DOOR, "on"), (POWER, "2100")], ids=["door", "next wash"])
async def test_somebody_comes(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, ending: tuple[str, str]
) -> None:
    """Nobody is reminded any more; the next wash is another matter."""
    await show(hass, DOOR, "off")
    await use(hass, **THRICE)
    await wash(hass, time)
    await hears(kitchen, 1)
    await show(hass, *ending)
    await show(hass, DOOR, "off")
    await pass_time(time, minutes=40)
    await hears(kitchen, 1)
    await run(hass, time, ("2100", 40), ("1.5", 4))
    await hears(kitchen, 2)


async def test_a_condition_is_looked_at_again(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player
) -> None:
    """Somebody who comes home hears the reminder."""
    await show(hass, "person.somebody", "not_home")
    at_home = {"condition": "state", "entity_id": "person.somebody", "state": "home"}
    await use(hass, conditions=[at_home], **THRICE)
    await wash(hass, time)
    await hears(kitchen, 0)
    await show(hass, "person.somebody", "home")
    await pass_time(time, minutes=15)
    await hears(kitchen, 1)


async def test_speech_that_fails_ends_no_reminder(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, simulator: Simulator
) -> None:
    """What nobody could hear is said again when it is time."""
    await use(hass, **THRICE)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await wash(hass, time)
    assert await hears(kitchen, 1) != [COMPLETE]
    await until_still()
    await pass_time(time, minutes=15)
    assert (await hears(kitchen, 2))[1] == COMPLETE


async def test_it_can_be_tried(hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player) -> None:
    """Without a wash, reminders too."""
    await show(hass, POWER, "0")
    await use(hass, **THRICE)
    await run_by_hand(hass)
    await hears(kitchen, 1)
    await pass_time(time, minutes=15)
    assert await hears(kitchen, 2) == [COMPLETE] * 2

"""A door was left open: it is told until somebody closes it."""

from typing import Any, Final

from freezegun.api import TickingDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.listeners import Player
from tests.simulator import tone_pcm
from tests.speaking import ENTITY

from .home import IN_THE_KITCHEN, hears, pass_time, show, use_blueprint

DOOR: Final = "binary_sensor.fridge"
TOLD: Final = tone_pcm("The fridge is open.", 24000)


async def use(hass: HomeAssistant, **inputs: Any) -> None:
    """Watch the fridge."""
    wish = {"door": DOOR, "listeners": IN_THE_KITCHEN, "voice": ENTITY}
    await use_blueprint(hass, "automation", "door_left_open", **{**wish, **inputs})


@pytest.mark.parametrize(("is_open", "is_closed"), [("on", "off"), ("open", "closed")])
async def test_it_is_told_until_somebody_closes_it(
    hass: HomeAssistant, kitchen: Player, time: TickingDateTimeFactory, is_open: str, is_closed: str
) -> None:
    """After a while, and with pauses."""
    await show(hass, DOOR, is_closed, friendly_name="The fridge")
    await use(hass)
    await show(hass, DOOR, is_open, friendly_name="The fridge")
    await hears(kitchen, 0)
    await pass_time(time, minutes=3, seconds=1)
    assert await hears(kitchen, 1) == [TOLD]
    await pass_time(time, minutes=2, seconds=1)
    assert await hears(kitchen, 2) == [TOLD, TOLD]
    await show(hass, DOOR, is_closed, friendly_name="The fridge")
    await pass_time(time, minutes=10)
    await hears(kitchen, 2)


async def test_nothing_is_told_of_a_door_that_is_closed_in_time(
    hass: HomeAssistant, kitchen: Player, time: TickingDateTimeFactory
) -> None:
    """Nor more often than is wanted of one that is not."""
    await show(hass, DOOR, "off")
    await use(hass, times=1, message="Close it.")
    await show(hass, DOOR, "on")
    await pass_time(time, minutes=2)
    await show(hass, DOOR, "off")
    await pass_time(time, minutes=10)
    await hears(kitchen, 0)
    await show(hass, DOOR, "on")
    await pass_time(time, minutes=4)
    await hears(kitchen, 1)
    await pass_time(time, minutes=10)
    assert await hears(kitchen, 1) == [tone_pcm("Close it.", 24000)]

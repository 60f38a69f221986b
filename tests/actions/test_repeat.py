"""Saying it again, and being silent."""

import asyncio
from itertools import pairwise
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import BEDSIDE, HALL, KITCHEN, PLAYED, Player, Satellite, announce, settled
from tests.made_time import MadeTime
from tests.simulator import Profile, Simulator, tone_pcm
from tests.speaking import COMPLETE, OTHER_TEXT, TEXT, WHOLE

DOOR = "binary_sensor.door"


async def act(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Repeat or stop; returns what the action tells."""
    told = await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert told is not None
    return dict(told)


def spoken(simulator: Simulator) -> int:
    """Return how often something was made."""
    return len(simulator.journal.received(WHOLE))


async def test_what_was_said_last_is_said_again(
    hass: HomeAssistant, simulator: Simulator, kitchen: Player, hall: Player, bedside: Satellite
) -> None:
    """Where it was heard, at no cost, though Home Assistant keeps nothing of it."""
    await announce(hass, KITCHEN, message=OTHER_TEXT)
    await announce(hass, HALL, BEDSIDE, cache=False)
    await hass.services.async_call("tts", "clear_cache", {}, blocking=True)
    told = await act(hass, "repeat")
    assert told == {"targets": {HALL: PLAYED, BEDSIDE: PLAYED}}
    assert [heard.pcm for heard in hall.heard] == [COMPLETE, COMPLETE]
    assert bedside.orders[0] == bedside.orders[1]
    assert (len(kitchen.heard), spoken(simulator)) == (1, 2)


async def test_a_target_says_its_own_last_one(hass: HomeAssistant, kitchen: Player, hall: Player) -> None:
    """One that has said nothing yet says what was said last anywhere."""
    await announce(hass, KITCHEN, message=OTHER_TEXT)
    assert (await act(hass, "repeat", entity_id=HALL))["targets"] == {HALL: PLAYED}
    assert hall.last.pcm == tone_pcm(OTHER_TEXT, 24000)
    await announce(hass, HALL)
    await act(hass, "repeat", entity_id=[KITCHEN, HALL], volume=50, priority="urgent")
    assert (kitchen.last.pcm, hall.last.pcm) == (tone_pcm(OTHER_TEXT, 24000), COMPLETE)


async def test_there_has_to_be_something_to_say(hass: HomeAssistant, kitchen: Player) -> None:
    """Nothing was said yet."""
    for target in ({}, {"entity_id": KITCHEN}):
        with pytest.raises(ServiceValidationError) as raised:
            await act(hass, "repeat", **target)
        assert raised.value.translation_key == "nothing_to_repeat"
    assert kitchen.orders == []


async def test_an_automation_notices_that_nobody_hears_it_again(hass: HomeAssistant, kitchen: Player) -> None:
    """Why is told of each."""
    await announce(hass, KITCHEN)
    kitchen.failure = HomeAssistantError("The plug is out")
    with pytest.raises(HomeAssistantError, match=r"no player.*The plug is out"):
        await act(hass, "repeat", entity_id=[KITCHEN, "tts.samantha_ferris"])


@pytest.mark.parametrize("target", [{}, {"entity_id": KITCHEN}])
async def test_all_can_be_stopped(hass: HomeAssistant, kitchen: Player, hall: Player, target: dict[str, Any]) -> None:
    """What plays, and what waits; it is told, and is no failure."""
    kitchen.released.clear()
    hall.released.clear()
    tasks = [asyncio.create_task(announce(hass, KITCHEN, message=text)) for text in (TEXT, OTHER_TEXT)]
    elsewhere = asyncio.create_task(announce(hass, HALL))
    for player in (kitchen, hall):
        await player.has_heard.wait()
    await settled()
    assert await act(hass, "stop", **target) == {"stopped": 2 if target else 3}
    told = [(await task)["targets"][KITCHEN] for task in tasks]
    assert [(one["result"], one["fetched"]) for one in told] == [("stopped", True), ("stopped", False)]
    hall.released.set()
    assert (await elsewhere)["targets"][HALL]["result"] == ("played" if target else "stopped")
    assert await act(hass, "stop") == {"stopped": 0}


async def test_it_is_said_as_often_as_wanted(
    hass: HomeAssistant, simulator: Simulator, made_time: MadeTime, kitchen: Player
) -> None:
    """With the pauses that are wanted, and made once."""
    announcement = asyncio.create_task(announce(hass, KITCHEN, repeat=3, repeat_every=20))
    heard_at = []
    for _ in range(3):
        await kitchen.has_heard.wait()
        kitchen.has_heard.clear()
        heard_at.append(made_time.time())
    told = await announcement
    assert [round(later - earlier) for earlier, later in pairwise(heard_at)] == [20, 20]
    assert (told["times"], told["targets"], len(kitchen.heard)) == (3, {KITCHEN: PLAYED}, 3)
    assert spoken(simulator) == 1


async def test_it_is_said_until_somebody_has_done_something(
    hass: HomeAssistant, made_time: MadeTime, kitchen: Player
) -> None:
    """Once at least, and every half a minute."""
    hass.states.async_set(DOOR, "on")
    until = {"entity_id": DOOR, "state": "off"}
    announcement = asyncio.create_task(announce(hass, KITCHEN, until=until))
    await kitchen.has_heard.wait()
    kitchen.has_heard.clear()
    heard_at = made_time.time()
    await kitchen.has_heard.wait()
    assert round(made_time.time() - heard_at) == 30
    await settled()
    hass.states.async_set(DOOR, "off")
    assert (await announcement)["times"] == 2
    assert (await announce(hass, KITCHEN, until=until))["times"] == 1


async def test_what_is_stopped_is_not_said_again(hass: HomeAssistant, kitchen: Player) -> None:
    """However often it was to be said."""
    kitchen.released.clear()
    announcement = asyncio.create_task(announce(hass, KITCHEN, repeat=3))
    await kitchen.has_heard.wait()
    await act(hass, "stop")
    told = await announcement
    assert (told["times"], told["targets"][KITCHEN]["result"]) == (1, "stopped")


async def test_a_pause_can_be_stopped(hass: HomeAssistant, kitchen: Player, hall: Player) -> None:
    """At one of its players, where it is not said again; and at the last one."""
    announcement = asyncio.create_task(announce(hass, KITCHEN, HALL, repeat=5, repeat_every={"minutes": 10}))
    for player in (kitchen, hall):
        await player.has_heard.wait()
        player.has_heard.clear()
    await settled()
    assert await act(hass, "stop", entity_id=HALL) == {"stopped": 1}
    await kitchen.has_heard.wait()
    await settled()
    assert await act(hass, "stop") == {"stopped": 1}
    told = await announcement
    assert (told["times"], told["targets"]) == (2, {KITCHEN: PLAYED, HALL: PLAYED})
    assert (len(kitchen.heard), len(hall.heard)) == (2, 1)


@pytest.mark.usefixtures("kitchen")
async def test_what_is_stopped_is_not_waited_for(
    hass: HomeAssistant, simulator: Simulator, made_time: MadeTime
) -> None:
    """However long the rest would take to be made."""
    simulator.profile = Profile(speed=1.0)
    begun_at = made_time.time()
    announcement = asyncio.create_task(announce(hass, KITCHEN, message=30 * TEXT))
    await simulator.journal.until(lambda journal: bool(journal.sent(WHOLE)))
    assert await act(hass, "stop") == {"stopped": 1}
    assert (await announcement)["targets"][KITCHEN]["result"] == "stopped"
    assert made_time.time() - begun_at < 10


async def test_one_of_several_chimes_is_heard(hass: HomeAssistant, kitchen: Player) -> None:
    """By chance, before and after."""
    await announce(hass, KITCHEN, chime=["glass", "glass"], chime_after=["ding", "ding"])
    assert kitchen.last.pcm == chime_pcm("glass", 24000) + COMPLETE + chime_pcm("ding", 24000)

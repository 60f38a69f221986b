"""Announcements that meet at a loudspeaker, whoever made them."""

import asyncio

from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.listeners import (
    BEDSIDE,
    HALL,
    KITCHEN,
    PLAYED,
    House,
    Player,
    Satellite,
    announce,
    announce_later,
    settled,
    speak,
)
from tests.made_time import MadeTime
from tests.other_engine import SPOKEN_BY_OTHER, OtherEngine
from tests.players.radio import RADIO, Radio
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, OTHER_TEXT, TEXT, WHOLE


async def test_announcements_and_speech_wait_for_each_other(hass: HomeAssistant, kitchen: Player) -> None:
    """In the order in which they were asked for; it is told how long each has waited."""
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    second = asyncio.create_task(speak(hass, KITCHEN, message=OTHER_TEXT))
    await settled()
    third = announce_later(hass, KITCHEN, message="Number three.")
    await settled()
    assert (len(kitchen.orders), second.done()) == (1, False)
    await asyncio.sleep(1)
    kitchen.released.set()
    told = (await first, await third)
    await second
    assert [heard.pcm for heard in kitchen.heard] == [
        tone_pcm(text, 24000) for text in (TEXT, OTHER_TEXT, "Number three.")
    ]
    waited = [one["targets"][KITCHEN]["waited_ms"] for one in told]
    assert waited[0] < waited[1]


async def test_speech_waits_for_no_more_than_that_a_player_has_begun(hass: HomeAssistant, kitchen: Player) -> None:
    """A player that is not there, or that is none, is left out without a word, as by Home Assistant itself."""
    await speak(hass, KITCHEN, "media_player.nobody")
    assert kitchen.last.pcm == COMPLETE
    await speak(hass, "media_player.nobody")
    await hass.services.async_call(
        "tts", "speak", {"entity_id": ENTITY, "media_player_entity_id": "none", "message": TEXT}, blocking=True
    )
    assert len(kitchen.heard) == 1
    await hass.services.async_call(
        "tts", "speak", {"entity_id": ENTITY, "media_player_entity_id": "all", "message": TEXT}, blocking=True
    )
    assert len(kitchen.heard) == 2


async def test_speech_tells_of_a_player_that_refuses(hass: HomeAssistant, kitchen: Player) -> None:
    """As Home Assistant itself does."""
    kitchen.failure = HomeAssistantError("The plug is out")
    with pytest.raises(HomeAssistantError, match="The plug is out"):
        await speak(hass, KITCHEN)


async def test_a_satellite_and_the_player_of_its_device_are_one(hass: HomeAssistant, house: House) -> None:
    """They share a loudspeaker; two players of a device do not."""
    satellite = await house.add(Satellite(BEDSIDE), device="Box")
    player = await house.add(Player(KITCHEN), device="Box")
    zone = await house.add(Player("media_player.zone_1"), device="Amplifier")
    other = await house.add(Player("media_player.zone_2"), device="Amplifier")
    for listener in (satellite, player, zone, other):
        listener.released.clear()
    tasks = [
        announce_later(hass, BEDSIDE),
        announce_later(hass, KITCHEN),
        announce_later(hass, zone.entity_id),
        announce_later(hass, other.entity_id),
    ]
    for listener in (satellite, zone, other):
        await listener.has_heard.wait()
    assert player.orders == []
    for listener in (satellite, player, zone, other):
        listener.released.set()
    await asyncio.gather(*tasks)
    assert len(player.orders) == 1


@pytest.mark.parametrize("attribute", ["entity_id", "group_members"])
async def test_a_group_and_its_members_are_one(
    hass: HomeAssistant, house: House, kitchen: Player, hall: Player, attribute: str
) -> None:
    """Whether somebody has made it or the players have joined."""
    group = Player("media_player.group")
    group._attr_extra_state_attributes = {attribute: [KITCHEN, HALL]}  # noqa: SLF001 - what such a group shows
    await house.add(group)
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    second, third = announce_later(hass, "media_player.group"), announce_later(hass, HALL)
    await settled()
    assert (group.orders, hall.orders) == ([], [])
    kitchen.released.set()
    await asyncio.gather(first, second, third)
    assert (len(group.orders), len(hall.orders)) == (1, 1)


async def test_who_speaks_with_a_satellite_is_not_interrupted(hass: HomeAssistant, bedside: Satellite) -> None:
    """But for something urgent."""
    hass.states.async_set(BEDSIDE, AssistSatelliteState.LISTENING, hass.states.get(BEDSIDE).attributes)  # type: ignore[union-attr] # it is there
    waiting = announce_later(hass, BEDSIDE)
    await settled()
    assert bedside.orders == []
    urgent = await announce(hass, BEDSIDE, message="Fire!", priority="urgent")
    assert urgent["targets"] == {BEDSIDE: PLAYED}
    assert (await waiting)["targets"] == {BEDSIDE: PLAYED}
    assert [order["message"] for order in bedside.orders] == ["Fire!", TEXT]


@pytest.mark.usefixtures("bedside")
async def test_a_satellite_that_never_becomes_idle_is_tried(hass: HomeAssistant, made_time: MadeTime) -> None:
    """After a minute."""
    hass.states.async_set(BEDSIDE, AssistSatelliteState.LISTENING, hass.states.get(BEDSIDE).attributes)  # type: ignore[union-attr] # it is there
    began = made_time.time()
    assert (await announce(hass, BEDSIDE))["targets"] == {BEDSIDE: PLAYED}
    assert round(made_time.time() - began) == 60


async def test_urgent_is_heard_at_once_and_the_other_again(hass: HomeAssistant, kitchen: Player) -> None:
    """From its beginning."""
    kitchen.released.clear()
    normal = announce_later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    kitchen.has_heard.clear()
    urgent = announce_later(hass, KITCHEN, message="Fire!", priority="urgent")
    await kitchen.has_heard.wait()
    kitchen.released.set()
    for task in (normal, urgent):
        assert (await task)["targets"] == {KITCHEN: PLAYED}
    assert [heard.pcm for heard in kitchen.heard] == [COMPLETE, tone_pcm("Fire!", 24000), COMPLETE]


async def test_what_waits_may_be_replaced_or_expire(hass: HomeAssistant, made_time: MadeTime, kitchen: Player) -> None:
    """It is told, and is no failure; what is low is old after two minutes."""
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN, tag="washing")
    await kitchen.has_heard.wait()
    replaced = announce_later(hass, KITCHEN, message="Older.", tag="washing")
    await settled()
    kept = announce_later(hass, KITCHEN, message="Newer.", tag="washing")
    await settled()
    low = announce_later(hass, KITCHEN, message="Minor.", priority="low")
    late = announce_later(hass, KITCHEN, message="Late.", valid_for={"seconds": 90})
    began = made_time.time()
    told = {"result": "expired", "fetched": False, "waited_ms": None}
    for task, limit_s in ((late, 90), (low, 120)):
        assert (await task)["targets"] == {KITCHEN: told}
        assert made_time.time() - began == pytest.approx(limit_s, abs=0.5)
    assert (await replaced)["targets"] == {KITCHEN: {**told, "result": "replaced"}}
    kitchen.released.set()
    await asyncio.gather(first, kept)
    assert [heard.pcm for heard in kitchen.heard] == [COMPLETE, tone_pcm("Newer.", 24000)]


async def test_another_engine_is_heard_by_those_who_wait_too(
    hass: HomeAssistant, simulator: Simulator, kitchen: Player, other: OtherEngine
) -> None:
    """Though Home Assistant keeps nothing of it."""
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN, message=OTHER_TEXT)
    await kitchen.has_heard.wait()
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    second = announce_later(hass, KITCHEN)
    while not other.said:  # noqa: ASYNC110 - another engine tells nobody that it speaks
        await asyncio.sleep(0.01)
    await settled()
    kitchen.released.set()
    await first
    told = await second
    assert kitchen.last.audio.startswith(SPOKEN_BY_OTHER)
    assert (told["targets"], told["speech"]["result"]) == ({KITCHEN: PLAYED}, "fallback")


async def test_speech_that_has_failed_is_not_played(
    hass: HomeAssistant, simulator: Simulator, kitchen: Player, hall: Player
) -> None:
    """Where its turn comes later: nobody waits for nothing."""
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    second = announce_later(hass, KITCHEN, HALL, message=OTHER_TEXT)
    await hall.has_heard.wait()
    kitchen.released.set()
    await first
    with pytest.raises(HomeAssistantError) as raised:
        await second
    assert raised.value.translation_key == "insufficient_credits"
    assert (len(kitchen.orders), len(simulator.journal.received(WHOLE))) == (1, 2)


async def test_a_call_that_is_stopped_silences_the_player(hass: HomeAssistant, radio: Radio) -> None:
    """And leaves it as it was."""
    radio.play()
    radio.released.clear()
    announcement = announce_later(hass, RADIO, volume=70)
    await radio.has_heard.wait()
    announcement.cancel()
    with pytest.raises(asyncio.CancelledError):
        await announcement
    await hass.async_block_till_done(wait_background_tasks=True)
    assert radio.state is MediaPlayerState.PLAYING
    assert radio.volume == 0.3
    assert [kind for kind, *_ in radio.done] == ["stop", "volume", "announce", "stop", "volume", "play", "seek"]


async def test_speech_that_is_given_up_while_it_waits_is_not_said(hass: HomeAssistant, kitchen: Player) -> None:
    """An automation was stopped."""
    kitchen.released.clear()
    first = announce_later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    waiting = asyncio.create_task(speak(hass, KITCHEN, message=OTHER_TEXT))
    await settled()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    kitchen.released.set()
    await first
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(kitchen.orders) == 1


async def test_the_members_of_a_group_are_asked_for_their_states(hass: HomeAssistant, house: House) -> None:
    """Those who are polled tell nothing by themselves, and the group only what they tell."""
    asked: list[str] = []

    class Polled(Player):
        """One that notes when it is asked."""

        async def async_update(self) -> None:
            """Tell nothing new."""
            asked.append(self.entity_id)

    for entity_id in (KITCHEN, HALL):
        await house.add(Polled(entity_id))
    group = Radio("media_player.group")
    group._attr_extra_state_attributes = {"entity_id": [KITCHEN, HALL]}  # noqa: SLF001 - what such a group shows
    await house.add(group)
    asked.clear()
    await announce(hass, "media_player.group")
    assert set(asked) == {KITCHEN, HALL}

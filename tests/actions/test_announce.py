"""The action `announce`: spoken once, heard by everybody it is meant for."""

import asyncio
from typing import Any

from homeassistant.components.tts import async_get_media_source_audio
from homeassistant.core import Context, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import BEDSIDE, HALL, KITCHEN, PLAYED, House, Player, Satellite, announce
from tests.simulator import Profile, Simulator, tone_pcm
from tests.sound.meter import measured
from tests.speaking import COMPLETE, TEXT, WHOLE


async def test_a_player_hears_all_of_it_as_an_announcement(hass: HomeAssistant, kitchen: Player) -> None:
    """With what the player takes besides, and in the name of who has called."""
    contexts: list[Context] = []
    hass.bus.async_listen("call_service", callback(lambda event: contexts.append(event.context)))
    context = Context()
    told = await announce(hass, KITCHEN, context=context, extra={"volume": 40})
    assert (kitchen.last.status, kitchen.last.pcm) == (200, COMPLETE)
    assert kitchen.orders == [{"media_type": "music", "announce": True, "extra": {"volume": 40}}]
    assert told["targets"] == {KITCHEN: PLAYED}
    assert contexts == [context, context]


async def test_what_was_spoken_is_told(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """How much, how soon, at what cost; by the id it can be played again."""
    simulator.profile = Profile(first_audio_ms=60)
    told = await announce(hass, KITCHEN)
    speech = told["speech"]
    assert speech.pop("ttfa_ms") == 60
    assert speech == {"result": "spoken", "characters": 33, "audio_seconds": 1.98, "cost_cents": pytest.approx(0.231)}
    assert TEXT.encode() not in b"".join(repr(order).encode() for order in kitchen.orders)
    extension, audio = await async_get_media_source_audio(hass, told["media_content_id"])
    assert (extension, audio) == ("wav", kitchen.last.audio)


async def test_nothing_is_told_where_nobody_asks(hass: HomeAssistant, kitchen: Player) -> None:
    """A plain call plays all the same."""
    data = {"entity_id": KITCHEN, "message": TEXT, "format": "wav"}
    assert await hass.services.async_call(DOMAIN, "announce", data, blocking=True) is None
    assert kitchen.last.pcm == COMPLETE


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize(("wish", "endpoint", "beginning"), [("wav", WHOLE, b"RIFF"), ("mp3", WHOLE, b"ID3")])
async def test_three_targets_cost_one_synthesis(
    hass: HomeAssistant,
    simulator: Simulator,
    kitchen: Player,
    hall: Player,
    bedside: Satellite,
    wish: str,
    endpoint: str,
    beginning: bytes,
    cache: bool,
) -> None:
    """Players and satellites, whether the speech is kept or not; said again, it costs nothing."""
    told = await announce(hass, KITCHEN, HALL, BEDSIDE, format=wish, cache=cache)
    assert told["targets"] == {BEDSIDE: PLAYED, HALL: PLAYED, KITCHEN: PLAYED}
    assert kitchen.last == hall.last == bedside.last
    assert kitchen.last.audio.startswith(beginning)
    again = await announce(hass, KITCHEN, HALL, BEDSIDE, format=wish, cache=cache)
    assert again["speech"] == {
        "result": "cached",
        "characters": None,
        "audio_seconds": None,
        "cost_cents": 0.0,
        "ttfa_ms": None,
    }
    assert sum("text" in message for message in simulator.journal.received(endpoint)) == 1


async def test_everything_around_the_words_is_heard(hass: HomeAssistant, simulator: Simulator, kitchen: Player) -> None:
    """Silence before and after, a chime, another language, and what else `tts.speak` takes."""
    wish: dict[str, Any] = {
        "chime": "ding",
        "lead_in_ms": 100,
        "tail_ms": 50,
        "language": "de",
        "options": {"speed": 1.2},
    }
    await announce(hass, KITCHEN, **wish)
    expected = bytes(4800) + chime_pcm("ding", 24000) + tone_pcm(TEXT, 24000, 1.2) + bytes(2400)
    assert kitchen.last.pcm == expected
    assert simulator.journal.received(WHOLE)[-1]["language"] == "de"


async def test_an_announcement_is_as_loud_as_it_is_to_be(hass: HomeAssistant, kitchen: Player) -> None:
    """By fields of the action, whatever the voice is set to."""
    await announce(hass, KITCHEN, loudness=-24, gain_db="2")
    assert measured(kitchen.last.pcm, 24000)[0] == pytest.approx(-22, abs=1.5)


@pytest.mark.parametrize(
    ("stored", "wish", "preannounce"),
    [
        ("none", {}, True),
        ("none", {"chime": "gong"}, False),
        ("gong", {}, False),
        ("gong", {"chime": "none"}, True),
        ("gong", {"preannounce": True}, True),
        ("none", {"preannounce": False}, False),
    ],
)
async def test_a_satellite_has_one_chime(
    hass: HomeAssistant,
    account: MockConfigEntry,
    bedside: Satellite,
    stored: str,
    wish: dict[str, Any],
    preannounce: bool,
) -> None:
    """Its own only if there is no other, unless the call says so."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "chime": stored})
    await hass.async_block_till_done()
    await announce(hass, BEDSIDE, **wish)
    assert bedside.orders == [{"message": TEXT, "preannounce": preannounce}]
    assert bedside.last.pcm.endswith(COMPLETE)


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        ({}, "Dinner is ready!"),
        ({"options": {"marks": False}}, "[voice:Samantha Ferris] Dinner [pause:300] is ready!"),
    ],
)
async def test_a_display_shows_words(hass: HomeAssistant, bedside: Satellite, wish: dict[str, Any], shown: str) -> None:
    """Neither marks nor tags."""
    message = "[voice:Samantha Ferris] Dinner [pause:300] is <break time='1s'/>ready!"
    await announce(hass, BEDSIDE, message=message, **wish)
    assert bedside.orders[0]["message"] == shown


async def test_announcements_to_a_satellite_wait_for_each_other(hass: HomeAssistant, bedside: Satellite) -> None:
    """It would refuse a second one while it plays the first."""
    bedside.released.clear()
    texts = [f"Announcement number {number}." for number in range(3)]
    announcements = [asyncio.create_task(announce(hass, BEDSIDE, message=text)) for text in texts]
    await bedside.has_heard.wait()
    assert len(bedside.orders) == 1
    bedside.released.set()
    told = await asyncio.gather(*announcements)
    assert [one["targets"] for one in told] == [{BEDSIDE: PLAYED}] * 3
    assert [heard.pcm for heard in bedside.heard] == [tone_pcm(text, 24000) for text in texts]


async def test_a_hundred_announcements_at_once_arrive_whole(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, house: House
) -> None:
    """At ten players, each with another text."""
    hass.config_entries.async_update_entry(account, options={**account.options, "parallel": 100})
    await hass.async_block_till_done()
    simulator.profile = Profile(first_audio_ms=20)
    players = [await house.add(Player(f"media_player.number_{number}")) for number in range(10)]
    texts = [f"Announcement number {number}." for number in range(100)]
    told = await asyncio.gather(
        *(announce(hass, players[number % 10].entity_id, message=text) for number, text in enumerate(texts))
    )
    assert all(PLAYED in one["targets"].values() and one["speech"]["result"] == "spoken" for one in told)
    expected = [{tone_pcm(text, 24000) for text in texts[number::10]} for number in range(10)]
    assert [{heard.pcm for heard in player.heard} for player in players] == expected

"""What was playing goes on after the last announcement of a row."""

import asyncio
from datetime import timedelta
from typing import Any

from freezegun import freeze_time
from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from tests.listeners import KITCHEN, PLAYED, House, Player, announce, settled
from tests.made_time import MadeTime
from tests.players.radio import DING, RADIO, SONG, Radio

RESUMED = {RADIO: {**PLAYED, "resumed": True}}
AGAIN = ("play", SONG, "music")


async def told_play(hass: HomeAssistant, content_id: str, **more: Any) -> None:
    """Have Home Assistant tell the player what to play."""
    data = {"entity_id": RADIO, "media_content_id": content_id, "media_content_type": "music", **more}
    await hass.services.async_call("media_player", "play_media", data, blocking=True)


async def test_music_goes_on_where_it_was(hass: HomeAssistant, radio: Radio) -> None:
    """To the second."""
    radio.play()
    assert (await announce(hass, RADIO))["targets"] == RESUMED
    assert radio.done == [("announce", 0.3), AGAIN, ("seek", 40)]


async def test_music_stops_before_it_could_be_loud(hass: HomeAssistant, radio: Radio) -> None:
    """And goes on when the volume is as before."""
    radio.play()
    assert (await announce(hass, RADIO, volume=70))["targets"] == RESUMED
    expected = [("stop",), ("volume", 0.7), ("announce", 0.7), ("volume", 0.3), AGAIN, ("seek", 40)]
    assert radio.done == expected


async def test_music_goes_on_after_the_last_of_a_row(hass: HomeAssistant, radio: Radio) -> None:
    """Once."""
    radio.play()
    radio.released.clear()
    texts = ("One.", "Two.", "Three.")
    row = [asyncio.create_task(announce(hass, RADIO, message=text)) for text in texts]
    await radio.has_heard.wait()
    await settled()
    radio.released.set()
    told = [one["targets"][RADIO] for one in await asyncio.gather(*row)]
    assert told == [PLAYED, PLAYED, {**PLAYED, "resumed": True}]
    assert [kind for kind, *_ in radio.done] == ["announce", "announce", "announce", "play", "seek"]


class Asked(Radio):
    """One that is polled, and takes a while to tell."""

    def __init__(self) -> None:
        """Begin with nobody asking."""
        super().__init__(RADIO)
        self._attr_should_poll = True
        self.is_asked = asyncio.Event()
        self.may_tell = asyncio.Event()

    async def async_update(self) -> None:
        """Tell when that is allowed."""
        self.is_asked.set()
        await self.may_tell.wait()


@pytest.mark.parametrize("breaks_off", ["urgent", "stop"])
async def test_music_is_not_lost_by_who_is_broken_off_at_once(
    hass: HomeAssistant, house: House, breaks_off: str
) -> None:
    """Before anything of the player was known, nothing of it was interrupted."""
    radio = Asked()
    radio.may_tell.set()
    await house.add(radio)
    radio.play()
    radio.may_tell.clear()
    radio.is_asked.clear()
    first = asyncio.create_task(announce(hass, RADIO, message="One."))
    await radio.is_asked.wait()
    if breaks_off == "stop":
        await hass.services.async_call("kugelaudio", "stop", {}, blocking=True, return_response=True)
        radio.may_tell.set()
        assert (await first)["targets"][RADIO]["result"] == "stopped"
        assert (radio.done, radio.state) == ([], MediaPlayerState.PLAYING)
        return
    second = asyncio.create_task(announce(hass, RADIO, message="Two.", priority="urgent"))
    await settled()
    radio.may_tell.set()
    await asyncio.gather(first, second)
    assert [kind for kind, *_ in radio.done] == ["announce", "announce", "play", "seek"]


async def test_a_live_stream_begins_anew(hass: HomeAssistant, radio: Radio) -> None:
    """There is no place in it to go back to."""
    radio.duration_s = None
    radio.play()
    assert (await announce(hass, RADIO))["targets"] == RESUMED
    assert radio.done == [("announce", 0.3), AGAIN]


async def test_silence_stays_silence(hass: HomeAssistant, radio: Radio) -> None:
    """Also where music is not to go on."""
    assert (await announce(hass, RADIO))["targets"] == {RADIO: PLAYED}
    radio.play()
    assert (await announce(hass, RADIO, resume=False))["targets"] == {RADIO: PLAYED}
    assert [kind for kind, *_ in radio.done] == ["announce", "announce"]


async def test_what_a_player_does_not_tell_home_assistant_remembers(hass: HomeAssistant, radio: Radio) -> None:
    """The last that it was told to play, and no announcement."""
    radio.tells_content = False
    await told_play(hass, "http://example.com/other.mp3", entity_id=[RADIO])
    await told_play(hass, SONG)
    await told_play(hass, DING, announce=True)
    radio.play()
    radio.done.clear()
    assert (await announce(hass, RADIO))["targets"] == RESUMED
    assert radio.done == [("announce", 0.3), AGAIN, ("seek", 40)]


async def test_what_was_begun_elsewhere_is_not_mistaken(hass: HomeAssistant, radio: Radio) -> None:
    """The last order was another one: it is told that this music can't be put back."""
    radio.tells_content = False
    await told_play(hass, SONG)
    radio.show(MediaPlayerState.IDLE)
    with freeze_time(dt_util.utcnow() + timedelta(minutes=5)):
        radio.play()
    radio.done.clear()
    told = (await announce(hass, RADIO))["targets"][RADIO]
    assert told["resumed"] is False
    assert "does not tell what it plays" in told["not_resumed_because"]
    assert radio.done == [("announce", 0.3)]


async def test_a_source_is_selected_again(hass: HomeAssistant, radio: Radio) -> None:
    """Where nothing tells what came from it."""
    radio.tune()
    assert (await announce(hass, RADIO))["targets"] == RESUMED
    assert radio.done == [("announce", 0.3), ("source", "Tuner")]


async def test_a_player_that_refuses_is_told(hass: HomeAssistant, radio: Radio) -> None:
    """In its own words."""
    radio.play()
    radio.refuses = HomeAssistantError("Not in the mood")
    told = (await announce(hass, RADIO))["targets"][RADIO]
    assert (told["resumed"], told["not_resumed_because"]) == (False, "Not in the mood")


async def test_a_player_that_does_not_find_the_place_plays_on(hass: HomeAssistant, radio: Radio) -> None:
    """From the beginning."""

    async def stuck(position: float) -> None:
        raise HomeAssistantError(str(position))

    radio.play()
    radio.async_media_seek = stuck  # type: ignore[method-assign] # this one only
    assert (await announce(hass, RADIO))["targets"] == RESUMED
    assert radio.done == [("announce", 0.3), AGAIN]


async def test_what_somebody_has_begun_meanwhile_plays_on(
    hass: HomeAssistant, radio: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old music does not come back."""
    show = radio.show

    def begin_something_else(state: MediaPlayerState) -> None:
        show(state)
        if state is MediaPlayerState.IDLE:
            radio.play("http://example.com/new.mp3")

    radio.play()
    monkeypatch.setattr(radio, "show", begin_something_else)
    assert (await announce(hass, RADIO))["targets"] == {RADIO: PLAYED}
    assert radio.done == [("announce", 0.3)]


async def test_players_that_announce_by_themselves_are_left_alone(hass: HomeAssistant, kitchen: Player) -> None:
    """They go on by themselves."""
    kitchen.show(MediaPlayerState.PLAYING)
    announcement = asyncio.create_task(announce(hass, KITCHEN))
    await announcement
    assert len(kitchen.orders) == 1


@pytest.mark.parametrize("state", [MediaPlayerState.OFF, MediaPlayerState.STANDBY])
async def test_a_player_that_is_off_is_turned_on_and_off(
    hass: HomeAssistant, radio: Radio, state: MediaPlayerState
) -> None:
    """Where that is wanted."""
    radio.show(state)
    assert (await announce(hass, RADIO, turn_on=True))["targets"] == {RADIO: PLAYED}
    assert radio.done == [("on",), ("announce", 0.3), ("off",)]
    radio.done.clear()
    radio.show(state)
    await announce(hass, RADIO)
    assert radio.done == [("announce", 0.3)]


async def test_a_player_that_does_not_begin_stays_at_the_beginning(
    hass: HomeAssistant, made_time: MadeTime, radio: Radio
) -> None:
    """It is not waited for longer than ten seconds."""
    radio.play()
    announcement = asyncio.create_task(announce(hass, RADIO))
    radio.duration_s = None
    while ("play", SONG, "music") not in radio.done:  # noqa: ASYNC110 - a player tells nobody what it is told
        await asyncio.sleep(0.01)
    told_at = made_time.time()
    assert (await announcement)["targets"] == RESUMED
    assert round(made_time.time() - told_at) == 10
    assert radio.done == [("announce", 0.3), AGAIN]


@pytest.mark.parametrize(("others", "is_remembered"), [(99, True), (100, False)])
async def test_the_last_hundred_players_are_remembered(
    hass: HomeAssistant, radio: Radio, others: int, is_remembered: bool
) -> None:
    """Whoever is told what to play, be it there or not."""
    radio.tells_content = False
    await told_play(hass, SONG)
    entity_ids = [f"media_player.number_{number}" for number in range(others)]
    await told_play(hass, "http://example.com/other.mp3", entity_id=entity_ids)
    radio.done.clear()
    told = (await announce(hass, RADIO))["targets"][RADIO]
    assert told["resumed"] is is_remembered


async def test_a_player_that_does_not_wake_up_is_tried_all_the_same(
    hass: HomeAssistant, radio: Radio, made_time: MadeTime, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells."""
    radio.show(MediaPlayerState.OFF)
    radio.refuses = HomeAssistantError("Too tired")
    began = made_time.time()
    assert (await announce(hass, RADIO, turn_on=True))["targets"] == {RADIO: PLAYED}
    assert round(made_time.time() - began) == 20
    assert f"{RADIO} did not obey turn_on: Too tired" in caplog.text

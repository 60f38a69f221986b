"""The volume of an announcement, and of everything after it."""

import asyncio
from typing import Any, override

from homeassistant.components.media_player.const import MediaPlayerState, MediaType
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from tests.listeners import KITCHEN, PLAYED, House, Player, announce, settled
from tests.players.radio import RADIO, SONG, Forgetful, Radio
from tests.speaking import OTHER_TEXT

STORE = "kugelaudio.volumes"


async def begun(hass: HomeAssistant, radio: Radio, **how: Any) -> asyncio.Task[dict[str, Any]]:
    """Announce, and return while it is heard."""
    radio.released.clear()
    announcement = asyncio.create_task(announce(hass, RADIO, **how))
    await radio.has_heard.wait()
    radio.has_heard.clear()
    return announcement


async def test_the_volume_is_put_back(hass: HomeAssistant, radio: Radio, hass_storage: dict[str, Any]) -> None:
    """What it was is on disk meanwhile, and only then."""
    announcement = await begun(hass, radio, volume=70)
    assert hass_storage[STORE]["data"] == {RADIO: {"before": 0.3, "made": 0.7}}
    assert radio.volume == 0.7
    radio.released.set()
    assert (await announcement)["targets"] == {RADIO: PLAYED}
    assert radio.done == [("volume", 0.7), ("announce", 0.7), ("volume", 0.3)]
    assert STORE not in hass_storage


async def test_two_that_follow_each_other_put_it_back_once(hass: HomeAssistant, radio: Radio) -> None:
    """Each is heard at its own volume."""
    first = await begun(hass, radio, volume=70)
    second = asyncio.create_task(announce(hass, RADIO, volume=50, message=OTHER_TEXT))
    await settled()
    radio.released.set()
    await asyncio.gather(first, second)
    levels = [level for kind, level in radio.done if kind == "volume"]
    assert levels == [0.7, 0.5, 0.3]
    assert [level for kind, level in radio.done if kind == "announce"] == [0.7, 0.5]


async def test_one_without_a_volume_is_heard_at_the_players_own(hass: HomeAssistant, radio: Radio) -> None:
    """Though it follows one that was louder."""
    first = await begun(hass, radio, volume=70)
    second = asyncio.create_task(announce(hass, RADIO, message=OTHER_TEXT))
    await settled()
    radio.released.set()
    await asyncio.gather(first, second)
    assert radio.done == [("volume", 0.7), ("announce", 0.7), ("volume", 0.3), ("announce", 0.3)]


@pytest.mark.parametrize("follows", [False, True])
async def test_who_turns_the_knob_is_obeyed(hass: HomeAssistant, radio: Radio, follows: bool) -> None:
    """It stays where it was turned to."""
    first = await begun(hass, radio, volume=70)
    second = asyncio.create_task(announce(hass, RADIO, volume=50, message=OTHER_TEXT)) if follows else None
    await settled()
    radio.turn_knob(0.4)
    radio.released.set()
    await first
    if second is not None:
        await second
    assert radio.volume == 0.4


async def test_a_player_may_round(hass: HomeAssistant, radio: Radio) -> None:
    """What it makes of a volume is no turn of its knob."""
    announcement = await begun(hass, radio, volume=70)
    radio.turn_knob(0.68)
    radio.released.set()
    await announcement
    assert radio.volume == 0.3


class Slow(Radio):
    """A player that shows its volume only when it plays next, as renderers do that send news of it."""

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Turn the knob, and show nothing of it."""
        self.done.append(("volume", volume))
        self._attr_extra_state_attributes = {"next": volume}

    @override
    async def async_play_media(self, media_type: str, media_id: str, **kwargs: Any) -> None:
        """Show the volume."""
        self.turn_knob(self._attr_extra_state_attributes["next"])
        await super().async_play_media(media_type, media_id, **kwargs)


async def test_a_player_that_shows_its_volume_later_has_no_hand_at_its_knob(hass: HomeAssistant, house: House) -> None:
    """It is put back all the same."""
    slow = await house.add(Slow(RADIO))
    await announce(hass, RADIO, volume=70)
    assert slow.done == [("volume", 0.7), ("announce", 0.7), ("volume", 0.3)]


async def test_a_player_that_is_off_while_it_is_silent_has_a_volume(hass: HomeAssistant, radio: Radio) -> None:
    """As MPD: it is no more than stopped, though its state tells no volume then."""

    async def stop() -> None:
        radio.done.append(("stop",))
        radio.show(MediaPlayerState.OFF)

    radio.async_media_stop = stop  # type: ignore[method-assign] # this one only
    radio.play()
    await announce(hass, RADIO, volume=70)
    assert [done for done in radio.done if done[0] != "seek"] == [
        ("stop",),
        ("volume", 0.7),
        ("announce", 0.7),
        ("volume", 0.3),
        ("play", SONG, "music"),
    ]


async def test_a_knob_that_does_not_move_is_no_obstacle(
    hass: HomeAssistant, radio: Radio, caplog: pytest.LogCaptureFixture
) -> None:
    """It is heard, and the log tells."""
    radio.refuses = HomeAssistantError("The knob is stuck")
    assert (await announce(hass, RADIO, volume=70))["targets"] == {RADIO: PLAYED}
    assert f"{RADIO} did not obey volume_set: The knob is stuck" in caplog.text


async def test_a_player_without_a_knob_is_left_alone(hass: HomeAssistant, kitchen: Player, radio: Radio) -> None:
    """Nor is one whose volume nobody knows."""
    radio.turn_knob(None)
    told = await announce(hass, KITCHEN, RADIO, volume=70)
    assert told["targets"] == {KITCHEN: PLAYED, RADIO: PLAYED}
    assert kitchen.orders[0]["extra"] == {}
    assert radio.done == [("announce", None)]


@pytest.mark.parametrize(
    ("platform", "volume", "extra"),
    [
        ("sonos", 40, {"volume": 40}),
        ("music_assistant", 0, {"announce_volume": 1}),
        ("squeezebox", 40, {"announce_volume": 0.4}),
        ("bang_olufsen", 40, {"overlay_absolute_volume": 40}),
        ("forked_daapd", 40, {}),
    ],
)
async def test_players_that_take_a_volume_get_it_in_their_own_way(
    hass: HomeAssistant, house: House, platform: str, volume: int, extra: dict[str, float]
) -> None:
    """What a call says itself wins; the knob is left alone."""
    radio = Radio(RADIO)
    await MockEntityPlatform(hass, domain="media_player", platform_name=platform).async_add_entities([radio])
    await announce(hass, RADIO, volume=volume)
    await announce(hass, RADIO, volume=volume, extra=dict.fromkeys(extra, 7))
    assert [order["extra"] for order in radio.orders] == [extra, dict.fromkeys(extra, 7)]
    assert [kind for kind, *_ in radio.done] == ["announce", "announce"]
    assert house.hass is hass


@pytest.fixture
async def forgetful(hass: HomeAssistant, house: House) -> Forgetful:
    """Add a player that forgets its volume."""
    assert house.hass is hass
    return await add_forgetful(hass, Forgetful(RADIO))


async def add_forgetful(hass: HomeAssistant, player: Forgetful) -> Forgetful:
    """Add a player as one of VLC's."""
    await MockEntityPlatform(hass, domain="media_player", platform_name="vlc_telnet").async_add_entities([player])
    return player


class Stubborn(Forgetful):
    """One that plays on when nobody waits for its end any more."""

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Play, and be stopped by nothing but a stop."""
        try:
            await super().async_play_media(media_type, media_id, **kwargs)
        except asyncio.CancelledError:
            self.show(MediaPlayerState.PLAYING)
            raise


def announced(player: Radio) -> list[float]:
    """Return the volumes at which announcements were heard."""
    return [done[1] for done in player.done if done[0] == "announce"]


async def told(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Tell the player something."""
    await hass.services.async_call("media_player", action, {"entity_id": RADIO, **data}, blocking=True)


@pytest.mark.parametrize("resume", [True, False])
async def test_a_player_that_forgets_its_volume_is_told_it_each_time(
    hass: HomeAssistant, forgetful: Forgetful, resume: bool
) -> None:
    """Announcements without a volume of their own, and whatever follows, are as loud as the music was."""
    await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    await told(hass, "volume_set", volume_level=0.4)
    first = await begun(hass, forgetful, resume=resume)
    others = [asyncio.create_task(announce(hass, RADIO, message=text, resume=resume)) for text in ("Two.", "Three.")]
    others.append(asyncio.create_task(announce(hass, RADIO, message="Loud.", volume=70, resume=resume)))
    await settled()
    forgetful.released.set()
    await asyncio.gather(first, *others)
    assert announced(forgetful) == [0.4, 0.4, 0.4, 0.7]
    if not resume:
        await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    assert forgetful.volume == 0.4


async def test_a_player_that_has_played_nothing_yet_is_not_left_silent(
    hass: HomeAssistant, forgetful: Forgetful
) -> None:
    """It shows a volume of 0, which is none: what follows begins as it always does."""
    await announce(hass, RADIO)
    forgetful.turn_knob(0)
    await announce(hass, RADIO, volume=40)
    await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    assert announced(forgetful) == [0.512, 0.4]
    assert forgetful.volume == 0.512


async def test_a_knob_that_is_turned_holds_for_the_music_of_one_that_forgets(
    hass: HomeAssistant, forgetful: Forgetful
) -> None:
    """It is told where its knob was turned to."""
    await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    await told(hass, "volume_set", volume_level=0.4)
    announcement = await begun(hass, forgetful, volume=60)
    forgetful.turn_knob(0.1)
    forgetful.released.set()
    await announcement
    assert (forgetful.state, forgetful.volume) == ("playing", 0.1)


@pytest.mark.usefixtures("house")
async def test_one_that_is_broken_off_takes_no_volume_along(hass: HomeAssistant) -> None:
    """A player that forgets its volume is silent before it is told the next one."""
    forgetful = await add_forgetful(hass, Stubborn(RADIO))
    forgetful.turn_knob(0.3)
    first = await begun(hass, forgetful)
    urgent = asyncio.create_task(announce(hass, RADIO, message="Now.", priority="urgent", volume=70))
    await settled()
    forgetful.released.set()
    await asyncio.gather(first, urgent)
    assert announced(forgetful) == [0.3, 0.7, 0.3]
    assert forgetful.volume == 0.3


async def test_as_loud_as_can_be_is_what_the_player_takes(hass: HomeAssistant, forgetful: Forgetful) -> None:
    """VLC's library refuses the loudest that VLC has."""
    await announce(hass, RADIO, volume=100)
    assert announced(forgetful) == [0.998]


async def test_music_that_is_silenced_stays_so(hass: HomeAssistant, forgetful: Forgetful) -> None:
    """Here 0 is what somebody has set."""
    await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    await told(hass, "volume_set", volume_level=0)
    await announce(hass, RADIO, volume=40)
    assert announced(forgetful) == [0.4]
    assert (forgetful.state, forgetful.volume) == ("playing", 0)


async def test_members_of_a_group_keep_their_own_volumes(hass: HomeAssistant, house: House) -> None:
    """Setting the group's would make all of them alike."""
    first, second = await house.add(Radio(RADIO)), await house.add(Radio("media_player.other"))
    second.turn_knob(0.5)
    group = Radio("media_player.group")
    group._attr_extra_state_attributes = {"entity_id": [first.entity_id, second.entity_id]}  # noqa: SLF001 - no other way
    await house.add(group)
    await announce(hass, "media_player.group", volume=70)
    assert first.done == [("volume", 0.7), ("volume", 0.3)]
    assert second.done == [("volume", 0.7), ("volume", 0.5)]
    assert [kind for kind, *_ in group.done] == ["announce"]


async def test_a_player_that_is_away_is_paid_when_it_comes_back(hass: HomeAssistant, radio: Radio) -> None:
    """Other news of it do not matter. Who was heard then, and who would be next, are told that it is away."""
    announcement = await begun(hass, radio, volume=70)
    waiting = asyncio.create_task(announce(hass, RADIO, message=OTHER_TEXT))
    await settled()
    radio.vanish(is_gone=True)
    radio.released.set()
    for told_of in (announcement, waiting):
        with pytest.raises(HomeAssistantError, match="It is not available"):
            await told_of
    assert (radio.volume, len(radio.orders)) == (0.7, 1)
    hass.states.async_set(RADIO, "unavailable", {"still": "away"})
    await hass.async_block_till_done()
    radio.vanish(is_gone=False)
    await hass.async_block_till_done()
    assert radio.volume == 0.3


@pytest.fixture
def owed(hass_storage: dict[str, Any]) -> None:
    """Let Home Assistant have ended in the midst of an announcement."""
    debts = {RADIO: {"before": 0.3, "made": 0.7}}
    hass_storage[STORE] = {"version": 1, "minor_version": 1, "key": STORE, "data": debts}


@pytest.mark.usefixtures("owed")
@pytest.mark.parametrize(("found", "expected"), [(0.7, 0.3), (0.4, 0.4)])
async def test_home_assistant_pays_when_it_starts(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], found: float, expected: float
) -> None:
    """As soon as the player is there, unless somebody has turned the knob since."""
    radio = Radio(RADIO)
    radio._attr_volume_level = found  # noqa: SLF001 - before it has a state
    await house.add(radio)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert radio.volume == expected
    assert STORE not in hass_storage


@pytest.mark.usefixtures("owed")
async def test_a_player_that_would_forget_it_is_paid_when_it_is_silent(hass: HomeAssistant, house: House) -> None:
    """It may still play what it has loaded of the announcement when Home Assistant has started again."""
    radio = Forgetful(RADIO)
    radio._attr_volume_level = 0.7  # noqa: SLF001 - before it has a state
    radio._attr_state = MediaPlayerState.PLAYING  # noqa: SLF001 - before it has a state
    await MockEntityPlatform(hass, domain="media_player", platform_name="vlc_telnet").async_add_entities([radio])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (house.hass, radio.volume) == (hass, 0.7)
    radio.show(MediaPlayerState.IDLE)
    await hass.async_block_till_done(wait_background_tasks=True)
    await told(hass, "play_media", media_content_id=SONG, media_content_type="music")
    assert radio.volume == 0.3

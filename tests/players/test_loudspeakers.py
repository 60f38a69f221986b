"""Announcements that meet at a loudspeaker, whoever made them."""

import asyncio
from functools import partial
from typing import Any, override

from aiohttp import ClientTimeout
from homeassistant.components import media_source
from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.kugelaudio.const import DOMAIN
from tests.listeners import BEDSIDE, HALL, KITCHEN, PLAYED, House, Player, Satellite, announce, settled
from tests.made_time import MadeTime
from tests.other_engine import SPOKEN_BY_OTHER, OtherEngine
from tests.players.radio import RADIO, Radio
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, TEXT, WHOLE

OTHER_TEXT = "And another thing."
LENGTH_S = len(COMPLETE) / 48_000
LONG = "x" * 10_000
LONG_S = len(tone_pcm(LONG, 24000)) / 48_000


def later(hass: HomeAssistant, *targets: str, **how: Any) -> asyncio.Task[dict[str, Any]]:
    """Announce without waiting for it."""
    return asyncio.create_task(announce(hass, *targets, **how))


async def speak(hass: HomeAssistant, *players: str, message: str = TEXT) -> None:
    """Speak with Home Assistant's own action."""
    data = {
        "entity_id": ENTITY,
        "media_player_entity_id": list(players),
        "message": message,
        "options": {"preferred_format": "wav"},
    }
    await hass.services.async_call("tts", "speak", data, blocking=True)


async def test_announcements_and_speech_wait_for_each_other(hass: HomeAssistant, kitchen: Player) -> None:
    """In the order in which they were asked for; it is told how long each has waited."""
    kitchen.released.clear()
    first = later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    second = asyncio.create_task(speak(hass, KITCHEN, message=OTHER_TEXT))
    await settled()
    third = later(hass, KITCHEN, message="Number three.")
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
    tasks = [later(hass, BEDSIDE), later(hass, KITCHEN), later(hass, zone.entity_id), later(hass, other.entity_id)]
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
    first = later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    second, third = later(hass, "media_player.group"), later(hass, HALL)
    await settled()
    assert (group.orders, hall.orders) == ([], [])
    kitchen.released.set()
    await asyncio.gather(first, second, third)
    assert (len(group.orders), len(hall.orders)) == (1, 1)


async def test_who_speaks_with_a_satellite_is_not_interrupted(hass: HomeAssistant, bedside: Satellite) -> None:
    """But for something urgent."""
    hass.states.async_set(BEDSIDE, AssistSatelliteState.LISTENING, hass.states.get(BEDSIDE).attributes)  # type: ignore[union-attr] # it is there
    waiting = later(hass, BEDSIDE)
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
    normal = later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    kitchen.has_heard.clear()
    urgent = later(hass, KITCHEN, message="Fire!", priority="urgent")
    await kitchen.has_heard.wait()
    kitchen.released.set()
    for task in (normal, urgent):
        assert (await task)["targets"] == {KITCHEN: PLAYED}
    assert [heard.pcm for heard in kitchen.heard] == [COMPLETE, tone_pcm("Fire!", 24000), COMPLETE]


async def test_what_waits_may_be_replaced_or_expire(hass: HomeAssistant, made_time: MadeTime, kitchen: Player) -> None:
    """It is told, and is no failure; what is low is old after two minutes."""
    kitchen.released.clear()
    first = later(hass, KITCHEN, tag="washing")
    await kitchen.has_heard.wait()
    replaced = later(hass, KITCHEN, message="Older.", tag="washing")
    await settled()
    kept = later(hass, KITCHEN, message="Newer.", tag="washing")
    await settled()
    low = later(hass, KITCHEN, message="Minor.", priority="low")
    late = later(hass, KITCHEN, message="Late.", valid_for={"seconds": 90})
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
    first = later(hass, KITCHEN, message=OTHER_TEXT)
    await kitchen.has_heard.wait()
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    second = later(hass, KITCHEN)
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
    first = later(hass, KITCHEN)
    await kitchen.has_heard.wait()
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    second = later(hass, KITCHEN, HALL, message=OTHER_TEXT)
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
    announcement = later(hass, RADIO, volume=70)
    await radio.has_heard.wait()
    announcement.cancel()
    with pytest.raises(asyncio.CancelledError):
        await announcement
    await hass.async_block_till_done(wait_background_tasks=True)
    assert radio.state is MediaPlayerState.PLAYING
    assert radio.volume == 0.3
    assert [kind for kind, *_ in radio.done] == ["stop", "volume", "announce", "stop", "volume", "play", "seek"]


class Deaf(Player):
    """A player that takes everything and fetches nothing."""

    @override
    async def hear(self, order: dict[str, Any], media_id: str) -> None:
        """Take an order."""
        self.orders.append({**order, "media_id": media_id})


async def test_a_player_that_does_not_fetch_is_told(
    hass: HomeAssistant, made_time: MadeTime, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """In the answer and in the log; the second time there is a repair, which goes away when it is heard again."""
    await house.add(Player(KITCHEN))
    deaf = await house.add(Deaf(HALL))
    er.async_get(hass).async_update_entity(HALL, name="Great hall")
    for _ in range(2):
        began = made_time.time()
        targets = (await announce(hass, KITCHEN, HALL))["targets"]
        assert made_time.time() - began == pytest.approx(15, abs=0.5)
        assert targets[KITCHEN] == PLAYED
        assert (targets[HALL]["result"], targets[HALL]["fetched"]) == ("sent", False)
        assert "did not load it" in targets[HALL]["error"]
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "speech_not_fetched")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["players"] == "Great hall"
    assert issue.learn_more_url == "homeassistant://config/network"
    assert f"{HALL} took an announcement, but did not load it from http://127.0.0.1" in caplog.text
    deaf.hear = lambda order, media_id: Player.hear(deaf, order, media_id)  # type: ignore[method-assign] # it hears again
    await announce(hass, HALL)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "speech_not_fetched") is None


async def test_an_automation_notices_that_nobody_fetches(hass: HomeAssistant, house: House) -> None:
    """Green and silent is no success; nor where Home Assistant knows no URL of its own."""
    await house.add(Deaf(HALL))
    await hass.config.async_update(internal_url=None)
    hass.config.api = None
    with pytest.raises(HomeAssistantError, match="did not load it"):
        await announce(hass, HALL)


class Quiet(Player):
    """A player whose state tells nothing, and that returns at once."""

    @override
    def show(self, state: MediaPlayerState) -> None:
        """Tell nothing."""


async def test_a_player_that_tells_nothing_is_given_the_time_it_needs(
    hass: HomeAssistant, made_time: MadeTime, house: House
) -> None:
    """The exact length from the first byte on, and a margin of a second."""
    quiet = await house.add(Quiet(HALL))
    first, second = later(hass, HALL), later(hass, HALL, message=OTHER_TEXT)
    await quiet.has_heard.wait()
    quiet.has_heard.clear()
    heard_at = made_time.time()
    await quiet.has_heard.wait()
    assert made_time.time() - heard_at == pytest.approx(LENGTH_S + 1, abs=0.1)
    assert (await first)["targets"] == {HALL: PLAYED}
    assert (await second)["targets"] == {HALL: PLAYED}


async def test_a_player_that_tells_nothing_but_returns_late_has_ended(
    hass: HomeAssistant, made_time: MadeTime, house: House
) -> None:
    """It is given no time after that."""
    quiet = await house.add(Quiet(HALL))
    quiet.released.clear()
    announcement = later(hass, HALL)
    await asyncio.sleep(LENGTH_S + 5)
    released_at = made_time.time()
    quiet.released.set()
    assert (await announcement)["targets"] == {HALL: PLAYED}
    assert made_time.time() == pytest.approx(released_at, abs=0.1)


class Mixer(Player):
    """A player that plays announcements over its music, and returns at once; its state tells of the music alone."""

    @override
    def show(self, state: MediaPlayerState) -> None:
        """Go on playing music."""
        super().show(MediaPlayerState.PLAYING)


async def test_a_player_that_plays_music_meanwhile_tells_nothing_of_the_end(
    hass: HomeAssistant, made_time: MadeTime, house: House
) -> None:
    """The length and a margin tell."""
    mixer = await house.add(Mixer(HALL))
    mixer.show(MediaPlayerState.PLAYING)
    began = made_time.time()
    assert (await announce(hass, HALL))["targets"] == {HALL: PLAYED}
    assert made_time.time() - began == pytest.approx(LENGTH_S + 1, abs=0.1)


class Lingering(Player):
    """A player that is polled, and shows that it plays for as long as it was told to."""

    @override
    def show(self, state: MediaPlayerState) -> None:
        """Play on."""
        if state is not MediaPlayerState.IDLE:
            super().show(state)


@pytest.mark.parametrize("falls_silent", [True, False])
async def test_a_player_is_asked_until_it_is_silent(
    hass: HomeAssistant, made_time: MadeTime, house: House, falls_silent: bool
) -> None:
    """But not for ever: what plays on for ten seconds is something else."""
    player = await house.add(Lingering(HALL))
    began = made_time.time()
    announcement = later(hass, HALL)
    if falls_silent:
        await asyncio.sleep(LENGTH_S + 5)
        assert not announcement.done()
        Player.show(player, MediaPlayerState.IDLE)
    assert (await announcement)["targets"] == {HALL: PLAYED}
    assert made_time.time() - began == pytest.approx(LENGTH_S + (5 if falls_silent else 10), abs=0.3)


async def test_speech_that_is_given_up_while_it_waits_is_not_said(hass: HomeAssistant, kitchen: Player) -> None:
    """An automation was stopped."""
    kitchen.released.clear()
    first = later(hass, KITCHEN)
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


class Hanging(Player):
    """A player that never answers when it is asked for its state."""

    async def async_update(self) -> None:
        """Hang."""
        await asyncio.Event().wait()


async def test_a_player_that_never_tells_its_state_is_left_all_the_same(
    hass: HomeAssistant, made_time: MadeTime, house: House
) -> None:
    """It is waited for each time that its state is asked for, but not for ever; the next announcement is heard, too."""
    player = await house.add(Hanging(HALL))
    began = made_time.time()
    assert (await announce(hass, HALL))["targets"] == {HALL: PLAYED}
    assert made_time.time() - began < LENGTH_S + 30
    await announce(hass, HALL, message=OTHER_TEXT)
    assert [heard.pcm for heard in player.heard] == [COMPLETE, tone_pcm(OTHER_TEXT, 24000)]


class Stuck(Quiet):
    """A player that begins to read, and never goes on."""

    @override
    async def hear(self, order: dict[str, Any], media_id: str) -> None:
        """Take the order, and hold the answer."""
        media = await media_source.async_resolve_media(self.hass, media_id, self.entity_id)
        url = async_process_play_media_url(self.hass, media.url)
        self.answer = await async_get_clientsession(self.hass).get(url, timeout=ClientTimeout())


async def test_speech_that_does_not_end_is_told_in_the_log(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The action has ended long before."""
    player = await house.add(Stuck(HALL))
    await speak(hass, HALL, message=LONG)
    await asyncio.sleep(1_305)
    player.answer.close()
    assert f"Announcement was not played by {HALL}: It did not finish in time" in caplog.text


class Probing(Player):
    """A player that looks into a stream before it plays it."""

    @override
    async def hear(self, order: dict[str, Any], media_id: str) -> None:
        """Ask for it twice at the same time."""
        await asyncio.gather(super().hear(order, media_id), super().hear(order, media_id))


async def test_a_player_may_ask_more_than_once(hass: HomeAssistant, house: House) -> None:
    """Each time it gets all of it."""
    player = await house.add(Probing(HALL))
    assert (await announce(hass, HALL))["targets"] == {HALL: PLAYED}
    assert [heard.pcm for heard in player.heard] == [COMPLETE, COMPLETE]


async def test_a_player_that_reads_no_faster_than_it_plays_is_not_cut(
    hass: HomeAssistant, house: House, kitchen: Player
) -> None:
    """As long as it reads, it plays, however late it is, and whatever its state tells."""
    slow = [await house.add(kind(entity_id)) for kind, entity_id in ((Lingering, HALL), (Quiet, "media_player.attic"))]
    begun, goes_on = asyncio.Barrier(len(slow) + 1), asyncio.Event()
    reading: list[asyncio.Task[None]] = []

    async def hear(player: Player, order: dict[str, Any], media_id: str) -> None:
        player.orders.append(order)
        media = await media_source.async_resolve_media(hass, media_id, player.entity_id)
        reading.append(asyncio.create_task(read(async_process_play_media_url(hass, media.url))))

    async def read(url: str) -> None:
        async with async_get_clientsession(hass).get(url, timeout=ClientTimeout()) as response:
            await response.content.readexactly(100)
            await begun.wait()
            await goes_on.wait()
            await response.read()

    for player in slow:
        player.hear = partial(hear, player)  # type: ignore[method-assign] # these only
    # It is made already, so that only these players take their time.
    await announce(hass, KITCHEN, message=LONG)
    announcement = later(hass, *(player.entity_id for player in slow), message=LONG)
    await begun.wait()
    await asyncio.sleep(LONG_S + 15)
    assert not announcement.done()
    goes_on.set()
    await asyncio.gather(*reading)
    assert len(kitchen.orders) == 1
    for player in slow:
        Player.show(player, MediaPlayerState.IDLE)
    assert (await announcement)["targets"] == {player.entity_id: PLAYED for player in slow}

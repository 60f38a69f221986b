"""How it is known that a player has played an announcement to its end, or that it has not."""

import asyncio
from functools import partial
from typing import Any, override

from aiohttp import ClientTimeout
from homeassistant.components import media_source
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.kugelaudio.const import DOMAIN
from tests.listeners import HALL, KITCHEN, PLAYED, House, Player, announce, announce_later, speak
from tests.made_time import MadeTime
from tests.simulator import tone_pcm
from tests.speaking import COMPLETE, OTHER_TEXT

LENGTH_S = len(COMPLETE) / 48_000

LONG = "x" * 10_000

LONG_S = len(tone_pcm(LONG, 24000)) / 48_000


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
    first, second = announce_later(hass, HALL), announce_later(hass, HALL, message=OTHER_TEXT)
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
    announcement = announce_later(hass, HALL)
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
    announcement = announce_later(hass, HALL)
    if falls_silent:
        await asyncio.sleep(LENGTH_S + 5)
        assert not announcement.done()
        Player.show(player, MediaPlayerState.IDLE)
    assert (await announcement)["targets"] == {HALL: PLAYED}
    assert made_time.time() - began == pytest.approx(LENGTH_S + (5 if falls_silent else 10), abs=0.3)


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
    announcement = announce_later(hass, *(player.entity_id for player in slow), message=LONG)
    await begun.wait()
    await asyncio.sleep(LONG_S + 15)
    assert not announcement.done()
    goes_on.set()
    await asyncio.gather(*reading)
    assert len(kitchen.orders) == 1
    for player in slow:
        Player.show(player, MediaPlayerState.IDLE)
    assert (await announcement)["targets"] == {player.entity_id: PLAYED for player in slow}

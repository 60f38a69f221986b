"""Home Assistant ends without a word in the midst of an announcement; real players are as loud as before afterwards."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import time

import aiohttp
import numpy as np
import pytest

from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.players.music import pattern, radio, write
from tests.home.players.player import Entity
from tests.home.players.rooms import Room, missing_programs, rooms
from tests.home.players.sound_card import SAMPLE_RATE
from tests.home.simulator import KEY, Simulator
from tests.home.speech import Service, add_speaker
from tests.ports import free_port

from .conftest import require

# So long that nobody comes to its end meanwhile.
MESSAGE = "Somebody is standing at the door. " * 12
PATIENCE_S = 120
# How loud each player is, and how loud the announcement, 0 to 100.
PLAYERS = {"vlc": (40, 46), "mpd": (80, 100)}


@pytest.mark.usefixtures("installed_home_assistant")
async def test_volume_is_as_before(tmp_path: Path) -> None:
    """After the next start; and music that is played then is as loud as it was."""
    missing = missing_programs(PLAYERS)
    require(not missing, f"No {' and no '.join(missing)} here; scripts/setup players installs them.")
    config, port = tmp_path / "config", free_port()
    (tmp_path / "radio").mkdir()
    write(tmp_path / "radio/music.wav", pattern(60))
    async with aiohttp.ClientSession() as session, radio(tmp_path / "radio") as url, AsyncExitStack() as homes:
        simulator = homes.enter_context(Simulator(free_port(), log=tmp_path / "simulator.log"))
        await simulator.ready(session)
        killed = homes.enter_context(HomeAssistant(config, port, log=tmp_path / "killed.log"))
        home = await killed.ready(session)
        await add_speaker(home, Service(KEY, simulator.url), "en", "Emily Carter")
        async with rooms(home, tmp_path, PLAYERS) as house:
            media = f"{url}/music.wav"
            before = await asyncio.gather(*(at_volume(home, media, house[name], PLAYERS[name][0]) for name in PLAYERS))
            announcements = await asyncio.gather(
                *(begin_announcement(home, house[name], PLAYERS[name][1]) for name in PLAYERS)
            )
            killed.kill()
            assert (config / ".storage/kugelaudio.volumes").exists()
            for announcement in announcements:
                with pytest.raises(aiohttp.ClientError):
                    await announcement
            await asyncio.gather(*(room.ear.until_silent() for room in house.values()))
            again = homes.enter_context(HomeAssistant(config, port, log=tmp_path / "again.log"))
            home = await again.ready(session)
            await until_paid(config)
            afterwards = await asyncio.gather(
                *(as_it_is(home, media, house[name], PLAYERS[name][0]) for name in PLAYERS)
            )
            assert afterwards == pytest.approx(before, rel=0.1)


async def at_volume(home: Home, url: str, room: Room, volume: int) -> float:
    """Play music at a volume (0 to 100); returns how loud that is."""
    await play(home, room, url)
    await home.call("media_player.volume_set", {"entity_id": entity_of(room), "volume_level": volume / 100})
    return await loudness(room)


async def as_it_is(home: Home, url: str, room: Room, volume: int) -> float:
    """Play music as loud as the player is, which tells that volume; returns how loud that is."""
    await play(home, room, url)
    await until_volume(home, room, volume)
    return await loudness(room)


async def begin_announcement(home: Home, room: Room, volume: int) -> asyncio.Task[None]:
    """Announce at a volume of its own, and return as soon as it is heard; its task goes on."""
    order = {"entity_id": entity_of(room), "message": MESSAGE, "volume": volume}
    announcement = asyncio.create_task(home.call("kugelaudio.announce", order))
    await until_volume(home, room, volume)
    room.ear.forget()
    assert await room.ear.first_sound_at() is not None
    return announcement


async def play(home: Home, room: Room, url: str) -> None:
    """Play music, and return as soon as it is heard."""
    room.ear.forget()
    media = {"media_content_id": url, "media_content_type": "music"}
    await home.call("media_player.play_media", {"entity_id": entity_of(room), **media})
    assert await room.ear.first_sound_at() is not None


def entity_of(room: Room) -> str:
    """Return the entity of a player."""
    assert isinstance(room.player, Entity)
    return room.player.entity_id


async def loudness(room: Room) -> float:
    """Return how loud a player is on the whole, as soon as it has settled."""
    await asyncio.sleep(3)
    return float(np.sqrt(np.mean(np.square(room.ear.heard()[-SAMPLE_RATE:]))))


async def until_paid(config: Path) -> None:
    """Wait until no volume is owed any more; a player that is off shows none."""
    deadline = time.monotonic() + PATIENCE_S
    while (config / ".storage/kugelaudio.volumes").exists():
        assert time.monotonic() < deadline, "The volume is still owed."
        await asyncio.sleep(0.1)


async def until_volume(home: Home, room: Room, volume: int) -> None:
    """Wait until a player tells that its volume is this."""
    wanted = pytest.approx(volume, abs=2)
    deadline = time.monotonic() + PATIENCE_S
    found: float | None = None
    while found != wanted:
        assert time.monotonic() < deadline, f"The volume stayed {found}."
        await asyncio.sleep(0.2)
        await home.call("homeassistant.update_entity", {"entity_id": entity_of(room)})
        level = (await home.state(entity_of(room))).attributes.get("volume_level")
        found = None if level is None else 100 * float(level)

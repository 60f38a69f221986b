"""Real players are shared: announcements never cut each other, volume and music are as before when all is said."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.home.client import Home
from tests.home.journal import Journal
from tests.home.players.comparison import compare, position_s
from tests.home.players.music import pattern, radio, write
from tests.home.players.player import Entity
from tests.home.players.rooms import Room, missing_programs, rooms
from tests.home.players.sound_card import SAMPLE_RATE, Samples, first_audible
from tests.home.speech import StoredVoice

from .conftest import require

TEXTS = (
    "The washing machine has finished.",
    "Somebody is standing at the door.",
    "Dinner will be ready in ten minutes.",
    "It is going to rain this afternoon.",
    "Fifty percent of the battery is left.",
)
NAMES = ("vlc", "mpd")
MUSIC_S = 90


@pytest.fixture
async def house(home: Home, tmp_path: Path) -> AsyncIterator[dict[str, Room]]:
    """Run the players, each by its name."""
    missing = missing_programs(NAMES)
    require(not missing, f"No {' and no '.join(missing)} here; scripts/setup players installs them.")
    async with rooms(home, tmp_path, NAMES) as made:
        yield made


async def announce(home: Home, room: Room, message: str, **data: Any) -> dict[str, Any]:
    """Announce; returns what the action tells of the player."""
    entity_id = entity_of(room)
    order = {"entity_id": entity_id, "message": message, **data}
    answer = await home.post("/api/services/kugelaudio/announce?return_response", order)
    told: dict[str, Any] = answer["service_response"]["targets"][entity_id]
    return told


def entity_of(room: Room) -> str:
    """Return the entity of a player."""
    assert isinstance(room.player, Entity)
    return room.player.entity_id


async def made(home: Home, journal: Journal, speaker: StoredVoice, text: str) -> Samples:
    """Return what a text sounds like."""
    await home.call("tts.clear_cache", {})
    await journal.forget()
    await home.post("/api/services/kugelaudio/generate?return_response", {"message": text, "voice": speaker.entity_id})
    (pcm,) = await journal.spoken()
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def begins_at_s(speech: Samples, heard: Samples) -> float:
    """Return where in what was heard a speech begins."""
    found = position_s(speech[: SAMPLE_RATE // 2], heard)
    assert found is not None
    return found


async def test_announcements_of_the_same_second_are_heard_whole_and_in_order(
    home: Home, journal: Journal, speaker: StoredVoice, house: dict[str, Room]
) -> None:
    """Whoever made them: every other one is made with tts.speak. Another player has its own row at the same time."""
    speeches = [await made(home, journal, speaker, text) for text in TEXTS]
    await home.call("tts.clear_cache", {})
    for heard in await asyncio.gather(*(row(home, speaker, room, speeches) for room in house.values())):
        found = [compare(heard, speech) for speech in speeches]
        assert [one for one in found if not (one and one.is_whole)] == []
        starts = [begins_at_s(speech, heard) for speech in speeches]
        assert starts == sorted(starts)
        ends = [start + len(speech) / SAMPLE_RATE for start, speech in zip(starts, speeches, strict=True)]
        gaps = [after - before for before, after in zip(ends, starts[1:], strict=False)]
        assert max(gaps) < 3


async def row(home: Home, speaker: StoredVoice, room: Room, speeches: Sequence[Samples]) -> Samples:
    """Have all texts said at the same time; returns what is heard."""
    room.ear.forget()
    calls: list[asyncio.Task[Any]] = []
    for number, text in enumerate(TEXTS):
        if number % 2:
            data = {"entity_id": speaker.entity_id, "media_player_entity_id": entity_of(room), "message": text}
            calls.append(asyncio.create_task(home.call("tts.speak", data)))
        else:
            calls.append(asyncio.create_task(announce(home, room, text)))
        await asyncio.sleep(0.1)
    await asyncio.gather(*calls)
    return await room.ear.hear(sum(len(speech) for speech in speeches) / SAMPLE_RATE)


@pytest.mark.parametrize(
    ("volumes", "own"),
    [({"vlc": 30, "mpd": 70}, {"vlc": {"volume": 50}, "mpd": {"volume": 100}}), ({"vlc": 40, "mpd": 80}, {})],
    ids=["louder", "as loud"],
)
async def test_volume_and_music_are_as_before(
    home: Home,
    journal: Journal,
    speaker: StoredVoice,
    house: dict[str, Room],
    tmp_path: Path,
    volumes: dict[str, int],
    own: dict[str, dict[str, int]],
) -> None:
    """After two announcements that follow each other, at a volume of their own or that of the player."""
    speeches = [await made(home, journal, speaker, text) for text in TEXTS[:2]]
    music = pattern(MUSIC_S)
    write(tmp_path / "radio.wav", music)
    async with radio(tmp_path) as url:
        checks = (
            is_as_before(home, house[name], f"{url}/radio.wav", (music, speeches), volumes[name], own.get(name, {}))
            for name in NAMES
        )
        await asyncio.gather(*checks)


async def is_as_before(
    home: Home,
    room: Room,
    url: str,
    sounds: tuple[Samples, Sequence[Samples]],
    volume: int,
    own: Mapping[str, int],
) -> None:
    """Announce twice while a player plays music at a volume (0 to 100); both are as before when that is over."""
    music, speeches = sounds
    await play(home, room, url, volume)
    before = room.ear.heard()[-SAMPLE_RATE:]
    room.ear.forget()
    first, last = await asyncio.gather(*(announce(home, room, text, **own) for text in TEXTS[:2]))
    assert (first["result"], last["result"], last["resumed"]) == ("played", "played", True)
    heard = await until_heard(room, music)
    assert await volume_of(home, room) == pytest.approx(volume, abs=2)
    assert [one and one.is_whole for one in (compare(heard, speech) for speech in speeches)] == [True, True]
    ends_at = int((begins_at_s(speeches[1], heard) + len(speeches[1]) / SAMPLE_RATE) * SAMPLE_RATE)
    after = heard[ends_at:]
    assert first_audible(after[SAMPLE_RATE // 10 :]) is not None
    assert loudness(before) == pytest.approx(loudness(heard[-SAMPLE_RATE:]), rel=0.1)
    position = position_s(heard[-SAMPLE_RATE:], music)
    assert position is not None
    # It was played for four seconds after its volume was set, and began with the first sound.
    assert 4 <= position < 4 + (len(after) / SAMPLE_RATE) + 2


async def play(home: Home, room: Room, url: str, volume: int) -> None:
    """Play music at a volume (0 to 100), and return when some seconds of it were heard."""
    entity_id = entity_of(room)
    await home.call(
        "media_player.play_media", {"entity_id": entity_id, "media_content_id": url, "media_content_type": "music"}
    )
    await room.ear.first_sound_at()
    await home.call("media_player.volume_set", {"entity_id": entity_id, "volume_level": volume / 100})
    await asyncio.sleep(4)


async def until_heard(room: Room, music: Samples) -> Samples:
    """Wait until music is heard again; returns all that was heard, and one second more."""
    for _ in range(100):
        await asyncio.sleep(0.2)
        heard = room.ear.heard()
        if position_s(heard[-SAMPLE_RATE:], music) is not None:
            await asyncio.sleep(1)
            return room.ear.heard()
    raise AssertionError("There is no music.")


async def volume_of(home: Home, room: Room) -> int:
    """Return the volume of a player, 0 to 100."""
    entity_id = entity_of(room)
    await home.call("homeassistant.update_entity", {"entity_id": entity_id})
    return round(100 * float((await home.state(entity_id)).attributes["volume_level"]))


def loudness(samples: Samples) -> float:
    """Return how loud something is on the whole."""
    return float(np.sqrt(np.mean(np.square(samples))))

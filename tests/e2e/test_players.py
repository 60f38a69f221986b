"""Real media players play announcements to the last word, driven by Home Assistant 2026.11 where it can drive them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.home.client import Home
from tests.home.flow import add_account
from tests.home.journal import Journal
from tests.home.players.comparison import compare
from tests.home.players.player import Announcement
from tests.home.players.rooms import PLAYERS, Heard, Room, has_network, missing_programs, rooms
from tests.home.speech import StoredVoice

from .conftest import require

# Browser, players and Home Assistant all have to start.

TEXT = "The washing machine has finished."
# On a busy machine a sound server may be late, and what a player plays meanwhile is lost.
TIMES_TOO_BUSY = 10
DIALOGUE = (
    "The washing machine has finished. [voice:Nathan Cole] I will hang the laundry out. "
    "[voice:Samantha Ferris] Thank you. [voice:Nathan Cole] It is going to rain."
)
# What a busy sound server may add, and far less than a player that starts anew.
PAUSE_MS = 100
# The empty tag that a stream begins with.
TAG_BYTES = 20
# Less than the text takes: who has heard so much waits only for the silence behind it.
SECONDS = 1.5


@pytest.fixture
async def house(home: Home, tmp_path: Path) -> AsyncIterator[dict[str, Room]]:
    """Run all players at once."""
    names = [name for name in PLAYERS if name != "gmediarender" or has_network()]
    missing = missing_programs(names)
    require(not missing, f"No {' and no '.join(missing)} here; scripts/setup players browser ffmpeg installs them.")
    async with rooms(home, tmp_path, names) as house:
        yield house


async def not_whole(home: Home, journal: Journal, house: dict[str, Room], announcement: Announcement) -> dict[str, str]:
    """Let players speak something new at the same time, and tell what was heard of those that lost some of it."""
    await home.call("tts.clear_cache", {})
    await journal.forget()
    heard = await asyncio.gather(*(room.hear(announcement, SECONDS) for room in house.values()))
    return lost(house, heard, b"".join(await journal.contexts()) or (await journal.spoken())[0])


def lost(house: Iterable[str], heard: Iterable[Heard], pcm: bytes) -> dict[str, str]:
    """Tell what was heard by those that lost some of what was made, or paused in it."""
    made = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    found = {name: compare(one.samples, made) for name, one in zip(house, heard, strict=True)}
    return {name: str(one) for name, one in found.items() if not (one and one.is_whole and one.paused_ms < PAUSE_MS)}


async def as_one(home: Home, journal: Journal, house: dict[str, Room], announcement: Announcement) -> None:
    """Assert that everybody heard all of it, once the machine was not too busy."""
    busy = await not_whole(home, journal, house, announcement)
    for _ in range(TIMES_TOO_BUSY):
        busy = await not_whole(home, journal, {name: house[name] for name in busy}, announcement) if busy else {}
    assert not busy, announcement


async def test_announcement_is_played_to_the_last_word(
    home: Home, journal: Journal, speaker: StoredVoice, house: dict[str, Room]
) -> None:
    """Every player begins with the first syllable and ends with the last, in the format of the voice and in WAV."""
    for audio_format in (None, "wav"):
        await as_one(home, journal, house, Announcement(speaker.entity_id, TEXT, audio_format))


async def test_dialogue_is_played_without_a_gap(
    home: Home, journal: Journal, speaker: StoredVoice, house: dict[str, Room]
) -> None:
    """Each voice from its first syllable to its last, one right behind the other."""
    await as_one(home, journal, house, Announcement(speaker.entity_id, DIALOGUE))


async def test_what_is_kept_is_played_whole_as_well(
    home: Home, journal: Journal, speaker: StoredVoice, house: dict[str, Room]
) -> None:
    """Home Assistant writes the text into the file, in front of the sound."""
    announcement = Announcement(speaker.entity_id, TEXT, "mp3")
    await add_account(home, "inspector", {})
    await home.call("tts.clear_cache", {})
    request = {"engine_id": announcement.voice, "message": TEXT, "options": announcement.options}
    streamed = await fetched(home, request)
    (pcm,) = await journal.spoken()
    while b"TIT2" not in await fetched(home, request):
        # The file is written after the last byte was sent, and read once what is in memory is forgotten.
        await home.post("/api/services/inspector/inspect?return_response", {})
        await asyncio.sleep(0.1)
    assert (await fetched(home, request)).endswith(streamed[TAG_BYTES:])
    busy = dict.fromkeys(house, "")
    for _ in range(1 + TIMES_TOO_BUSY):
        playing = {name: house[name] for name in busy}
        heard = await asyncio.gather(*(room.hear(announcement, SECONDS) for room in playing.values()))
        busy = lost(playing, heard, pcm)
    assert not busy
    assert len(await journal.spoken()) == 1


async def fetched(home: Home, request: Mapping[str, object]) -> bytes:
    """Return what a player gets."""
    url = (await home.post("/api/tts_get_url", request))["url"]
    async with home.session.get(url) as response:
        return await response.read()

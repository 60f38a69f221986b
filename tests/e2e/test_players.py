"""Real media players play announcements to the last word, driven by Home Assistant 2026.11 where it can drive them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.home.client import Home
from tests.home.journal import Journal, listening
from tests.home.players.comparison import compare
from tests.home.players.player import Announcement
from tests.home.players.rooms import PLAYERS, Room, has_network, missing_programs, rooms
from tests.home.speech import StoredVoice, add_speaker

from .conftest import Running, require

# Browser, players and Home Assistant all have to start.

TEXT = "The washing machine has finished."
# On a busy machine a sound server may be late, and what a player plays meanwhile is lost.
TIMES_TOO_BUSY = 3
# Less than the text takes: who has heard so much waits only for the silence behind it.
SECONDS = 1.5


@pytest.fixture
async def journal(home: Home, running: Running) -> AsyncIterator[Journal]:
    """Let the simulator remember what it says from now on."""
    async with listening(home, running.service) as journal:
        yield journal


@pytest.fixture
async def speaker(home: Home, running: Running) -> StoredVoice:
    """Add a voice as the config flow proposes it."""
    return await add_speaker(home, running.service, "en", "Emily Carter")


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
    (pcm,) = await journal.spoken()
    made = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    found = {name: compare(one.samples, made) for name, one in zip(house, heard, strict=True)}
    return {name: str(one) for name, one in found.items() if not (one and one.is_whole)}


async def test_announcement_is_played_to_the_last_word(
    home: Home, journal: Journal, speaker: StoredVoice, house: dict[str, Room]
) -> None:
    """Every player begins with the first syllable and ends with the last, in the format of the voice and in WAV."""
    for audio_format in (None, "wav"):
        announcement = Announcement(speaker.entity_id, TEXT, audio_format)
        lost = await not_whole(home, journal, house, announcement)
        for _ in range(TIMES_TOO_BUSY):
            lost = await not_whole(home, journal, {name: house[name] for name in lost}, announcement) if lost else {}
        assert not lost, announcement

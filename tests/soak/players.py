"""Random rows of announcements to real players: ``python -m tests.soak.players``."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
import sys
import tempfile
from typing import Any

import aiohttp
import numpy as np

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.journal import Journal, listening
from tests.home.players.comparison import compare, position_s
from tests.home.players.music import pattern, radio, write
from tests.home.players.player import Entity
from tests.home.players.rooms import Room, rooms
from tests.home.players.sound_card import SAMPLE_RATE, Samples, first_audible
from tests.home.program import run
from tests.home.simulator import KEY, Simulator
from tests.home.speech import Service, StoredVoice, add_speaker
from tests.ports import free_port

TEXTS = (
    "The washing machine has finished.",
    "Somebody is standing at the door.",
    "Dinner will be ready in ten minutes.",
    "It is going to rain this afternoon.",
    "Fifty percent of the battery is left.",
    "The window in the bathroom is open.",
)
MOST_IN_A_ROW = 5
MUSIC_S = 90
WITH_MUSIC = 0.4
# VLC begins everything at 51, above it makes everything louder than it is, and below 38 much of what is said can't be
# told from silence; below 80 others are as quiet.
VOLUMES = {"vlc": (38, 42, 46)}
VOLUMES_OF_OTHERS = (80, 90, 100)
# What a player plays on after it was told to stop, and what the comparison is exact to.
OVERLAP_S = 0.1


@dataclass(slots=True)
class Tally:
    """What became of the rows at one player; what is wrong is told by its row."""

    rows: int = 0
    announcements: int = 0
    lost: list[str] = field(default_factory=list)
    not_in_order: list[str] = field(default_factory=list)
    volume_changed: list[str] = field(default_factory=list)
    music_lost: list[str] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    music_back_s: list[float] = field(default_factory=list)
    music_moved_s: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Tell whether everything was as it should be."""
        return not (self.lost or self.not_in_order or self.volume_changed or self.music_lost)

    def wrong(self) -> dict[str, list[str]]:
        """Return the rows of everything that is wrong."""
        wrong = {"lost": self.lost, "not in order or overlapping": self.not_in_order}
        return wrong | {"volume not as before": self.volume_changed, "music not as before": self.music_lost}

    def wrong_in(self, row: str) -> list[str]:
        """Return what is wrong in a row."""
        return [what for what, rows in self.wrong().items() if any(told.split()[0] == row for told in rows)]

    def as_text(self, name: str) -> str:
        """Return it for people."""
        told = [f"{name}: {self.rows} rows, {self.announcements} announcements"]
        told += [f"  {what}: {len(rows)} {' '.join(rows)}".rstrip() for what, rows in self.wrong().items()]
        spans = {"gap": self.gaps_s, "music back after": self.music_back_s, "music moved by": self.music_moved_s}
        told += [
            f"  {what}: {min(spans):.2f} to {max(spans):.2f} s, median {median(spans):.2f}, {len(spans)} times"
            for what, spans in spans.items()
            if spans
        ]
        return "\n".join(told)


@dataclass(frozen=True, slots=True)
class _Place:
    """One player with music and announcements."""

    home: Home
    speaker: StoredVoice
    room: Room
    speeches: dict[str, Samples]
    music: Samples
    music_url: str
    random: Random
    tally: Tally
    volumes: tuple[int, ...]
    recordings: Path | None

    @property
    def entity_id(self) -> str:
        if not isinstance(self.room.player, Entity):
            raise HomeError("This player is no entity.")
        return self.room.player.entity_id

    async def row(self, number: int) -> None:
        """Let a row of announcements be said, and look what was heard."""
        texts = self.random.sample(TEXTS, self.random.randint(1, MOST_IN_A_ROW))
        has_music = self.random.random() < WITH_MUSIC
        volume = self.random.choice(self.volumes)
        await self._call("media_player.volume_set", volume_level=volume / 100)
        self.room.ear.forget()
        if has_music:
            media = {"media_content_id": self.music_url, "media_content_type": "music"}
            await self._call("media_player.play_media", **media)
            await self.room.ear.first_sound_at()
            await self._call("media_player.volume_set", volume_level=volume / 100)
            await asyncio.sleep(2 + 2 * self.random.random())
        await self._say(texts)
        speeches = [self.speeches[text] for text in texts]
        if has_music:
            heard = await self._until_music()
        else:
            heard = await self.room.ear.hear(sum(map(len, speeches)) / SAMPLE_RATE, quiet_s=3)
        self.tally.rows += 1
        self.tally.announcements += len(texts)
        self._judge(f"#{number}", heard, speeches, has_music=has_music)
        # VLC keeps a volume that is set while it has nothing to play for the next thing alone.
        found = await self._volume() if has_music else None
        if found is not None and abs(found - volume) > 2:
            self.tally.volume_changed.append(f"#{number} ({volume}, then {found})")
        if has_music:
            # Renderers say that they can stop only where Home Assistant has seen that they play.
            await self.home.call("homeassistant.update_entity", {"entity_id": self.entity_id})
            await self.room.player.stop()
            await self.room.ear.until_silent()
        self._tell(number, texts, heard, has_music=has_music)

    def _tell(self, number: int, texts: Sequence[str], heard: Samples, *, has_music: bool) -> None:
        """Tell what became of a row, and keep what was heard of one that is wrong."""
        wrong = self.tally.wrong_in(f"#{number}")
        told = f"#{number} {self.entity_id}{' with music' if has_music else ''}: {' '.join(texts)}"
        print(f"{datetime.now():%H:%M:%S} {told} {', '.join(wrong) or 'as it should be'}", flush=True)  # noqa: DTZ005, T201 - for who waits
        if wrong and self.recordings:
            write(self.recordings / f"{self.entity_id} {number}.wav", heard)

    async def _say(self, texts: Sequence[str]) -> None:
        """Order announcements one after the other, by both ways, and wait until all calls have ended."""
        calls: list[asyncio.Task[Any]] = []
        for text in texts:
            if self.random.random() < 0.5:
                data: dict[str, Any] = {"entity_id": self.speaker.entity_id}
                data |= {"media_player_entity_id": self.entity_id, "message": text}
                calls.append(asyncio.create_task(self.home.call("tts.speak", data)))
            else:
                data = {"entity_id": self.entity_id, "message": text}
                if self.random.random() < 0.5:
                    data["volume"] = self.random.choice(self.volumes)
                calls.append(asyncio.create_task(self.home.call("kugelaudio.announce", data)))
            await asyncio.sleep(0.1 + self.random.random())
        await asyncio.gather(*calls)

    def _judge(self, row: str, heard: Samples, speeches: Sequence[Samples], *, has_music: bool) -> None:
        found = [compare(heard, speech) for speech in speeches]
        if not all(one and one.is_whole for one in found):
            self.tally.lost.append(row)
            return
        starts_s = [position_s(speech[: SAMPLE_RATE // 2], heard) or 0.0 for speech in speeches]
        ends_s = [start_s + len(speech) / SAMPLE_RATE for start_s, speech in zip(starts_s, speeches, strict=True)]
        gaps_s = [start_s - end_s for end_s, start_s in zip(ends_s, starts_s[1:], strict=False)]
        self.tally.gaps_s += gaps_s
        if any(gap_s < -OVERLAP_S for gap_s in gaps_s):
            self.tally.not_in_order.append(row)
        if has_music:
            self._judge_music(row, heard, starts_s[0], ends_s[-1])

    def _judge_music(self, row: str, heard: Samples, begin_s: float, end_s: float) -> None:
        """Look how soon the music was back, and how far from where it had stopped."""
        before, after = heard[: int(begin_s * SAMPLE_RATE)], heard[int((end_s + OVERLAP_S) * SAMPLE_RATE) :]
        silent = first_audible(before[::-1])
        resumed = first_audible(after)
        now_s = position_s(heard[-SAMPLE_RATE:], self.music)
        if silent is None or resumed is None or now_s is None:
            self.tally.music_lost.append(row)
            return
        stopped_at = len(before) - silent
        stopped_s = position_s(before[stopped_at - SAMPLE_RATE : stopped_at], self.music)
        if stopped_s is None:
            self.tally.music_lost.append(row)
            return
        resumed_s = now_s - (len(after) - SAMPLE_RATE - resumed) / SAMPLE_RATE
        self.tally.music_back_s.append(OVERLAP_S + resumed / SAMPLE_RATE)
        self.tally.music_moved_s.append(resumed_s - (stopped_s + 1))

    async def _until_music(self) -> Samples:
        """Wait until music is heard again, and two seconds more; returns all that was heard."""
        for _ in range(150):
            await asyncio.sleep(0.2)
            if position_s(self.room.ear.heard()[-SAMPLE_RATE:], self.music) is not None:
                await asyncio.sleep(2)
                break
        return self.room.ear.heard()

    async def _volume(self) -> int | None:
        """Return the volume of the player; some tell none while they have nothing to play."""
        await self.home.call("homeassistant.update_entity", {"entity_id": self.entity_id})
        level = (await self.home.state(self.entity_id)).attributes.get("volume_level")
        return None if level is None else round(100 * float(level))

    async def _call(self, action: str, **data: Any) -> None:
        await self.home.call(action, {"entity_id": self.entity_id, **data})


async def soak(tallies: Mapping[str, Tally], rows: int, seed: int, recordings: Path | None) -> None:
    """Let players share the rows, and note what becomes of them."""
    names = tuple(tallies)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        async with _house(folder) as (home, service):
            speaker = await add_speaker(home, service, "en", "Emily Carter")
            async with listening(home, service) as journal:
                speeches = {text: await _spoken(home, journal, speaker, text) for text in TEXTS}
            music = pattern(MUSIC_S)
            (folder / "radio").mkdir()
            write(folder / "radio" / "music.wav", music)
            (folder / "players").mkdir()
            async with radio(folder / "radio") as url, rooms(home, folder / "players", names) as house:
                places = [
                    _Place(
                        home,
                        speaker,
                        house[name],
                        speeches,
                        music,
                        f"{url}/music.wav",
                        Random(seed),  # noqa: S311 - no secret
                        tallies[name],
                        VOLUMES.get(name, VOLUMES_OF_OTHERS),
                        recordings,
                    )
                    for name in names
                ]
                waiting = iter(range(rows))

                async def work(place: _Place) -> None:
                    for number in waiting:
                        await place.row(number)

                await asyncio.gather(*map(work, places))


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[tuple[Home, Service]]:
    """Run a provider and a Home Assistant."""
    with (
        Simulator(free_port(), log=folder / "simulator.log") as simulator,
        HomeAssistant(folder / "config", free_port(), log=folder / "hass.log") as hass,
    ):
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
            yield await hass.ready(session), Service(KEY, simulator.url)


async def _spoken(home: Home, journal: Journal, speaker: StoredVoice, text: str) -> Samples:
    """Return what a text sounds like."""
    await journal.forget()
    await home.post("/api/services/kugelaudio/generate?return_response", {"message": text, "voice": speaker.entity_id})
    (pcm,) = await journal.spoken()
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


async def main() -> None:
    """Soak, and tell what became of it."""
    parser = argparse.ArgumentParser(prog="scripts/soak-players")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--players", nargs="+", default=["vlc", "mpd"], help="of those that Home Assistant drives")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--recordings", type=Path, help="folder for what was heard of rows that are wrong")
    chosen = parser.parse_args()
    tallies = {name: Tally() for name in chosen.players}
    try:
        await soak(tallies, chosen.rows, chosen.seed, chosen.recordings)
    finally:
        # Also of a soak that somebody ends.
        for name, tally in tallies.items():
            print(tally.as_text(name))  # noqa: T201 - the result
    if not all(tally.is_clean for tally in tallies.values()):
        sys.exit(1)


if __name__ == "__main__":
    run(main())

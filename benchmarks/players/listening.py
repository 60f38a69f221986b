"""When a player begins to be heard, and whether it is heard to the end."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from benchmarks.command import tell
from benchmarks.results import Times
from tests.home.players.comparison import Comparison, compare
from tests.home.players.rooms import Heard
from tests.home.players.sound_card import SAMPLE_RATE

from .machine import watched
from .stage import FORMATS, SLOW, SPEED, Stage, sound_of

SHORT_TEXT: Final = "The dryer in the cellar has finished, it is empty."
# One sentence: the simulator makes no tone of a blank between two.
LONG_TEXT: Final = (
    "It is half past six and the sun will rise in twenty minutes, the washing machine finished at night, "
    "the windows upstairs are still open, rain is expected from noon, and the car is charged and ready to go."
)
_TRIES: Final = 6
_numbers: Final = count(100)

type Key = tuple[str, str]


@dataclass(slots=True)
class Starts:
    """How long a player was silent after it was told to play one format."""

    new_ms: list[float] = field(default_factory=list)
    cached_ms: list[float] = field(default_factory=list)
    slow_ms: list[float] = field(default_factory=list)
    silent: int = 0

    @property
    def new(self) -> Times:
        """Return the times for what was not spoken before."""
        return Times.of(self.new_ms)

    @property
    def cached(self) -> Times:
        """Return the times for what Home Assistant kept."""
        return Times.of(self.cached_ms)

    @property
    def slow(self) -> Times:
        """Return the times for what a slow provider was still making."""
        return Times.of(self.slow_ms)


@dataclass(frozen=True, slots=True)
class Situation:
    """Something to play to its end."""

    name: str
    text: str
    speed: float = SPEED
    is_cached: bool = False


SITUATIONS: Final = (
    Situation("short", SHORT_TEXT),
    Situation("short, from the cache", SHORT_TEXT, is_cached=True),
    Situation("long", LONG_TEXT),
    Situation("long, slow provider", LONG_TEXT, SLOW),
)


async def measure_starts(stage: Stage, runs: int) -> Mapping[Key, Starts]:
    """Let one player after the other begin in each format, in turns; the first turn only makes them warm."""
    found = {(player, form): Starts() for player in stage.rooms for form in FORMATS}
    for run in range(runs + 1):
        tell(f"starts: {run} of {runs}")
        for (player, form), starts in found.items():
            room = stage.rooms[player]
            new = stage.announcement(f"{next(_numbers)} {SHORT_TEXT}", form)
            slow = stage.announcement(f"{next(_numbers)} {LONG_TEXT}", form)
            times = {"new": await room.first_sound_ms(new), "cached": await room.first_sound_ms(new)}
            await stage.set_speed(SLOW)
            times["slow"] = await room.first_sound_ms(slow)
            # What is still being made of it is no matter any more.
            await stage.set_speed(1000)
            await asyncio.sleep(0.5)
            await stage.set_speed(SPEED)
            if run:
                _note(starts, times)
        await stage.forget()
    return found


def _note(starts: Starts, times: Mapping[str, float | None]) -> None:
    for name, kept in (("new", starts.new_ms), ("cached", starts.cached_ms), ("slow", starts.slow_ms)):
        if (value := times[name]) is None:
            starts.silent += 1
        else:
            kept.append(value)


async def measure_wholeness(stage: Stage, runs: int) -> Mapping[Key, Mapping[str, list[Comparison | None]]]:
    """Let all players play the same to its end at the same time, in one format after the other."""
    found: dict[Key, dict[str, list[Comparison | None]]] = {
        (player, form): {situation.name: [] for situation in SITUATIONS} for player in stage.rooms for form in FORMATS
    }
    for run in range(runs):
        for form in FORMATS:
            for situation in SITUATIONS:
                tell(f"wholeness: {run + 1} of {runs}, {form}, {situation.name}")
                for player, comparison in (await _heard_by_all(stage, situation, form)).items():
                    found[player, form][situation.name].append(comparison)
    return found


async def _heard_by_all(stage: Stage, situation: Situation, form: str) -> Mapping[str, Comparison | None]:
    """Let all players play; once more if the machine was too busy for that."""
    announcement, made = stage.announcement(situation.text, form), sound_of(situation.text)
    heard: list[Heard] = []
    for _ in range(_TRIES):
        if not situation.is_cached:
            await stage.forget()
        await stage.set_speed(situation.speed)
        async with watched() as watch:
            heard = await asyncio.gather(
                *(room.hear(announcement, len(made) / SAMPLE_RATE) for room in stage.rooms.values())
            )
        if not watch.was_busy:
            break
        tell("The machine was busy: once more.")
    await stage.set_speed(SPEED)
    return {player: compare(one.samples, made) for player, one in zip(stage.rooms, heard, strict=True)}

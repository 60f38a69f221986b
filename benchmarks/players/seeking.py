"""Where a player goes on when it is told to, in something that is finished but whose header tells no length."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math
from typing import Final, override

from benchmarks.command import tell
from tests.home.child import HomeError
from tests.home.players.comparison import position_s
from tests.home.players.rooms import Room
from tests.home.players.sound_card import SAMPLE_RATE, Samples

from .listening import LONG_TEXT, Key
from .stage import FORMATS, Stage, sound_of

LISTEN_S: Final = 2.0
FORWARD_S: Final = 8.0
# Neither is a player there that ignored the first command, nor one that began again.
BACK_S: Final = 6.0
_PIECE: Final = SAMPLE_RATE // 5
_TOLERANCE_S: Final = 0.75
# The silence while it asks for the speech once more counts, too.
_AGAIN_S: Final = (-1.5, 0.5)


class Outcome(StrEnum):
    """What a player does when it is told to go on elsewhere."""

    WORKS = "works"
    IGNORED = "ignored"
    STARTS_AGAIN = "starts again"
    ELSEWHERE = "goes elsewhere"
    SILENT = "falls silent"
    REFUSED = "refused"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a player went on."""

    outcome: Outcome
    to_s: float | None = None

    @override
    def __str__(self) -> str:
        """Return what happened, and where if that is not where it should."""
        return f"goes on at {self.to_s:.0f} s" if self.outcome is Outcome.ELSEWHERE else str(self.outcome)


@dataclass(frozen=True, slots=True)
class Seeking:
    """How long a player took something for, and what it did when it was sent forward and back in it."""

    shown_s: float | None
    forward: Jump
    back: Jump

    @property
    def shown(self) -> str:
        """Return the length that the player showed."""
        if self.shown_s is None or self.shown_s <= 0 or math.isinf(self.shown_s):
            return "none"
        return f"{self.shown_s:.1f} s" if self.shown_s < 3600 else f"{self.shown_s / 3600:.1f} h"  # noqa: PLR2004 - an hour


async def measure(stage: Stage, runs: int) -> Mapping[Key, list[Seeking]]:
    """Let one player after the other seek in each format."""
    found: dict[Key, list[Seeking]] = {(player, form): [] for player in stage.rooms for form in FORMATS}
    made = sound_of(LONG_TEXT)
    for form in FORMATS:
        announcement = stage.announcement(LONG_TEXT, form)
        # Home Assistant has all of it before the players begin.
        await asyncio.gather(*(room.hear(announcement, len(made) / SAMPLE_RATE) for room in stage.rooms.values()))
        for run in range(runs):
            tell(f"seeking: {form}, {run + 1} of {runs}")
            for player, room in stage.rooms.items():
                room.ear.forget()
                await room.player.speak(announcement)
                found[player, form].append(await _seek(room, made))
                await room.player.stop()
                await room.ear.until_silent()
    return found


async def _seek(room: Room, made: Samples) -> Seeking:
    if await room.ear.first_sound_at() is None:
        return Seeking(None, Jump(Outcome.SILENT), Jump(Outcome.SILENT))
    await asyncio.sleep(LISTEN_S)
    shown_s = await room.player.duration_s()
    return Seeking(shown_s, await _go(room, made, FORWARD_S), await _go(room, made, BACK_S))


async def _go(room: Room, made: Samples, to_s: float) -> Jump:
    """Send a player to another place, and tell where it is after a while."""
    before_s = _last_position_s(room.ear.heard(), made)
    room.ear.forget()
    try:
        await room.player.seek(to_s)
    except NotImplementedError:
        return Jump(Outcome.NOT_OFFERED)
    except HomeError:
        return Jump(Outcome.REFUSED)
    await asyncio.sleep(LISTEN_S)
    heard = room.ear.heard()
    now_s = _last_position_s(heard, made)
    return Jump(Outcome.SILENT) if now_s is None else _jump(before_s, to_s, now_s - len(heard) / SAMPLE_RATE)


def _jump(before_s: float | None, to_s: float, went_on_at_s: float) -> Jump:
    if abs(went_on_at_s - to_s) < _TOLERANCE_S:
        return Jump(Outcome.WORKS)
    if before_s is not None and abs(went_on_at_s - before_s) < _TOLERANCE_S:
        return Jump(Outcome.IGNORED)
    if _AGAIN_S[0] < went_on_at_s < _AGAIN_S[1]:
        return Jump(Outcome.STARTS_AGAIN)
    return Jump(Outcome.ELSEWHERE, went_on_at_s)


def _last_position_s(heard: Samples, made: Samples) -> float | None:
    """Return where in what was made the end of what was heard is."""
    return position_s(heard[-_PIECE:], made)

"""Rooms with a player and an ear each, all in one house."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import time
from typing import Final

from tests.home.client import Home

from .direct import BROWSERS, chromium, ffplay, mpv
from .player import Announcement, Player
from .programs import dlna, mpd, vlc
from .sound_card import Ear, Samples, SoundCard, first_audible

PLAYERS: Final = {"vlc": vlc, "mpd": mpd, "gmediarender": dlna, "mpv": mpv, "ffplay": ffplay, "chromium": chromium}
OTHER_NAMES: Final = {"chromium": BROWSERS}
_SERVERS: Final = ("pulseaudio", "parec")
_ROUTES: Final = Path("/proc/net/route")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out of a player, and how long it took until anything did."""

    first_ms: float | None
    samples: Samples


@dataclass(frozen=True, slots=True)
class Room:
    """A player and an ear."""

    player: Player
    ear: Ear

    async def hear(self, announcement: Announcement, seconds: float) -> Heard:
        """Let a voice speak, and listen to the end of what should last so long."""
        self.ear.forget()
        asked_at = time.monotonic()
        await self.player.speak(announcement)
        samples = await self.ear.hear(seconds)
        first = first_audible(samples)
        return Heard(None if first is None else 1000 * (self.ear.moment_of(first) - asked_at), samples)

    async def first_sound_ms(self, announcement: Announcement) -> float | None:
        """Let a voice speak, and interrupt it when it begins to be heard; returns how long that took."""
        self.ear.forget()
        asked_at = time.monotonic()
        await self.player.speak(announcement)
        heard_at = await self.ear.first_sound_at()
        await self.player.stop()
        await self.ear.until_silent()
        return None if heard_at is None else 1000 * (heard_at - asked_at)


@asynccontextmanager
async def rooms(home: Home, folder: Path, names: Iterable[str] = PLAYERS) -> AsyncIterator[dict[str, Room]]:
    """Run players, each on a loudspeaker of its own; the folder is theirs."""
    names = tuple(names)
    async with AsyncExitStack() as running:
        card = running.enter_context(SoundCard(folder / "sound card", names))
        await card.ready()
        folders = {name: folder / name for name in names}
        for own in folders.values():
            own.mkdir()
        async with asyncio.TaskGroup() as starting:
            players = [
                starting.create_task(running.enter_async_context(PLAYERS[name](home, card, own)))
                for name, own in folders.items()
            ]
            ears = [starting.create_task(running.enter_async_context(Ear(card, name))) for name in names]
        yield {
            name: Room(player.result(), ear.result()) for name, player, ear in zip(names, players, ears, strict=True)
        }


def missing_programs(names: Iterable[str] = PLAYERS) -> list[str]:
    """Return which programs are not installed that these players need."""
    needed = [*_SERVERS, *names] if os.geteuid() else [*_SERVERS, "setpriv", *names]
    return [name for name in needed if not any(map(shutil.which, OTHER_NAMES.get(name, (name,))))]


def has_network() -> bool:
    """Tell whether there is a network beside the loopback interface, which UPnP needs."""
    _, *routes = _ROUTES.read_text().splitlines()
    return any(not route.startswith("lo") for route in routes)

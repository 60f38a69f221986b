"""Thousands of utterances in all formats while Python collects no garbage: ``python -m tests.soak.formats``."""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
import tempfile
import time

import aiohttp

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.flow import add_account, set_account
from tests.home.hass import HomeAssistant
from tests.home.program import run
from tests.home.simulator import KEY, Simulator
from tests.home.speech import DOMAIN, Service, StoredVoice, add_speaker
from tests.ports import free_port

from .holdings import Holdings, settled

FORMATS: dict[str, dict[str, str | int]] = {
    "mp3": {"preferred_format": "mp3"},
    "flac": {"preferred_format": "flac"},
    "flac48": {"preferred_format": "flac", "preferred_sample_rate": 48000},
    "wav48": {"preferred_format": "wav", "preferred_sample_rate": 48000},
    "wav": {"preferred_format": "wav"},
    "ogg": {"preferred_format": "ogg"},
}
USUAL = ("mp3", "flac", "flac48", "wav48", "ogg")
ROUND = 500
WARM_UP = 200
# Of six, one is left in the midst and one breaks off.
SITUATIONS = 6
PACE = ("--sound", "tone", "--first-audio-ms", "30", "--speed", "100")
TEXT = "This is utterance {number}, and it goes on for a while."
LONG = "The washing machine has finished, and somebody should hang the laundry out. "
LONG_CHARACTERS = 10_000
MOST_ADDED_MB = 20
THREADS_TO_COME = 3
BITRATES_KBIT = (64, 96, 128)
LOOK_EVERY_S = 0.02
# As fast as ten players in a row would.
SLOW_PAUSE_S = 0.02


class End(StrEnum):
    """What becomes of an utterance."""

    WHOLE = "heard"
    LEFT = "left in the midst"
    FAILED = "broken off"


@dataclass(frozen=True, slots=True)
class Options:
    """How long to soak, and in what."""

    utterances: int = 2000
    parallel: int = 10
    seed: int = 1
    formats: tuple[str, ...] = USUAL


@dataclass(frozen=True, slots=True)
class Look:
    """What a process holds while nobody speaks."""

    holdings: Holdings
    threads: int

    def as_text(self) -> str:
        """Return it for people."""
        held = self.holdings
        counts = f"{self.threads} threads, {held.handles.total()} handles, {held.ours.total()} tasks of ours"
        return f"{counts}, {held.resident_kb / 1000:.1f} MB ({held.untrimmed_kb / 1000:.1f} MB untrimmed)"


@dataclass(frozen=True, slots=True)
class Place:
    """A Home Assistant whose Python collects nothing, a voice, and the provider behind it."""

    home: Home
    pid: int
    simulator: Simulator
    port: int
    speaker: StoredVoice
    counts: Counter[End] = field(default_factory=Counter)

    async def speak(self, number: int, wish: dict[str, str | int], end: End) -> None:
        """Let a text be spoken, to whatever end."""
        self.counts[end] += 1
        text = TEXT.format(number=number)
        if end is End.LEFT:
            await self.hear(text, wish, parts=2)
            return
        if end is End.FAILED:
            plan = {"fault": "drop", "path": "/ws/", "after_frames": 3}
            async with self.home.session.post(f"{self.simulator.url}/_simulator/faults", json=plan) as response:
                response.raise_for_status()
        request = {"engine_id": self.speaker.entity_id, "message": text, "options": wish}
        url = (await self.home.post("/api/tts_get_url", request))["url"]
        async with self.home.session.get(url) as response:
            await response.read()

    async def hear(self, text: str, wish: dict[str, str | int], **how: float) -> int:
        """Let a text be heard inside Home Assistant; returns how many bytes it was."""
        order = {"engine": self.speaker.entity_id, "message": text, "options": wish, **how}
        answer = await self.home.post("/api/services/inspector/hear?return_response", order)
        return int(answer["service_response"]["bytes"])

    async def look(self, before: Holdings | None = None, *, collect: bool = False) -> Look:
        """Return what is held once nobody speaks; garbage is collected at the very end alone."""
        for what in ("faults", "journal"):
            async with self.home.session.delete(f"{self.simulator.url}/_simulator/{what}") as response:
                response.raise_for_status()
        held = await settled(self.home, self.pid, self.port, before, collect=collect)
        return Look(held, self.threads)

    @property
    def threads(self) -> int:
        """Return how many threads the process has, those of libraries among them."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    @property
    def resident_kb(self) -> int:
        """Return how much memory the process has now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


async def speak_many(place: Place, numbers: range, options: Options) -> None:
    """Speak so many utterances, some of them at once."""
    random = Random(f"{options.seed} {numbers}")  # noqa: S311 - no secret
    waiting = iter(numbers)

    async def work(numbers: Iterator[int]) -> None:
        for number in numbers:
            wish = FORMATS[options.formats[number % len(options.formats)]]
            end = {0: End.LEFT, 1: End.FAILED}.get(random.randrange(SITUATIONS), End.WHOLE)
            await place.speak(number, wish, end)

    await asyncio.gather(*(work(waiting) for _ in range(options.parallel)))


async def long_text(place: Place) -> tuple[float, float]:
    """Let three hear a long text as MP3, one of them slowly; returns how many MB that added, and how long it is."""
    text = (LONG * LONG_CHARACTERS)[:LONG_CHARACTERS]
    before = most = place.resident_kb
    pauses = (0, 0, SLOW_PAUSE_S)
    hearing = asyncio.gather(
        *(
            place.hear(text, {"preferred_format": "mp3", "preferred_bitrate": kbit}, pause_s=pause)
            for kbit, pause in zip(BITRATES_KBIT, pauses, strict=True)
        )
    )
    while not hearing.done():
        most = max(most, place.resident_kb)
        await asyncio.sleep(LOOK_EVERY_S)
    heard_s = {size / 125 / kbit for size, kbit in zip(await hearing, BITRATES_KBIT, strict=True)}
    return (most - before) / 1000, max(heard_s)


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """Start everything, and end it afterwards."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        port = free_port()
        simulator = running.enter_context(Simulator(port, *PACE, log=folder / "simulator.log"))
        hass = running.enter_context(HomeAssistant(folder / "config", free_port(), log=folder / "hass.log"))
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(1800)) as session:
            await simulator.ready(session)
            home = await hass.ready(session)
            speaker = await add_speaker(home, Service(KEY, simulator.url), "en", "Emily Carter")
            await set_account(home, DOMAIN, speaker.entry_id, {"parallel": "100"})
            await add_account(home, "inspector", {})
            yield Place(home, hass.pid, simulator, port, speaker)


def tell(text: str) -> None:
    """Say what was found."""
    print(text, flush=True)  # noqa: T201 - for the person at the terminal


async def main(options: Options) -> None:
    """Soak, and print what is held after each round; fail if something is left, or the long text takes much."""
    async with place() as here:
        await here.look()
        await speak_many(here, range(-WARM_UP, 0), options)
        here.counts.clear()
        first = now = await here.look()
        tell(f"after {WARM_UP} to warm up: {first.as_text()}")
        began_s = time.monotonic()
        for start in range(0, options.utterances, ROUND):
            await speak_many(here, range(start, min(start + ROUND, options.utterances)), options)
            now = await here.look(first.holdings)
            tell(f"after {start + ROUND}: {now.as_text()}")
        counts = ", ".join(f"{count} {end}" for end, count in here.counts.items())
        tell(f"{time.monotonic() - began_s:.0f} s of speaking; {counts}")
        tell(f"collected: {(await here.look(collect=True)).as_text()}")
        added_mb, sound_s = await long_text(here)
        tell(f"{LONG_CHARACTERS} characters, {sound_s:.0f} s, as MP3 for three, one of them slow: {added_mb:.1f} MB")
    # A library or the executor may begin a thread late.
    if now.holdings.exceed(first.holdings) or now.threads > first.threads + THREADS_TO_COME:
        raise HomeError("Something is left behind.")
    if added_mb > MOST_ADDED_MB:
        raise HomeError("The long text took too much memory.")


if __name__ == "__main__":
    usual = Options()
    parser = argparse.ArgumentParser(prog="scripts/soak-formats")
    parser.add_argument("--utterances", type=int, default=usual.utterances)
    parser.add_argument("--parallel", type=int, default=usual.parallel, help="how many at once")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of all that is left to chance")
    parser.add_argument("--formats", nargs="+", choices=tuple(FORMATS), default=usual.formats)
    asked = parser.parse_args()
    run(main(Options(asked.utterances, asked.parallel, asked.seed, tuple(asked.formats))))

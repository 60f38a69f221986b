"""Several satellites that are spoken to at the same time.

scripts/benchmark at_once
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp

from tests.home.child import HomeError

from .command import alone, tell
from .engines import Engine
from .fetch import SATELLITE, Heard, announcement, fetch, is_whole_wav, seconds_of
from .floor import SATELLITE_RATE, Bare, speak_cold
from .load import measured
from .results import Section, Table, Target, Times
from .stage import Stage

COUNTS = (1, 5, 20, 50)
PATIENCE_S = 20
FIRST_LIMIT = 1.3
MEMORY_BESIDE_PCM_KB = 200
PCM_KB = seconds_of(announcement(0)) * SATELLITE_RATE * 2 / 1000
TEXT = (
    "Satellites ask for a text each, all in the same moment. First byte, median / 95th percentile in milliseconds; "
    "how many heard their own text, whole and nothing else; CPU of the `hass` process and its children in milliseconds "
    "per second of audio; the most memory that both took beyond what they had before, for each utterance. "
    f"An utterance's own PCM is {PCM_KB:.0f} kB. The floor: as many bare clients on sockets of their own, "
    "open already (warm) or not yet (cold). The server of elevenlabs says the same to all, so only sound and length of "
    "its utterances are checked."
)


@dataclass(slots=True)
class Findings:
    """What one engine did with a number of satellites."""

    first_ms: list[float] = field(default_factory=list)
    asked: int = 0
    whole: int = 0
    cpu_s: float = 0.0
    memory_kb: list[float] = field(default_factory=list)

    @property
    def times(self) -> Times:
        """Return the times to the first byte, of those that got any."""
        return Times.of(self.first_ms)

    @property
    def cell(self) -> str:
        """Return everything in short."""
        cpu_ms = 1000 * self.cpu_s / (self.asked * seconds_of(announcement(0)))
        whole = "all whole" if self.whole == self.asked else f"**{self.whole} of {self.asked} whole**"
        return f"{self.times} ms; {whole}; {cpu_ms:.0f} ms/s; {max(self.memory_kb):.0f} kB"


type Key = tuple[Engine, int]


async def measure(stage: Stage) -> Section:
    """Measure each number of satellites, one engine after the other."""
    findings: dict[Key, Findings] = {}
    floors: dict[int, tuple[Times, Times]] = {}
    for engine in stage.engines:
        await fetch(stage, engine, SATELLITE)
    for count in COUNTS:
        tell(f"at once: {count}")
        rounds = -(-stage.options.runs // count)
        floors[count] = await _floor(stage, count, rounds)
        for engine in stage.engines:
            findings[engine, count] = await _engine(stage, engine, count, rounds)
        await stage.forget()
    columns = ("", *map(str, COUNTS))
    floor_row = ("floor, warm (cold)", *(f"{warm} ms ({cold} ms)" for warm, cold in floors.values()))
    rows = [(engine.name, *(findings[engine, count].cell for count in COUNTS)) for engine in stage.engines]
    targets = tuple(target for count in COUNTS[1:] for target in _targets(stage, findings, floors, count))
    return Section("Satellites at once", TEXT, (Table(columns, (floor_row, *rows)),), targets)


async def _floor(stage: Stage, count: int, rounds: int) -> tuple[Times, Times]:
    session, url = stage.session, stage.simulator_url
    warm: list[float] = []
    cold: list[float] = []
    sockets = [await Bare.connect(session, url) for _ in range(count)]
    for _ in range(rounds):
        texts = [announcement(number) for number in range(count)]
        spoken = await asyncio.gather(*(bare.speak(text) for bare, text in zip(sockets, texts, strict=True)))
        warm += [first for first, _ in spoken]
        spoken = await asyncio.gather(*(speak_cold(session, url, text) for text in texts))
        cold += [first for first, _ in spoken]
    for bare in sockets:
        await bare.socket.close()
    return Times.of(warm), Times.of(cold)


async def _engine(stage: Stage, engine: Engine, count: int, rounds: int) -> Findings:
    found = Findings()
    for _ in range(rounds):
        async with measured(stage.hass_pid) as load:
            answers = await asyncio.gather(*(hear(stage, engine) for _ in range(count)))
        heard = [answer for answer in answers if answer]
        found.first_ms += [answer.first_ms for answer in heard]
        found.asked += count
        found.whole += sum(map(is_whole_wav, heard))
        found.cpu_s += load.cpu_s
        found.memory_kb.append(load.memory_bytes / count / 1000)
    return found


async def hear(stage: Stage, engine: Engine) -> Heard | None:
    """Return what a satellite heard, None when it heard nothing."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await fetch(stage, engine, SATELLITE)
    except HomeError, aiohttp.ClientError, TimeoutError:
        return None


def _targets(
    stage: Stage, findings: Mapping[Key, Findings], floors: Mapping[int, tuple[Times, Times]], count: int
) -> Sequence[Target]:
    ours = findings[stage.ours, count]
    peers = [findings[engine, count] for engine in stage.engines if engine.is_peer]
    fastest = min((peer.times.median for peer in peers if peer.whole == peer.asked), default=float("inf"))
    name = f"{count} satellites at once"
    return (
        Target(f"{name}: utterances that are not whole", ours.asked - ours.whole, 0),
        Target(f"{name}: first byte, p95 / floor's, cold", ours.times.p95 / floors[count][1].p95, FIRST_LIMIT),
        Target(f"{name}: first byte / fastest peer that is whole", ours.times.median / fastest, 1.0),
        Target(f"{name}: memory for each", max(ours.memory_kb), PCM_KB + MEMORY_BESIDE_PCM_KB, " kB"),
    )


if __name__ == "__main__":
    alone(measure)

"""Satellites that are spoken to at the same time, with as much as the provider's plans allow.

scripts/benchmark plans
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.home.flow import set_account

from .at_once import hear
from .command import alone, tell
from .engines import MOST_AT_ONCE
from .fetch import announcement, is_whole_wav
from .floor import Bare
from .results import Section, Table, Target, Times
from .stage import Stage

AS_ALLOWED: Final = "automatic"
LAST_LIMIT: Final = 1.15
UNLIMITED_LIMIT: Final = 1.15
SATELLITES: Final = {1: 10, 2: 5}
# The smallest plan takes sixty in a minute, and counts what came before.
_MINUTE_S: Final = 60
ROUNDS: Final = {1: 4, 2: 6}
NO_LIMITS: Final = dict.fromkeys(("requests_per_minute", "generations", "connections", "characters"))
TEXT: Final = (
    "Satellites ask for a text each, all in the same moment; how many are made at once is left to the account, which "
    "has to find out what the plan allows: that is the first round. A generation is a text from the request to its "
    "last byte, by a bare client on a socket that is open. Milliseconds."
)


@dataclass(slots=True)
class Rounds:
    """The times to the first byte of each round, and how many satellites did not hear all of their own text."""

    first_ms: list[list[float]] = field(default_factory=list)
    broken: int = 0

    @property
    def last_ms(self) -> float:
        """Return when the last satellite of the worst round heard its first byte."""
        return max(self.times.values, default=float("inf"))

    @property
    def times(self) -> Times:
        """Return all times to the first byte."""
        return Times.of([first for found in self.first_ms for first in found])


async def measure(stage: Stage) -> Section:
    """Measure without limits, then with those of the second plan, and of the first."""
    bare = await Bare.connect(stage.session, stage.simulator_url)
    generations = Times.of([(await bare.speak(announcement(number)))[1] for number in range(stage.options.runs)])
    await bare.socket.close()
    found: dict[int | None, Rounds] = {}
    async with _automatic(stage):
        tell("plans: no limits")
        await _speak(stage, SATELLITES[2], 1)
        found[None] = await _speak(stage, SATELLITES[2], ROUNDS[2])
        for tier in (2, 1):
            tell(f"plans: tier {tier}")
            if tier == 1:
                await asyncio.sleep(_MINUTE_S)
            await _change_plan(stage, {"tier": tier})
            found[tier] = await _speak(stage, SATELLITES[tier], ROUNDS[tier])
    await stage.forget()
    return _section(generations, found[None], found[2], found[1])


@asynccontextmanager
async def _automatic(stage: Stage) -> AsyncIterator[None]:
    """Let the account find out how much may be made at once; afterwards there are no limits again."""
    [entry] = await stage.home.command("config_entries/get", domain="kugelaudio")
    await set_account(stage.home, "kugelaudio", entry["entry_id"], {"parallel": AS_ALLOWED})
    try:
        yield
    finally:
        await _change_plan(stage, NO_LIMITS)
        await set_account(stage.home, "kugelaudio", entry["entry_id"], {"parallel": str(MOST_AT_ONCE)})


async def _change_plan(stage: Stage, changes: Mapping[str, int | None]) -> None:
    async with stage.session.patch(f"{stage.simulator_url}/_simulator/plan", json=changes) as response:
        response.raise_for_status()


async def _speak(stage: Stage, satellites: int, rounds: int) -> Rounds:
    done = Rounds()
    for _ in range(rounds):
        answers = await asyncio.gather(*(hear(stage, stage.ours) for _ in range(satellites)))
        heard = [answer for answer in answers if answer]
        done.first_ms.append([answer.first_ms for answer in heard])
        done.broken += satellites - sum(map(is_whole_wav, heard))
    return done


def _section(generations: Times, unlimited: Rounds, second: Rounds, first: Rounds) -> Section:
    rows = [("a generation", f"{generations}", "")]
    for name, rounds in (("5, no limits", unlimited), ("5, tier 2", second), ("10, tier 1", first)):
        rows.append((f"satellites at once: {name}", f"{rounds.times}", f"{rounds.last_ms:.0f}"))
    return Section(
        "Plans",
        TEXT,
        (Table(("", "median / 95th percentile", "last one, worst round"), tuple(rows)),),
        (
            Target("tier 1, 10 satellites: utterances that are not whole", first.broken, 0),
            Target(
                "tier 1, 10 satellites: last one's first byte / ten generations",
                first.last_ms / (SATELLITES[1] * generations.median),
                LAST_LIMIT,
            ),
            Target("tier 2, 5 satellites: utterances that are not whole", second.broken, 0),
            Target(
                "tier 2, 5 satellites: first byte, p95 / without limits",
                second.times.p95 / unlimited.times.p95,
                UNLIMITED_LIMIT,
            ),
        ),
    )


if __name__ == "__main__":
    alone(measure)

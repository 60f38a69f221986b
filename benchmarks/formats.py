"""Players of many formats at the same time, and one sentence for all of them.

scripts/benchmark formats
"""

import asyncio
from collections import defaultdict
from typing import Any, Final

from .command import alone, tell
from .fetch import FLAC, MP3, SATELLITE, VOICE_PE, WAV, announcement, fetch
from .results import Section, Table, Target, Times
from .stage import Stage

FORMATS: Final = (WAV, MP3, FLAC, VOICE_PE)
FIVE_KINDS: Final = (*FORMATS, SATELLITE)
COUNTS: Final = (5, 20, 50)
# More of them keep two cores busy for as long as their sound takes to come.
COUNTS_WITH_A_LIMIT: Final = (5, 20)
AS_WAV_LIMIT: Final = 1.15
TEXT: Final = (
    "This integration alone: players ask for a text each, all in the same moment and the same format. First byte, "
    "median / 95th percentile in milliseconds."
)
SAME: Final = (
    f"One sentence, asked for in {len(FIVE_KINDS)} formats in the same moment: how often the provider was asked for "
    "it, and the first byte."
)

type Key = tuple[str, int]


async def measure(stage: Stage) -> Section:
    """Measure each number of players, the formats in turns."""
    first_ms: dict[Key, list[float]] = defaultdict(list)
    for form in FORMATS:
        await fetch(stage, stage.ours, form)
    for count in COUNTS:
        tell(f"formats at once: {count}")
        for _ in range(-(-stage.options.runs // count) + 1):
            for form in FORMATS:
                heard = await asyncio.gather(*(fetch(stage, stage.ours, form) for _ in range(count)))
                first_ms[form.name, count] += [one.first_ms for one in heard]
        await stage.forget()
    times = {key: Times.of(values) for key, values in first_ms.items()}
    rows = tuple((form.name, *(str(times[form.name, count]) for count in COUNTS)) for form in FORMATS)
    same_ms, bought = await _same_sentence(stage)
    same = Table(("times the provider was asked", "first byte"), ((f"{max(bought)}", str(same_ms)),), SAME)
    targets = [
        Target(
            f"{form.name}, {count} at once: first byte, p95 / wav's",
            times[form.name, count].p95 / times[WAV.name, count].p95,
            AS_WAV_LIMIT,
        )
        for form in FORMATS[1:]
        for count in COUNTS_WITH_A_LIMIT
    ]
    once = Target(f"one sentence in {len(FIVE_KINDS)} formats: times the provider is asked", max(bought), 1)
    table = Table(("", *map(str, COUNTS)), rows)
    return Section("Formats at once", TEXT, (table, same), (*targets, once))


async def _same_sentence(stage: Stage) -> tuple[Times, list[int]]:
    """Return the times to the first byte, and how often each sentence was asked for."""
    tell("formats at once: one sentence")
    first_ms: list[float] = []
    bought: list[int] = []
    for _ in range(stage.options.runs):
        text = announcement(next(stage.numbers))
        heard = await asyncio.gather(*(fetch(stage, stage.ours, form, text) for form in FIVE_KINDS))
        first_ms += [one.first_ms for one in heard]
        bought.append(sum(message.get("text") == text for message in await _received(stage)))
        await stage.forget()
    return Times.of(first_ms), bought


async def _received(stage: Stage) -> list[dict[str, Any]]:
    """Return all that the provider was sent."""
    async with stage.session.get(f"{stage.simulator_url}/_simulator/journal") as response:
        journal = await response.json()
    return [noted["message"] for socket in journal["sockets"] for noted in socket["received"]]


if __name__ == "__main__":
    alone(measure)

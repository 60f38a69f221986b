"""All players, and docs/players.md.

scripts/benchmark players [--runs COUNT] [--wholes COUNT] [--seeks COUNT]
"""

import argparse

from benchmarks.command import tell
from benchmarks.report import write
from tests.home.program import run

from . import answers, listening, seeking
from .report import DOCUMENT, render
from .stage import stage


async def main(runs: int, wholes: int, seeks: int) -> None:
    """Measure everything in one house."""
    async with stage() as ready:
        answered = await answers.measure(ready)
        seekings = await seeking.measure(ready, seeks)
        wholeness = await listening.measure_wholeness(ready, wholes)
        starts = await listening.measure_starts(ready, runs)
    text = render(starts, wholeness, seekings, answered)
    write(text, DOCUMENT)
    print(text)  # noqa: T201 - the result
    tell(f"{DOCUMENT} is written.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="scripts/benchmark players")
    parser.add_argument("--runs", type=int, default=7, help="how often each player begins with each format")
    parser.add_argument("--wholes", type=int, default=3, help="how often each player plays each format to its end")
    parser.add_argument("--seeks", type=int, default=3, help="how often each player seeks in each format")
    chosen = parser.parse_args()
    run(main(chosen.runs, chosen.wholes, chosen.seeks))

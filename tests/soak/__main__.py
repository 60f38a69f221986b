"""The command line of the soak: ``python -m tests.soak``."""

import argparse
import sys

from tests.home.program import run
from tests.simulator.plans import TIERS

from .report import render, write
from .run import Options, soak, tell
from .verdict import conditions


async def main() -> None:
    """Soak, print the summary, and write it into docs/soak.md if it was a whole soak."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("--utterances", type=int, default=usual.utterances)
    parser.add_argument("--parallel", type=int, default=usual.parallel, help="how many at once")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of all that is left to chance")
    parser.add_argument("--plan", type=int, choices=tuple(TIERS), help="the provider's tier, default: no limits")
    chosen = Options(**vars(parser.parse_args()))
    tell(f"seed {chosen.seed}")
    done = await soak(chosen)
    text = render(done)
    print(text)  # noqa: T201 - the result
    if chosen.utterances >= usual.utterances and chosen.plan is None:
        write(text)
        tell("docs/soak.md is written.")
    if not all(condition.is_met for condition in conditions(done)):
        sys.exit(1)


if __name__ == "__main__":
    run(main())

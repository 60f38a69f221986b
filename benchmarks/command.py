"""The command line of all scenarios."""

import argparse
from collections.abc import Awaitable, Callable
import sys

from tests.home.program import run

from .report import render
from .results import Section
from .stage import Options, Stage, stage

type Scenario = Callable[[Stage], Awaitable[Section]]


def options() -> Options:
    """Return what the person at the terminal asked for."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="scripts/benchmark")
    parser.add_argument("--runs", type=int, default=usual.runs, help="utterances of each kind")
    parser.add_argument("--idle-s", type=float, default=usual.idle_s, help="idleness before the first utterance")
    parser.add_argument("--idle-runs", type=int, default=usual.idle_runs, help="how often to be idle, each format")
    return Options(**vars(parser.parse_args()))


def tell(text: str) -> None:
    """Say what happens now."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - for the person at the terminal


def alone(scenario: Scenario) -> None:
    """Run one scenario and print what it found."""
    run(_alone(scenario, options()))


async def _alone(scenario: Scenario, chosen: Options) -> None:
    async with stage(chosen) as ready:
        section = await scenario(ready)
    print(render([section], chosen))  # noqa: T201 - the result

"""All scenarios in one run, and docs/performance.md.

scripts/benchmark [--runs COUNT] [--idle-s SECONDS] [--idle-runs COUNT]
"""

from tests.home.program import run

from . import announcement, assistant, at_once, doorbell, formats, idle, plans, receiving, set_up, tool_call
from .command import options, tell
from .report import DOCUMENT, render, write
from .stage import Options, stage

SCENARIOS = (announcement, doorbell, idle, at_once, formats, assistant, tool_call, receiving, plans, set_up)


async def main(chosen: Options) -> None:
    """Measure everything on one stage."""
    async with stage(chosen) as ready:
        sections = [await scenario.measure(ready) for scenario in SCENARIOS]
    text = render(sections, chosen)
    write(text)
    print(text)  # noqa: T201 - the result
    tell(f"{DOCUMENT} is written.")


if __name__ == "__main__":
    run(main(options()))

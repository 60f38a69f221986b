"""Whether somebody else used the machine so much that players could not play."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_STAT: Final = Path("/proc/stat")
_IDLE: Final = slice(3, 5)
_ALL: Final = slice(0, 8)
_LOOK_EVERY_S: Final = 1.0
_BUSY: Final = 0.95


@dataclass(slots=True)
class Watch:
    """What was seen of the machine meanwhile."""

    was_busy: bool = False


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    """Watch the machine; it was busy if hardly anything of it was left for a whole second."""
    watch = Watch()
    watching = asyncio.create_task(_look(watch))
    try:
        yield watch
    finally:
        watching.cancel()


async def _look(watch: Watch) -> None:
    idle, ticks = _ticks()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        idle_before, ticks_before = idle, ticks
        idle, ticks = _ticks()
        watch.was_busy |= idle - idle_before < (1 - _BUSY) * (ticks - ticks_before)


def _ticks() -> tuple[int, int]:
    """Return how long all cores did nothing, and everything."""
    _, *numbers = _STAT.read_text().splitlines()[0].split()
    ticks = [int(number) for number in numbers]
    return sum(ticks[_IDLE]), sum(ticks[_ALL])

"""Which programs a process starts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


@asynccontextmanager
async def programs_of(pid: int) -> AsyncIterator[set[str]]:
    """Give the names of the programs that a process starts meanwhile."""
    seen: set[str] = set()
    watching = asyncio.create_task(_watch(pid, seen))
    try:
        yield seen
    finally:
        watching.cancel()


async def _watch(pid: int, seen: set[str]) -> None:
    while True:
        seen.update(_children_of(pid))
        await asyncio.sleep(0.002)


def _children_of(pid: int) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread or a program that has ended meanwhile has no files any more.
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in (task / "children").read_text().split():
                yield Path(f"/proc/{child}/comm").read_text().strip()

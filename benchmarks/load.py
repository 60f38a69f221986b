"""What a process and its children cost: CPU, memory, ffmpeg processes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_WATCH_EVERY_S: Final = 0.02
# Lets the kernel count the memory's peak from now on.
_FORGET_PEAK: Final = "5"


@dataclass(slots=True)
class Load:
    """What was used between two moments; complete after the second."""

    cpu_s: float = 0.0
    memory_bytes: int = 0
    ffmpeg: set[int] = field(default_factory=set)
    children_bytes: int = 0


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[11:15]) / _TICKS_PER_S


def _memory(pid: int, field_name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field_name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK)


@asynccontextmanager
async def measured(pid: int) -> AsyncIterator[Load]:
    """Measure a process while the block runs."""
    load = Load()
    _forget_peak(pid)
    before_s, before_bytes = cpu_s(pid), _memory(pid, "VmRSS")
    watching = asyncio.create_task(_watch_children(pid, load))
    try:
        yield load
        # A converter ends, and is counted, a little after its last byte.
        await asyncio.sleep(0.1)
    finally:
        watching.cancel()
    load.cpu_s = cpu_s(pid) - before_s
    load.memory_bytes = max(0, _memory(pid, "VmHWM") - before_bytes) + load.children_bytes


async def _watch_children(pid: int, load: Load) -> None:
    """Note the ffmpeg processes and the most memory that they have together."""
    while True:
        found = dict(_ffmpeg_processes(pid))
        load.ffmpeg |= found.keys()
        load.children_bytes = max(load.children_bytes, sum(found.values()))
        await asyncio.sleep(_WATCH_EVERY_S)


def _ffmpeg_processes(pid: int) -> Iterator[tuple[int, int]]:
    """Yield the ffmpeg processes that run now, and the memory that each has for itself."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError, ValueError):
            # Before it becomes ffmpeg, a child still shows its parent's memory.
            if Path(f"/proc/{child}/comm").read_text() == "ffmpeg\n":
                _, resident, shared, *_ = map(int, Path(f"/proc/{child}/statm").read_text().split())
                yield int(child), (resident - shared) * _PAGE_BYTES

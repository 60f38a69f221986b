"""What a Home Assistant holds: tasks, sockets to the provider, file handles, converters, memory."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
import time

from tests.home.client import Home

SETTLES_WITHIN_S = 45
_OURS = ("kugelaudio", "custom_components/kugelaudio")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is at one moment while nobody speaks."""

    tasks: Counter[str]
    sockets: int
    handles: Counter[str]
    converters: int
    resident_kb: int
    untrimmed_kb: int

    def exceed(self, before: Holdings) -> list[str]:
        """Return what there is more of than before."""
        more = [f"{count} more tasks '{name}'" for name, count in (self.ours - before.ours).items()]
        more += [f"{count} more handles: {kind}" for kind, count in (self.handles - before.handles).items()]
        if self.sockets > before.sockets:
            more.append(f"{self.sockets} sockets to the provider, {before.sockets} before")
        if self.converters:
            more.append(f"{self.converters} ffmpeg processes")
        return more

    @property
    def ours(self) -> Counter[str]:
        """Return the tasks of this integration."""
        found = {name: count for name, count in self.tasks.items() if any(mark in name for mark in _OURS)}
        return Counter(found)


async def look(home: Home, pid: int, provider_port: int, *, collect: bool = True) -> Holdings:
    """Return what is held now, after garbage was collected; else none is from now on."""
    order = {"collect": collect}
    found = (await home.post("/api/services/inspector/inspect?return_response", order))["service_response"]
    handles = _handles(pid)
    return Holdings(
        tasks=Counter(found["tasks"]),
        sockets=_sockets_to(pid, provider_port),
        handles=handles,
        converters=sum(_name(child) == "ffmpeg" for child in children(pid)),
        resident_kb=found["resident_kb"],
        untrimmed_kb=found["untrimmed_kb"],
    )


async def settled(
    home: Home, pid: int, provider_port: int, before: Holdings | None, *, collect: bool = True
) -> Holdings:
    """Return what is held once it is no more than before, or what it is after a while.

    Home Assistant keeps connections of HTTP for a while, and converters end a little after their last byte.
    """
    deadline = time.monotonic() + SETTLES_WITHIN_S
    now = await look(home, pid, provider_port, collect=collect)
    while before and now.exceed(before) and time.monotonic() < deadline:
        await asyncio.sleep(1)
        now = await look(home, pid, provider_port, collect=collect)
    return now


def _handles(pid: int) -> Counter[str]:
    """Return the kinds of the open files, sockets and pipes."""
    targets = _targets(pid)
    return Counter(target.partition(":")[0] if ":[" in target else "file" for target in targets)


def _targets(pid: int) -> list[str]:
    """Return what the open handles stand for; one may be closed meanwhile."""
    targets = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            targets.append(str(handle.readlink()))
    return targets


def _sockets_to(pid: int, port: int) -> int:
    """Return how many sockets the process has to a port of the loopback interface."""
    wanted = f":{port:04X}"
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    own = set(_targets(pid))
    return sum(row[2].endswith(wanted) and f"socket:[{row[9]}]" in own for row in rows)


def children(pid: int) -> list[int]:
    """Return the processes that a process has begun."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in _children(task)]


def _children(task: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return (task / "children").read_text().split()
    return []


def command(pid: int) -> str:
    """Return the command of a process, a zero byte after each word."""
    return Path(f"/proc/{pid}/cmdline").read_text()


def _name(pid: int) -> str:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""

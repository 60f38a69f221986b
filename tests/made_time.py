"""Time that is made, not waited for.

The clock of the running loop stands still while anything has something to do, and jumps to the next timer when nothing
has: no event of a socket, no job of an executor, no name that is looked up, no process of the loop that runs. These
stay real and get the real time that they need, which does not count. So limits have their real lengths, and a slow
machine changes nothing. The clock of the wall goes on as it does.

Why not what exists: looptime moves on while a process runs, and needs a loop of its own class, which Home Assistant's
set-up then takes the clock from; async-solipsism has no real sockets; time-machine and freezegun let the loop wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from selectors import SelectorKey
from typing import Any, Final, override

from aiohttp import AsyncResolver
import pytest

# How long to wait really before looking again whether a process sleeps.
_LOOK_EVERY_S: Final = 0.005
# A timer that ends sooner belongs to what happens now.
_SOON_S: Final = 0.1
# Those of Home Assistant's and aiohttp's clocks that are not the loop's, and tell how old is what they keep.
_FOLLOWING: Final = ("homeassistant.components.tts", "aiohttp.connector")

type Events = list[tuple[SelectorKey, int]]


class Watch:
    """What the running loop waits for, told apart for the rest of its life: work of others, or nothing but time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over the selector of the loop."""
        self._loop = loop
        self._jobs = 0
        self._processes: list[asyncio.SubprocessTransport] = []
        selector = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001 - nothing else sees that a loop is idle
        self._wait: Callable[[float | None], Events] = selector.select
        selector.select = self._select
        replaced: Any = loop
        replaced.run_in_executor = self.job(loop.run_in_executor)
        replaced.shutdown_default_executor = self.job(loop.shutdown_default_executor)
        replaced.subprocess_exec = self._process(loop.subprocess_exec)
        replaced.subprocess_shell = self._process(loop.subprocess_shell)

    def _select(self, timeout_s: float | None) -> Events:
        events = self._wait(0)
        if events or timeout_s == 0:
            return events
        while self._jobs or any(map(_is_busy, self._running())):
            if events := self._wait(_LOOK_EVERY_S):
                return events
        # What a thread or a process did last has arrived by now.
        return self._wait(0) or self._rest(timeout_s)

    def _rest(self, timeout_s: float | None) -> Events:
        """Wait for the next timer, or for what comes from nowhere."""
        return self._wait(timeout_s)

    def _running(self) -> list[asyncio.SubprocessTransport]:
        self._processes = [process for process in self._processes if process.get_returncode() is None]
        return self._processes

    def job[**P, T](self, begin: Callable[P, Awaitable[T]]) -> Callable[P, asyncio.Future[T]]:
        """Take what is begun for work until it is done: it happens outside of the loop."""

        def counted(*args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
            self._jobs += 1
            job = asyncio.ensure_future(begin(*args, **kwargs), loop=self._loop)
            job.add_done_callback(self._end_job)
            return job

        return counted

    def _end_job(self, _job: object) -> None:
        self._jobs -= 1

    def _process[**P, Protocol](
        self, begin: Callable[P, Awaitable[tuple[asyncio.SubprocessTransport, Protocol]]]
    ) -> Callable[P, Awaitable[tuple[asyncio.SubprocessTransport, Protocol]]]:
        async def watched(*args: P.args, **kwargs: P.kwargs) -> tuple[asyncio.SubprocessTransport, Protocol]:
            transport, protocol = await begin(*args, **kwargs)
            self._processes.append(transport)
            return transport, protocol

        return watched


class MadeTime(Watch):
    """The clock of a running loop, for the rest of its life."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over the clock as well."""
        self._now_s = loop.time()
        super().__init__(loop)
        replaced: Any = loop
        replaced.time = self.time

    def time(self) -> float:
        """Return the time in seconds, as `time.monotonic` does."""
        return self._now_s

    def oversleep(self, seconds: float) -> None:
        """Let time pass in which the loop does nothing, as if something had blocked it: all timers are late."""
        self._now_s += seconds

    @override
    def _rest(self, timeout_s: float | None) -> Events:
        if timeout_s is None:
            return self._wait(None)
        self._now_s += timeout_s
        return []


class Stillness(Watch):
    """The moments at which nothing happens soon any more, unless somebody sets the clock forward."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Leave the clock as it is."""
        super().__init__(loop)
        self._awaited: asyncio.Future[None] | None = None
        found_again: Any = loop
        found_again.stillness = self

    async def reached(self) -> None:
        """Wait for the next one."""
        self._awaited = self._loop.create_future()
        await self._awaited

    @override
    def _rest(self, timeout_s: float | None) -> Events:
        if self._awaited is None or (timeout_s is not None and timeout_s < _SOON_S):
            return self._wait(timeout_s)
        self._awaited.set_result(None)
        self._awaited = None
        return []


async def until_still() -> None:
    """Wait for stillness in a loop that is watched for it; what waits for something never comes to its end."""
    loop: Any = asyncio.get_running_loop()
    await loop.stillness.reached()


def _is_busy(process: asyncio.SubprocessTransport) -> bool:
    """Tell whether a process does anything but wait for us: a thread of it runs, or ran between two looks."""
    looks = [_threads(process.get_pid()) for _ in range(2)]
    return looks[0] != looks[1] or not all(state == b"S" for state, _ in looks[0])


def _threads(pid: int | None) -> list[tuple[bytes, bytes]]:
    """Return the state of each thread of a process, and how often it began to wait."""
    found = []
    for status in sorted(Path(f"/proc/{pid}/task").glob("*/status")):
        try:
            lines = status.read_bytes()
        except FileNotFoundError, ProcessLookupError:
            continue
        state, waits = (lines.partition(name)[2] for name in (b"\nState:\t", b"\nvoluntary_ctxt_switches:\t"))
        found.append((state[:1], waits.partition(b"\n")[0]))
    return found


@pytest.fixture
async def stillness(
    configure_event_loop: None,  # noqa: ARG001 - gives the loop its clock, which must not happen later
) -> None:
    """Watch the running loop, and leave its time as it is."""
    Stillness(asyncio.get_running_loop())


@pytest.fixture
async def made_time(
    configure_event_loop: None,  # noqa: ARG001 - gives the loop its clock, which must not happen later
    monkeypatch: pytest.MonkeyPatch,
) -> MadeTime:
    """Make the time of the running loop."""
    made = MadeTime(asyncio.get_running_loop())
    monkeypatch.setattr(AsyncResolver, "resolve", made.job(AsyncResolver.resolve))
    for module in _FOLLOWING:
        monkeypatch.setattr(f"{module}.monotonic", made.time)
    return made

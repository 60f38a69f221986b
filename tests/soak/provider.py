"""The simulator of a soak: it is told to have faults, and is ended and started again."""

import asyncio
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import time

import aiohttp

from tests.home.simulator import Simulator

from .hazards import Hazard

SPEED = 12
ARGUMENTS = ("--sound", "tone", "--handshake-ms", "30", "--first-audio-ms", "30", "--speed", str(SPEED))


@dataclass(frozen=True, slots=True)
class Planned:
    """A hazard, and when it was planned."""

    at: float
    hazard: Hazard


@dataclass(frozen=True, slots=True)
class Span:
    """A disturbance from its beginning to its end, in seconds of `time.monotonic`."""

    begin: float
    end: float


class Provider:
    """The provider, in a process that may be replaced by another one at the same port."""

    def __init__(self, port: int, folder: Path, session: aiohttp.ClientSession, tier: int | None) -> None:
        """Start it for the first time; without a tier there are no limits."""
        self.port = port
        self._arguments = ARGUMENTS if tier is None else (*ARGUMENTS, "--plan", str(tier))
        self.planned: list[Planned] = []
        self.pending = 0
        self.restarts: list[Span] = []
        self._folder = folder
        self._session = session
        self._simulator = self._started()
        self._is_there = asyncio.Lock()

    @property
    def url(self) -> str:
        """Return where it answers."""
        return self._simulator.url

    async def ready(self) -> None:
        """Wait until it answers."""
        await self._simulator.ready(self._session, timeout_s=60)

    async def plan(self, hazard: Hazard, path: str) -> None:
        """Let a hazard strike the next occasion on a path."""
        plan = {"fault": hazard.fault, "path": path, **hazard.parameters}
        async with self._is_there:
            self.planned.append(Planned(time.monotonic(), hazard))
            async with self._session.post(f"{self.url}/_simulator/faults", json=plan) as response:
                response.raise_for_status()

    async def forget(self) -> None:
        """Let no more hazard strike, nor the journal grow."""
        async with self._is_there:
            await self._count_pending()
            for what in ("faults", "journal"):
                async with self._session.delete(f"{self.url}/_simulator/{what}") as response:
                    response.raise_for_status()

    async def restart(self, *, kill: bool) -> None:
        """End it, in peace or not, and start another one."""
        async with self._is_there:
            await self._count_pending()
            begin = time.monotonic()
            if kill:
                os.kill(self._simulator.pid, signal.SIGKILL)
            await asyncio.to_thread(self._simulator.stop)
            self._simulator = self._started()
            await self.ready()
            self.restarts.append(Span(begin, time.monotonic()))

    def stop(self) -> None:
        """End it for good."""
        self._simulator.stop()

    async def _count_pending(self) -> None:
        async with self._session.get(f"{self.url}/_simulator/faults") as response:
            self.pending += len((await response.json())["faults"])

    def _started(self) -> Simulator:
        return Simulator(self.port, *self._arguments, log=self._folder / "simulator.log")

"""The provider at the far end of a virtual cable that can be pulled out."""

import asyncio
import os
from pathlib import Path
import shutil
import sys
from types import TracebackType
from typing import Final, Self

import aiohttp

from tests.home.child import ROOT, Child
from tests.simulator.keys import NORMAL_KEY

PORT: Final = 8300
START_LIMIT_S: Final = 120.0
# Linux asks three times for who has an address, once a second, and then no connection can be made: a busy machine may
# need longer to plug in.
PROBES: Final = "60"
# 198.18.0.0/15 is set aside for tests of networks (RFC 2544); each process takes four addresses of it.
FIRST_ADDRESS: Final = (198 << 24) + (18 << 16)
NETWORKS: Final = 2**15


class NetworkError(Exception):
    """A command of iproute2 failed."""


def has_iproute2() -> bool:
    """Tell whether the program that makes namespaces is there."""
    return shutil.which("ip") is not None


def may_make_namespaces() -> bool:
    """Tell whether this user is allowed to."""
    return os.geteuid() == 0


class Namespace:
    """A network namespace with a simulator in it, and the cable to it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Choose names and addresses that no other process has."""
        network = FIRST_ADDRESS + os.getpid() % NETWORKS * 4
        self.name = f"kugel{os.getpid()}"
        self.address = _dotted(network + 2)
        self.url = f"http://{self.address}:{PORT}"
        self._near_address = _dotted(network + 1)
        self._folder = folder
        self._arguments = arguments
        self._simulator: Child | None = None

    async def __aenter__(self) -> Self:
        """Lay the cable and start the simulator."""
        await _ip("netns", "add", self.name)
        try:
            await _ip("link", "add", self.name, "type", "veth", "peer", "name", "far", "netns", self.name)
            await _ip("address", "add", f"{self._near_address}/30", "dev", self.name)
            await _ip("link", "set", self.name, "up")
            await _ip("ntable", "change", "name", "arp_cache", "dev", self.name, "mcast_probes", PROBES)
            await _ip("-n", self.name, "address", "add", f"{self.address}/30", "dev", "far")
            await self.plug_in()
            command = ("ip", "netns", "exec", self.name, sys.executable, "-m", "tests.simulator", "--sound", "tone")
            self._simulator = Child(
                "The simulator",
                (*command, "--host", self.address, "--port", str(PORT), *self._arguments),
                folder=ROOT,
                log=self._folder / "simulator.log",
            )
            await self._answers(self._simulator)
        except BaseException:
            await self._remove()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the simulator and take everything away."""
        await self._remove()

    async def plug_in(self) -> None:
        """Let the network come back."""
        await _ip("-n", self.name, "link", "set", "far", "up")

    async def pull_out(self) -> None:
        """Let the network go, without a word to anybody.

        At the far end: without a link at this end its route would be gone, and packets would go elsewhere.
        """
        await _ip("-n", self.name, "link", "set", "far", "down")

    async def journal(self) -> dict[str, list[dict[str, object]]]:
        """Return what the simulator saw and said."""
        async with self._session() as session, session.get(f"{self.url}/_simulator/journal") as response:
            journal: dict[str, list[dict[str, object]]] = await response.json()
            return journal

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(headers={"Authorization": f"Bearer {NORMAL_KEY}"})

    async def _answers(self, simulator: Child) -> None:
        async with asyncio.timeout(START_LIMIT_S), self._session() as session:
            while True:
                simulator.require_running()
                try:
                    async with session.get(f"{self.url}/health"):
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)

    async def _remove(self) -> None:
        if self._simulator is not None:
            self._simulator.stop()
        await _ip("netns", "delete", self.name)


async def _ip(*arguments: str) -> None:
    """Run a command of iproute2."""
    process = await asyncio.create_subprocess_exec("ip", *arguments, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    if process.returncode:
        raise NetworkError(f"ip {' '.join(arguments)}: {complaint.decode().strip()}")


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))

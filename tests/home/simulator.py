"""The simulator of KugelAudio's cloud in a process of its own."""

import asyncio
from pathlib import Path
import sys
import time

import aiohttp

from .child import ROOT, Child, HomeError

KEY = "ka_simulator"


class Simulator(Child):
    """The simulator, answering on the loopback interface."""

    def __init__(self, port: int, *arguments: str, log: Path | None = None) -> None:
        """Start the simulator."""
        self.url = f"http://127.0.0.1:{port}"
        command = (sys.executable, "-m", "tests.simulator", "--port", str(port), *arguments)
        super().__init__("The simulator", command, folder=ROOT, log=log)

    async def ready(self, session: aiohttp.ClientSession, timeout_s: float = 120) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.require_running()
            try:
                async with session.get(self.url):
                    return
            except aiohttp.ClientConnectionError:
                if time.monotonic() > deadline:
                    raise HomeError(f"The simulator did not start in time.\n{self.last_lines()}") from None
                await asyncio.sleep(0.05)


async def steer(session: aiohttp.ClientSession, url: str | None, command: str, **data: object) -> None:
    """Tell a simulator in another process what is to happen: a key is revoked, a voice withdrawn, and so on."""
    async with session.post(f"{url}/_simulator/{command}", json=data) as response:
        response.raise_for_status()

"""What every scenario plays on: one Home Assistant with all engines, and the servers behind them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
import socket
import tempfile
import time

import aiohttp

from tests.home.child import PRIVATE, ROOT, Child, HomeError
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.simulator import Simulator
from tests.ports import free_port

from .engines import Engine, add_engines

PYTHON = PRIVATE / "venv/benchmark/bin/python"
ENGINES = Path(__file__).parent / "peers/custom_components/benchmark_engines"
HANDSHAKE_MS = 200
FIRST_AUDIO_MS = 60
SPEED = 12


def profile(handshake_ms: float = HANDSHAKE_MS) -> tuple[str, ...]:
    """Return the arguments that give a server the behaviour that all of them have."""
    options = {"--handshake-ms": handshake_ms, "--first-audio-ms": FIRST_AUDIO_MS, "--speed": SPEED}
    return tuple(str(part) for option in options.items() for part in option)


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure."""

    runs: int = 30
    idle_s: float = 20
    idle_runs: int = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A running Home Assistant, its engines, and the simulated provider."""

    session: aiohttp.ClientSession
    home: Home
    hass_pid: int
    simulator_url: str
    engines: tuple[Engine, ...]
    options: Options
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def ours(self) -> Engine:
        """Return the engine that this is all about."""
        return self.engines[0]

    async def forget(self) -> None:
        """Let the simulator forget what it saw and said."""
        async with self.session.delete(f"{self.simulator_url}/_simulator/journal") as response:
            response.raise_for_status()


class Peer(Child):
    """A server of another provider."""

    def __init__(self, module: str, port: int, *arguments: str, log: Path) -> None:
        """Start the server."""
        self.port = port
        command: tuple[str | Path, ...] = (PYTHON, "-m", f"benchmarks.peers.{module}", "--port", str(port), *arguments)
        super().__init__(module, command, folder=ROOT, log=log)

    async def ready(self, timeout_s: float = 30) -> None:
        """Wait until it listens."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.require_running()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise HomeError(f"{self.name} did not start in time.\n{self.last_lines()}") from None
                await asyncio.sleep(0.05)
            else:
                return


@asynccontextmanager
async def stage(options: Options) -> AsyncIterator[Stage]:
    """Start everything, and end it afterwards."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        logs = Path(folder)
        simulator = running.enter_context(
            Simulator(free_port(), *profile(), "--sound", "tone", log=logs / "simulator.log")
        )
        peers = {
            "wyoming (same handshake)": _wyoming("same handshake", HANDSHAKE_MS, logs),
            "wyoming (no handshake)": _wyoming("no handshake", 0, logs),
            "elevenlabs": Peer("elevenlabs_server", free_port(), *profile(), log=logs / "elevenlabs.log"),
        }
        for peer in peers.values():
            running.enter_context(peer)
        hass = running.enter_context(
            HomeAssistant(logs / "config", free_port(), log=logs / "hass.log", python=PYTHON, more=[ENGINES])
        )
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await simulator.ready(session)
            for peer in peers.values():
                await peer.ready()
            home = await hass.ready(session)
            engines = await add_engines(home, simulator.url, {name: peer.port for name, peer in peers.items()})
            yield Stage(session, home, hass.pid, simulator.url, engines, options)


def _wyoming(name: str, handshake_ms: float, logs: Path) -> Peer:
    arguments = ("--name", name, *profile(handshake_ms))
    return Peer("wyoming_server", free_port(), *arguments, log=logs / f"wyoming {name}.log")

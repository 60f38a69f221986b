"""What an integration costs before anybody speaks: its import, and a start of Home Assistant with it.

scripts/benchmark set_up
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
import tempfile
import time

import aiohttp

from tests.home.child import ROOT, HomeError
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.simulator import KEY, Simulator
from tests.home.speech import DOMAIN, Service, add_speaker
from tests.ports import free_port

from .command import alone, tell
from .engines import VOICE
from .results import Section, Table, Times
from .stage import PYTHON, Stage, profile

IMPORTS = 3
STARTS = 3
SILENT_STARTS = 2
SILENT = ("http_hang", "handshake_hang")
CORE = "homeassistant.components"
OURS = ROOT / "custom_components/kugelaudio"
TEXT = (
    "Import: all modules of this integration, and what the peers need for speech, after what Home Assistant has "
    f"loaded anyway; {IMPORTS} processes each. Start: from the start of the process until Home Assistant runs, with an "
    f"account and a voice and without, in turns, {STARTS} times; and with a provider that accepts connections and "
    f"never answers, {SILENT_STARTS} times. Set-up: what Home Assistant itself counts for the integration at such a "
    "start. Milliseconds, median / 95th percentile."
)


async def measure(_: Stage) -> Section:
    """Import, then start again and again."""
    rows = [(f"import of {name}", str(await _imports(modules))) for name, modules in _modules().items()]
    return Section("Set-up", TEXT, (Table(("", "ms"), (*rows, *await _starts())),))


def _modules() -> dict[str, Sequence[str]]:
    paths = (path.relative_to(ROOT).with_suffix("") for path in sorted(OURS.rglob("*.py")))
    ours = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    return {
        "KugelAudio": ours,
        "elevenlabs": [f"{CORE}.elevenlabs{module}" for module in ("", ".config_flow", ".tts")],
        "wyoming": [f"{CORE}.wyoming{module}" for module in ("", ".config_flow", ".tts")],
        "the SDK": ["kugelaudio"],
    }


async def _imports(modules: Sequence[str]) -> Times:
    values: list[float] = []
    # The first one writes the byte code.
    for _ in range(IMPORTS + 1):
        command = (str(PYTHON), "-m", "benchmarks.importer", *modules)
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        if process.returncode:
            raise HomeError(f"{modules[0]} cannot be imported.")
        values.append(1000 * float(output))
    return Times.of(values[1:])


class House:
    """A config folder that Home Assistant starts with again and again."""

    def __init__(self, folder: Path) -> None:
        """Begin with a folder that is not there yet."""
        self._folder = folder
        # Home Assistant keeps the port of its first start.
        self._port = free_port()
        self.starts_ms: list[float] = []
        self.set_ups_ms: list[float] = []

    async def first_start(self, service: Service | None) -> None:
        """Make the user, and the account if there is to be one."""
        async with aiohttp.ClientSession() as session:
            with self._process() as process:
                home = await process.ready(session)
                if service:
                    await add_speaker(home, service, "en", VOICE)

    async def start(self) -> None:
        """Start, measure and end."""
        async with aiohttp.ClientSession() as session:
            started = time.perf_counter()
            with self._process() as process:
                home = await process.ready(session)
                self.starts_ms.append((time.perf_counter() - started) * 1000)
                self.set_ups_ms += await _set_ups_ms(home)

    def taken(self) -> tuple[str, str]:
        """Return the times of the starts and of our set-up, and forget them."""
        times = str(Times.of(self.starts_ms)), str(Times.of(self.set_ups_ms))
        self.starts_ms.clear()
        self.set_ups_ms.clear()
        return times

    def _process(self) -> HomeAssistant:
        log = self._folder.with_suffix(".log")
        return HomeAssistant(self._folder, self._port, log=log, python=PYTHON)


async def _set_ups_ms(home: Home) -> list[float]:
    """Return what Home Assistant counted for our set-up, nothing without an account."""
    counted = await home.command("integration/setup_info")
    return [1000 * one["seconds"] for one in counted if one["domain"] == DOMAIN]


async def _starts() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, ours = House(folder / "plain"), House(folder / "ours")
        simulator = Simulator(free_port(), *profile(), "--sound", "tone", log=folder / "simulator.log")
        async with aiohttp.ClientSession() as session:
            with simulator:
                await simulator.ready(session)
                await plain.first_start(None)
                await ours.first_start(Service(KEY, simulator.url))
                for number in range(STARTS):
                    tell(f"set-up: start {number + 1} of {STARTS}")
                    await plain.start()
                    await ours.start()
                answered = ours.taken()
                for fault in SILENT:
                    await session.post(f"{simulator.url}/_simulator/faults", json={"fault": fault, "times": None})
                for number in range(SILENT_STARTS):
                    tell(f"set-up: start {number + 1} of {SILENT_STARTS}, the provider does not answer")
                    await ours.start()
    silent = ours.taken()
    return [
        ("start without it", plain.taken()[0]),
        ("start with it", answered[0]),
        ("set-up, as counted", answered[1]),
        ("start with it, the provider does not answer", silent[0]),
        ("set-up, as counted, the provider does not answer", silent[1]),
    ]


if __name__ == "__main__":
    alone(measure)

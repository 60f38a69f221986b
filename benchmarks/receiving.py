"""What our client of the provider costs beyond the decoding of its frames.

scripts/benchmark receiving
"""

import asyncio
import sys

from tests.home.child import ROOT, HomeError

from .command import alone, tell
from .receiver import AT_ONCE, ROUNDS
from .results import Section, Table, Target, Times
from .stage import Stage

PASSES = 3
LIMIT = 1.3
NAMES = {"client": "our client (`custom_components/kugelaudio/api`)", "loop": "loop that receives and decodes"}
TEXT = (
    f"CPU in milliseconds per second of audio, in a process without Home Assistant that hears {AT_ONCE} texts at once, "
    f"{ROUNDS} times, on a socket each. The loop only receives the same frames with aiohttp and decodes them with "
    f"orjson and base64. Median / 95th percentile of {PASSES} processes."
)


async def measure(stage: Stage) -> Section:
    """Run both in turns."""
    found: dict[str, list[float]] = {kind: [] for kind in NAMES}
    for _ in range(PASSES):
        for kind, values in found.items():
            tell(f"receiving: {kind}")
            values.append(1000 * await _receive(kind, stage.simulator_url))
    await stage.forget()
    cpu_ms = {kind: Times.of(values) for kind, values in found.items()}
    rows = [(name, f"{cpu_ms[kind].median:.2f} / {cpu_ms[kind].p95:.2f}") for kind, name in NAMES.items()]
    target = Target("CPU of our client / loop that decodes", cpu_ms["client"].median / cpu_ms["loop"].median, LIMIT)
    return Section("Receiving", TEXT, (Table(("", "CPU"), tuple(rows)),), (target,))


async def _receive(kind: str, url: str) -> float:
    command = (sys.executable, "-m", "benchmarks.receiver", kind, url)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise HomeError(f"The receiver '{kind}' failed.")
    return float(output)


if __name__ == "__main__":
    alone(measure)

"""How long a voice assistant's answer takes from the language model to the satellite.

    scripts/benchmark assistant

A scripted language model writes 40 words a second. Both ends of each stretch are measured by the machine's monotonic
clock: from the question to the provider's receipt of the first words (Home Assistant begins to speak when it has 60
characters), from the provider's first audio frame to the satellite, and from its last one.
"""

import asyncio
from pathlib import Path
import platform
from statistics import median
import tempfile
import time
from typing import Any

import aiohttp

from tests.home.assistant import add_assistant, ask, tokens
from tests.home.child import free_port
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.simulator import KEY, Simulator
from tests.home.speech import Service, add_speaker

RUNS = 10
STORY = (
    "There was once a washing machine that lived in a cellar. It was proud of its work, and told everybody about it. "
    "One day it finished early, and nobody came. So it waited."
)


async def turn(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    """Return the simulator's record of the last growing text, then let it forget."""
    async with session.get(f"{url}/_simulator/journal") as response:
        journal = await response.json()
    await session.delete(f"{url}/_simulator/journal")
    sockets: list[dict[str, Any]] = journal["sockets"]
    return next(socket for socket in sockets if socket["path"] == "/ws/tts/stream" and socket["sent"])


async def measure(session: aiohttp.ClientSession, home: Home, pipeline: str, url: str) -> None:
    """Ask again and again, and print the medians."""
    rows: list[tuple[float, float, float]] = []
    for number in range(RUNS + 1):
        started = time.monotonic()
        answer = await ask(home, pipeline, tokens(f"{STORY} {number}"))
        seen = await turn(session, url)
        audio = [sent["at"] for sent in seen["sent"] if "audio" in sent["frame"]]
        text_at = seen["received"][0]["at"]
        first, last = (started + answer.arrivals[index].at_s for index in (0, -1))
        rows.append((text_at - started, first - audio[0], last - audio[-1]))
    names = ("question to first words at the provider", "first audio to satellite", "last audio to satellite")
    print(f"{platform.machine()}, {platform.system()} {platform.release()}, {RUNS} answers")  # noqa: T201 - the result
    for name, values in zip(names, zip(*rows[1:], strict=True), strict=True):
        print(f"{name:<40} median {1000 * median(values):7.2f} ms, worst {1000 * max(values):7.2f} ms")  # noqa: T201 - the result


async def main() -> None:
    """Measure in one run, on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        with (
            Simulator(free_port(), "--first-audio-ms", "60", "--speed", "8", log=logs / "simulator.log") as simulator,
            HomeAssistant(logs / "config", free_port(), log=logs / "home-assistant.log") as process,
        ):
            async with aiohttp.ClientSession() as session:
                await simulator.ready(session)
                home = await process.ready(session)
                speaker = await add_speaker(home, Service(KEY, simulator.url), "en", "1071", format="wav")
                await measure(session, home, await add_assistant(home, speaker.entity_id), simulator.url)


if __name__ == "__main__":
    asyncio.run(main())

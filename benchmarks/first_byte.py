"""How long the first audio takes through Home Assistant, beyond what the provider needs.

    scripts/benchmark first_byte

The simulator stamps every frame that it sends with the machine's monotonic clock, so both ends of each stretch are
measured by one clock: from the request to the provider's receipt of the text, and from the provider's first audio
frame to the first PCM byte at an HTTP client of Home Assistant. The same stretch is measured for a bare WebSocket
client, which shows what the machine itself takes.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
import platform
from statistics import median
import tempfile
import time
from typing import Any

import aiohttp

from tests.home.child import free_port
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.simulator import KEY, Simulator
from tests.home.speech import Service, add_speaker

RUNS = 30
FIRST_AUDIO_MS = 60
HEADER_LENGTH = 44
TEXT = "The washing machine has finished, and this is announcement number {}."


@dataclass(frozen=True, slots=True)
class Timing:
    """The stretches of one utterance that are not the provider's, in milliseconds."""

    request_ms: float
    delivery_ms: float


async def provider_times(session: aiohttp.ClientSession, url: str) -> tuple[float, float]:
    """Return when the provider got the text and when it sent the first audio, then forget both."""
    async with session.get(f"{url}/_simulator/journal") as response:
        journal = await response.json()
    await session.delete(f"{url}/_simulator/journal")
    records: list[dict[str, Any]] = [socket for socket in journal["sockets"] if socket["sent"]]
    [socket] = records
    first_audio = next(sent["at"] for sent in socket["sent"] if "audio" in sent["frame"])
    return socket["received"][0]["at"], first_audio


async def through_home_assistant(home: Home, entity_id: str, text: str) -> float:
    """Speak a text as a media player does; returns when the first PCM byte was there."""
    request = {"engine_id": entity_id, "message": text, "cache": False, "options": {"preferred_format": "wav"}}
    url = (await home.post("/api/tts_get_url", request))["url"]
    length = 0
    first = 0.0
    async with home.session.get(url) as response:
        async for piece in response.content.iter_any():
            length += len(piece)
            if not first and length > HEADER_LENGTH:
                first = time.monotonic()
    return first


async def bare(socket: aiohttp.ClientWebSocketResponse, text: str) -> float:
    """Speak a text without Home Assistant; returns when the first audio frame was there."""
    await socket.send_json({"text": text, "voice_id": 1071, "language": "en"})
    first = 0.0
    while "final" not in (frame := await socket.receive_json()):
        if "audio" in frame and not first:
            first = time.monotonic()
    return first


async def measure(
    session: aiohttp.ClientSession, url: str, speak: Callable[[str], Coroutine[None, None, float]]
) -> AsyncGenerator[Timing]:
    """Yield the timings of utterances one after the other, the cold first one left out."""
    for number in range(RUNS + 1):
        started = time.monotonic()
        first_byte = await speak(TEXT.format(number))
        got_text, first_audio = await provider_times(session, url)
        if number:
            yield Timing((got_text - started) * 1000, (first_byte - first_audio) * 1000)


def report(name: str, timings: list[Timing]) -> float:
    """Print a row; returns the median delivery."""
    requests = sorted(timing.request_ms for timing in timings)
    deliveries = sorted(timing.delivery_ms for timing in timings)
    worst = deliveries[int(len(deliveries) * 0.95) - 1]
    print(  # noqa: T201 - the result
        f"{name:<22} request {median(requests):6.2f} ms   delivery {median(deliveries):6.2f} ms"
        f"   95 % {worst:6.2f} ms   worst {deliveries[-1]:6.2f} ms"
    )
    return median(deliveries)


async def main() -> None:
    """Measure in one run, on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        simulator_port, port = free_port(), free_port()
        log = Path(folder)
        with Simulator(
            simulator_port, "--first-audio-ms", str(FIRST_AUDIO_MS), "--speed", "8", log=log / "simulator.log"
        ) as simulator:
            async with aiohttp.ClientSession() as session:
                await simulator.ready(session)
                with HomeAssistant(log / "config", port, log=log / "home-assistant.log") as process:
                    home = await process.ready(session)
                    await compare(session, home, simulator.url)


async def compare(session: aiohttp.ClientSession, home: Home, url: str) -> None:
    """Measure Home Assistant against a bare client, and print both."""
    speaker = await add_speaker(home, Service(KEY, url), "en", "1071")
    print(f"{platform.machine()}, {platform.system()} {platform.release()}, {RUNS} utterances")  # noqa: T201 - the result
    ours = report(
        "Home Assistant, WAV",
        [
            timing
            async for timing in measure(
                session, url, lambda text: through_home_assistant(home, speaker.entity_id, text)
            )
        ],
    )
    headers = {"Authorization": f"Bearer {KEY}"}
    async with session.ws_connect(f"{url}/ws/tts", headers=headers) as socket:
        alone = report(
            "bare WebSocket", [timing async for timing in measure(session, url, lambda text: bare(socket, text))]
        )
    print(f"delivery through Home Assistant: {ours / alone:.1f} times the bare WebSocket")  # noqa: T201 - the result


if __name__ == "__main__":
    asyncio.run(main())

"""Receives speech in a process of its own, and prints what that costs: CPU seconds for each second of audio.

    python -m benchmarks.receiver client|loop URL

`client` is this integration's client of the provider, without Home Assistant. `loop` only receives the same frames on
the same kind of socket, decodes their JSON and their base64.
"""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Coroutine
import sys
import time

import aiohttp
import orjson

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import VoiceSettings
from tests.home.simulator import KEY

from .floor import HEADERS, WHOLE

SAMPLE_RATE = 24_000
TEXT = "The washing machine has finished and everybody may know about it by now. " * 5
AT_ONCE = 8
ROUNDS = 3

type Speak = Callable[[], Coroutine[None, None, int]]


async def cpu_per_second(speakers: list[Speak]) -> float:
    """Speak at the same time again and again; the first time, which opens the sockets, does not count."""
    await asyncio.gather(*(speak() for speak in speakers))
    received = 0
    before_s = time.process_time()
    for _ in range(ROUNDS):
        received += sum(await asyncio.gather(*(speak() for speak in speakers)))
    return (time.process_time() - before_s) / (received / 2 / SAMPLE_RATE)


def client_speaker(session: aiohttp.ClientSession, url: str) -> Speak:
    """Return a way to speak with a client of its own, and so on a socket of its own."""
    client = KugelAudioClient(session, KEY, url)
    settings = VoiceSettings(voice_id="1071", language="en", sample_rate=SAMPLE_RATE)

    async def speak() -> int:
        return sum([len(pcm) async for pcm in client.speak(TEXT, settings, GenerationMetrics(), Deadline(30))])

    return speak


def loop_speaker(socket: aiohttp.ClientWebSocketResponse) -> Speak:
    """Return a way to speak on a bare socket."""

    async def speak() -> int:
        received = 0
        await socket.send_json({"text": TEXT, "voice_id": 1071, "language": "en", "sample_rate": SAMPLE_RATE})
        while "final" not in (frame := orjson.loads((await socket.receive()).data)):
            received += len(b64decode(frame["audio"]))
        return received

    return speak


async def main(kind: str, url: str) -> None:
    """Print the figure of one way."""
    async with aiohttp.ClientSession() as session:
        if kind == "client":
            speakers = [client_speaker(session, url) for _ in range(AT_ONCE)]
        else:
            sockets = [await session.ws_connect(f"{url}{WHOLE}", headers=HEADERS) for _ in range(AT_ONCE)]
            speakers = [loop_speaker(socket) for socket in sockets]
        print(await cpu_per_second(speakers))  # noqa: T201 - the result


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

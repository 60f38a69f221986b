"""The floor: a bare aiohttp client of the provider, without Home Assistant."""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
import time
from typing import Any, Self

import aiohttp
import orjson

from tests.home.simulator import KEY

SATELLITE_RATE = 16_000
HEADERS = {"Authorization": f"Bearer {KEY}"}
WHOLE = "/ws/tts"
GROWING = "/ws/tts/stream"


@dataclass(frozen=True, slots=True)
class Bare:
    """One socket and nothing else."""

    socket: aiohttp.ClientWebSocketResponse

    @classmethod
    async def connect(cls, session: aiohttp.ClientSession, url: str, path: str = WHOLE) -> Self:
        """Connect."""
        return cls(await session.ws_connect(f"{url}{path}", headers=HEADERS))

    async def speak(self, text: str) -> tuple[float, float]:
        """Speak a whole text; returns the times of the first and the last audio in milliseconds."""
        started = time.perf_counter()
        await self.socket.send_json({"text": text, **settings()})
        first, last = await self._receive("final")
        return (first - started) * 1000, (last - started) * 1000

    async def answer(self, deltas: Sequence[tuple[float, str]]) -> tuple[float, float]:
        """Speak a text that is being written, each delta at its moment; returns the times since the first one."""
        started = time.perf_counter()
        writing = asyncio.create_task(self._write(deltas, started))
        first, last = await self._receive("session_closed")
        await writing
        return (first - started) * 1000, (last - started) * 1000

    async def _write(self, deltas: Sequence[tuple[float, str]], started: float) -> None:
        for at_s, text in deltas:
            await asyncio.sleep(started + at_s - time.perf_counter())
            await self.socket.send_json({"text": text, **settings()})
        await self.socket.send_json({"flush": True})

    async def _receive(self, end: str) -> tuple[float, float]:
        first = last = 0.0
        while end not in (frame := orjson.loads((await self.socket.receive()).data)):
            if "audio" in frame and b64decode(frame["audio"]):
                last = time.perf_counter()
                first = first or last
        return first, last


def settings() -> dict[str, Any]:
    """Return what is to be spoken how."""
    return {"voice_id": 1071, "language": "en", "sample_rate": SATELLITE_RATE}


async def speak_cold(session: aiohttp.ClientSession, url: str, text: str) -> tuple[float, float]:
    """Speak a whole text on a socket of its own, the handshake included."""
    started = time.perf_counter()
    bare = await Bare.connect(session, url)
    connected_ms = (time.perf_counter() - started) * 1000
    first, last = await bare.speak(text)
    await bare.socket.close()
    return connected_ms + first, connected_ms + last

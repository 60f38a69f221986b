"""Speech fetched from Home Assistant as a media player fetches it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
import time
from typing import Any

from .child import HomeError
from .client import Home
from .wav import WavFormat, WavReader


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance as it reached the player."""

    url: str
    pcm: bytes
    format: WavFormat
    ttfa_ms: float
    total_ms: float

    @property
    def seconds(self) -> float:
        """Return how long the speech lasts."""
        return len(self.pcm) / self.format.bytes_per_second

    @property
    def wav(self) -> bytes:
        """Return the speech as a complete WAV file."""
        return self.format.file(self.pcm)


async def fetch_speech(
    home: Home,
    entity_id: str,
    text: str,
    *,
    language: str | None = None,
    options: dict[str, Any] | None = None,
) -> Heard:
    """Ask core for the URL of a text's speech, then fetch it, and time both together.

    The clock starts with the request for the URL and stops for the time to
    first audio at the first byte after the WAV header. Core's cache is empty.
    """
    await home.call("tts.clear_cache", {})
    request: dict[str, Any] = {
        "engine_id": entity_id,
        "message": text,
        "options": {"preferred_format": "wav"} | (options or {}),
    }
    if language:
        request["language"] = language
    start = time.perf_counter()
    ttfa_s: float | None = None
    speech = bytearray()
    url: str = (await home.post("/api/tts_get_url", request))["url"]
    form: WavFormat | None = None
    async for found, pcm in pcm_arrivals(home, url):
        form = found
        ttfa_s = ttfa_s or time.perf_counter() - start
        speech += pcm
    total_s = time.perf_counter() - start
    if ttfa_s is None or form is None:
        raise HomeError("The answer held no speech.")
    return Heard(url, bytes(speech), form, ttfa_s * 1000, total_s * 1000)


async def pcm_arrivals(home: Home, url: str) -> AsyncGenerator[tuple[WavFormat, bytes]]:
    """Fetch a WAV; yields its PCM piece by piece as it arrives, each with the format."""
    reader = WavReader()
    async with home.session.get(url) as response:
        if not response.ok:
            raise HomeError(f"Home Assistant answered {response.status} instead of speech.")
        async for data in response.content.iter_any():
            reader.feed(data)
            if reader.format is not None and reader.pcm:
                yield reader.format, bytes(reader.pcm)
                reader.pcm.clear()

"""An utterance as a media player or a satellite gets it, with its times."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
import time
from typing import Any, Final

import numpy as np

from tests.home.child import HomeError
from tests.home.wav import WavReader
from tests.simulator import tone_pcm

from .containers import AUDIO_START
from .engines import Engine
from .stage import Stage

WORDS: Final = ("light", "water", "clock", "radio", "house", "plant", "table", "chair", "phone", "music")
WORDS_OF_A_TEXT: Final = 5
SECONDS_PER_CHARACTER: Final = 0.06
# Conversion of the rate takes and adds a little; an utterance of somebody else has 0.3 and less in common.
_ALIKE: Final = 0.8
_TOLERANCE_S: Final = 0.15


@dataclass(frozen=True, slots=True)
class Format:
    """What a player asks for."""

    name: str
    options: Mapping[str, Any]

    @property
    def container(self) -> str:
        """Return the name of the container."""
        return str(self.options["preferred_format"])


MP3: Final = Format("mp3", {"preferred_format": "mp3"})
FLAC: Final = Format("flac", {"preferred_format": "flac"})
WAV: Final = Format("wav", {"preferred_format": "wav"})
SATELLITE: Final = Format(
    "satellite, wav 16 kHz",
    {
        "preferred_format": "wav",
        "preferred_sample_rate": 16000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
)
VOICE_PE: Final = Format(
    "Voice PE, flac 48 kHz",
    {
        "preferred_format": "flac",
        "preferred_sample_rate": 48000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came, and when the first and the last byte of audio were there, in milliseconds since the request."""

    sound_of: str
    first_ms: float
    last_ms: float
    data: bytes


def announcement(number: int) -> str:
    """Return a text of the same length as all others whose sound has little in common with them."""
    return f"{' '.join(Random(number).sample(WORDS, WORDS_OF_A_TEXT))} {number:06}"  # noqa: S311 - no secret


def seconds_of(text: str) -> float:
    """Return how long a text sounds."""
    return len(text) * SECONDS_PER_CHARACTER


async def fetch(stage: Stage, engine: Engine, form: Format, text: str | None = None) -> Heard:
    """Ask for the URL of a text's speech, a new one's if none is given, and fetch it."""
    text = text or announcement(next(stage.numbers))
    # This option spares the disk only; what makes the engine speak is that no text is used twice.
    request = {"engine_id": engine.entity_id, "message": text, "cache": False, "options": form.options}
    audio_start = AUDIO_START[form.container]
    data = bytearray()
    first = None
    started = time.perf_counter()
    url = (await stage.home.post("/api/tts_get_url", request))["url"]
    async with stage.session.get(url) as response:
        if not response.ok:
            raise HomeError(f"{engine.name}: Home Assistant answered {response.status} instead of speech.")
        async for piece in response.content.iter_any():
            data += piece
            if first is None and (start := audio_start(data)) is not None and len(data) > start:
                first = time.perf_counter()
    last = time.perf_counter()
    if first is None:
        raise HomeError(f"{engine.name}: the answer held no speech.")
    return Heard(engine.sound_of(text), (first - started) * 1000, (last - started) * 1000, bytes(data))


def is_whole_wav(heard: Heard) -> bool:
    """Tell whether a WAV holds all of its own text's sound, and nothing of others."""
    reader = WavReader()
    reader.feed(heard.data)
    if reader.format is None or not reader.pcm:
        return False
    rate = reader.format.sample_rate
    wanted = tone_pcm(heard.sound_of, rate)
    if wanted == reader.pcm:
        return True
    tolerance = round(_TOLERANCE_S * rate) * 2
    return abs(len(reader.pcm) - len(wanted)) <= tolerance and _likeness(reader.pcm, wanted) > _ALIKE


def _likeness(one: bytes | bytearray, other: bytes) -> float:
    """Return how much two sounds correlate, at the delay at which they do so most."""
    first, second = (np.frombuffer(pcm, np.int16).astype(np.float64) for pcm in (one, other))
    size = len(first) + len(second)
    product = np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    most = float(np.fft.irfft(product, size).max())
    return most / float(np.linalg.norm(first) * np.linalg.norm(second) or 1.0)

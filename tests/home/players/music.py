"""Music that tells where it is: each moment of it sounds different from every other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
import wave

from aiohttp import web
import numpy as np

from tests.ports import free_port

from .process import HOST
from .sound_card import SAMPLE_RATE, Samples

_FIRST_HZ: Final = 150
_STEP_HZ: Final = 35
_NOTE_S: Final = 1.0
_LOUDNESS: Final = 6000


def pattern(seconds: int) -> Samples:
    """Return music with another pair of notes for each second."""
    moments = np.arange(int(_NOTE_S * SAMPLE_RATE)) / SAMPLE_RATE
    notes = [
        np.sin(2 * np.pi * (_FIRST_HZ + _STEP_HZ * second) * moments)
        + np.sin(2 * np.pi * (_FIRST_HZ + _STEP_HZ * ((second * 7) % seconds) + 1400) * moments)
        for second in range(seconds)
    ]
    return np.asarray(_LOUDNESS / 2 * np.concatenate(notes))


def write(path: Path, samples: Samples) -> None:
    """Write music as a WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


@asynccontextmanager
async def radio(folder: Path) -> AsyncIterator[str]:
    """Serve what is in a folder, to be played and sought in; gives the URL of the folder."""
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, HOST, port).start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        await runner.cleanup()

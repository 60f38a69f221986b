"""Audio as a file that tells its true length: what Home Assistant streams was begun before that was known."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
import shutil
from tempfile import mkdtemp
from typing import Final

from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.core import HomeAssistant
import mutagen

from ..sound.g711 import G711, SAMPLE_RATE

WRAPPED_FORMATS: Final = ("wav", "mp3", "flac", "ogg")
FORMATS: Final = (*WRAPPED_FORMATS, *G711)
# The others are only wrapped anew; this one tells its length nowhere but in what its encoder writes.
_ENCODED_AGAIN: Final = "flac"


@dataclass(frozen=True, slots=True)
class Recording:
    """A complete file, and how long it plays."""

    data: bytes = field(repr=False)
    duration_s: float


async def recording(hass: HomeAssistant, streamed: bytes, audio_format: str) -> Recording:
    """Return what Home Assistant streamed in one of FORMATS as a file, without its tags: they may hold what is said.

    Raises ValueError if it is no audio.
    """
    if audio_format in G711:
        return _raw(streamed)
    folder = Path(await hass.async_add_executor_job(mkdtemp))
    try:
        path = folder / f"speech.{audio_format}"
        process = await asyncio.create_subprocess_exec(
            get_ffmpeg_manager(hass).binary,
            *("-nostdin", "-loglevel", "quiet", "-f", audio_format, "-i", "pipe:0"),
            *("-c:a", audio_format if audio_format == _ENCODED_AGAIN else "copy", "-map_metadata", "-1", path),
            stdin=asyncio.subprocess.PIPE,
        )
        try:
            await process.communicate(streamed)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return await hass.async_add_executor_job(_read, path)
    finally:
        await hass.async_add_executor_job(shutil.rmtree, folder, True)


def _raw(streamed: bytes) -> Recording:
    """Return what has nothing to be wrapped in."""
    if not streamed:
        raise ValueError("no audio")
    return Recording(streamed, len(streamed) / SAMPLE_RATE)


def _read(path: Path) -> Recording:
    """Return a file that ffmpeg wrote, if it did; blocks."""
    try:
        audio = mutagen.File(path)
    except mutagen.MutagenError:
        audio = None
    if audio is None or not audio.info.length:
        raise ValueError("no audio")
    return Recording(path.read_bytes(), audio.info.length)

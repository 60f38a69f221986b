"""Speech in any format, decoded by ffmpeg as a media player decodes it."""

import asyncio
from asyncio.subprocess import PIPE
import shutil

from .child import HomeError, child_environment

FFMPEG = shutil.which("ffmpeg", path=child_environment()["PATH"])


async def decoded(audio: bytes, sample_rate: int) -> bytes:
    """Return a file as PCM of this sample rate, 16 bit, one channel."""
    if FFMPEG is None:
        raise HomeError("There is no ffmpeg.\nRun scripts/setup ffmpeg.")
    command = (FFMPEG, "-v", "error", "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", str(sample_rate), "pipe:1")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    pcm, _ = await process.communicate(audio)
    if process.returncode:
        raise HomeError(f"ffmpeg ended with code {process.returncode}.")
    return pcm

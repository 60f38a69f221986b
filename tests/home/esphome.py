"""Speech as ESPHome's satellites get it: through the WAV parser of core's integration.

python -m tests.home.esphome URL SAMPLE_RATE     with the Python of Home Assistant; writes PCM
"""

import asyncio
from asyncio.subprocess import PIPE
import importlib.util
from pathlib import Path
import sys
from types import ModuleType

import aiohttp

from .child import ROOT, HomeError, child_environment
from .hass import PYTHON


async def heard_by_esphome(url: str, sample_rate: int) -> bytes:
    """Return the PCM of a URL as core would hand it to a satellite of ESPHome."""
    command = (PYTHON, "-m", __name__, url, str(sample_rate))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=child_environment(), stdout=PIPE, stderr=PIPE
    )
    pcm, errors = await process.communicate()
    if process.returncode:
        raise HomeError(f"ESPHome's parser does not read this.\n{errors.decode(errors='replace')}")
    return pcm


def wav_parser() -> ModuleType:
    """Return core's parser without the integration around it, which needs packages for Bluetooth and serial ports."""
    package = importlib.util.find_spec("homeassistant.components.esphome")
    if package is None or not package.submodule_search_locations:
        raise HomeError("Home Assistant has no ESPHome.")
    path = Path(package.submodule_search_locations[0]) / "wav_parser.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise HomeError("ESPHome has no WAV parser.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def main(url: str, sample_rate: int) -> None:
    """Write what the parser makes of a URL while it arrives; fails unless the last piece is marked as the last."""
    ended = False
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as response:
        wav = response.content.iter_any()
        pieces = wav_parser().stream_wav(wav, expected_channels=1, expected_width=2, expected_sample_rate=sample_rate)
        async for pcm, is_last in pieces:
            if ended:
                raise HomeError("There was more after the last piece.")
            sys.stdout.buffer.write(pcm)
            ended = is_last
    if not ended:
        raise HomeError("There was no last piece.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

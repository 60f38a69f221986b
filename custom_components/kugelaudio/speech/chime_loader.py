"""The chimes that are heard before the words, as PCM."""

import asyncio
from contextlib import suppress
from typing import Final

from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.components.media_source import Unresolvable, async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..api.models import NATIVE_SAMPLE_RATE
from ..exceptions import failure
from ..sound.chimes import CHIMES, NO_CHIME, chime_pcm

_LONGEST_FILE_S: Final = 30
_CONVERSION_LIMIT_S: Final = 20.0


class ChimeLoader:
    """The chimes of an account, each made or converted once for every sample rate."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with none made."""
        self._hass = hass
        self._made: dict[tuple[str, int], bytes] = {}

    async def chime(self, named: str, sample_rate: int) -> bytes:
        """Return a chime, `sample_rate` in Hz: one of the project's own, or a file by its media source id.

        Raises HomeAssistantError that says what is wrong with the file.
        """
        if named == NO_CHIME:
            return b""
        if (made := self._made.get((named, sample_rate))) is not None:
            return made
        if named in CHIMES:
            made = await self._hass.async_add_executor_job(chime_pcm, named, sample_rate)
        else:
            made = await self._converted(await self._file(named), named, sample_rate)
        self._made[named, sample_rate] = made
        return made

    async def _file(self, named: str) -> str:
        """Return the path of a file in a media folder."""
        try:
            media = await async_resolve_media(self._hass, named, None)
        except Unresolvable:
            raise failure("chime_unusable", chime=named) from None
        return str(media.path or "")

    async def prepare(self, named: str) -> None:
        """Make a chime before it is needed, at the rate of players; what is wrong with it shows when it is needed."""
        with suppress(HomeAssistantError):
            await self.chime(named, NATIVE_SAMPLE_RATE)

    async def _converted(self, path: str, named: str, sample_rate: int) -> bytes:
        """Return the samples of a file."""
        process = await asyncio.create_subprocess_exec(
            get_ffmpeg_manager(self._hass).binary,
            *("-nostdin", "-loglevel", "quiet", "-i", f"file:{path}", "-t", str(_LONGEST_FILE_S), "-vn"),
            *("-f", "s16le", "-ac", "1", "-ar", str(sample_rate), "pipe:1"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_CONVERSION_LIMIT_S):
                pcm, _ = await process.communicate()
        except TimeoutError:
            pcm = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not pcm:
            raise failure("chime_unusable", chime=named)
        return pcm

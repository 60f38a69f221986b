"""The chimes of an account, as PCM."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Final

from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.components.media_source import async_resolve_media
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..api.models import NATIVE_SAMPLE_RATE
from ..const import LOGGER
from ..exceptions import failure
from ..sound.chimes import CHIMES, NO_CHIME, chime_pcm

_LONGEST_FILE_S: Final = 30
# Whoever speaks waits for a file so long, and for one that was slow not at all for a while.
_PATIENCE_S: Final = 2.0
_SLOW_FOR_S: Final = 60.0
_LOOK_LIMIT_S: Final = 20.0
_KILL_LIMIT_S: Final = 1.0
# Behind the name of a file stands which one it was: speech that is kept holds the chime that it was made with.
_VERSION: Final = re.compile(r"#\d+-\d+\Z")


@dataclass(frozen=True, slots=True)
class _Converted:
    """A file as it was: `version` tells it from another one under its name."""

    version: str
    pcm: bytes


class ChimeLoader:
    """Each chime is made once for every sample rate; files are looked at every time, and converted when they change."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, on_changed: CALLBACK_TYPE) -> None:
        """Begin with none made; `on_changed` is told when a file becomes unusable, or usable again."""
        self.unusable: set[str] = set()
        self._hass = hass
        self._entry = entry
        self._on_changed = on_changed
        self._made: dict[tuple[str, int], bytes] = {}
        self._files: dict[tuple[str, int], _Converted] = {}
        self._versions: dict[str, str] = {}
        self._looking: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._slow_until: dict[str, float] = {}

    @callback
    def versioned(self, named: str) -> str:
        """Return the name of a chime, and of a file which one it was when it was last looked at."""
        file = _without_version(named)
        return f"{file}{self._versions.get(file, '')}"

    async def chime(self, named: str, sample_rate: int) -> bytes:
        """Return a chime, `sample_rate` in Hz: one of the project's own, or a file by its media source id.

        Where a file is gone or hangs, that is what it was before. Raises HomeAssistantError that says what is wrong.
        """
        if named == NO_CHIME:
            return b""
        if named in CHIMES:
            if (named, sample_rate) not in self._made:
                made = await self._hass.async_add_executor_job(chime_pcm, named, sample_rate)
                self._made[named, sample_rate] = made
            return self._made[named, sample_rate]
        file = _without_version(named)
        await self._look(file, sample_rate)
        if (converted := self._files.get((file, sample_rate))) is None:
            raise failure("chime_unusable", chime=file)
        return converted.pcm

    async def prepare(self, named: str) -> None:
        """Make a chime before it is needed, at the rate of players; afterwards it is known which file it is."""
        if named in CHIMES:
            await self.chime(named, NATIVE_SAMPLE_RATE)
        elif named != NO_CHIME:
            await self._look(_without_version(named), NATIVE_SAMPLE_RATE)

    async def _look(self, file: str, sample_rate: int) -> None:
        """Look at a file together with everybody else who does, for as long as anybody can wait."""
        now = self._hass.loop.time()
        if now < self._slow_until.get(file, now):
            return
        key = file, sample_rate
        if (looking := self._looking.get(key)) is None:
            load = self._load(file, sample_rate)
            looking = self._entry.async_create_background_task(self._hass, load, "kugelaudio chime", eager_start=False)
            self._looking[key] = looking
            looking.add_done_callback(lambda _: self._looking.pop(key))
        done, _ = await asyncio.wait([looking], timeout=_PATIENCE_S)
        if not done:
            self._slow_until[file] = now + _SLOW_FOR_S
            self._tell(file, None)

    async def _load(self, file: str, sample_rate: int) -> None:
        """Convert a file if it is another one than before."""
        key = file, sample_rate
        try:
            async with asyncio.timeout(_LOOK_LIMIT_S):
                media = await async_resolve_media(self._hass, file, None)
                path = Path(str(media.path or ""))
                version = await self._hass.async_add_executor_job(_version_of, path)
                if (known := self._files.get(key)) is None or known.version != version:
                    self._files.pop(key, None)
                    self._files[key] = _Converted(version, await self._converted(path, sample_rate))
        except Exception:  # noqa: BLE001 - Home Assistant raises AssertionError for an ending that it does not know
            self._tell(file, None)
        else:
            self._slow_until.pop(file, None)
            self._tell(file, version)

    def _tell(self, file: str, version: str | None) -> None:
        """Take note of whether a file can be used, and which one it is."""
        if version is not None:
            self._versions[file] = version
        if (version is None) is (file in self.unusable):
            return
        if version is None:
            self.unusable.add(file)
            LOGGER.warning("The chime %s can't be used: it is missing, hangs, or is no audio file", file)
        else:
            self.unusable.discard(file)
        self._on_changed()

    async def _converted(self, path: Path, sample_rate: int) -> bytes:
        """Return the samples of a file; raises OSError if there is no converter, and ValueError if that makes none."""
        process = await asyncio.create_subprocess_exec(
            get_ffmpeg_manager(self._hass).binary,
            *("-nostdin", "-loglevel", "quiet", "-i", f"file:{path}", "-t", str(_LONGEST_FILE_S), "-vn"),
            *("-f", "s16le", "-ac", "1", "-ar", str(sample_rate), "pipe:1"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            pcm, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                # One that waits for a network drive can't even be killed.
                await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=_KILL_LIMIT_S)
        if process.returncode or not pcm:
            raise ValueError("no audio")
        return pcm


def _without_version(named: str) -> str:
    return _VERSION.sub("", named)


def _version_of(path: Path) -> str:
    """Return what tells a file from another one under its name. Blocks."""
    status = path.stat()
    return f"#{status.st_mtime_ns}-{status.st_size}"

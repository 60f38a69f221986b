"""A media player that fetches and decodes what it is told to play.

No player can be assumed on a fresh machine, and those of Home Assistant's own
demo never fetch anything. This one does what a network loudspeaker does, to
the end: it resolves the media source, requests the URL, decodes the bytes as
they come, and keeps what it heard in its state for people and tests to read.
With `audible: true` and a sound device it is heard in the room as well.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
import os
from pathlib import Path
import shutil
import time
from typing import Any, override

import aiohttp
from homeassistant.components import media_source
from homeassistant.components.ffmpeg import get_ffmpeg_manager
from homeassistant.components.media_player import (
    PLATFORM_SCHEMA as MEDIA_PLAYER_PLATFORM_SCHEMA,
    MediaPlayerEntity,
)
from homeassistant.components.media_player.browse_media import BrowseMedia, async_process_play_media_url
from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState, MediaType
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
import probatio

PLATFORM_SCHEMA = MEDIA_PLAYER_PLATFORM_SCHEMA.extend({probatio.Optional("audible", default=False): bool})

SAMPLE_RATE = 16000
BYTES_PER_SECOND = 2 * SAMPLE_RATE
DECODE = ("-loglevel", "error", "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", str(SAMPLE_RATE), "pipe:1")
SOUND_PLAYERS = (
    ("mpv", "--no-video", "--really-quiet", "-"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-i", "pipe:0"),
)


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,  # noqa: ARG001  part of the interface
) -> None:
    """Add the loudspeaker."""
    ffmpeg = get_ffmpeg_manager(hass).binary
    sound = await hass.async_add_executor_job(sound_player) if config["audible"] else None
    async_add_entities([Loudspeaker((ffmpeg, *DECODE), sound)])


def sound_player() -> tuple[str, ...] | None:
    """Return the command of a program that plays standard input in the room, if that can be heard."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    servers = (runtime / "pulse/native", runtime / "pipewire-0")
    cards = Path("/dev/snd").glob("pcm*p")
    if not (os.environ.get("PULSE_SERVER") or any(map(Path.exists, servers)) or any(cards)):
        return None
    return next((command for command in SOUND_PLAYERS if shutil.which(command[0])), None)


class Loudspeaker(MediaPlayerEntity):
    """The loudspeaker; its attributes tell of the last thing it was told to play."""

    _attr_device_class = None
    _attr_media_content_type = MediaType.MUSIC
    _attr_name = "Loudspeaker"
    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = (
        MediaPlayerEntityFeature.BROWSE_MEDIA
        | MediaPlayerEntityFeature.MEDIA_ANNOUNCE
        | MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.STOP
    )
    _attr_unique_id = "loudspeaker"

    def __init__(self, decode: tuple[str, ...], sound: tuple[str, ...] | None) -> None:
        """Remember the programs that decode, and that make a sound."""
        self._decode = decode
        self._sound = sound
        self._playing: asyncio.Task[None] | None = None
        self._times_played = 0
        self._attr_extra_state_attributes = {"times_played": 0}

    @override
    async def async_browse_media(
        self,
        media_content_type: MediaType | str | None = None,
        media_content_id: str | None = None,
    ) -> BrowseMedia:
        """Show every media source that has sound."""
        return await media_source.async_browse_media(
            self.hass,
            media_content_id,
            content_filter=lambda item: item.media_content_type.startswith("audio/"),
        )

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Start to play, instead of what plays now."""
        if media_source.is_media_source_id(media_id):
            media_id = (await media_source.async_resolve_media(self.hass, media_id, self.entity_id)).url
        await self.async_media_stop()
        self._playing = self.hass.async_create_background_task(
            self._play(async_process_play_media_url(self.hass, media_id)), "loudspeaker"
        )

    @override
    async def async_media_stop(self) -> None:
        """Fall silent."""
        if self._playing:
            self._playing.cancel()
            await asyncio.wait([self._playing])

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Fall silent when Home Assistant ends."""
        await self.async_media_stop()

    async def _play(self, url: str) -> None:
        self._show(MediaPlayerState.PLAYING, error=None)
        heard: dict[str, Any] = {}
        try:
            await self._hear(url, heard)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            heard["error"] = str(error) or type(error).__name__
        finally:
            self._times_played += 1
            self._show(MediaPlayerState.IDLE, times_played=self._times_played, **heard)

    def _show(self, state: MediaPlayerState, **heard: Any) -> None:
        self._attr_state = state
        self._attr_extra_state_attributes = {**self._attr_extra_state_attributes, **heard}
        self.async_write_ha_state()

    async def _hear(self, url: str, heard: dict[str, Any]) -> None:
        """Fetch the URL into the programs that decode and play, and note what comes."""
        start = time.monotonic()
        programs = [await asyncio.create_subprocess_exec(*self._decode, stdin=PIPE, stdout=PIPE)]
        if self._sound:
            programs.append(await asyncio.create_subprocess_exec(*self._sound, stdin=PIPE, stdout=DEVNULL))
        try:
            decoded = asyncio.ensure_future(_count(programs[0]))
            heard["bytes"] = 0
            async with async_get_clientsession(self.hass).get(url) as response:
                heard |= {"http_status": response.status, "content_type": response.content_type}
                async for data in response.content.iter_any():
                    heard.setdefault("first_byte_at", time.time())
                    heard.setdefault("first_byte_ms", round(1000 * (time.monotonic() - start), 1))
                    heard["bytes"] += len(data)
                    for program in programs:
                        await _write(program, data)
            for program in programs:
                await _close(program)
            heard["seconds"] = round(await decoded / BYTES_PER_SECOND, 3)
            heard["error"] = None if heard["seconds"] else "no sound in the answer"
            for program in programs:
                await program.wait()
        finally:
            for program in programs:
                if program.returncode is None:
                    program.kill()


async def _count(program: Process) -> int:
    """Return how many bytes the program writes until it ends."""
    count = 0
    if program.stdout:
        while data := await program.stdout.read(65536):
            count += len(data)
    return count


async def _write(program: Process, data: bytes) -> None:
    """Give a program its next input, unless it wants no more."""
    if program.stdin and not program.stdin.is_closing():
        try:
            program.stdin.write(data)
            await program.stdin.drain()
        except BrokenPipeError, ConnectionResetError:
            program.stdin.close()


async def _close(program: Process) -> None:
    """End a program's input."""
    if program.stdin and not program.stdin.is_closing():
        program.stdin.close()

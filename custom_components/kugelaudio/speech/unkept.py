"""Speech that Home Assistant must not keep under a voice's name: another engine's, or without its chime."""

import asyncio
from hashlib import sha1
from pathlib import Path
import secrets
from typing import Final

from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

# Home Assistant writes a file when the speech has ended; nothing tells when it is there.
_LOOK_EVERY_S: Final = 0.05
_WRITTEN_WITHIN_S: Final = 10.0
_HASH_LENGTH: Final = 40


@callback
def do_not_keep(hass: HomeAssistant, entry: ConfigEntry, engine: str, message: str) -> None:
    """Let nobody find speech that is about to end, but those who have its URL: with that Home Assistant holds it."""
    memory = hass.data[DATA_TTS_MANAGER].mem_cache
    # Home Assistant's keys begin with the hash of the message, and end with the engine; files are named by them.
    begin, end = sha1(message.encode(), usedforsecurity=False).hexdigest(), f"_{engine}".lower()
    strayed: list[str] = []
    for key in [key for key in memory if key.startswith(begin) and key.endswith(end)]:
        speech = memory.pop(key)
        speech.cache_key = secrets.token_hex(_HASH_LENGTH // 2) + key[_HASH_LENGTH:]
        strayed.append(speech.cache_key)
    if strayed:
        entry.async_create_background_task(hass, _remove(hass, strayed), "kugelaudio unkept speech")


async def _remove(hass: HomeAssistant, keys: list[str]) -> None:
    """Remove what is written all the same, under names that no text has."""
    manager = hass.data[DATA_TTS_MANAGER]
    deadline = hass.loop.time() + _WRITTEN_WITHIN_S
    while keys and hass.loop.time() < deadline:
        for key in [key for key in keys if key in manager.file_cache]:
            path = Path(manager.cache_dir, manager.file_cache.pop(key))
            await hass.async_add_executor_job(path.unlink, True)
            keys.remove(key)
        await asyncio.sleep(_LOOK_EVERY_S)

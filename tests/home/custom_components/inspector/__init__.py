"""Tells what a running Home Assistant holds, and lets it speak what nobody would ask for over HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
import ctypes
import gc
from pathlib import Path
import resource

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT, TextToSpeechEntity, async_create_stream
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import JsonValueType

DOMAIN = "inspector"
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions."""

    async def inspect(call: ServiceCall) -> ServiceResponse:
        """Return what is left once the speech that is kept for five minutes is forgotten.

        With `collect` false Python collects nothing from then on, neither now nor by itself.
        """
        manager = hass.data[DATA_TTS_MANAGER]
        for stream in tuple(manager.token_to_stream.values()):
            stream.delete()
        manager.mem_cache.clear()
        if call.data.get("collect", True):
            gc.collect()
        else:
            gc.disable()
        untrimmed_kb = _resident_kb()
        # What is freed stays with the allocator of glibc until it is asked to give it back.
        ctypes.CDLL(None).malloc_trim(0)
        return {"tasks": _tasks(), "untrimmed_kb": untrimmed_kb, "resident_kb": _resident_kb()}

    async def dictate(call: ServiceCall) -> ServiceResponse:
        """Let an engine speak a text in pieces, as an assistant does; returns the URL of the speech.

        One that is interrupted neither goes on nor ends.
        """
        stream = async_create_stream(hass, call.data["engine"], options={ATTR_PREFERRED_FORMAT: "wav"})
        stream.async_set_message_stream(_written(call.data["deltas"], call.data["pause_s"], ends=call.data["ends"]))
        return {"url": stream.url}

    async def hear(call: ServiceCall) -> ServiceResponse:
        """Hear a text as Home Assistant's own manager does, so many parts of it, with a pause behind each.

        Returns how many bytes that were.
        """
        engine = get_engine_instance(hass, call.data["engine"])
        if not isinstance(engine, TextToSpeechEntity):
            raise TypeError("no entity")
        options = {**(engine.default_options or {}), **call.data["options"]}
        request = TTSAudioRequest("en", options, _written([call.data["message"]], 0, ends=True))
        heard = await engine.internal_async_stream_tts_audio(request)
        size_bytes = 0
        async with aclosing(heard.data_gen) as parts:
            left = call.data.get("parts")
            async for part in parts:
                size_bytes += len(part)
                left = left and left - 1
                if left == 0:
                    break
                await asyncio.sleep(call.data.get("pause_s", 0))
        return {"bytes": size_bytes}

    hass.services.async_register(DOMAIN, "hear", hear, supports_response=SupportsResponse.ONLY)
    hass.services.async_register(DOMAIN, "inspect", inspect, supports_response=SupportsResponse.ONLY)
    hass.services.async_register(DOMAIN, "dictate", dictate, supports_response=SupportsResponse.ONLY)
    return True


async def _written(deltas: list[str], pause_s: float, *, ends: bool) -> AsyncGenerator[str]:
    """Yield the pieces of a text with a pause after each."""
    for delta in deltas:
        yield delta
        await asyncio.sleep(pause_s)
    if not ends:
        await asyncio.Event().wait()


async def async_setup_entry(_hass: HomeAssistant, _entry: ConfigEntry) -> bool:
    """Set up nothing more."""
    return True


def _tasks() -> dict[str, JsonValueType]:
    """Return how many tasks there are of each name; those without one are told by where their code is."""
    return dict(Counter(map(_name, asyncio.all_tasks())))


def _name(task: asyncio.Task[object]) -> str:
    name = task.get_name()
    if not name.startswith("Task-"):
        return name
    code = getattr(task.get_coro(), "cr_code", None)
    return f"{code.co_filename}:{code.co_qualname}" if code else "Task"


def _resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1000

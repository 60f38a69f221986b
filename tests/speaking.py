"""What the tests of speaking through Home Assistant share."""

from collections.abc import AsyncGenerator, Mapping

from aiohttp import ClientResponse
from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

ENTITY = "tts.samantha_ferris"
TEXT = "The washing machine has finished."
WAV = {"preferred_format": "wav"}
HEADER_LENGTH = 44


async def begin(
    hass_client: ClientSessionGenerator,
    message: str = TEXT,
    *,
    language: str | None = None,
    options: Mapping[str, object] = WAV,
    cache: bool = False,
) -> ClientResponse:
    """Ask for a message as a media player does; returns the answer as soon as it begins."""
    client = await hass_client()
    request = {"engine_id": ENTITY, "message": message, "cache": cache, "options": dict(options)}
    if language is not None:
        request["language"] = language
    answer = await client.post("/api/tts_get_url", json=request)
    return await client.get((await answer.json())["path"])


async def fetch(
    hass_client: ClientSessionGenerator,
    message: str = TEXT,
    *,
    language: str | None = None,
    options: Mapping[str, object] = WAV,
    cache: bool = False,
) -> tuple[int, bytes]:
    """Ask for a message as a media player does; returns the HTTP status and the audio."""
    response = await begin(hass_client, message, language=language, options=options, cache=cache)
    return response.status, await response.read()


async def fetch_growing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    deltas: AsyncGenerator[str],
    options: Mapping[str, object] = WAV,
) -> tuple[int, bytes]:
    """Speak what a language model is writing, as an Assist pipeline does."""
    stream = tts.async_create_stream(hass, ENTITY, options=dict(options))
    stream.async_set_message_stream(deltas)
    client = await hass_client()
    response = await client.get(stream.url)
    return response.status, await response.read()

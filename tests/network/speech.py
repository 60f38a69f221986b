"""How the tests of bad networks speak through Home Assistant, and what they hear of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import batched
from pathlib import Path

from aiohttp import ClientResponse
from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import tone_pcm
from tests.speaking import ENTITY, HEADER_LENGTH, TEXT, WAV, begin

type Speak = Callable[[str], Awaitable[ClientResponse]]

# Home Assistant keeps what was spoken once, so that a second utterance needs words of its own.
OTHER_TEXT = "The drum is empty and the door is open."
WAYS = ("whole", "growing")
COMPLETE = tone_pcm(TEXT, 24000)
COMPLETE_OTHER = tone_pcm(OTHER_TEXT, 24000)
PIECE_OF_SILENCE = bytes(2_400)
RECOVERY_S = 5.0


def speaking(way: str, hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Speak:
    """Return how to ask for a text in one of the two ways; the answer is there as soon as it begins."""

    async def growing(text: str) -> AsyncGenerator[str]:
        for delta in batched(text, 8, strict=False):
            yield "".join(delta)
            await asyncio.sleep(0.005)

    async def speak_growing(text: str) -> ClientResponse:
        stream = tts.async_create_stream(hass, ENTITY, options=dict(WAV))
        stream.async_set_message_stream(growing(text))
        return await (await hass_client()).get(stream.url)

    async def speak_whole(text: str) -> ClientResponse:
        return await begin(hass_client, text, cache=True)

    return speak_whole if way == "whole" else speak_growing


def spoken(audio: bytes) -> bytes:
    """Return what is not the header, nor silence between two pieces of speech."""
    return audio[HEADER_LENGTH:].replace(PIECE_OF_SILENCE, b"")


async def heard(speak: Speak, text: str = TEXT) -> bytes:
    """Return what was spoken, of an answer that is no error."""
    response = await speak(text)
    assert response.status == 200
    return spoken(await response.read())


def kept(folder: Path) -> list[Path]:
    """Return the spoken audio that Home Assistant keeps."""
    return list(folder.iterdir())

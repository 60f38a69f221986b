"""What the tests of speaking through Home Assistant share."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
import shutil

from aiohttp import ClientResponse, ClientTimeout
from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.components.tts.entity import TTSAudioRequest, TTSAudioResponse
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.sound.encoder import container_for
from tests.simulator import tone_pcm

ENTITY = "tts.samantha_ferris"
WHOLE = "/ws/tts"
GROWING = "/ws/tts/stream"
REST = "/v1/tts/generate"
TEXT = "The washing machine has finished."
OTHER_TEXT = "And another thing."
WAV = {"preferred_format": "wav"}
MP3 = {"preferred_format": "mp3"}
FLAC = {"preferred_format": "flac"}
HEADER_LENGTH = 44
USUAL_LIMITS = ClientTimeout(total=300)
COMPLETE = tone_pcm(TEXT, 24000)


def wav_header(sample_rate: int) -> bytes:
    """Return the header of a WAV of unknown length."""
    return container_for("wav", sample_rate).stream_head()


def au_header(sample_rate: int) -> bytes:
    """Return the header of a Sun audio stream of unknown length."""
    return container_for("au", sample_rate).stream_head()


async def begin(
    hass_client: ClientSessionGenerator,
    message: str = TEXT,
    *,
    language: str | None = None,
    options: Mapping[str, object] = WAV,
    cache: bool = False,
    engine: str = ENTITY,
    limits: ClientTimeout = USUAL_LIMITS,
) -> ClientResponse:
    """Ask for a message as a media player does; returns the answer as soon as it begins."""
    client = await hass_client()
    request = {"engine_id": engine, "message": message, "cache": cache, "options": dict(options)}
    if language is not None:
        request["language"] = language
    answer = await client.post("/api/tts_get_url", json=request)
    return await client.get((await answer.json())["path"], timeout=limits)


async def fetch(
    hass_client: ClientSessionGenerator,
    message: str = TEXT,
    *,
    language: str | None = None,
    options: Mapping[str, object] = WAV,
    cache: bool = False,
    engine: str = ENTITY,
) -> tuple[int, bytes]:
    """Ask for a message as a media player does; returns the HTTP status and the audio."""
    response = await begin(hass_client, message, language=language, options=options, cache=cache, engine=engine)
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


async def asked(hass: HomeAssistant, message: AsyncGenerator[str]) -> TTSAudioResponse:
    """Ask a voice as Home Assistant does, which fetches only what it needs."""
    voice = hass.data[DATA_COMPONENT].get_entity(ENTITY)
    assert voice
    options = {**(voice.default_options or {}), **WAV}
    return await voice.async_stream_tts_audio(TTSAudioRequest("en", options, message))


async def growing(*deltas: str) -> AsyncGenerator[str]:
    """Yield deltas as a language model does."""
    for delta in deltas:
        yield delta
        await asyncio.sleep(0.005)


def kept(folder: Path) -> list[Path]:
    """Return the spoken audio that Home Assistant keeps."""
    return list(folder.iterdir())


async def decoded(audio: bytes, sample_rate: int) -> bytes:
    """Return the samples of a file, at its own rate."""
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg, "-loglevel", "error", "-i", "pipe:0", "-f", "s16le", "-ar", str(sample_rate), "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    samples, _ = await process.communicate(audio)
    return samples


async def given_up() -> None:
    """Let as much time pass as an utterance waits for somebody who fetches it."""
    await asyncio.sleep(31)

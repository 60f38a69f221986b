"""The least that an engine inside Home Assistant can do: a bare warm socket, a header, and the PCM."""

from base64 import b64decode
from collections.abc import AsyncGenerator
from typing import override

from aiohttp import ClientWebSocketResponse
from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import orjson

from .wav import header

SAMPLE_RATE = 24_000
LANGUAGES = ["en"]
OPTIONS = ["preferred_sample_rate"]


class LimitEntity(TextToSpeechEntity):
    """Passes the text on as it comes, and the PCM back; survives nothing."""

    _attr_default_language = "en"
    _attr_name = "Limit"
    _attr_supported_languages = LANGUAGES
    _attr_supported_options = OPTIONS
    _attr_unique_id = "limit"

    def __init__(self, url: str, api_key: str) -> None:
        """Begin without a socket."""
        self._url = f"{url}/ws/tts/stream"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._idle: list[ClientWebSocketResponse] = []

    async def _connect(self) -> ClientWebSocketResponse:
        return await async_get_clientsession(self.hass).ws_connect(self._url, headers=self._headers)

    @override
    async def async_added_to_hass(self) -> None:
        """Connect."""
        self._idle.append(await self._connect())

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Answer at once, as the header needs no audio."""
        rate = min(int(request.options.get("preferred_sample_rate") or SAMPLE_RATE), SAMPLE_RATE)
        return TTSAudioResponse("wav", self._audio(request, rate))

    async def _audio(self, request: TTSAudioRequest, rate: int) -> AsyncGenerator[bytes]:
        yield header(rate)
        socket = self._idle.pop() if self._idle else await self._connect()
        writing = self.hass.async_create_background_task(_write(socket, request, rate), "limit")
        try:
            while "session_closed" not in (frame := orjson.loads((await socket.receive()).data)):
                if "error" in frame:
                    raise HomeAssistantError(frame["error"])
                if "audio" in frame:
                    yield b64decode(frame["audio"])
        finally:
            writing.cancel()
        self._idle.append(socket)


async def _write(socket: ClientWebSocketResponse, request: TTSAudioRequest, rate: int) -> None:
    settings = {"voice_id": 1071, "language": request.language, "sample_rate": rate}
    async for text in request.message_gen:
        await socket.send_json({"text": text, **settings})
    await socket.send_json({"flush": True})

"""A plain entity over KugelAudio's official SDK, along the examples of its documentation."""

from collections.abc import AsyncGenerator
from typing import override

from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from kugelaudio import KugelAudio  # type: ignore[import-not-found]  # in the benchmark's environment
from kugelaudio.models import AudioChunk  # type: ignore[import-not-found]  # as above

from .wav import header

VOICE = 1071
SAMPLE_RATE = 24_000
LANGUAGES = ["en"]


class SdkEntity(TextToSpeechEntity):
    """Speaks whole text on the SDK's pooled connection, and growing text in a streaming session."""

    _attr_default_language = "en"
    _attr_name = "SDK"
    _attr_supported_languages = LANGUAGES
    _attr_unique_id = "sdk"

    def __init__(self, url: str, api_key: str) -> None:
        """Keep the account."""
        self._url = url
        self._api_key = api_key

    @override
    async def async_added_to_hass(self) -> None:
        """Connect."""
        # Its constructor loads certificates from the disk.
        self._client = await self.hass.async_add_executor_job(
            lambda: KugelAudio(api_key=self._api_key, api_url=self._url)
        )
        await self._client.connect_async()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Answer at once; the audio follows."""
        return TTSAudioResponse("wav", self._audio(request))

    async def _audio(self, request: TTSAudioRequest) -> AsyncGenerator[bytes]:
        yield header(SAMPLE_RATE)
        text = await anext(request.message_gen)
        following = await anext(request.message_gen, None)
        if following is None:
            async for chunk in self._client.tts.stream_async(text=text, voice_id=VOICE, language=request.language):
                if isinstance(chunk, AudioChunk):
                    yield chunk.audio
            return
        async with self._client.tts.streaming_session(voice_id=VOICE, language=request.language) as session:
            for piece in (text, following):
                async for chunk in session.send(piece):
                    yield chunk.audio
            async for piece in request.message_gen:
                async for chunk in session.send(piece):
                    yield chunk.audio
            async for chunk in session.flush():
                yield chunk.audio

"""Another text-to-speech engine of the home, as there are many."""

import io
from typing import Any, override
import wave

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.simulator import tone_pcm

from .speaking import TEXT, wav_header

OTHER = "tts.other"


class OtherEngine(tts.TextToSpeechEntity):
    """An engine as there are many: a file for a whole text, and no say in its format."""

    entity_id = OTHER
    _attr_name = "Other"
    _attr_unique_id = "other"
    _attr_default_language = "de"
    _attr_supported_languages = ("de", "en")  # type: ignore[assignment]  # Home Assistant only reads it

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.said: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.sample_rate = 24000
        self.file: bytes | None = None

    @override
    def get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> tts.TtsAudioType:
        """Return a WAV of known length."""
        self.said.append((message, language))
        if self.failure is not None:
            raise self.failure
        return "wav", others_file(message, self.sample_rate) if self.file is None else self.file


def others_pcm(message: str, sample_rate: int = 24000) -> bytes:
    """Return the tones of the other engine: higher or lower than ours."""
    return tone_pcm(message.swapcase(), sample_rate)


def others_file(message: str, sample_rate: int) -> bytes:
    """Return what the other engine makes of a message."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes(others_pcm(message, sample_rate))
    return file.getvalue()


SPOKEN_BY_OTHER = wav_header(24000) + others_pcm(TEXT)


async def name_fallback(hass: HomeAssistant, account: MockConfigEntry, engine: str) -> None:
    """Store the fallback of our voice."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "fallback": engine})
    await hass.async_block_till_done()

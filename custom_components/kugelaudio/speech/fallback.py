"""Another text-to-speech engine of this home, which speaks when this one cannot."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import ContextVar
from typing import Final

from homeassistant.components.tts import (
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_RATE,
    TextToSpeechEntity,
    async_create_stream,
)
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.util.language import matches

from ..api.pcm import BYTES_PER_SAMPLE
from ..sound.wav import WavReader
from ..text import without_tags
from ..voices.wanted_format import WAV

# Voices that are each other's fallback in a ring, and all asked at once, would wait for each other.
_SILENCE_LIMIT_S: Final = 10.0
# The entities that have failed with the text that is to be spoken: asking one of them again would never end.
_HAVE_FAILED: Final[ContextVar[frozenset[str]]] = ContextVar("kugelaudio_have_failed", default=frozenset())


class Fallback:
    """An engine that is asked to speak instead of one that has failed."""

    def __init__(self, hass: HomeAssistant, instead_of: str, engine: TextToSpeechEntity) -> None:
        """Keep both; nothing is spoken yet."""
        self.entity_id = engine.entity_id
        self._hass = hass
        self._instead_of = instead_of
        self._languages = engine.supported_languages

    async def speak(self, text: str, language: str, sample_rate: int) -> AsyncGenerator[bytes]:
        """Yield PCM, in the engine's own language if it lacks the wished one; Home Assistant converts its format.

        Raises what the engine raises, TimeoutError when it falls silent, and ValueError when it returns no audio.
        """
        languages = matches(language, self._languages, self._hass.config.country)
        options = {
            ATTR_PREFERRED_FORMAT: WAV,
            ATTR_PREFERRED_SAMPLE_RATE: sample_rate,
            ATTR_PREFERRED_SAMPLE_CHANNELS: 1,
            ATTR_PREFERRED_SAMPLE_BYTES: BYTES_PER_SAMPLE,
        }
        # The engine speaks in a task of its own, which inherits the set of those who have failed.
        token = _HAVE_FAILED.set(_HAVE_FAILED.get() | {self._instead_of})
        try:
            stream = async_create_stream(self._hass, self.entity_id, next(iter(languages), None), options)
            stream.async_set_message(without_tags(text))
        finally:
            _HAVE_FAILED.reset(token)
        wav = WavReader(sample_rate)
        spoke = False
        async with aclosing(stream.async_stream_result()) as pieces:
            while (piece := await asyncio.wait_for(anext(pieces, None), _SILENCE_LIMIT_S)) is not None:
                if pcm := wav.feed(piece):
                    spoke = True
                    yield pcm
        if not spoke:
            raise ValueError("no audio")


def find_fallback(hass: HomeAssistant, instead_of: str, engine: str | None) -> Fallback | None:
    """Return the engine chosen for a voice, unless it is not there or has failed with this text itself."""
    if engine is None or engine in {instead_of, *_HAVE_FAILED.get()}:
        return None
    entity = hass.data[DATA_COMPONENT].get_entity(engine)
    return None if entity is None else Fallback(hass, instead_of, entity)

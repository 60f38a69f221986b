"""Asking the entity as Home Assistant's own manager does, for whatever a player wants."""

from collections.abc import AsyncGenerator, Mapping

from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.speech.record import UtteranceRecord
from tests.simulator import Simulator
from tests.speaking import ENTITY, FLAC, GROWING, TEXT, WAV, WHOLE

type Wish = Mapping[str, object]

ESPHOME = {
    **WAV,
    "preferred_sample_rate": 16000,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}
WYOMING = {**ESPHOME, "preferred_sample_rate": 22050}
VOICE_PE = {**ESPHOME, **FLAC, "preferred_sample_rate": 48000}


async def at_once(text: str) -> AsyncGenerator[str]:
    """Yield a text that is complete."""
    yield text


async def asked(hass: HomeAssistant, options: Wish, text: str = TEXT) -> TTSAudioResponse:
    """Ask the entity as Home Assistant's own manager does; returns as soon as the first audio is there."""
    engine = get_engine_instance(hass, ENTITY)
    assert isinstance(engine, TextToSpeechEntity)
    request = TTSAudioRequest("en", {**(engine.default_options or {}), **options}, at_once(text))
    return await engine.internal_async_stream_tts_audio(request)


async def all_of(response: TTSAudioResponse) -> bytes:
    """Return all that is fetched."""
    return b"".join([part async for part in response.data_gen])


async def heard(hass: HomeAssistant, options: Wish) -> bytes:
    """Ask, and hear all of it."""
    return await all_of(await asked(hass, options))


def spoken(simulator: Simulator) -> list[object]:
    """Return the rates of all that was asked for."""
    messages = [*simulator.journal.received(WHOLE), *simulator.journal.received(GROWING)]
    return [message["sample_rate"] for message in messages if "sample_rate" in message]


def records(account: MockConfigEntry) -> list[UtteranceRecord]:
    """Return what became of all that was spoken."""
    return list(account.runtime_data.account.history.utterances)

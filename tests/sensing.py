"""What the tests of sensors and events share."""

from collections.abc import AsyncGenerator

from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.core import HomeAssistant

from tests.speaking import ENTITY, TEXT, WAV


def states(hass: HomeAssistant, *names: str) -> dict[str, str]:
    """Return the states of an account's sensors by their names, of those that there are."""
    found = {name: hass.states.get(f"sensor.kugelaudio_{name}") for name in names}
    return {name: state.state for name, state in found.items() if state is not None}


def numbers(hass: HomeAssistant, *names: str) -> list[float]:
    """Return the states of an account's sensors as numbers."""
    return [float(state) for state in states(hass, *names).values()]


async def abandon(hass: HomeAssistant) -> None:
    """Ask a voice for an utterance, and go away after its first audio."""

    async def message() -> AsyncGenerator[str]:
        yield TEXT

    voice = hass.data[DATA_COMPONENT].get_entity(ENTITY)
    assert voice
    options = {**(voice.default_options or {}), **WAV}
    answer = await voice.async_stream_tts_audio(TTSAudioRequest("en", options, message()))
    await anext(answer.data_gen)
    await answer.data_gen.aclose()

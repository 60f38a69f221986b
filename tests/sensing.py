"""What the tests of sensors and events share."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.speaking import ENTITY, TEXT, WAV


def states(hass: HomeAssistant, *names: str) -> dict[str, str]:
    """Return the states of an account's sensors by their names, of those that there are."""
    found = {name: hass.states.get(f"sensor.kugelaudio_{name}") for name in names}
    return {name: state.state for name, state in found.items() if state is not None}


def numbers(hass: HomeAssistant, *names: str) -> list[float]:
    """Return the states of an account's sensors as numbers."""
    return [float(state) for state in states(hass, *names).values()]


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta) -> None:
    """Let time pass."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


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

"""What the tests of pronunciation dictionaries share: a voice that is German, and how it says a text."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, WAV, fetch

TEXT = "KugelAudio und HA sind da."
# As the simulator's "House" (7) has it, an active dictionary for German.
HOUSE = "Kugel Audio und HA sind da."


async def german(
    hass: HomeAssistant, simulator: Simulator, dictionaries: str | list[str] = "active"
) -> MockConfigEntry:
    """Set up an account with a German voice."""
    voice = voice_subentry("voice-1", voice="268", language="de", format="wav", dictionaries=dictionaries)
    entry = account_entry(simulator.url, voice, options={"connection": "after_use"})
    await set_up(hass, entry)
    return entry


async def spoken(hass_client: ClientSessionGenerator, message: str = TEXT, **options: object) -> bytes:
    """Return the samples of a message."""
    status, audio = await fetch(hass_client, message, options={**WAV, **options})
    assert status == 200
    return audio[HEADER_LENGTH:]


def tone(text: str) -> bytes:
    """Return the simulator's sound of a text."""
    return tone_pcm(text, 24000)

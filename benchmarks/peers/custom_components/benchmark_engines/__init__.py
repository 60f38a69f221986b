"""Two plain engines for comparison, a satellite's way to ask, and a detour for `elevenlabs`."""

from elevenlabs.environment import (  # type: ignore[import-not-found]  # in the benchmark's environment
    ElevenLabsEnvironment,
)
from homeassistant.components import websocket_api
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .satellite import ask


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up the engines."""
    # The integration offers no address to choose, and its client takes the one of this constant.
    ElevenLabsEnvironment.PRODUCTION._value_ = entry.data["elevenlabs_url"]
    websocket_api.async_register_command(hass, ask)
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.TTS])
    return True

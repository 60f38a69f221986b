"""The actions of the integration."""

from typing import Final

from homeassistant.core import HomeAssistant, SupportsResponse, callback

from .actions import announce, generate, repeat
from .const import DOMAIN

_ACTIONS: Final = {
    "announce": (announce.announce, announce.SCHEMA),
    "generate": (generate.generate, generate.SCHEMA),
    "repeat": (repeat.repeat, repeat.REPEAT_SCHEMA),
    "stop": (repeat.stop, repeat.STOP_SCHEMA),
}


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register all actions, before any account is set up: automations are checked against them."""
    for name, (action, schema) in _ACTIONS.items():
        hass.services.async_register(DOMAIN, name, action, schema=schema, supports_response=SupportsResponse.OPTIONAL)

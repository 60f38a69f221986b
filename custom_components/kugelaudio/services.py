"""The actions of the integration."""

from homeassistant.core import HomeAssistant, SupportsResponse, callback

from .actions import announce, generate
from .const import DOMAIN


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register all actions, before any account is set up: automations are checked against them."""
    hass.services.async_register(
        DOMAIN,
        "announce",
        announce.Announcer(hass).announce,
        schema=announce.SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN,
        "generate",
        generate.generate,
        schema=generate.SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )

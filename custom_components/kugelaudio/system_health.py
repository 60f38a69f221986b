"""What the repairs page of Home Assistant tells at a glance: whether the servers are there, and when all worked."""

from collections.abc import Iterator
from typing import Any, Final

from homeassistant.components.system_health import SystemHealthRegistration, async_check_can_reach_url
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .runtime import KugelAudioConfigEntry

_MANAGE_URL: Final = f"/config/integrations/integration/{DOMAIN}"


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(_health, _MANAGE_URL)


async def _health(hass: HomeAssistant) -> dict[str, Any]:
    """Return the health of every account; further ones are told apart by their number, never by their name."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False, include_disabled=False)
    return {
        key if number == 1 else f"{key}_{number}": value
        for number, entry in enumerate(entries, 1)
        for key, value in _health_of(hass, entry)
    }


def _health_of(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> Iterator[tuple[str, Any]]:
    """Yield the health of one account, of one that is not loaded only whether its server is there."""
    yield "can_reach_server", async_check_can_reach_url(hass, f"{entry.data[CONF_URL]}/health")
    if entry.state is not ConfigEntryState.LOADED:
        return
    running = entry.runtime_data
    yield "voices", len(running.account.catalogue.voices)
    yield "models", len(running.account.catalogue.models)
    if running.issues.refreshed_at is not None:
        yield "last_refresh", running.issues.refreshed_at
    if running.issues.spoke_at is not None:
        yield "last_spoken", running.issues.spoke_at

"""The two engines."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .limit import LimitEntity
from .sdk import SdkEntity


async def async_setup_entry(
    _hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add both."""
    url, api_key = entry.data["url"], entry.data["api_key"]
    async_add_entities([LimitEntity(url, api_key), SdkEntity(url, api_key)])

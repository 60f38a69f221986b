"""The devices: an account is a service, and each of its voices is one that is reached through it."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .api.models import DEFAULT_MODEL
from .const import CONF_MODEL, DASHBOARD_URL, DOMAIN
from .coordinator import KugelAudioConfigEntry

_MANUFACTURER = "KugelAudio"


def account_device(entry: KugelAudioConfigEntry) -> DeviceInfo:
    """Return the device of an account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=_MANUFACTURER,
        entry_type=DeviceEntryType.SERVICE,
        configuration_url=DASHBOARD_URL,
    )


def voice_device(entry: KugelAudioConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of a voice, and make sure that the account's is there for it."""
    devices = dr.async_get(entry.runtime_data.hass)
    account = devices.async_get_or_create(config_entry_id=entry.entry_id, **account_device(entry))
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=_MANUFACTURER,
        model=subentry.data.get(CONF_MODEL, DEFAULT_MODEL),
        entry_type=DeviceEntryType.SERVICE,
        via_device_id=account.id,
    )

"""The devices: an account is a service, and each of its voices is one that is reached through it."""

from collections.abc import Callable
from urllib.parse import quote

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.models import DEFAULT_MODEL
from .const import CONF_LANGUAGE, CONF_MODEL, DASHBOARD_URL, DOMAIN, SUBENTRY_VOICE
from .flows.voice_choice import model_name
from .runtime import KugelAudioConfigEntry
from .voices.languages import language_name

_MANUFACTURER = "KugelAudio"


def _speaking_url(engine: str) -> str:
    """Return the page of the frontend on which somebody types a text and this engine says it, on any player."""
    folders = ("app,media-source://tts", f"provider,media-source://tts/{engine}")
    return "/".join(("/media-browser/browser", *(quote(folder, safe="") for folder in folders)))


def account_device(entry: KugelAudioConfigEntry) -> DeviceInfo:
    """Return the device of an account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=_MANUFACTURER,
        entry_type=DeviceEntryType.SERVICE,
        configuration_url=DASHBOARD_URL,
    )


@callback
def add_voices(
    entry: KugelAudioConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[KugelAudioConfigEntry, ConfigSubentry], Entity],
) -> None:
    """Add an entity for every voice of an account, and for each that the account gets later.

    Home Assistant itself removes those of a voice that is removed.
    """
    known: set[str] = set()

    @callback
    def add_new() -> None:
        voices = {voice.subentry_id: voice for voice in entry.get_subentries_of_type(SUBENTRY_VOICE)}
        new = [voice for voice_id, voice in voices.items() if voice_id not in known]
        known.clear()
        known.update(voices)
        for voice in new:
            async_add_entities([make(entry, voice)], config_subentry_id=voice.subentry_id)

    add_new()
    entry.async_on_unload(entry.runtime_data.account.when_changed(add_new))


@callback
def async_update_devices(entry: KugelAudioConfigEntry) -> None:
    """Let the devices of an account and of its voices be named as they are now."""
    devices = dr.async_get(entry.runtime_data.account.hass)
    devices.async_get_or_create(config_entry_id=entry.entry_id, **account_device(entry))
    for voice in entry.get_subentries_of_type(SUBENTRY_VOICE):
        devices.async_get_or_create(
            config_entry_id=entry.entry_id, config_subentry_id=voice.subentry_id, **voice_device(entry, voice)
        )


def voice_device(entry: KugelAudioConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of a voice, and make sure that the account's is there for it."""
    devices = dr.async_get(entry.runtime_data.account.hass)
    account = devices.async_get_or_create(config_entry_id=entry.entry_id, **account_device(entry))
    model = model_name(subentry.data.get(CONF_MODEL, DEFAULT_MODEL), entry.runtime_data.account.catalogue.models)
    engine = er.async_get(entry.runtime_data.account.hass).async_get_entity_id(
        Platform.TTS, DOMAIN, subentry.subentry_id
    )
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=_MANUFACTURER,
        model=f"{language_name(subentry.data[CONF_LANGUAGE])} · {model}",
        entry_type=DeviceEntryType.SERVICE,
        configuration_url=f"homeassistant:/{_speaking_url(engine)}" if engine else None,
        via_device_id=account.id,
    )

"""One event entity per voice: it tells automations what became of each utterance."""

from typing import Final, override

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.errors import status_by_kind
from .entity import add_voices, voice_device
from .runtime import KugelAudioConfigEntry
from .speech.record import Outcome, UtteranceRecord

PARALLEL_UPDATES = 0

_TOLD: Final = (Outcome.SPOKEN, Outcome.FAILED, Outcome.FALLBACK)


async def async_setup_entry(
    _hass: HomeAssistant, entry: KugelAudioConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an entity for every voice of the account."""
    add_voices(entry, async_add_entities, SpeechEvent)


class SpeechEvent(EventEntity):
    """Fires once for every utterance of a voice that somebody waited for until it was over."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_translation_key = "speech"

    def __init__(self, entry: KugelAudioConfigEntry, subentry: ConfigSubentry) -> None:
        """Take over what is stored for the voice."""
        self._history = entry.runtime_data.account.history
        self._subentry_id = subentry.subentry_id
        self._attr_event_types = [outcome.value for outcome in _TOLD]
        self._attr_unique_id = f"{subentry.subentry_id}_speech"
        self._attr_device_info = voice_device(entry, subentry)

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to listen."""
        await super().async_added_to_hass()
        self.async_on_remove(self._history.listen(self._finished))

    @callback
    def _finished(self, record: UtteranceRecord) -> None:
        """Fire for an utterance of this voice."""
        if record.voice == self._subentry_id and record.outcome in _TOLD:
            self._trigger_event(record.outcome.value, _attributes(record))
            self.async_write_ha_state()


def _attributes(record: UtteranceRecord) -> dict[str, str | float | None]:
    """Return what an automation may ask for: always the same names, None where there is nothing to tell."""
    return {
        "error": record.error,
        "code": record.code,
        **status_by_kind(record.status),
        "request_id": record.request_id,
        "endpoint": record.endpoint,
        "characters": record.characters,
        "audio_seconds": round(record.audio_s, 3),
        "ttfa_ms": None if record.ttfa_ms is None else round(record.ttfa_ms),
        "retries": record.retries,
        "listeners": record.listeners,
        "spoken_by": record.spoken_by,
        "template": record.failed_template,
    }

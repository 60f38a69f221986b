"""Which connections this home needs open before anybody speaks."""

from typing import Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT
from homeassistant.const import Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import TrackStates, async_track_state_change_filtered
from homeassistant.helpers.start import async_at_started

from .api import speak, stream
from .api.pool import ConnectionPolicy
from .const import CONF_CONNECTION, SUBENTRY_VOICE
from .coordinator import KugelAudioConfigEntry
from .sound.wav import WAV
from .voices.settings import default_options

_ASSIST_PIPELINE: Final = "assist_pipeline"
_ASSIST_SATELLITE: Final = "assist_satellite"
_LISTENING: Final = "listening"


def connection_policy(entry: KugelAudioConfigEntry) -> ConnectionPolicy:
    """Return how long connections are to stay open."""
    return ConnectionPolicy(entry.options.get(CONF_CONNECTION, ConnectionPolicy.ALWAYS))


@callback
def async_prewarm(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
    """Open what this home uses, in the background.

    Announcements from the start: what is converted goes over the endpoint for growing text, and so do assistants.
    """
    client = entry.runtime_data.client
    voices = entry.get_subentries_of_type(SUBENTRY_VOICE)

    @callback
    def listen(event: Event[EventStateChangedData]) -> None:
        """Prepare for the answer while somebody is still asking."""
        state = event.data["new_state"]
        if state is not None and state.state == _LISTENING:
            client.warm_up(stream.PATH)

    @callback
    def look_at_pipelines(hass: HomeAssistant) -> None:
        """Keep growing text warm where an assistant has one of our voices."""
        if _assistants_use(hass, entry):
            client.keep_warm(stream.PATH)

    if connection_policy(entry) is ConnectionPolicy.ALWAYS:
        client.keep_warm(speak.PATH)
        if any(default_options(voice.data)[ATTR_PREFERRED_FORMAT] != WAV.extension for voice in voices):
            client.keep_warm(stream.PATH)
        entry.async_on_unload(async_at_started(hass, look_at_pipelines))
    satellites = TrackStates(all_states=False, entities=set(), domains={_ASSIST_SATELLITE})
    entry.async_on_unload(async_track_state_change_filtered(hass, satellites, listen).async_remove)


def _assistants_use(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> bool:
    """Tell whether an Assist pipeline speaks with a voice of this account."""
    if _ASSIST_PIPELINE not in hass.config.components:
        return False
    from homeassistant.components.assist_pipeline import (  # noqa: PLC0415 - its requirements are there only now
        async_get_pipelines,
    )

    voices = {
        entity.entity_id
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.domain == Platform.TTS
    }
    return any(pipeline.tts_engine in voices for pipeline in async_get_pipelines(hass))

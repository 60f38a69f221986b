"""Which connections this home needs open before anybody speaks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import TrackStates, async_track_state_change_filtered
from homeassistant.helpers.start import async_at_started

from ..api import speak, stream
from ..api.pool import ConnectionPolicy
from ..const import CONF_CONNECTION, SUBENTRY_VOICE
from ..voices.settings import default_options
from .account import Account

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline

_ASSIST_PIPELINE: Final = "assist_pipeline"
_ASSIST_SATELLITE: Final = "assist_satellite"
_LISTENING: Final = "listening"


def connection_policy(options: Mapping[str, Any]) -> ConnectionPolicy:
    """Return how long connections are to stay open, by the options of an account."""
    return ConnectionPolicy(options.get(CONF_CONNECTION, ConnectionPolicy.ALWAYS))


@callback
def async_prewarm(account: Account) -> None:
    """Open what this home uses, in the background, also when that changes.

    Announcements from the start: what Home Assistant has to convert goes over the endpoint for growing text, and so do
    assistants.
    """
    hass, entry = account.hass, account.entry

    @callback
    def keep_warm() -> None:
        """Hold open what announcements use, and what assistants with one of our voices use."""
        if connection_policy(entry.options) is not ConnectionPolicy.ALWAYS:
            return
        account.client.keep_warm(speak.PATH)
        voices = entry.get_subentries_of_type(SUBENTRY_VOICE)
        formats = {default_options(voice.data)[ATTR_PREFERRED_FORMAT] for voice in voices}
        is_converted = any(map(account.encoders.is_converted, formats))
        if is_converted or _ours(hass, entry) & {pipeline.tts_engine for pipeline in _pipelines(hass)}:
            account.client.keep_warm(stream.PATH)

    @callback
    def started(_hass: HomeAssistant) -> None:
        """Look at the pipelines, which are all there now."""
        keep_warm()

    @callback
    def listen(event: Event[EventStateChangedData]) -> None:
        """Prepare for the answer while somebody is still asking, if it is ours to speak."""
        state = event.data["new_state"]
        if state is not None and state.state == _LISTENING and _engine_of(hass, state.entity_id) in _ours(hass, entry):
            account.client.warm_up(stream.PATH)

    async def prepare_encoders() -> None:
        """Know which formats can be made here, and open what those that cannot need."""
        await account.encoders.prepare()
        keep_warm()

    keep_warm()
    entry.async_create_background_task(hass, prepare_encoders(), "kugelaudio encoders")
    entry.async_on_unload(account.when_changed(keep_warm))
    entry.async_on_unload(async_at_started(hass, started))
    satellites = TrackStates(all_states=False, entities=set(), domains={_ASSIST_SATELLITE})
    entry.async_on_unload(async_track_state_change_filtered(hass, satellites, listen).async_remove)


def _ours(hass: HomeAssistant, entry: ConfigEntry) -> set[str | None]:
    """Return the engines of an account."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {entity.entity_id for entity in entities if entity.domain == Platform.TTS}


def _pipelines(hass: HomeAssistant) -> list[Pipeline]:
    """Return the Assist pipelines of this home."""
    if _ASSIST_PIPELINE not in hass.config.components:
        return []
    from homeassistant.components.assist_pipeline import (  # noqa: PLC0415 - its requirements are there only now
        async_get_pipelines,
    )

    return async_get_pipelines(hass)


def _engine_of(hass: HomeAssistant, satellite_id: str) -> str | None:
    """Return the engine that answers for a satellite: that of the pipeline it has chosen, else of the preferred one."""
    if _ASSIST_SATELLITE not in hass.config.components:
        return None
    # Their requirements are there only now.
    from homeassistant.components.assist_pipeline.pipeline import async_get_pipeline  # noqa: PLC0415 - as above
    from homeassistant.components.assist_satellite.const import DATA_COMPONENT  # noqa: PLC0415 - as above

    satellite = hass.data[DATA_COMPONENT].get_entity(satellite_id)
    select = satellite.pipeline_entity_id if satellite else None
    chosen = hass.states.get(select) if select else None
    named = (pipeline for pipeline in _pipelines(hass) if chosen is not None and pipeline.name == chosen.state)
    return (next(named, None) or async_get_pipeline(hass)).tts_engine

"""The question for another key: asked when the stored one is refused, taken back when it works again."""

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .api.errors import KugelAudioError
from .exceptions import Effect, meaning_of


@callback
def ask_for_key(hass: HomeAssistant, entry: ConfigEntry, error: KugelAudioError) -> None:
    """Ask for another key if it is the key that was refused; the account stays as it is meanwhile."""
    if meaning_of(error).effect is Effect.REAUTH:
        entry.async_start_reauth(hass)


@callback
def is_key_asked_for(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Tell whether the user is being asked for another key."""
    return any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


@callback
def withdraw_question(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask no longer: the server accepts the stored key."""
    for flow in tuple(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        hass.config_entries.flow.async_abort(flow["flow_id"])

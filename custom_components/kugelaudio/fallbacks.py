"""The fallbacks of voices: followed when they are renamed, and told of when they are gone."""

from typing import Final

from homeassistant.const import Platform
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.start import async_at_started

from .const import CONF_FALLBACK, DOMAIN, SUBENTRY_VOICE
from .issues import FALLBACK_NOT_FOUND, AccountIssues
from .speech.account import Account, UtteranceEnd

type _RegistryEvent = Event[er.EventEntityRegistryUpdatedData]

_REMOVED: Final = "remove"


@callback
def async_follow_fallbacks(hass: HomeAssistant) -> None:
    """Store the new name of an engine for all voices that fall back on it, of every account, loaded or not."""

    @callback
    def follow(event: _RegistryEvent) -> None:
        if event.data["action"] != "update" or (old := event.data.get("old_entity_id")) is None:
            return
        for entry in hass.config_entries.async_entries(DOMAIN):
            for voice in entry.get_subentries_of_type(SUBENTRY_VOICE):
                if voice.data.get(CONF_FALLBACK) == old:
                    hass.config_entries.async_update_subentry(
                        entry, voice, data={**voice.data, CONF_FALLBACK: event.data["entity_id"]}
                    )

    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, follow)


class FallbackWatch:
    """Looks whether the engines are there that an account's voices fall back on."""

    def __init__(self, account: Account, issues: AccountIssues) -> None:
        """Begin to look: when all has started, when something changes, and when a fallback was needed."""
        self._account = account
        self._issues = issues
        hass, entry = account.hass, account.entry
        entry.async_on_unload(account.when_changed(self._look))
        entry.async_on_unload(async_at_started(hass, self._started))
        entry.async_on_unload(hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_updated))
        account.when_finished(self._utterance_finished)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._look()

    @callback
    def _registry_updated(self, event: _RegistryEvent) -> None:
        """Look again; what is removed this moment may still have a state."""
        if event.data["entity_id"].partition(".")[0] == Platform.TTS:
            self._look(event.data["entity_id"] if event.data["action"] == _REMOVED else None)

    @callback
    def _utterance_finished(self, end: UtteranceEnd) -> None:
        if end.error is not None:
            self._look()

    @callback
    def _look(self, removed: str | None = None) -> None:
        """Tell of every voice whose fallback is gone, and no longer of the others."""
        for voice in self._account.entry.get_subentries_of_type(SUBENTRY_VOICE):
            engine = voice.data.get(CONF_FALLBACK)
            if engine is not None and (engine == removed or not _is_there(self._account.hass, engine)):
                self._issues.raise_voice_issue(FALLBACK_NOT_FOUND, voice)
            else:
                self._issues.solve_voice_issue(FALLBACK_NOT_FOUND, voice.subentry_id)


def _is_there(hass: HomeAssistant, engine: str) -> bool:
    """Tell whether an engine is there, for all that is known: one that is not registered may start late."""
    if registered := er.async_get(hass).async_get(engine):
        return not registered.disabled
    return hass.state is not CoreState.running or hass.states.get(engine) is not None

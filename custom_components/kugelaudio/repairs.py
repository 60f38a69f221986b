"""Forms that mend a voice: another one of the provider's voices, or another model, for what is gone."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import probatio

from .const import CONF_FALLBACK, CONF_LANGUAGE, CONF_MODEL, CONF_VOICE, DOMAIN
from .flows.errors import FormError
from .flows.voice_choice import chosen_model, chosen_voice, fallback_selector, model_selector, voice_selector
from .issues import FALLBACK_NOT_FOUND, MODEL_NOT_FOUND, VOICE_NOT_FOUND
from .runtime import KugelAudioConfigEntry
from .speech.account import Account
from .voices.own_voice import revoiced


class _ReplaceFlow(RepairsFlow):
    """Asks for a replacement; the name and all other settings of the voice stay."""

    _setting: str

    def __init__(self, entry_id: str, subentry_id: str) -> None:
        """Remember which voice is to be mended."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look what the account offers now; what is there again needs no replacement."""
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="not_loaded")
        await entry.runtime_data.coordinator.async_refresh()
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            return self.async_create_entry(data={})
        return await self.async_step_replace()

    async def async_step_replace(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the replacement, and store it."""
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="not_loaded")
        account, subentry = entry.runtime_data.account, entry.subentries[self._subentry_id]
        error: FormError | None = None
        if user_input is not None:
            try:
                chosen = await self._chosen(account, user_input.get(self._setting, ""))
            except FormError as err:
                error = err
            else:
                changed = {**subentry.data, self._setting: chosen}
                data = {name: value for name, value in changed.items() if value is not None}
                self.hass.config_entries.async_update_subentry(entry, subentry, data=revoiced(subentry.data, data))
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="replace",
            data_schema=self.add_suggested_values_to_schema(await self._schema(account, subentry), user_input),
            errors=error.shown if error else {},
            description_placeholders={"voice": subentry.title, **(error.placeholders if error else {})},
        )

    def _loaded_entry(self) -> KugelAudioConfigEntry | None:
        """Return the account while it runs and has the voice."""
        entry: KugelAudioConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED or self._subentry_id not in entry.subentries:
            return None
        return entry

    @abstractmethod
    async def _schema(self, account: Account, subentry: ConfigSubentry) -> probatio.Schema:
        """Return the form with everything that may take the place of what is gone."""

    @abstractmethod
    async def _chosen(self, account: Account, named: str) -> str | None:
        """Return what is to be stored for what was picked or typed, None for nothing; raises FormError."""


class _ReplaceVoiceFlow(_ReplaceFlow):
    """Asks which voice is to speak instead of the one that is gone."""

    _setting = CONF_VOICE

    @override
    async def _schema(self, account: Account, subentry: ConfigSubentry) -> probatio.Schema:
        selector = await voice_selector(self.hass, account.catalogue, subentry.data[CONF_LANGUAGE])
        return probatio.Schema({probatio.Required(CONF_VOICE): selector})

    @override
    async def _chosen(self, account: Account, named: str) -> str | None:
        return (await chosen_voice(account.client, account.catalogue, named)).id


class _ReplaceModelFlow(_ReplaceFlow):
    """Asks which model is to speak instead of the one that is gone."""

    _setting = CONF_MODEL

    @override
    async def _schema(self, account: Account, subentry: ConfigSubentry) -> probatio.Schema:
        return probatio.Schema({probatio.Required(CONF_MODEL): model_selector(account.catalogue.models)})

    @override
    async def _chosen(self, account: Account, named: str) -> str | None:
        return chosen_model(account.catalogue.models, named)


class _ReplaceFallbackFlow(_ReplaceFlow):
    """Asks which engine is to speak instead of the one that is gone; the voice can do without."""

    _setting = CONF_FALLBACK

    @override
    async def _schema(self, account: Account, subentry: ConfigSubentry) -> probatio.Schema:
        own = er.async_get(self.hass).async_get_entity_id(Platform.TTS, DOMAIN, subentry.subentry_id)
        return probatio.Schema({probatio.Optional(CONF_FALLBACK): fallback_selector(own)})

    @override
    async def _chosen(self, account: Account, named: str) -> str | None:
        return named or None


_FLOWS: Final[Mapping[str, type[_ReplaceFlow]]] = {
    VOICE_NOT_FOUND: _ReplaceVoiceFlow,
    MODEL_NOT_FOUND: _ReplaceModelFlow,
    FALLBACK_NOT_FOUND: _ReplaceFallbackFlow,
}


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None]
) -> RepairsFlow:
    """Return the form that mends a voice."""
    return _FLOWS[str(data["issue"])](str(data["entry_id"]), str(data["subentry_id"]))

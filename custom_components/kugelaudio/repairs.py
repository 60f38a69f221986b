"""Forms that mend a voice: another one of the provider's voices, or another model, for what is gone."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio

from .api.errors import KugelAudioError
from .api.models import DEFAULT_MODEL
from .const import CONF_LANGUAGE, CONF_MODEL, CONF_VOICE, DOMAIN
from .coordinator import AccountCoordinator, KugelAudioConfigEntry
from .exceptions import flow_error
from .flows.voice_form import chosen_voice, model_selector, voice_selector
from .issues import MODEL_NOT_FOUND, VOICE_NOT_FOUND


class _ReplaceFlow(RepairsFlow):
    """Asks for a replacement; all other settings of the voice stay."""

    _setting: str

    def __init__(self, entry_id: str, subentry_id: str) -> None:
        """Remember which voice is to be mended."""
        self._entry_id = entry_id
        self._subentry_id = subentry_id

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Look what the account offers now; what is there again needs no replacement."""
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="not_loaded")
        await entry.runtime_data.async_refresh()
        if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) is None:
            return self.async_create_entry(data={})
        return await self.async_step_replace()

    async def async_step_replace(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the replacement, and store it."""
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="not_loaded")
        account, subentry = entry.runtime_data, entry.subentries[self._subentry_id]
        errors = {}
        if user_input is not None:
            try:
                title, changes = await self._chosen(account, subentry, user_input[self._setting])
            except KugelAudioError as err:
                errors[self._setting] = flow_error(err)
            else:
                self.hass.config_entries.async_update_subentry(
                    entry, subentry, title=title, data={**subentry.data, **changes}
                )
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="replace",
            data_schema=self.add_suggested_values_to_schema(await self._schema(account, subentry), user_input),
            errors=errors,
            description_placeholders={"voice": subentry.title},
        )

    def _loaded_entry(self) -> KugelAudioConfigEntry | None:
        """Return the account while it runs and has the voice."""
        entry: KugelAudioConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED or self._subentry_id not in entry.subentries:
            return None
        return entry

    @abstractmethod
    async def _schema(self, account: AccountCoordinator, subentry: ConfigSubentry) -> probatio.Schema:
        """Return the form with everything that may take the place of what is gone."""

    @abstractmethod
    async def _chosen(
        self, account: AccountCoordinator, subentry: ConfigSubentry, named: str
    ) -> tuple[str, dict[str, str]]:
        """Return the voice's title and its changed settings; raises KugelAudioError."""


class _ReplaceVoiceFlow(_ReplaceFlow):
    """Asks which voice is to speak instead of the one that is gone."""

    _setting = CONF_VOICE

    @override
    async def _schema(self, account: AccountCoordinator, subentry: ConfigSubentry) -> probatio.Schema:
        selector = await voice_selector(self.hass, account.data, subentry.data[CONF_LANGUAGE])
        return probatio.Schema({probatio.Required(CONF_VOICE): selector})

    @override
    async def _chosen(
        self, account: AccountCoordinator, subentry: ConfigSubentry, named: str
    ) -> tuple[str, dict[str, str]]:
        voice = await chosen_voice(account.client, account.data, named)
        # A name given by hand stays as long as the voice does.
        return subentry.title if voice.id == subentry.data[CONF_VOICE] else voice.name, {CONF_VOICE: voice.id}


class _ReplaceModelFlow(_ReplaceFlow):
    """Asks which model is to speak instead of the one that is gone."""

    _setting = CONF_MODEL

    @override
    async def _schema(self, account: AccountCoordinator, subentry: ConfigSubentry) -> probatio.Schema:
        return probatio.Schema({probatio.Required(CONF_MODEL): model_selector(account.data.models)})

    @override
    async def _chosen(
        self, account: AccountCoordinator, subentry: ConfigSubentry, named: str
    ) -> tuple[str, dict[str, str]]:
        return subentry.title, {CONF_MODEL: named.strip() or DEFAULT_MODEL}


_FLOWS: Final[Mapping[str, type[_ReplaceFlow]]] = {
    VOICE_NOT_FOUND: _ReplaceVoiceFlow,
    MODEL_NOT_FOUND: _ReplaceModelFlow,
}


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None]
) -> RepairsFlow:
    """Return the form that mends a voice."""
    return _FLOWS[str(data["issue"])](str(data["entry_id"]), str(data["subentry_id"]))

"""The form of what is set for a whole account."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio

from ..api.pool import ConnectionPolicy
from ..const import CONF_CONNECTION, CONF_DEFAULT_VOICE, CONF_PARALLEL, SUBENTRY_VOICE
from ..speech.slots import AUTOMATIC, HIGHEST_LIMIT
from ..voices.default_voice import FIRST_ADDED

# What plans allow, and what an own server may do; a list that takes typed values would show "automatic" untranslated.
_AT_ONCE: Final = (*range(1, 6), 10, 20, 50, HIGHEST_LIMIT)


class AccountOptionsFlow(OptionsFlow):
    """What is set for the whole account."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask who speaks where no voice is named, how long connections stay open, and how much is made at once."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(_schema(self.config_entry), _stored(self.config_entry)),
        )


def _schema(account: ConfigEntry) -> probatio.Schema:
    """Return the form; a number that an earlier release let be typed stays among those that are offered."""
    stored = account.options.get(CONF_PARALLEL, AUTOMATIC)
    numbers = {*_AT_ONCE, *(() if stored == AUTOMATIC else (int(stored),))}
    voices = account.get_subentries_of_type(SUBENTRY_VOICE)
    first = SelectOptionDict(value=FIRST_ADDED, label=FIRST_ADDED)
    named = [SelectOptionDict(value=voice.subentry_id, label=voice.title) for voice in voices]
    return probatio.Schema(
        {
            probatio.Required(CONF_DEFAULT_VOICE, default=FIRST_ADDED): _select(CONF_DEFAULT_VOICE, [first, *named]),
            probatio.Required(CONF_CONNECTION, default=ConnectionPolicy.ALWAYS.value): _select(
                CONF_CONNECTION, [mode.value for mode in ConnectionPolicy]
            ),
            probatio.Required(CONF_PARALLEL, default=AUTOMATIC): probatio.All(
                _select(CONF_PARALLEL, [AUTOMATIC, *map(str, sorted(numbers))]),
                probatio.Any(AUTOMATIC, probatio.Coerce(int)),
            ),
        }
    )


def _select(name: str, options: list[str] | list[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(SelectSelectorConfig(options=options, translation_key=name, mode=SelectSelectorMode.DROPDOWN))


def _stored(account: ConfigEntry) -> Mapping[str, str]:
    """Return what is stored as the fields show it; a voice that was removed is nobody's choice any more."""
    chosen = {name: str(value) for name, value in account.options.items()}
    voice = chosen.get(CONF_DEFAULT_VOICE, FIRST_ADDED)
    return {**chosen, CONF_DEFAULT_VOICE: voice if voice in account.subentries else FIRST_ADDED}

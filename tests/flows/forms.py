"""The forms in which an account's first voice is chosen, for the tests of them."""

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from tests.helpers import (
    Answers,
    begin,
    submit,
)


async def language_form(hass: HomeAssistant) -> ConfigFlowResult:
    """Walk to the form that asks for the language."""
    return await submit(hass, await begin(hass), {"api_key": "ka_simulator", "region": "auto"})


async def voice_form(hass: HomeAssistant, language: str = "en") -> ConfigFlowResult:
    """Walk to the form that asks for the voice."""
    return await submit(hass, await language_form(hass), {"language": language})


async def created(hass: HomeAssistant, form: ConfigFlowResult, answers: Answers) -> ConfigEntry:
    """Submit the last form and return the account."""
    result = await submit(hass, form, answers)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    return result["result"]


def stored(entry: ConfigEntry) -> Answers:
    """Return what is stored for the only voice of an account."""
    [voice] = entry.subentries.values()
    return dict(voice.data)

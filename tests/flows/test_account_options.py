"""What is set for a whole account: who speaks where no voice is named, and how much is made at once."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.voices.default_voice import default_voice
from tests.helpers import account_entry, fields, labels, set_up, submit_options, suggestions, voice_subentry
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

OTHERS = {"connection": "off", "parallel": "automatic"}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account with two voices."""
    made = account_entry(simulator.url, voice_subentry(), voice_subentry("second_voice", "Hans", voice="268"))
    await set_up(hass, made)
    return made


def speaker(hass: HomeAssistant) -> str | None:
    """Return who speaks where nobody is named."""
    return default_voice(hass.config_entries.async_entries(DOMAIN))


async def test_first_voice_speaks_until_another_is_chosen(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The voices of the account are offered by their names; one that was removed meanwhile is not proposed."""
    assert speaker(hass) == "first_voice"
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["default_voice"] == "first"
    assert labels(form, "default_voice") == {"first": "first", "first_voice": "Samantha Ferris", "second_voice": "Hans"}
    result = await submit_options(hass, form, {**OTHERS, "default_voice": "second_voice"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["default_voice"] == "second_voice"
    assert speaker(hass) == "second_voice"

    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["default_voice"] == "second_voice"
    hass.config_entries.async_remove_subentry(entry, "second_voice")
    await hass.async_block_till_done()
    assert speaker(hass) == "first_voice"
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["default_voice"] == "first"
    with pytest.raises(InvalidData):
        await submit_options(hass, form, {**OTHERS, "default_voice": "second_voice"})


async def test_choice_of_one_account_counts_for_the_home(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """One that has chosen goes before one that has not; of two that have it is the older one."""
    other = account_entry(
        simulator.url, voice_subentry("other_voice", "Nathan"), key="ka_other", options={"default_voice": "other_voice"}
    )
    other.add_to_hass(hass)
    assert speaker(hass) == "other_voice"
    hass.config_entries.async_update_entry(entry, options={"default_voice": "second_voice"})
    assert speaker(hass) == "second_voice"


async def test_what_is_made_at_once_is_chosen_by_its_words(hass: HomeAssistant, simulator: Simulator) -> None:
    """Automatic, the usual numbers, and one that an earlier release let be typed; a number is stored as such."""
    entry = account_entry(simulator.url, voice_subentry(), options={"connection": "off", "parallel": 7})
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    select = fields(form)["parallel"]["selector"]["select"]
    assert (select["custom_value"], select["options"]) == (
        False,
        ["automatic", "1", "2", "3", "4", "5", "7", "10", "20", "50", "100"],
    )
    assert suggestions(form)["parallel"] == "7"
    for answer, stored in (("7", 7), ("20", 20), ("automatic", "automatic")):
        await submit_options(hass, form, {"connection": "off", "parallel": answer, "default_voice": "first"})
        assert entry.options["parallel"] == stored
        form = await hass.config_entries.options.async_init(entry.entry_id)
        assert suggestions(form)["parallel"] == answer
    with pytest.raises(InvalidData):
        await submit_options(hass, form, {"connection": "off", "parallel": "many", "default_voice": "first"})


async def test_home_without_a_voice_has_nobody(hass: HomeAssistant, simulator: Simulator) -> None:
    """Accounts need none."""
    assert speaker(hass) is None
    account_entry(simulator.url).add_to_hass(hass)
    assert speaker(hass) is None

"""The field in which the dictionaries of a voice are chosen."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers import (
    VOICE,
    Answers,
    account_entry,
    begin,
    begin_voice,
    change_voice,
    fields,
    labels,
    set_up,
    submit,
    submit_voice,
    suggestions,
    voice_subentry,
)
from tests.made_time import MadeTime
from tests.simulator import Failure, Fault, Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

LISTING = "/v1/dictionaries"


def voice_with(dictionaries: list[str]) -> Answers:
    """Return what is submitted for a voice with these dictionaries."""
    return {**VOICE, "advanced": {"loudness": "off", "dictionaries": dictionaries}}


def stored(entry: ConfigEntry, subentry_id: str = "first_voice") -> object:
    """Return what is stored of a voice's dictionaries, None for nothing."""
    return entry.subentries[subentry_id].data.get("dictionaries")


async def account(hass: HomeAssistant, simulator: Simulator, dictionaries: str | list[str]) -> MockConfigEntry:
    """Set up an account with a voice that has these dictionaries."""
    entry = account_entry(simulator.url, voice_subentry(dictionaries=dictionaries))
    await set_up(hass, entry)
    return entry


async def test_all_dictionaries_are_offered_by_name(hass: HomeAssistant, simulator: Simulator) -> None:
    """With their language if they are for one; all active ones first, which is what most want."""
    form = await submit_voice(hass, await begin_voice(hass, await account(hass, simulator, [])), {"language": "de"})
    assert labels(form, "dictionaries") == {"active": "active", "7": "House · de", "9": "Abbreviations"}
    assert fields(form)["dictionaries"]["selector"]["select"]["translation_key"] == "dictionaries"
    assert suggestions(form)["dictionaries"] == ["active"]


@pytest.mark.parametrize(
    ("selected", "kept"), [(["active"], "active"), (["7"], ["7"]), (["9", "7"], ["9", "7"]), ([], [])]
)
async def test_what_is_selected_is_stored(
    hass: HomeAssistant, simulator: Simulator, selected: list[str], kept: object
) -> None:
    """For the first voice of an account, for a further one, and for one that is changed."""
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "custom"})
    form = await submit(hass, await submit(hass, form, {"url": simulator.url}), {"language": "en"})
    result = await submit(hass, form, voice_with(selected))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    [first] = entry.subentries
    assert stored(entry, first) == kept

    further = await submit_voice(hass, await begin_voice(hass, entry), {"language": "en"})
    await submit_voice(hass, further, {**voice_with(selected), "name": "Further"})
    assert [stored(entry, subentry_id) for subentry_id in entry.subentries] == [kept, kept]

    for answers, then in ((VOICE, "active"), (voice_with(selected), kept)):
        change = await submit_voice(hass, await change_voice(hass, entry, first), {"language": "en"})
        await submit_voice(hass, change, answers)
        assert stored(entry, first) == then


async def test_all_active_ones_and_single_ones_exclude_each_other(hass: HomeAssistant, simulator: Simulator) -> None:
    """The form says so, keeps what was filled in, and goes on with one or the other."""
    entry = await account(hass, simulator, "active")
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    form = await submit_voice(hass, form, voice_with(["active", "7"]))
    assert form["errors"] == {"advanced": "dictionaries_mixed", "base": "look_below"}
    assert [fields(form)[name]["expanded"] for name in ("around", "advanced")] == [False, True]
    assert suggestions(form)["dictionaries"] == ["active", "7"]
    await submit_voice(hass, form, voice_with(["7"]))
    assert stored(entry) == ["7"]


async def test_an_unknown_dictionary_cannot_be_submitted(hass: HomeAssistant, simulator: Simulator) -> None:
    """Only what is offered."""
    entry = await account(hass, simulator, "active")
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    with pytest.raises(InvalidData):
        await submit_voice(hass, form, voice_with(["8"]))
    await submit_voice(hass, form, voice_with(["9"]))
    assert stored(entry) == ["9"]


@pytest.mark.parametrize(
    ("kept", "proposed"), [("active", ["active"]), (["9"], ["9"]), ([], []), (["9", "8"], ["9"]), (["8"], [])]
)
async def test_what_is_stored_is_proposed(
    hass: HomeAssistant, simulator: Simulator, kept: str | list[str], proposed: list[str]
) -> None:
    """But for what is gone (8)."""
    entry = await account(hass, simulator, kept)
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    assert suggestions(form)["dictionaries"] == proposed


@pytest.mark.parametrize("kept", ["active", ["9"], []])
async def test_where_none_can_be_listed_nobody_is_asked(
    hass: HomeAssistant, simulator: Simulator, kept: str | list[str]
) -> None:
    """What is stored stays for the time when they can be listed again; a new voice gets nothing stored."""
    simulator.faults.add(Fault.HTTP_ERROR, times=None, path=LISTING, error=Failure.PERMISSION_DENIED)
    entry = await account(hass, simulator, kept)
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "en"})
    assert "dictionaries" not in fields(form)
    await submit_voice(hass, form, {**VOICE, "advanced": {"loudness": "off", "speed": 1.1}})
    assert stored(entry) == kept
    assert entry.subentries["first_voice"].data["speed"] == 1.1

    further = await submit_voice(hass, await begin_voice(hass, entry), {"language": "en"})
    await submit_voice(hass, further, {**VOICE, "name": "Further"})
    [*_, new] = entry.subentries
    assert "dictionaries" not in entry.subentries[new].data


async def test_form_does_not_wait_for_dictionaries(
    hass: HomeAssistant, simulator: Simulator, made_time: MadeTime
) -> None:
    """A list that does not come within 1.5 s is not asked for in the form; what is stored stays."""
    entry = await account(hass, simulator, ["7"])
    simulator.faults.add(Fault.HTTP_HANG, path=LISTING)
    began = made_time.time()
    form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "de"})
    assert made_time.time() - began == pytest.approx(1.5, abs=0.1)
    assert "dictionaries" not in fields(form)
    await submit_voice(hass, form, VOICE)
    assert stored(entry) == ["7"]

"""The forms that mend a voice, used as the frontend does."""

from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_registry import EntityRegistry
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio import const
from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import (
    STORED_VOICE,
    Answers,
    Trouble,
    account_entry,
    change_voice,
    labels,
    set_up,
    state_of,
    submit_voice,
    voice_subentry,
)
from tests.mending import issues
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import VOICES, Voice
from tests.speaking import ENTITY, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

type Browser = TestClient[Any, Any]
type Page = dict[str, Any]

VOICE_ISSUE = "voice_not_found_first_voice"
MODEL_ISSUE = "model_not_found_first_voice"
SETTINGS: Answers = {"language": "de", "speed": 1.2, "format": "wav", "normalize": False, "fallback": "tts.other"}
BACK = Voice(id=9999, name="Back again", languages=("de",))
TRANSLATIONS = Path(const.__file__).parent / "translations"


@pytest.fixture
async def browser(hass: HomeAssistant, hass_client: ClientSessionGenerator, entity_registry: EntityRegistry) -> Browser:
    """Return the frontend, with repairs, with speech, whose routes have to be there first, and a fallback."""
    entity_registry.async_get_or_create("tts", "elsewhere", "other", suggested_object_id="other")
    for component in ("repairs", "tts"):
        assert await async_setup_component(hass, component, {})
    return await hass_client()


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator, browser: Browser) -> MockConfigEntry:  # noqa: ARG001 - Home Assistant learns of repairs first
    """Set up an account with a voice that is gone."""
    lost = voice_subentry(voice="9999", **SETTINGS)
    made = account_entry(simulator.url, lost, options={"connection": "off"})
    await set_up(hass, made)
    return made


@pytest.fixture
async def entry_without_model(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    browser: Browser,  # noqa: ARG001 - as above
) -> MockConfigEntry:
    """Set up an account with a voice whose model is gone, as its first utterance shows."""
    made = account_entry(simulator.url, voice_subentry(model="kugel-9", **SETTINGS), options={"connection": "off"})
    await set_up(hass, made)
    assert (await fetch(hass_client))[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    return made


async def begin(browser: Browser, issue_id: str) -> Page:
    """Begin to mend."""
    answer = await browser.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id})
    assert answer.status == HTTPStatus.OK
    page: Page = await answer.json()
    return page


async def submit(hass: HomeAssistant, browser: Browser, form: Page, answers: dict[str, str]) -> Page:
    """Submit the form."""
    answer = await browser.post(f"/api/repairs/issues/fix/{form['flow_id']}", json=answers)
    assert answer.status == HTTPStatus.OK
    await hass.async_block_till_done()
    page: Page = await answer.json()
    return page


def offers(form: Page) -> dict[str, str]:
    """Return what the only field of a form offers: value to label."""
    [field] = form["data_schema"]
    assert field["required"]
    assert field["selector"]["select"]["custom_value"]
    return {option["value"]: option["label"] for option in field["selector"]["select"]["options"]}


def assert_worded(form: Page, issue: str) -> None:
    """Check that form, field and placeholders have their texts, in every language."""
    for path in TRANSLATIONS.glob("*.json"):
        texts = json.loads(path.read_text(encoding="utf-8"))["issues"][issue]["fix_flow"]["step"][form["step_id"]]
        names = {field["name"] for field in form["data_schema"]}
        assert set(texts["data"]) == set(texts["data_description"]) == names
        assert texts["title"].format(**form["description_placeholders"])
        assert texts["description"].format(**form["description_placeholders"])


async def test_voice_that_is_gone_is_replaced(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    browser: Browser,
    entry: MockConfigEntry,
) -> None:
    """The same voices are offered as in the voice's own form; name, entity and settings stay, it speaks at once."""
    form = await begin(browser, VOICE_ISSUE)
    assert (form["step_id"], form["description_placeholders"]) == ("replace", {"voice": "Samantha Ferris"})
    assert_worded(form, "voice_not_found")
    own_form = await submit_voice(hass, await change_voice(hass, entry, "first_voice"), {"language": "de"})
    assert offers(form) == labels(own_form, "voice")
    assert offers(form)["Hans (268)"].startswith("Hans · Deutsch · male · ")

    assert (await submit(hass, browser, form, {"voice": "Hans (268)"}))["type"] == "create_entry"
    [voice] = entry.subentries.values()
    assert voice.title == "Samantha Ferris"
    assert voice.data == {**STORED_VOICE, **SETTINGS, "voice": "268", "former_voices": ["9999"]}
    assert state_of(entry) is ConfigEntryState.LOADED
    assert issues(hass) == {}
    assert hass.states.async_entity_ids("tts") == [ENTITY]
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    [request] = simulator.journal.received("/ws/tts")
    assert (request["voice_id"], request["speed"]) == (268, 1.2)


@pytest.mark.parametrize(
    ("typed", "trouble", "error"),
    [
        ("nobody", None, "voice_not_found"),
        ("  ", None, "voice_not_found"),
        ("9999", None, "voice_not_found"),
        ("hidden", (Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}), "out_of_service"),
        ("hidden", (Fault.HTTP_HTML, {"status": 200}), "not_kugelaudio"),
    ],
)
async def test_typed_voice_has_to_be_there(
    hass: HomeAssistant,
    simulator: Simulator,
    browser: Browser,
    entry: MockConfigEntry,
    typed: str,
    trouble: Trouble | None,
    error: str,
) -> None:
    """The form says what is wrong, keeps what was typed, and takes a handle."""
    form = await begin(browser, VOICE_ISSUE)
    if trouble is not None:
        fault, parameters = trouble
        simulator.faults.add(fault, **parameters)
    form = await submit(hass, browser, form, {"voice": typed})
    assert form["errors"] == {"voice": error}
    assert form["data_schema"][0]["description"] == {"suggested_value": typed}
    assert list(issues(hass)) == [VOICE_ISSUE]
    assert (await submit(hass, browser, form, {"voice": " hans "}))["type"] == "create_entry"
    assert [voice.data["voice"] for voice in entry.subentries.values()] == ["268"]
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("answer", "model"), [("Kugel 3 (kugel-3)", "kugel-3"), (" kugel-2.5 ", "kugel-2.5"), ("  ", "kugel-3.5")]
)
async def test_model_that_is_gone_is_replaced(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    browser: Browser,
    entry_without_model: MockConfigEntry,
    answer: str,
    model: str,
) -> None:
    """By one that the account has, or one that was typed; the voice keeps its name and everything else."""
    form = await begin(browser, MODEL_ISSUE)
    assert (form["step_id"], form["description_placeholders"]) == ("replace", {"voice": "Samantha Ferris"})
    assert_worded(form, "model_not_found")
    assert offers(form) == {"Kugel 3.5 (kugel-3.5)": "Kugel 3.5", "Kugel 3 (kugel-3)": "Kugel 3"}
    assert (await submit(hass, browser, form, {"model": answer}))["type"] == "create_entry"
    [voice] = entry_without_model.subentries.values()
    assert voice.title == "Samantha Ferris"
    assert voice.data == {**STORED_VOICE, **SETTINGS, "model": model}
    assert issues(hass) == {}
    assert (await fetch(hass_client))[0] == HTTPStatus.OK


async def test_voice_that_is_back_needs_no_replacement(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider is asked when the form is opened: then all is well."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", [*VOICES, BACK])
    assert (await begin(browser, VOICE_ISSUE))["type"] == "create_entry"
    assert [voice.data["voice"] for voice in entry.subentries.values()] == ["9999"]
    assert issues(hass) == {}


async def test_voice_that_comes_back_while_the_form_is_open_keeps_its_name(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that the user gave is the voice's as long as the voice is the same."""
    form = await begin(browser, VOICE_ISSUE)
    monkeypatch.setattr("tests.simulator.rest.find_voice", {"9999": BACK}.get)
    assert (await submit(hass, browser, form, {"voice": "9999"}))["type"] == "create_entry"
    assert [(voice.title, voice.data["voice"]) for voice in entry.subentries.values()] == [("Samantha Ferris", "9999")]
    assert issues(hass) == {}


async def test_last_known_voices_are_offered_while_the_server_is_down(
    hass: HomeAssistant, simulator: Simulator, browser: Browser, entry: MockConfigEntry
) -> None:
    """Mending does not have to wait for it."""
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    form = await begin(browser, VOICE_ISSUE)
    assert not entry.runtime_data.coordinator.last_update_success
    assert "Hans (268)" in offers(form)
    simulator.faults.clear()
    await submit(hass, browser, form, {"voice": "Hans (268)"})
    assert [voice.data["voice"] for voice in entry.subentries.values()] == ["268"]
    assert issues(hass) == {}


async def test_account_has_to_be_loaded(hass: HomeAssistant, browser: Browser, entry: MockConfigEntry) -> None:
    """Before the form is opened, and while it is; the issue stays."""
    form = await begin(browser, VOICE_ISSUE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    for page in (
        await begin(browser, VOICE_ISSUE),
        await submit(hass, browser, form, {"voice": "268"}),
    ):
        assert (page["type"], page["reason"]) == ("abort", "not_loaded")
    assert [voice.data["voice"] for voice in entry.subentries.values()] == ["9999"]
    assert list(issues(hass)) == [VOICE_ISSUE]


@pytest.mark.parametrize("is_account", [True, False])
async def test_voice_may_be_removed_while_the_form_is_open(
    hass: HomeAssistant, browser: Browser, entry: MockConfigEntry, is_account: bool
) -> None:
    """Then there is nothing left to be mended."""
    form = await begin(browser, VOICE_ISSUE)
    if is_account:
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        hass.config_entries.async_remove_subentry(entry, "first_voice")
    await hass.async_block_till_done()
    page = await submit(hass, browser, form, {"voice": "268"})
    assert (page["type"], page["reason"]) == ("abort", "not_loaded")
    assert issues(hass) == {}

"""The texts: each has its use, each use has its text, in every language."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
import pytest

from custom_components.kugelaudio import const
from custom_components.kugelaudio.api import errors
from custom_components.kugelaudio.exceptions import meaning_of
from custom_components.kugelaudio.issues import (
    ACCOUNT_ISSUES,
    CHIME_UNUSABLE,
    PLAN_WAIT,
    PLAN_WAIT_LARGER,
    VOICE_ISSUES,
)
from custom_components.kugelaudio.players.fetching import ISSUE as SPEECH_NOT_FETCHED
from tests.helpers import (
    Form,
    account_entry,
    as_shown,
    begin,
    begin_voice,
    change_voice,
    fields,
    placeholders,
    set_up,
    submit,
    submit_voice,
    voice_subentry,
)
from tests.simulator import Simulator
from tests.simulator.voices import CATEGORIES, KNOWN_SEXES, QUALITIES

type Texts = dict[str, Any]

PACKAGE: Final = Path(const.__file__).parent
FILES: Final = sorted((PACKAGE / "translations").glob("*.json"))
TRANSLATIONS: Final[dict[str, Texts]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
ENGLISH: Final = TRANSLATIONS["en"]
# The fields of actions have these; their tests look at them.
OF_ACTIONS: Final = {"priority", "same"}
every_language = pytest.mark.parametrize("texts", TRANSLATIONS.values(), ids=TRANSLATIONS.keys())


def flat(texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Return every text with its full key."""
    for key, value in texts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def names_in(text: str) -> set[str]:
    """Return the placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def names_of(fields: list[dict[str, Any]]) -> set[str]:
    """Return the names of those fields that are no sections."""
    return {field["name"] for field in fields if "selector" in field}


def sections_of(fields: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the fields of every section."""
    return {field["name"]: field["schema"] for field in fields if "schema" in field}


def untold(select: dict[str, Any]) -> set[str]:
    """Return the options of a select field that bring no words of their own."""
    options = [
        {"value": option, "label": option} if isinstance(option, str) else option for option in select["options"]
    ]
    return {option["value"] for option in options if option["label"] == option["value"]}


@pytest.fixture
async def account_forms(hass: HomeAssistant, simulator: Simulator) -> list[ConfigFlowResult]:
    """Walk through all forms of an account."""
    user = await begin(hass)
    endpoint = await submit(hass, user, {"api_key": simulator.key, "region": "custom"})
    language = await submit(hass, endpoint, {"url": simulator.url})
    voice = await submit(hass, language, {"language": "en"})
    entry = account_entry(simulator.url, voice_subentry())
    entry.add_to_hass(hass)
    return [
        user,
        endpoint,
        language,
        voice,
        await entry.start_reconfigure_flow(hass),
        await entry.start_reauth_flow(hass),
        await hass.config_entries.options.async_init(entry.entry_id),
    ]


@pytest.fixture
async def voice_forms(hass: HomeAssistant, simulator: Simulator) -> list[Form]:
    """Walk through all forms of a voice."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    user = await begin_voice(hass, entry)
    return [user, await change_voice(hass, entry, "first_voice"), await submit_voice(hass, user, {"language": "en"})]


def assert_worded(form: Form, texts: Texts) -> None:
    """Check that a form has all its texts, and that they use what the form gives them."""
    fields = as_shown(form)
    assert texts["title"]
    assert set(texts["data"]) == set(texts["data_description"]) == names_of(fields)
    sections = sections_of(fields)
    assert set(texts.get("sections", {})) == set(sections)
    for name, inner in sections.items():
        worded = texts["sections"][name]
        assert worded["name"]
        assert set(worded["data"]) == set(worded["data_description"]) == names_of(inner)
    used = {name for _, text in flat(texts) for name in names_in(text)}
    assert used == set(placeholders(form))


@every_language
@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_forms_of_an_account_are_worded(account_forms: list[ConfigFlowResult], texts: Texts) -> None:
    """Every form, field and section has its label and description; no text is left over."""
    steps = {**texts["config"]["step"], **texts["options"]["step"]}
    assert set(steps) == {form["step_id"] for form in account_forms}
    for form in account_forms:
        assert_worded(form, steps[form["step_id"]])


@every_language
@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_forms_of_a_voice_are_worded(voice_forms: list[Form], texts: Texts) -> None:
    """Every form, field and section has its label and description; no text is left over."""
    voice = texts["config_subentries"]["voice"]
    assert set(voice["step"]) == {form["step_id"] for form in voice_forms}
    for form in voice_forms:
        assert_worded(form, voice["step"][form["step_id"]])
    assert voice["entry_type"]
    assert set(voice["initiate_flow"]) == {"user", "reconfigure"}


@every_language
@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_choices_of_the_forms_are_worded(account_forms: list[ConfigFlowResult], texts: Texts) -> None:
    """Every option of a select field that is to be translated is; no option is left over."""
    selects = [
        field["selector"]["select"]
        for form in account_forms
        for field in fields(form).values()
        if "select" in field.get("selector", {})
    ]
    worded = {select["translation_key"]: untold(select) for select in selects if "translation_key" in select}
    selectors = {
        name: set(selector["options"]) for name, selector in texts["selector"].items() if "options" in selector
    }
    traits = selectors.pop("voice_trait")
    assert {name: options for name, options in selectors.items() if name not in OF_ACTIONS} == worded
    assert traits >= {"own", "cloned", *CATEGORIES, *(f"{quality}_quality" for quality in QUALITIES)}
    assert traits >= {sex for sex in KNOWN_SEXES if sex}


@cache
def literals_and_raised() -> tuple[frozenset[object], frozenset[object]]:
    """Return all that stands in the code as it is, and the keys of the texts that are raised."""
    nodes = [node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    literals = {node.value for node in nodes if isinstance(node, ast.Constant)}
    called = {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"failure", "invalid"} and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    named = {
        keyword.value.value
        for node in nodes
        if isinstance(node, ast.Call) and "translation_domain" in {keyword.arg for keyword in node.keywords}
        for keyword in node.keywords
        if keyword.arg == "translation_key" and isinstance(keyword.value, ast.Constant)
    }
    return frozenset(literals), frozenset(called | named)


@every_language
def test_every_exception_has_its_text_and_every_text_its_exception(texts: Texts) -> None:
    """What the table of errors says, and what is raised beside it, is all that is said."""
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.KugelAudioError)
    ]
    table = {meaning_of(kind()).key for kind in kinds}
    literals, raised = literals_and_raised()
    assert {"fallback_spoke", "chime_unusable"} <= raised
    assert table | raised <= set(texts["exceptions"]) <= table | literals


@every_language
def test_every_issue_has_its_text_and_every_text_its_issue(texts: Texts) -> None:
    """Issues of an account name it and tell what to do; those of a voice name it and are mended by a form."""
    beside = {
        SPEECH_NOT_FETCHED: {"players", "url"},
        PLAN_WAIT: {"account", "at_once"},
        PLAN_WAIT_LARGER: {"account", "at_once"},
        CHIME_UNUSABLE: {"account", "chimes"},
    }
    assert set(texts["issues"]) == {*ACCOUNT_ISSUES, *VOICE_ISSUES, *beside}
    for key, issue in texts["issues"].items():
        if key in beside:
            assert {name for _, text in flat(issue) for name in names_in(text)} == beside[key]
            continue
        is_voice = key in VOICE_ISSUES
        # What the form of a refused choice names besides is its own business.
        names = {name for _, text in flat(issue) for name in names_in(text)} - {"close"}
        assert names == {"voice" if is_voice else "account"}
        assert ("fix_flow" in issue, "description" in issue) == (is_voice, not is_voice)


@every_language
def test_mending_a_voice_tells_the_errors_of_its_form(texts: Texts) -> None:
    """What the form of a voice says of a failure, the form that mends one says, too."""
    mending = texts["issues"]["voice_not_found"]["fix_flow"]["error"]
    refused_unasked = {"chime_file", "dictionaries_mixed", "look_below", "name_taken"}
    errors_of_voice = texts["config_subentries"]["voice"]["error"]
    assert mending == {key: text for key, text in errors_of_voice.items() if key not in refused_unasked}


@every_language
def test_languages_have_the_same_texts_with_the_same_placeholders(texts: Texts) -> None:
    """No language lacks a text, none has one more, and none forgets a placeholder."""
    assert {key: names_in(text) for key, text in flat(texts)} == {key: names_in(text) for key, text in flat(ENGLISH)}


@every_language
def test_messages_of_a_form_can_be_told_apart(texts: Texts) -> None:
    """Different errors have different words."""
    for block in (
        texts["config"]["error"],
        texts["config_subentries"]["voice"]["error"],
        texts["config_subentries"]["voice"]["abort"],
        {key: text["message"] for key, text in texts["exceptions"].items()},
        {key: issue["title"] for key, issue in texts["issues"].items()},
    ):
        assert len(set(block.values())) == len(block)


@every_language
def test_texts_are_clean(texts: Texts) -> None:
    """No HTML, no URLs, no blanks around, no placeholder in single quotes, nothing empty."""
    for key, text in flat(texts):
        assert text, key
        assert text == text.strip(), key
        assert not re.search(r"<[^>]*>|https?://|www\.|'[^']*\{[^']*'", text), key

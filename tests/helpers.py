"""What tests of the integration share: accounts that are stored already, and walks through their forms."""

from collections.abc import Mapping
from datetime import timedelta
import json
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryDataWithId,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.kugelaudio.const import DOMAIN
from tests.simulator import Failure, Fault
from tests.simulator.keys import NORMAL_KEY

type Answers = dict[str, Any]
type Form = ConfigFlowResult | SubentryFlowResult
type Trouble = tuple[Fault, dict[str, Any]]

# As loud as it comes, so that what is heard is, sample by sample, what the simulator has made.
VOICE: Final[Answers] = {"voice": "1071", "around": {}, "advanced": {"loudness": "off"}}
STORED_VOICE: Final[Answers] = {
    "voice": "1071",
    "language": "en",
    "model": "kugel-3.5",
    "format": "mp3",
    "speed": 1.0,
    "temperature": 0.4,
    "guidance": 2.0,
    "normalize": True,
    "clean": True,
    "marks": True,
    "loudness": "off",
    "gain_db": 0.0,
    "speaker_prefix": True,
    "language_by_server": False,
    "max_new_tokens": 2048,
    "chime": "none",
    "chime_after": "none",
    "chime_for_answers": False,
    "lead_in_ms": 0,
    "tail_ms": 0,
    "dictionaries": "active",
    "fallback_after_s": 3,
    "former_voices": [],
}
# What the form of such a voice shows where it is stored otherwise, or not at all.
_SHOWN_ONLY: Final[Answers] = {
    "name": None,
    "model": "Kugel 3.5 (kugel-3.5)",
    "fallback": None,
    "chime_file": None,
    "chime_after_file": None,
    "dictionaries": ["active"],
}

KEY_TROUBLES: Final[dict[str, tuple[Trouble, str]]] = {
    "key refused": ((Fault.HTTP_ERROR, {"error": Failure.UNAUTHORIZED}), "invalid_key"),
    "credits used up": ((Fault.HTTP_ERROR, {"error": Failure.INSUFFICIENT_CREDITS}), "insufficient_credits"),
}
SERVER_TROUBLES: Final[dict[str, tuple[Trouble, str]]] = {
    "HTML page": ((Fault.HTTP_HTML, {"status": 200}), "not_kugelaudio"),
    "HTML page for a wrong path": ((Fault.HTTP_HTML, {"status": 404}), "not_kugelaudio"),
    "wrong path": ((Fault.HTTP_ERROR, {"error": Failure.VOICE_NOT_FOUND}), "not_kugelaudio"),
    "plain text": ((Fault.HTTP_PLAIN, {"status": 200, "text": "It works!"}), "not_kugelaudio"),
    "JSON of another kind": ((Fault.HTTP_NOT_OBJECT, {}), "not_kugelaudio"),
    "truncated JSON": ((Fault.HTTP_TRUNCATED_JSON, {}), "not_kugelaudio"),
    "empty body": ((Fault.HTTP_EMPTY_BODY, {}), "not_kugelaudio"),
    "connection dropped": ((Fault.HTTP_DROP, {}), "cannot_connect"),
    "catalogue out of service": ((Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}), "out_of_service"),
    "server failed": ((Fault.HTTP_ERROR, {"error": Failure.GENERATION_FAILED}), "out_of_service"),
    "bad gateway": ((Fault.HTTP_HTML, {"status": 502}), "out_of_service"),
    "too many requests": ((Fault.HTTP_ERROR, {"error": Failure.RATE_LIMITED}), "rate_limited"),
    "too many contexts": ((Fault.HTTP_ERROR, {"error": Failure.TOO_MANY_CONTEXTS}), "rate_limited"),
    "too many requests, in a few words": ((Fault.HTTP_PLAIN, {"status": 429}), "rate_limited"),
    "too many requests, on a page": ((Fault.HTTP_HTML, {"status": 429}), "rate_limited"),
    "too many requests, without a word": ((Fault.HTTP_EMPTY_BODY, {"status": 429}), "rate_limited"),
    "too many requests, in another shape": ((Fault.HTTP_ERROR, {"status": 429, "style": "fastapi"}), "rate_limited"),
    "too many requests, under the code for invalid ones": (
        (Fault.HTTP_ERROR, {"status": 429, "error_code": "VALIDATION_ERROR"}),
        "rate_limited",
    ),
    "too many requests, under the code for failures": (
        (Fault.HTTP_ERROR, {"status": 429, "error_code": "INTERNAL_ERROR"}),
        "rate_limited",
    ),
    "too many requests, in the words for long texts": (
        (Fault.HTTP_ERROR, {"error": Failure.TEXT_TOO_LONG_OLD}),
        "rate_limited",
    ),
    "request refused": ((Fault.HTTP_ERROR, {"error": Failure.INVALID_REQUEST}), "unknown"),
    "request unprocessable": ((Fault.HTTP_ERROR, {"error": Failure.UNPROCESSABLE}), "unknown"),
}
TROUBLES: Final = {**KEY_TROUBLES, **SERVER_TROUBLES}
# For forms that share the code behind them: one trouble for each word, the last of the table.
KINDS_OF_SERVER_TROUBLE: Final = {word: trouble for trouble, word in SERVER_TROUBLES.values()}
KINDS_OF_TROUBLE: Final = {word: trouble for trouble, word in TROUBLES.values()}


def shown_error(word: str, *, is_cloud: bool, fields: Mapping[str, object]) -> dict[str, str]:
    """Return how a form with these fields shows an error: at the field that it is about, else on top."""
    of_an_address = {"cannot_connect", "name_not_found", "not_kugelaudio", "untrusted_server"}
    field = {"invalid_key": "api_key", "no_permission": "api_key", "wrong_region": "region"}.get(word)
    if word in of_an_address:
        field = "url"
    text = f"{word}_cloud" if is_cloud and word in of_an_address else word
    return {field if field in fields and field else "base": text}


def voice_subentry(
    subentry_id: str = "first_voice", title: str = "Samantha Ferris", **changes: str | float | bool | list[str]
) -> ConfigSubentryDataWithId:
    """Return a stored voice, like the simulator's Samantha Ferris but for the changes."""
    return ConfigSubentryDataWithId(
        data={**STORED_VOICE, **changes},
        subentry_id=subentry_id,
        subentry_type="voice",
        title=title,
        unique_id=None,
    )


def shown(stored: Answers) -> Answers:
    """Return what the form shows of a stored voice: nobody chooses which voices it had before."""
    return {name: value for name, value in stored.items() if name != "former_voices"} | _SHOWN_ONLY


def account_entry(
    url: str,
    *voices: ConfigSubentryDataWithId,
    key: str = NORMAL_KEY,
    title: str = "KugelAudio",
    options: dict[str, str | int] | None = None,
) -> MockConfigEntry:
    """Return a stored account with the voices."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        data={"api_key": key, "url": url},
        options=options,
        version=1,
        subentries_data=voices,
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let Home Assistant set up a stored account."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta) -> None:
    """Let time pass."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def state_of(entry: ConfigEntry) -> ConfigEntryState:
    """Return the state, which changes while a test runs."""
    return entry.state


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Begin to add an account."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def submit(hass: HomeAssistant, form: ConfigFlowResult, answers: Answers) -> ConfigFlowResult:
    """Submit a form of an account."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    return result


async def submit_options(hass: HomeAssistant, form: ConfigFlowResult, answers: Answers) -> ConfigFlowResult:
    """Submit the form of what is set for the whole account."""
    result = await hass.config_entries.options.async_configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    return result


async def begin_voice(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    """Begin to add a voice."""
    return await hass.config_entries.subentries.async_init((entry.entry_id, "voice"), context={"source": SOURCE_USER})


async def change_voice(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str) -> SubentryFlowResult:
    """Begin to change a voice."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "voice"), context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id}
    )


async def submit_voice(hass: HomeAssistant, form: SubentryFlowResult, answers: Answers) -> SubentryFlowResult:
    """Submit a form of a voice."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    return result


def as_shown(form: Form) -> list[dict[str, Any]]:
    """Return the fields of a form as the frontend gets them."""
    schema = form["data_schema"]
    assert schema is not None
    shown: list[dict[str, Any]] = json.loads(
        json.dumps(probatio.to_field_list(schema, custom_serializer=cv.custom_serializer))
    )
    return shown


def fields(form: Form) -> dict[str, dict[str, Any]]:
    """Return the fields of a form by name, those of its sections too."""
    found = {field["name"]: field for field in as_shown(form)}
    inner = {field["name"]: field for outer in found.values() for field in outer.get("schema", [])}
    return {**found, **inner}


def suggestions(form: Form) -> dict[str, Any]:
    """Return what a form proposes: suggested values, else defaults."""
    return {
        name: field.get("description", {}).get("suggested_value", field.get("default"))
        for name, field in fields(form).items()
        if "selector" in field
    }


def labels(form: Form, field: str) -> dict[str, str]:
    """Return the options of a select field: value to label."""
    options = fields(form)[field]["selector"]["select"]["options"]
    return {option["value"]: option["label"] for option in options}


def placeholders(form: Form) -> Mapping[str, str]:
    """Return what a form puts into its texts."""
    return form["description_placeholders"] or {}

"""A voice that is typed into the form of an account's first voice."""

from homeassistant.core import HomeAssistant
import pytest

from tests.flows.forms import created, stored, voice_form
from tests.helpers import (
    STORED_VOICE,
    VOICE,
    fields,
    labels,
    placeholders,
    submit,
    suggestions,
)
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import VOICES, Voice

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "eu_simulator")


@pytest.mark.parametrize(
    ("typed", "voice"),
    [
        ("1071", "1071"),
        (" 1071 ", "1071"),
        ("samantha-ferris", "1071"),
        ("SAMANTHA FERRIS", "1071"),
        ("hans", "268"),
        ("nathan", "1072"),
        ("Nathan C", "1072"),
        ("My voice", "5001"),
        ("Samantha Ferris (1071)", "1071"),
    ],
)
async def test_voice_may_be_typed(hass: HomeAssistant, typed: str, voice: str) -> None:
    """By id, handle, name, or how only its name begins, in any language; the id is stored."""
    entry = await created(hass, await voice_form(hass), {**VOICE, "voice": typed})
    assert stored(entry)["voice"] == voice


@pytest.mark.parametrize(("typed", "close"), [("Samanta Feris", "Samantha Ferris"), ("Nathen", "Nathan Cole")])
async def test_voice_that_was_misspelt_is_named(hass: HomeAssistant, typed: str, close: str) -> None:
    """The error at the field asks whether it was meant, and what was typed stays."""
    form = await submit(hass, await voice_form(hass), {**VOICE, "voice": typed})
    assert form["errors"] == {"voice": "voice_not_found_close"}
    assert placeholders(form)["close"].split(", ")[0] == close
    assert suggestions(form)["voice"] == typed
    await created(hass, form, VOICE)


async def test_beginning_of_several_names_is_none(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are proposed, three at most."""
    voices = [Voice(id=number, name=f"Anna {number}", languages=("en",)) for number in range(1, 6)]
    monkeypatch.setattr("tests.simulator.rest.VOICES", voices)
    form = await submit(hass, await voice_form(hass), {**VOICE, "voice": "anna"})
    assert (form["errors"], placeholders(form)["close"]) == (
        {"voice": "voice_not_found_close"},
        "Anna 1, Anna 2, Anna 3",
    )


@pytest.fixture
def unlisted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a voice out of the catalogue that the server knows all the same."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", [voice for voice in VOICES if voice.id != 1071])


@pytest.mark.usefixtures("unlisted")
@pytest.mark.parametrize("typed", ["1071", "samantha-ferris"])
async def test_voice_that_only_the_server_knows_may_be_typed(hass: HomeAssistant, typed: str) -> None:
    """By its id or handle; the id is stored."""
    form = await voice_form(hass)
    assert "Samantha Ferris (1071)" not in labels(form, "voice")
    assert stored(await created(hass, form, {**VOICE, "voice": typed})) == STORED_VOICE


async def test_voice_of_the_list_needs_no_further_request(hass: HomeAssistant, simulator: Simulator) -> None:
    """What the catalogue knows is not asked again."""
    form = await voice_form(hass)
    await created(hass, form, VOICE)
    assert not [path for path in simulator.journal.paths() if path.startswith("/v1/voices/")]


@pytest.mark.parametrize("typed", ["nobody", "999999", "../models", ".", "..", "a b/c?d#e", "%2e%2e"])
async def test_voice_that_does_not_exist_is_refused(hass: HomeAssistant, typed: str) -> None:
    """The error stands at the voice, what was typed stays, and another voice goes on."""
    form = await submit(
        hass,
        await voice_form(hass),
        {"voice": typed, "model": "kugel-3", "format": "flac", "around": {}, "advanced": {"speed": 1.1}},
    )
    assert form["step_id"] == "voice"
    assert form["errors"] == {"voice": "voice_not_found"}
    assert [fields(form)[name]["expanded"] for name in ("around", "advanced")] == [False, False]
    kept = suggestions(form)
    assert [kept[name] for name in ("voice", "model", "format", "speed")] == [typed, "kugel-3", "flac", 1.1]
    await created(hass, form, VOICE)


@pytest.mark.parametrize("typed", ["", "  "])
async def test_voice_without_a_name_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, typed: str
) -> None:
    """The address of no voice is that of the whole catalogue: nobody is asked for it."""
    form = await voice_form(hass)
    simulator.journal.clear()
    form = await submit(hass, form, {**VOICE, "voice": typed})
    assert form["errors"] == {"voice": "voice_not_found"}
    assert simulator.journal.calls == []
    assert stored(await created(hass, form, VOICE)) == STORED_VOICE


@pytest.mark.usefixtures("unlisted")
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.UNAUTHORIZED, "invalid_key"),
        (Failure.INSUFFICIENT_CREDITS, "insufficient_credits"),
        (Failure.RATE_LIMITED, "rate_limited"),
        (Failure.TEXT_TOO_LONG_OLD, "rate_limited"),
        (Failure.CATALOGUE_UNAVAILABLE, "out_of_service"),
        (Failure.INVALID_REQUEST, "unknown"),
    ],
)
async def test_voice_that_cannot_be_looked_up_is_no_wrong_one(
    hass: HomeAssistant, simulator: Simulator, failure: Failure, error: str
) -> None:
    """A failing server is not taken for a voice that does not exist; the next try succeeds."""
    form = await voice_form(hass)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices/", error=failure)
    form = await submit(hass, form, VOICE)
    assert form["errors"] == {"voice": error}
    assert stored(await created(hass, form, VOICE)) == STORED_VOICE


@pytest.mark.usefixtures("unlisted")
async def test_unforeseen_answer_is_told_in_the_log(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The form refers to the log, and there is what support needs."""
    form = await voice_form(hass)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices/", error=Failure.INVALID_REQUEST)
    await submit(hass, form, VOICE)
    assert "VALIDATION_ERROR, status 400, request req_" in caplog.text

"""The forms in which an account's first voice is chosen."""

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from tests.helpers import (
    STORED_VOICE,
    VOICE,
    Answers,
    begin,
    change_voice,
    fields,
    labels,
    placeholders,
    shown,
    submit,
    submit_voice,
    suggestions,
)
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import LANGUAGES, MODELS, VOICES, Voice

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "eu_simulator")

SHOWN_SAMPLES = 5


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


async def test_all_languages_of_the_provider_are_offered(hass: HomeAssistant) -> None:
    """The provider's 39 languages by their own names, Norwegian in both its written forms too."""
    form = await language_form(hass)
    assert form["step_id"] == "language"
    assert not form["last_step"]
    selector = fields(form)["language"]["selector"]["language"]
    assert selector["languages"] == sorted([*LANGUAGES, "nb", "nn"])
    assert len(selector["languages"]) == 41
    assert selector["native_name"]


@pytest.mark.parametrize(
    ("own", "proposed"),
    [("en", "en"), ("de", "de"), ("de-CH", "de"), ("pt_BR", "pt"), ("zh-Hant", "zh"), ("nb", "nb"), ("gsw", "en")],
)
async def test_language_of_home_assistant_is_proposed(hass: HomeAssistant, own: str, proposed: str) -> None:
    """The region of a language does not matter; English stands in for one that the provider does not speak."""
    hass.config.language = own
    assert suggestions(await language_form(hass)) == {"language": proposed}


async def test_language_that_the_provider_does_not_speak_is_refused(hass: HomeAssistant) -> None:
    """A language that is not offered cannot be submitted; one that is goes on."""
    form = await language_form(hass)
    with pytest.raises(InvalidData):
        await submit(hass, form, {"language": "tlh"})
    await created(hass, await submit(hass, form, {"language": "en"}), VOICE)


@pytest.mark.parametrize(("language", "code"), [("de", "de"), ("en", "en"), ("yue", "yue"), ("nb", "no"), ("nn", "no")])
async def test_voices_of_the_chosen_language_are_offered(hass: HomeAssistant, language: str, code: str) -> None:
    """All voices that list the language, and those that list none."""
    offered = list(labels(await voice_form(hass, language), "voice"))
    expected = [voice for voice in VOICES if code in voice.languages or not voice.languages]
    assert sorted(offered) == sorted(f"{voice.name} ({voice.id})" for voice in expected)


async def test_voice_that_was_made_for_the_language_is_proposed_first(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own ones that name it, native ones, others that speak it, and those that name none; those with a sample first."""
    voices = [
        Voice(id=1, name="Any own", languages=(), is_public=False, has_sample=False),
        Voice(id=2, name="Carmen", languages=("es", "en")),
        Voice(id=3, name="Daniel", languages=("en",)),
        Voice(id=4, name="Silent", languages=("en",), has_sample=False),
        Voice(id=5, name="Mine", languages=("de", "en"), is_public=False),
        Voice(id=6, name="Any", languages=()),
        Voice(id=7, name="Emma", languages=("en", "de")),
    ]
    monkeypatch.setattr("tests.simulator.rest.VOICES", voices)
    form = await voice_form(hass)
    names = [choice.partition(" (")[0] for choice in labels(form, "voice")]
    assert names == ["Mine", "Daniel", "Emma", "Silent", "Carmen", "Any", "Any own"]
    links = placeholders(form)["samples"].split(" · ")
    assert [link.partition(":")[0] for link in links] == ["[Mine", "[Daniel", "[Emma", "[Carmen", "[Any"]


async def test_labels_tell_what_is_known_of_a_voice(hass: HomeAssistant) -> None:
    """Name, languages and traits in words; unknown terms stand as they came, what is not known is left out."""
    shown = labels(await voice_form(hass), "voice")
    assert shown["Samantha Ferris (1071)"] == "Samantha Ferris · English · female · conversational · good quality"
    assert shown["Nathan Cole (1072)"] == "Nathan Cole · English, Deutsch · male · social media · best quality"
    assert shown["My voice (5001)"] == "My voice · your own · Deutsch, English · female · cloned · good quality"
    assert shown["Untitled (5003)"] == "Untitled · your own · cloned · good quality"
    assert shown["Orbit (6001)"] == "Orbit · English, xx · robot · podcast_host · ultra_quality"


async def test_labels_speak_the_language_of_home_assistant(hass: HomeAssistant) -> None:
    """A German Home Assistant describes voices in German."""
    hass.config.language = "de"
    shown = labels(await voice_form(hass), "voice")
    assert shown["Samantha Ferris (1071)"].startswith("Samantha Ferris · English · weiblich · ")
    assert shown["My voice (5001)"].startswith("My voice · deine eigene · ")


async def test_labels_of_voices_that_say_much_or_nothing(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many languages the first four are named and the others counted; a voice without traits has its name."""
    many = Voice(id=1, name="Polyglot", languages=("en", "de", "fr", "es", "it", "pt"), category="", quality="")
    four = Voice(id=2, name="Four", languages=("en", "de", "fr", "es"), category="", quality="")
    none = Voice(id=3, name="", languages=(), category="", quality="")
    monkeypatch.setattr("tests.simulator.rest.VOICES", [many, four, none])
    assert labels(await voice_form(hass), "voice") == {
        "Polyglot (1)": "Polyglot · English, Deutsch, Français, Español +2",
        "Four (2)": "Four · English, Deutsch, Français, Español",
        "3": "3",
    }


async def test_samples_can_be_heard_from_the_form(hass: HomeAssistant, simulator: Simulator) -> None:
    """The form links to the samples of the offered voices, as many as a reader can take."""
    samples = placeholders(await voice_form(hass))["samples"].split(" · ")
    assert all(sample.startswith("[") and f"]({simulator.url}/samples/" in sample for sample in samples)
    assert samples[0].startswith("[Doorman: sample](")
    assert not any(sample.startswith("[Untitled") for sample in samples)
    assert len(samples) <= SHOWN_SAMPLES


async def test_samples_are_listed_up_to_a_readable_number(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that look like Markdown are made harmless, and five links are enough: nobody tabs through more."""
    voices = [Voice(id=number, name=f"[{number:02}](x)", languages=("en",)) for number in range(1, 43)]
    monkeypatch.setattr("tests.simulator.rest.VOICES", voices)
    samples = placeholders(await voice_form(hass))["samples"].split(" · ")
    assert len(samples) == SHOWN_SAMPLES
    assert samples[0].startswith(f"[(01)(x): sample]({simulator.url}/samples/1.wav?")


async def test_form_without_voices_still_takes_a_typed_one(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty catalogue is no error: nothing is listed, and what is typed is looked up."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", [])
    form = await voice_form(hass)
    assert labels(form, "voice") == {}
    assert placeholders(form) == {"samples": "-"}
    assert stored(await created(hass, form, VOICE)) == STORED_VOICE


async def test_defaults_of_the_form_are_the_best_of_the_provider(hass: HomeAssistant) -> None:
    """No voice is chosen for the user; all else has a good default, the sound's settings are folded away."""
    form = await voice_form(hass)
    assert form["step_id"] == "voice"
    assert form["last_step"]
    assert {**suggestions(form), "language": "en"} == {**shown(STORED_VOICE), "voice": None, "loudness": "-18"}
    assert fields(form)["advanced"]["expanded"] is False


async def test_models_are_offered_by_name(hass: HomeAssistant) -> None:
    """The models that the endpoint has, by the provider's names."""
    assert labels(await voice_form(hass), "model") == {
        "Kugel 3.5 (kugel-3.5)": "Kugel 3.5",
        "Kugel 3 (kugel-3)": "Kugel 3",
    }


@pytest.mark.parametrize(
    ("listed", "model"), [({"kugel-3"}, "Kugel 3 (kugel-3)"), (set(), "kugel-3.5")], ids=["an older one", "none"]
)
async def test_only_models_that_the_endpoint_lists_are_offered(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, listed: set[str], model: str
) -> None:
    """One that it does not list may be refused by it; where it lists none, the newest is as good as any."""
    for name in {*MODELS} - listed:
        monkeypatch.delitem(MODELS, name)
    form = await voice_form(hass)
    assert [*labels(form, "model")] == [model]
    assert suggestions(form)["model"] == model


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


@pytest.mark.parametrize(
    ("typed", "model"),
    [
        ("kugel-3", "kugel-3"),
        ("Kugel 3 (kugel-3)", "kugel-3"),
        ("Kugel 3", "kugel-3"),
        (" kugel-4 ", "kugel-4"),
        (" ", "kugel-3.5"),
    ],
)
async def test_model_may_be_typed(hass: HomeAssistant, typed: str, model: str) -> None:
    """A model that is not listed is taken as it is; none at all means the default one."""
    entry = await created(hass, await voice_form(hass), {**VOICE, "model": typed})
    assert stored(entry)["model"] == model


async def test_all_settings_are_stored(hass: HomeAssistant) -> None:
    """What is submitted is what is stored, with the voice's language."""
    switches: Answers = {"normalize": False, "clean": False, "marks": False}
    switches |= {"speaker_prefix": False, "language_by_server": True, "max_new_tokens": 300}
    settings = {"speed": 0.8, "temperature": 1.0, "guidance": 1.2, **switches, "dictionaries": ["9"]}
    settings |= {"loudness": "-20", "gain_db": 3.0}
    around = {"chime": "gong", "chime_after": "ding", "chime_for_answers": True, "lead_in_ms": 300, "tail_ms": 50}
    answers = {"voice": "268", "model": "kugel-3", "format": "wav", "fallback_after_s": 1.5}
    form = await voice_form(hass, "de")
    entry = await created(hass, form, {**answers, "around": around, "advanced": settings})
    assert stored(entry) == {
        **answers,
        "language": "de",
        **around,
        **settings,
        "loudness": -20,
        "former_voices": [],
    }


async def test_a_new_voice_is_as_loud_as_others(hass: HomeAssistant) -> None:
    """What the form proposes is a level that suits a home; what was chosen is shown again."""
    entry = await created(hass, await voice_form(hass), {**VOICE, "advanced": {}})
    assert stored(entry) == {**STORED_VOICE, "loudness": -18}
    (subentry,) = entry.subentries.values()
    change = await submit_voice(hass, await change_voice(hass, entry, subentry.subentry_id), {"language": "en"})
    assert suggestions(change)["loudness"] == "-18"


async def test_chime_may_be_a_file_of_the_media_folders(hass: HomeAssistant) -> None:
    """Its media source id is stored; a form that names no file, or none of a media folder, says so and goes on."""
    form = await voice_form(hass)
    elsewhere = {"media_content_id": "media-source://tts/demo", "media_content_type": "audio/mpeg"}
    for around in ({"chime": "own_file"}, {"chime": "own_file", "chime_file": elsewhere}):
        form = await submit(hass, form, {**VOICE, "around": around})
        assert form["errors"] == {"around": "chime_file", "base": "look_below"}
        assert [fields(form)[name]["expanded"] for name in ("around", "advanced")] == [True, False]
    file = {"media_content_id": "media-source://media_source/local/bell.mp3", "media_content_type": "audio/mpeg"}
    entry = await created(hass, form, {**VOICE, "around": {"chime": "own_file", "chime_file": file}})
    assert stored(entry) == {**STORED_VOICE, "chime": file["media_content_id"]}
    (subentry,) = entry.subentries.values()
    change = await submit_voice(hass, await change_voice(hass, entry, subentry.subentry_id), {"language": "en"})
    proposed = suggestions(change)
    assert proposed["chime"] == "own_file"
    assert proposed["chime_file"]["media_content_id"] == file["media_content_id"]
    assert proposed["chime_file"]["metadata"] == {"title": "bell.mp3"}
    changed = {**VOICE, "around": {"chime_after": "own_file", "chime_after_file": file}}
    await submit_voice(hass, change, changed)
    assert stored(entry) == {**STORED_VOICE, "chime_after": file["media_content_id"]}


async def test_file_is_only_used_where_it_is_chosen(hass: HomeAssistant) -> None:
    """Who picks a chime of the project does not have to empty the field for a file."""
    file = {"media_content_id": "media-source://media_source/local/bell.mp3", "media_content_type": "audio/mpeg"}
    around = {"chime": "ding", "chime_file": file}
    entry = await created(hass, await voice_form(hass), {**VOICE, "around": around})
    assert stored(entry) == {**STORED_VOICE, "chime": "ding"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"advanced": {"speed": 0.79}},
        {"advanced": {"speed": 1.21}},
        {"advanced": {"temperature": -0.01}},
        {"advanced": {"temperature": 1.01}},
        {"advanced": {"guidance": 1.19}},
        {"advanced": {"guidance": 2.51}},
        {"advanced": {"max_new_tokens": 0}},
        {"advanced": {"max_new_tokens": 2049}},
        {"advanced": {"volume": 1}},
        {"around": {"lead_in_ms": -1}},
        {"around": {"tail_ms": 5001}},
        {"around": {"chime": "media-source://media_source/local/bell.mp3"}},
        {"format": "ogg"},
        {"fallback_after_s": 0.5},
        {"fallback_after_s": 10.5},
    ],
)
async def test_settings_out_of_range_are_refused(hass: HomeAssistant, wrong: Answers) -> None:
    """The form takes what the server takes, no more; right values go on."""
    form = await voice_form(hass)
    with pytest.raises(InvalidData):
        await submit(hass, form, {**VOICE, **wrong})
    assert stored(await created(hass, form, VOICE)) == STORED_VOICE

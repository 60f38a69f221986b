"""The forms in which an account's first voice is chosen."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest

from tests.flows.forms import created, language_form, stored, voice_form
from tests.helpers import (
    STORED_VOICE,
    VOICE,
    Answers,
    change_voice,
    fields,
    labels,
    shown,
    submit,
    submit_voice,
    suggestions,
)
from tests.simulator.voices import LANGUAGES, MODELS

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "eu_simulator")


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

"""The voices that the form of an account's first voice offers, their order, labels and samples."""

from homeassistant.core import HomeAssistant
import pytest

from tests.flows.forms import created, stored, voice_form
from tests.helpers import (
    STORED_VOICE,
    VOICE,
    labels,
    placeholders,
)
from tests.simulator import Simulator
from tests.simulator.voices import VOICES, Voice

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "eu_simulator")

SHOWN_SAMPLES = 5


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

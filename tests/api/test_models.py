"""What becomes of the server's JSON."""

from contextlib import suppress
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.api.errors import ProtocolError
from custom_components.kugelaudio.api.frames import parse_frame
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from custom_components.kugelaudio.api.models import (
    LANGUAGES,
    AccountUsage,
    Dictionary,
    Model,
    Usage,
    Voice,
    VoicePage,
    VoiceSettings,
    dictionaries_from_json,
    models_from_json,
    words_from_json,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        *["audio", "enc", "sr", "final", "session_closed", "usage", "error", "error_code", "code", "request_id"],
        *["id", "voices", "total", "name", "supported_languages", "models", "audio_seconds", "retry_after", "meta"],
        *["word_timestamps", "word", "start_ms", "end_ms", "chunk_id", "dictionaries", "is_active", "project_id"],
    ]
)
ANSWERS = st.dictionaries(KEYS, JSON, max_size=6) | JSON


def test_a_voice_is_read_whole() -> None:
    """Every field that the integration uses."""
    voice = Voice.from_json(
        {
            "id": 1071,
            "voice_id": 9,
            "handle": "samantha-ferris",
            "name": "Samantha Ferris",
            "description": "warm",
            "category": "conversational",
            "sex": "female",
            "age": "middle_age",
            "quality": "high",
            "supported_languages": ["en", 7, "de"],
            "sample_url": "https://example.com/sample.wav",
        }
    )
    assert voice == Voice(
        id="1071",
        handle="samantha-ferris",
        name="Samantha Ferris",
        category="conversational",
        sex="female",
        quality="high",
        languages=("en", "de"),
        sample_url="https://example.com/sample.wav",
        is_own=False,
    )


@pytest.mark.parametrize(
    ("data", "identifier", "name"),
    [
        ({"id": 5}, "5", "5"),
        ({"id": None, "voice_id": 6, "name": ""}, "6", "6"),
        ({"id": "handle-only", "name": None}, "handle-only", "handle-only"),
    ],
)
def test_a_poor_voice_is_read_all_the_same(data: object, identifier: str, name: str) -> None:
    """Nulls and missing fields are normal."""
    voice = Voice.from_json(data)
    assert voice is not None
    assert (voice.id, voice.name, voice.languages) == (identifier, name, ())
    assert voice.speaks("de")


@pytest.mark.parametrize("data", [None, [], "voice", {}, {"id": True}, {"id": ""}, {"id": 1.5}])
def test_what_has_no_id_is_no_voice(data: object) -> None:
    """Such items are passed over."""
    assert Voice.from_json(data) is None


@pytest.mark.parametrize(
    ("fields", "is_own"),
    [
        ({"category": "cloned"}, True),
        ({"category": "cloned", "is_public": True}, False),
        ({"category": "narrative", "is_public": False}, True),
        ({"category": "conversational"}, False),
        ({}, False),
    ],
)
def test_own_voices_are_told_apart(fields: dict[str, object], is_own: bool) -> None:
    """By what the server says of it, else by the category."""
    voice = Voice.from_json({"id": 1, **fields})
    assert voice is not None
    assert voice.is_own is is_own


def test_a_page_counts_what_it_could_not_read() -> None:
    """The next page begins behind all items of this one."""
    page = VoicePage.from_json({"voices": [{"id": 1}, None, {"name": "no id"}], "total": 7})
    assert page is not None
    assert ([voice.id for voice in page.voices], page.length, page.total) == (["1"], 3, 7)


@pytest.mark.parametrize("data", [None, [], {}, {"voices": None}, {"voices": {}}])
def test_what_is_no_page_is_refused(data: object) -> None:
    """A server that answers otherwise is no KugelAudio."""
    assert VoicePage.from_json(data) is None


def test_models_are_read() -> None:
    """With the older field for the id, and defaults for what is missing."""
    assert models_from_json({"models": [{"model_id": "kugel-3", "max_input_length": 5000}, {}, 3]}) == (
        Model(id="kugel-3", name="kugel-3", max_input_length=5000, sample_rate=24000),
    )
    assert models_from_json({"models": "none"}) is None
    assert models_from_json([]) is None


def test_dictionaries_are_read() -> None:
    """Whole ones with all fields, poor ones with defaults; what has no number is passed over."""
    known = {"name": "House", "language": "de-DE", "is_active": False, "project_id": 42, "updated_at": "2026-11-01"}
    whole = {"id": 7, **known, "description": None}
    poor = [{"id": 9, "name": None, "language": 3, "is_active": None, "project_id": "42"}]
    none = [None, {}, {"id": "7"}, {"id": True}, {"name": "no id"}]
    assert dictionaries_from_json({"dictionaries": [whole, *poor, *none]}) == (
        Dictionary(id=7, name="House", language="de-DE", is_active=False, project_id=42, updated_at="2026-11-01"),
        Dictionary(id=9, name="9"),
    )
    assert dictionaries_from_json({"dictionaries": {}}) is None
    assert dictionaries_from_json([]) is None


@pytest.mark.parametrize(
    ("project_id", "ids", "fields"),
    [
        (None, None, {}),
        (None, (), {}),
        (None, (7,), {}),
        (42, None, {"project_id": 42}),
        (42, (), {"project_id": 42, "dictionary_ids": []}),
        (42, (7, 9), {"project_id": 42, "dictionary_ids": [7, 9]}),
    ],
)
def test_dictionaries_are_sent_only_with_their_project(
    project_id: int | None, ids: tuple[int, ...] | None, fields: dict[str, object]
) -> None:
    """The server refuses a list without one."""
    settings = VoiceSettings(voice_id="1071", language="en", project_id=project_id, dictionary_ids=ids)
    assert settings.dictionaries_as_json() == fields


def test_an_unknown_cost_is_not_free() -> None:
    """Null stays unknown, also in a sum."""
    known = Usage(audio_seconds=1.0, characters=10, cost_cents=0.5)
    unknown = Usage.from_json({"audio_seconds": 2.0, "cost_cents": None, "cost_unavailable": True})
    assert unknown == Usage(audio_seconds=2.0)
    assert known + known == Usage(audio_seconds=2.0, characters=20, cost_cents=1.0)
    assert known + unknown == Usage(audio_seconds=3.0)


@pytest.mark.parametrize("data", [None, {}, {"audio_seconds": "many"}, {"audio_seconds": float("nan")}])
def test_what_is_no_usage_is_none(data: object) -> None:
    """Old servers send none."""
    assert Usage.from_json(data) is None
    metrics = SpeechMetrics()
    metrics.used(Usage.from_json(data))
    assert metrics.usage is None


@pytest.mark.parametrize(
    "data", [{"minutes_used": 3, "plan": "pro"}, {"data": {"minutes_used": 3, "flag": True}, "meta": {}}]
)
def test_account_usage_takes_the_numbers_it_finds(data: object) -> None:
    """At the top level or in the envelope."""
    assert AccountUsage.from_json(data).numbers == {"minutes_used": 3}


@pytest.mark.parametrize("data", [None, [], {"data": []}])
def test_account_usage_may_be_empty(data: object) -> None:
    """Its shape is not documented."""
    assert AccountUsage.from_json(data).numbers == {}


def test_a_handle_is_sent_as_text_and_an_id_as_a_number() -> None:
    """The server takes both."""
    assert VoiceSettings(voice_id="1071", language="en").as_json()["voice_id"] == 1071
    assert VoiceSettings(voice_id="my-voice", language="en").as_json()["voice_id"] == "my-voice"


def test_there_are_39_languages() -> None:
    """As many as the server lists, each once."""
    assert len(set(LANGUAGES)) == len(LANGUAGES) == 39


@given(ANSWERS)
def test_no_answer_breaks_the_readers(data: object) -> None:
    """Whatever JSON comes, it is read or passed over."""
    Voice.from_json(data)
    VoicePage.from_json(data)
    models_from_json(data)
    Usage.from_json(data)
    AccountUsage.from_json(data)
    words_from_json(data)
    dictionaries_from_json(data)


@given(ANSWERS.map(json.dumps) | st.text() | st.just("[" * 100_000))
def test_no_frame_breaks_the_client(text: str) -> None:
    """Whatever text comes, it is a frame or the client's own error."""
    with suppress(ProtocolError):
        parse_frame(text)

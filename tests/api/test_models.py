"""What becomes of the server's JSON."""

from contextlib import suppress
from dataclasses import replace
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.api.errors import ProtocolError
from custom_components.kugelaudio.api.frames import (
    AudioFrame,
    FinalFrame,
    first_context_text,
    first_text,
    lasting,
    parse_frame,
    whole_text,
)
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
from custom_components.kugelaudio.api.pcm import Samples

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
        ({"category": "cloned"}, False),
        ({"category": "cloned", "is_public": None}, False),
        ({"category": "cloned", "is_public": True}, False),
        ({"category": "narrative", "is_public": False}, True),
        ({"category": "conversational"}, False),
        ({}, False),
    ],
)
def test_own_voices_are_told_apart(fields: dict[str, object], is_own: bool) -> None:
    """Only by what the server says of it: a public voice without a category is listed as cloned."""
    voice = Voice.from_json({"id": 1, **fields})
    assert voice is not None
    assert voice.is_own is is_own


def test_a_page_counts_what_it_could_not_read() -> None:
    """The next page begins behind all items of this one."""
    page = VoicePage.from_json({"voices": [{"id": 1}, None, {"name": "no id"}], "total": 7})
    assert page is not None
    assert ([voice.id for voice in page.voices], page.length, page.total) == (["1"], 3, 7)


@pytest.mark.parametrize(
    "answer",
    [
        {"voices": [{"id": 1071}], "total": 7},
        {"data": [{"id": 1071}], "meta": {"request_id": "req_1", "total": 7}},
        {"data": {"voices": [{"id": 1071}], "total": 7}, "meta": {"request_id": "req_1"}},
        {"voices": [{"data": {"id": 1071}}], "total": 7, "data": None},
    ],
)
def test_a_page_is_read_in_and_out_of_its_envelope(answer: dict[str, object]) -> None:
    """The oldest documents wrap every answer; a total stands where the list has its name."""
    page = VoicePage.from_json(answer)
    assert page is not None
    assert ([voice.id for voice in page.voices], page.total) == (["1071"], 7)


@pytest.mark.parametrize("total", [None, 0, -1, 1e300, float("nan"), "7", True])
def test_a_total_that_is_none_is_not_known(total: object) -> None:
    """Nothing is the schema's default, and stands beside voices."""
    page = VoicePage.from_json({"voices": [{"id": 1}], "total": total})
    assert page is not None
    assert page.total is None


@pytest.mark.parametrize(
    "data", [None, [], [{"id": 1}], {}, {"voices": None}, {"voices": {}}, {"data": None}, {"data": {"voices": None}}]
)
def test_what_is_no_page_is_refused(data: object) -> None:
    """A server that answers otherwise is no KugelAudio."""
    assert VoicePage.from_json(data) is None


def test_models_are_read() -> None:
    """With the older field for the id, and defaults for what is missing."""
    assert models_from_json({"models": [{"model_id": "kugel-3", "max_input_length": 5000}, {}, 3]}) == (
        Model(id="kugel-3", name="kugel-3", max_input_length=5000, sample_rate=24000),
    )
    for answer in ({"data": [{"id": "kugel-3"}]}, {"data": {"models": [{"id": "kugel-3", "sample_rate": -1}]}}):
        assert models_from_json(answer) == (Model(id="kugel-3", name="kugel-3"),)
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
    assert dictionaries_from_json({"data": [whole]}) == dictionaries_from_json({"data": {"dictionaries": [whole]}})
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


@pytest.mark.parametrize(
    "data",
    [
        *[None, [], {}, {"audio_seconds": "many"}, {"audio_seconds": float("nan")}, {"audio_seconds": 1e300}],
        {"audio_seconds": -1, "characters": -5, "cost_cents": float("inf")},
    ],
)
def test_what_is_no_usage_is_none(data: object) -> None:
    """Old servers send none."""
    assert Usage.from_json(data) is None


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


@pytest.mark.parametrize("mad", [-1, 1e300, 10**400, float("nan"), float("inf"), "2", True, None])
def test_each_number_of_usage_is_known_or_not(mad: object) -> None:
    """One that can't be true takes no other with it."""
    assert Usage.from_json({"audio_seconds": mad, "characters": 3}) == Usage(characters=3)
    assert Usage.from_json({"audio_seconds": 2, "characters": mad, "cost_cents": mad}) == Usage(audio_seconds=2)


@pytest.mark.parametrize(
    ("frame", "audio_s"),
    [
        ('{"final": true, "total_samples": NaN, "total_audio_seconds": 2}', 2),
        ('{"final": true, "total_samples": 1e300, "total_audio_seconds": -Infinity}', None),
        ('{"final": true, "total_samples": 24000, "dur_ms": Infinity}', 1),
        ('{"final": true, "total_samples": -3}', None),
        ('{"final": true, "total_samples": null, "usage": null, "chunk_id": null, "word_timestamps": null}', None),
        ('{"final": true, "note": "\\ud800", "total_audio_seconds": 2}', 2),
    ],
)
def test_numbers_of_an_end_frame_are_known_or_not(frame: str, audio_s: float | None) -> None:
    """Whatever stands there, it is an end frame."""
    assert parse_frame(frame) == FinalFrame(None, audio_s)


def test_null_is_absent_in_every_field_of_an_audio_frame() -> None:
    """Some servers write all fields of a frame."""
    nulls = dict.fromkeys(("enc", "sr", "samples", "idx", "chunk_id", "context_id", "word_timestamps", "usage"))
    nulls |= dict.fromkeys(("error", "error_code", "code", "final", "session_closed", "interrupted"))
    assert parse_frame(json.dumps({"audio": "AAA=", **nulls})) == AudioFrame(b"\0\0", None)


@pytest.mark.parametrize("rate", [0, -24000, 1e300, "24000", True])
def test_a_sample_rate_that_is_none_is_not_known(rate: object) -> None:
    """The one that was asked for holds then."""
    assert parse_frame(json.dumps({"audio": "AAA=", "sr": rate})) == AudioFrame(b"\0\0", None)


@pytest.mark.parametrize("encoding", ["mulaw", 3, [], {}, ""])
def test_another_encoding_is_no_noise(encoding: object) -> None:
    """Nothing that would sound as noise is played."""
    with pytest.raises(ProtocolError, match="UNEXPECTED_ENCODING"):
        parse_frame(json.dumps({"audio": "AAA=", "enc": encoding}))


def test_half_a_sample_waits_for_its_other_half() -> None:
    """However the bytes are cut; what is left at the end is told."""
    samples = Samples()
    assert [samples.take(piece) for piece in (b"\1", b"", b"\2\3", b"\4\5\6")] == [b"", b"", b"\1\2", b"\3\4\5\6"]
    assert not samples.has_half
    assert samples.take(b"\7") == b""
    assert samples.has_half


def test_what_is_left_to_the_server_is_not_sent() -> None:
    """Where a request stands for itself; a prefix is a matter of WebSockets."""
    free = VoiceSettings(voice_id="1071", language=None)
    assert not free.as_json().keys() & {"language", "max_new_tokens", "speaker_prefix"}
    chosen = replace(free, language="de", max_new_tokens=300, speaker_prefix=False)
    assert chosen.as_json() == {**free.as_json(), "language": "de", "max_new_tokens": 300}
    assert not json.loads(whole_text("A.", free)).keys() & {"language", "max_new_tokens", "speaker_prefix"}
    assert json.loads(whole_text("A.", chosen)).items() >= {"max_new_tokens": 300, "speaker_prefix": False}.items()


def test_a_socket_that_keeps_settings_is_told_what_is_left_to_the_server() -> None:
    """An earlier utterance there may have had something else; what it never had is not taken back from it."""
    free = VoiceSettings(voice_id="1071", language=None)
    told = lasting(VoiceSettings(voice_id="1071", language="de", project_id=4, dictionary_ids=(7,)))
    left = {"language": None, "speaker_prefix": True, "project_id": None, "dictionary_ids": None}
    assert json.loads(first_text("A.", free, told)).items() >= {**left, "max_new_tokens": 2048}.items()
    assert None not in json.loads(first_text("A.", free)).values()
    context = json.loads(first_context_text("A.", "c", free, told))
    assert context.items() >= left.items()
    assert None not in json.loads(first_context_text("A.", "c", free)).values()
    assert context["voice_settings"] == {"voice_id": 1071, "cfg_scale": 2.0, "max_new_tokens": 2048}
    short = json.loads(first_text("A.", replace(free, max_new_tokens=300, speaker_prefix=False)))
    assert (short["max_new_tokens"], short["speaker_prefix"]) == (300, False)


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

"""Whatever a server sends and whatever a user sets: only errors that have a name come out."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
import json
from math import isfinite

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.endpoint import parse_key, parse_url
from custom_components.kugelaudio.api.error_mapping import error_from_body, parse_retry_after
from custom_components.kugelaudio.api.errors import KugelAudioError, ProtocolError
from custom_components.kugelaudio.api.frames import AudioFrame, Frame, parse_frame
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import (
    NATIVE_SAMPLE_RATES,
    AccountUsage,
    Usage,
    Voice,
    VoicePage,
    VoiceSettings,
    models_from_json,
)
from custom_components.kugelaudio.voices.options import RANGES
from custom_components.kugelaudio.voices.settings import (
    UtteranceSettings,
    default_options,
    settings_from_options,
)
from tests.simulator import Simulator

from .helpers import STORED_VOICE

# JSON's numbers have no limit; one that is too large to be a float is valid.
HUGE = 10**400
# Python refuses to make an integer of it.
LONG = "9" * 5000
WORDS = st.sampled_from(
    [
        *("audio", "enc", "sr", "final", "session_closed", "context_closed", "interrupted", "context_id", "usage"),
        *(
            "error",
            "error_code",
            "code",
            "details",
            "retry_after",
            "meta",
            "request_id",
            "detail",
            "generation_started",
        ),
        *("audio_seconds", "characters", "cost_cents", "model_id", "voices", "models", "total", "data", "id", "name"),
        *("voice_id", "supported_languages", "is_public", "category", "max_input_length", "sample_rate"),
        *("AAA=", "AAAA", "AAA", "pcm_s16le", "mulaw", "UNAUTHORIZED", "RATE_LIMITED", "1e999", "nan"),
    ]
)
TEXT = WORDS | st.text(st.characters(exclude_categories=()), max_size=12)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([HUGE, -HUGE])
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=6)
OPTIONS = default_options(STORED_VOICE)
PCM = st.binary(min_size=2, max_size=64).map(lambda data: data[: len(data) & ~1])
many = settings(max_examples=200, deadline=None)


def ascii_start(value: object) -> str:
    """Return a short name of a parameter."""
    return ascii(value)[:12]


def parsed(text: str) -> Frame | None:
    """Return the frame, or None for a text that is refused in the client's own words."""
    try:
        return parse_frame(text)
    except ProtocolError:
        return None


@many
@given(OBJECT)
@example({"final": True, "usage": {"audio_seconds": HUGE}})
@example({"error": "x", "retry_after": HUGE})
@example({"audio": "AAA=", "sr": HUGE})
def test_any_object_is_a_frame_or_refused(fields: dict[str, object]) -> None:
    """And what it holds of audio is whole samples."""
    frame = parsed(json.dumps(fields))
    if isinstance(frame, AudioFrame):
        assert len(frame.pcm) % 2 == 0


@many
@given(TEXT | JSON.map(json.dumps))
def test_any_text_is_a_frame_or_refused(text: str) -> None:
    """Also one that is no JSON, or JSON of another kind."""
    parsed(text)


@many
@given(PCM, st.data())
def test_a_frame_that_is_cut_is_never_shorter_audio(pcm: bytes, data: st.DataObject) -> None:
    """Whole it is the audio, and cut anywhere it is none."""
    text = json.dumps({"audio": b64encode(pcm).decode(), "enc": "pcm_s16le", "sr": 24000})
    assert parse_frame(text) == AudioFrame(pcm, 24000)
    assert parsed(text[: data.draw(st.integers(0, len(text) - 1))]) is None


@many
@given(JSON | OBJECT)
@example({"voices": [{"id": "1"}], "total": HUGE})
@example({"voices": [{"id": "1"}], "total": float("nan")})
def test_any_catalogue_is_read_or_none(data: object) -> None:
    """Voices, pages and models."""
    voice = Voice.from_json(data)
    assert voice is None or (voice.id and voice.name)
    page = VoicePage.from_json(data)
    assert page is None or len(page.voices) <= page.length
    models = models_from_json(data)
    assert models is None or all(model.id and model.name for model in models)


@many
@given(st.lists(JSON | OBJECT, max_size=3))
@example([{"audio_seconds": 1, "characters": HUGE, "cost_cents": -HUGE}])
def test_any_usage_is_finite_numbers_or_none(items: list[object]) -> None:
    """Of an utterance and of the account; several turns add up."""
    total: Usage | None = None
    for data in items:
        usage = Usage.from_json(data)
        assert usage is None or usage.audio_seconds is None or isfinite(usage.audio_seconds)
        assert all(isfinite(number) for number in AccountUsage.from_json(data).numbers.values())
        total = total + usage if total and usage else total or usage


@many
@given(JSON | OBJECT, st.none() | st.integers(100, 599), st.none() | st.text(max_size=12))
@example({"error": {"code": "rate_limited", "details": {"retry_after": HUGE}}}, 429, None)
def test_any_error_body_has_a_name(body: object, status: int | None, retry_after: str | None) -> None:
    """And a delay that can be waited for, if any."""
    error = error_from_body(body, status, retry_after=retry_after)
    assert type(error) is not KugelAudioError
    assert str(error)
    assert error.retry_after_s is None or 0 <= error.retry_after_s < float("inf")


@many
@given(SCALAR | st.from_regex(r"\A\w{3}, \d\d \w{3} \d{1,6} \d\d:\d\d:\d\d [+-]\d{1,12}\Z"))
@example(HUGE)
@example("Thu, 01 Jan 1970 00:00:00 +99999999999")
@example(LONG)
def test_any_delay_is_seconds_or_none(value: object) -> None:
    """A number, a numeric text, a date, or nothing of it."""
    seconds = parse_retry_after(value)
    assert seconds is None or 0 <= seconds < float("inf")


@many
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_key_is_read(text: str) -> None:
    """Nothing is added to it, and what was read has neither blanks nor signs that nobody sees."""
    key, region = parse_key(text)
    assert set(key) <= set(text)
    assert "".join(key.split()) == key
    assert region in {"auto", "eu"}


@many
@given(st.text(max_size=20) | st.builds("{}://{}".format, st.sampled_from(["http", "https"]), st.text(max_size=20)))
@example("http://[")
@example("http://a:99999")
@example("http://\ud800")
def test_any_address_is_read_or_none(text: str) -> None:
    """What was read is read again as the same."""
    url = parse_url(text)
    assert url is None or parse_url(url) == url


@many
@given(
    st.dictionaries(st.sampled_from([*OPTIONS, "preferred_sample_rate"]), JSON),
    st.sampled_from(["en", "de", "nb", "yue"]),
)
@example({"speed": HUGE}, "en")
@example({"temperature": HUGE}, "en")
@example({"preferred_sample_rate": float("inf")}, "en")
@example({"preferred_sample_rate": HUGE}, "en")
@example({"voice": LONG}, "en")
def test_any_options_are_settings_or_refused(options: dict[str, object], language: str) -> None:
    """By an exception for the user; what is accepted can be sent and is in its range."""
    made = accepted({**OPTIONS, **options}, language)
    if made is None:
        return
    sent = made.voice.as_json()
    json.dumps(sent)
    assert made.voice.sample_rate in NATIVE_SAMPLE_RATES
    for name, limits in zip(("speed", "temperature", "cfg_scale"), RANGES.values(), strict=True):
        assert limits.minimum <= float(sent[name]) <= limits.maximum
    assert made.wanted.container(made.voice.sample_rate)
    assert made.voice.sample_rate == made.wanted.server_rate


def accepted(options: dict[str, object], language: str) -> UtteranceSettings | None:
    """Return the settings, or None for options that are refused in words for the user."""
    try:
        return settings_from_options(options, language)
    except ServiceValidationError:
        return None


@pytest.mark.parametrize("rate", [-5, 1, True, 10**18, 1e300, HUGE], ids=ascii_start)
def test_a_rate_that_nobody_can_make_is_refused(rate: float) -> None:
    """Home Assistant's converter would fail on it, or make nothing of the speech."""
    assert accepted({**OPTIONS, "preferred_sample_rate": rate}, "en") is None


@pytest.fixture
async def session(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[ClientSession]:  # noqa: ARG001 - both come first
    """Provide the session that the client is given."""
    async with ClientSession() as opened:
        yield opened


@pytest.mark.parametrize("key", ["two\nlines", "two\r\nX-Header: lines", "nul\0", "delete\x7f", "\ud800", "ключ", ""])
async def test_any_key_is_refused_by_its_name(session: ClientSession, simulator: Simulator, key: str) -> None:
    """Also one that no header can carry."""
    client = KugelAudioClient(session, key, simulator.url)
    with pytest.raises(KugelAudioError):
        await client.voices()
    with pytest.raises(KugelAudioError):
        async with aclosing(
            client.speak("Hello.", VoiceSettings(voice_id="1", language="en"), GenerationMetrics(), Deadline(30))
        ) as audio:
            await anext(audio)
    await client.close()


@pytest.mark.parametrize(
    "voice", ["\ud800", LONG, "x" * 10_000, "../models", "?", "#", "%", " ", "\u0661"], ids=ascii_start
)
async def test_any_voice_is_spoken_or_refused(session: ClientSession, simulator: Simulator, voice: str) -> None:
    """By a name that the client knows: asked for, over a WebSocket, and over REST."""
    client = KugelAudioClient(session, simulator.key, simulator.url)
    chosen = VoiceSettings(voice_id=voice, language="en")
    with pytest.raises(KugelAudioError):
        await client.voice(voice)
    for speak in (client.speak, client.generate):
        with pytest.raises(KugelAudioError):
            async with aclosing(speak("Hello.", chosen, GenerationMetrics(), Deadline(30))) as audio:
                await anext(audio)
    await client.close()

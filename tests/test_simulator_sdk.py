"""The official SDK, unchanged, speaks with the simulator."""

from hashlib import sha256
from typing import Any

import pytest

from tests.sdk.environment import PROOF, printed_by
from tests.simulator import HttpCall, Profile, Simulator, Socket, tone_pcm
from tests.simulator.voices import LANGUAGES, VOICES

CLASSES = {
    "invalid_request": "ValidationError",
    "missing_voice_id": "ValidationError",
    "unauthorized": "AuthenticationError",
    "insufficient_credits": "InsufficientCreditsError",
    "forbidden": "AuthenticationError",
    "permission_denied": "KugelAudioError",
    "voice_not_found": "NotFoundError",
    "text_too_long": "ValidationError",
    "text_too_long_old": "RateLimitError",
    "unprocessable": "KugelAudioError",
    "rate_limited": "RateLimitError",
    "too_many_contexts": "RateLimitError",
    "generation_failed": "KugelAudioError",
    "empty_audio": "KugelAudioError",
    "not_available": "ValidationError",
    "catalogue_unavailable": "ConnectionError",
    "model_unavailable": "ConnectionError",
}
CLOSES = {
    "1000": "ConnectionError",
    "1001": "ConnectionError",
    "1011": "ConnectionError",
    "1012": "ServerRestartingError",
    "1013": "ServerRestartingError",
    "4000": "ConnectionError",
    "4001": "AuthenticationError",
    "4003": "InsufficientCreditsError",
    "4029": "RateLimitError",
    "4500": "ConnectionError",
}
HANDSHAKES = {
    "401": "AuthenticationError",
    "403": "AuthenticationError",
    "429": "RateLimitError",
    "503": "ConnectionError",
}
PROFILE = Profile(unknown_enums=False, speed=20)
# The SDK runs in processes of its own.
pytestmark = [pytest.mark.real_time, pytest.mark.xdist_group("sdk")]


class Evidence:
    """Hold what the SDK printed and what the simulator saw."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.said: dict[str, dict[str, Any]] = {}
        self.sockets: list[Socket] = []
        self.calls: list[HttpCall] = []

    async def collect(self) -> None:
        """Run the SDK against a simulator, once."""
        async with Simulator(PROFILE, sound="tone") as simulator:
            self.said = await printed_by(PROOF, simulator)
            self.sockets = simulator.journal.sockets
            self.calls = simulator.journal.calls


@pytest.fixture(name="memory", scope="module")
def memory_fixture() -> Evidence:
    """Keep the evidence for all tests of this module."""
    return Evidence()


@pytest.fixture(name="evidence")
async def evidence_fixture(socket_enabled: None, memory: Evidence) -> Evidence:  # noqa: ARG001 - opens sockets first
    """Return the evidence."""
    if not memory.said:
        await memory.collect()
    return memory


def heard(text: str, sample_rate: int = 24_000, speed: float = 1.0) -> str:
    """Return the hash of the tone of a text."""
    return sha256(tone_pcm(text, sample_rate, speed)).hexdigest()


async def test_voices_are_listed_with_all_fields(evidence: Evidence) -> None:
    """Two pages hold every voice, with nothing lost."""
    rest = evidence.said["rest"]
    voices = {voice["id"]: voice for voice in rest["voices"]}
    assert rest["total"] == len(voices) == len(VOICES)
    assert {code for v in voices.values() for code in v["supported_languages"]} >= set(LANGUAGES)
    samantha = voices[1071]
    assert samantha["name"] == "Samantha Ferris"
    assert (samantha["sex"], samantha["age"]) == ("female", "middle_age")
    assert samantha["supported_languages"] == ["en"]
    assert samantha["is_public"] is True
    assert "/samples/1071.wav?" in samantha["sample_url"]
    assert voices[268]["category"] == "narrative_story"
    assert voices[5001]["is_public"] is False
    assert 0 < rest["german"] < rest["total"]
    assert rest["voice"]["name"] == "Samantha Ferris"


async def test_models_and_dictionaries_are_listed(evidence: Evidence) -> None:
    """The default model comes first."""
    models = evidence.said["rest"]["models"]
    assert [model["id"] for model in models] == ["kugel-3.5", "kugel-3"]
    assert models[0]["max_input_length"] == 10_000
    assert evidence.said["rest"]["dictionaries"] == ["House", "Abbreviations"]


async def test_whole_texts_share_one_pooled_socket(evidence: Evidence) -> None:
    """The first two texts, and those after refusals, use the first socket."""
    spoken = evidence.said["whole_text"]
    assert spoken["first"]["sha"] == heard("Hello there.")
    assert spoken["second"]["sha"] == heard("Second on the same socket.")
    assert spoken["second"]["words"] == 5
    assert spoken["after_errors"]["sha"] == heard("Still open.")
    pooled = next(s for s in evidence.sockets if s.path == "/ws/tts")
    texts = [received.message.get("text") for received in pooled.received]
    assert texts[:2] == ["Hello there.", "Second on the same socket."]
    assert "Still open." in texts
    assert pooled.auth == "query"
    assert pooled.query["model_id"] == "kugel-3.5"


async def test_final_frames_carry_usage(evidence: Evidence) -> None:
    """The cost is that of the seconds of audio."""
    final = evidence.said["whole_text"]["first"]["final"]
    assert final["total_samples"] == 12 * 1440
    assert final["usage"]["audio_seconds"] == pytest.approx(0.72)
    assert final["usage"]["characters"] == 12
    assert final["usage"]["cost_cents"] == pytest.approx(0.72 * 7 / 60, abs=1e-4)


async def test_generate_returns_the_whole_audio(evidence: Evidence) -> None:
    """The synchronous way gives the same samples."""
    generated = evidence.said["whole_text"]["generated"]
    assert generated["sha"] == heard("Guten Tag.")
    assert generated["duration_ms"] == 600
    assert generated["usage"]["cost_cents"] is not None
    assert evidence.said["whole_text"]["ulaw"]["bytes"] == 6 * 480


async def test_growing_text_is_spoken_token_by_token(evidence: Evidence) -> None:
    """Every character of the tokens is heard, and the turn ends properly."""
    tokens = evidence.said["growing_text"]["tokens"]
    assert tokens["final"]["total_audio_seconds"] == pytest.approx(tokens["usage"]["audio_seconds"])
    assert sum(part["bytes"] for part in tokens["heard"]) == pytest.approx(
        tokens["usage"]["audio_seconds"] * 48_000, abs=96
    )
    assert tokens["heard"][0]["bytes"] == 0
    assert tokens["words"][-1] == "today?"


async def test_settings_change_from_the_next_turn_on(evidence: Evidence) -> None:
    """The echo holds what is in effect; a bad value is refused."""
    growing = evidence.said["growing_text"]
    assert growing["settings"]["speed"] == 1.2
    assert growing["bad_settings"]["class"] == "ValidationError"
    assert growing["faster"]["sha"] == heard("Hello there.", speed=1.2)
    assert growing["config"]["sha"] == heard("Guten Tag.")


async def test_a_cancelled_turn_leaks_nothing_into_the_next(evidence: Evidence) -> None:
    """After a cancel the same socket speaks the next turn and nothing else."""
    growing = evidence.said["growing_text"]
    assert growing["cancelled"]["samples"] == 4800
    assert growing["after_cancel"]["sha"] == heard("Go on.", speed=1.2)
    sent = [sent.frame for socket in evidence.sockets for sent in socket.sent if socket.path == "/ws/tts/stream"]
    assert sum(bool(frame.get("interrupted")) for frame in sent) == 2


async def test_an_unflushed_turn_is_drained(evidence: Evidence) -> None:
    """The rest comes with the close of the turn, and so does the usage."""
    drained = evidence.said["growing_text"]["drained"]
    assert drained["sent"]["bytes"] == 0
    assert drained["drained"]["sha"] == heard("Not a whole sentence", speed=1.2)
    assert drained["stats"]["usage"]["characters"] == 20


async def test_a_restart_is_replayed_only_before_audio(evidence: Evidence) -> None:
    """The SDK hides a 1012 from its caller unless audio had come."""
    growing = evidence.said["growing_text"]
    assert growing["replayed"]["sha"] == heard("Once more.")
    assert growing["restarted"]["class"] == "ServerRestartingError"
    assert growing["restarted"]["retry_after"] == 1


async def test_three_contexts_speak_on_one_socket(evidence: Evidence) -> None:
    """Each context speaks its own text; there may be twenty."""
    contexts = evidence.said["contexts"]
    for name, spoken in contexts["spoken"].items():
        expected = tone_pcm(f"I am {name}.", 24_000) + tone_pcm("Who are you?", 24_000)
        assert spoken["sha"] == sha256(expected).hexdigest()
    assert contexts["active"] == ["nathan"]
    assert contexts["usage"]["narrator"]["characters"] == 26
    assert contexts["settings"]["temperature"] == 0.2
    assert contexts["too_many"]["class"] == "RateLimitError"
    assert contexts["too_many"]["code"] == "TOO_MANY_CONTEXTS"
    assert contexts["stats"]["session_closed"] is True
    assert sum(socket.path == "/ws/tts/multi" for socket in evidence.sockets) == 1


async def test_every_http_error_becomes_its_exception(evidence: Evidence) -> None:
    """Each row of the error table becomes its class, with request id and wait."""
    failures = evidence.said["rest"]["failures"]
    assert {name: error["class"] for name, error in failures.items()} == CLASSES
    assert all(error["retry_after"] == 3 for error in failures.values())
    ids = {call.request_id for call in evidence.calls}
    assert ids.issuperset(error["request_id"] for error in failures.values())
    assert evidence.said["rest"]["unknown_voice"]["class"] == "NotFoundError"
    assert evidence.said["rest"]["unknown_key"]["class"] == "AuthenticationError"
    assert evidence.said["rest"]["unreachable"]["class"] == "ConnectionError"


async def test_every_error_frame_becomes_its_exception(evidence: Evidence) -> None:
    """The same rows as frames, on a socket that stays open."""
    spoken = evidence.said["whole_text"]
    failures = spoken["failures"]
    assert {name: error["class"] for name, error in failures.items()} == CLASSES
    assert len({error["request_id"] for error in failures.values()}) == 1
    assert spoken["unknown_voice"]["class"] == "NotFoundError"
    assert spoken["missing_voice"]["code"] == "MISSING_VOICE_ID"
    assert spoken["speed"]["class"] == "ValidationError"


async def test_every_close_code_becomes_its_exception(evidence: Evidence) -> None:
    """Codes of the service are told apart from codes of the network."""
    closes = evidence.said["whole_text"]["closes"]
    assert {code: error["class"] for code, error in closes.items()} == {
        **CLOSES,
        "drop": "ConnectionError",
    }
    for code, error in evidence.said["growing_text"]["closes"].items():
        assert error["class"] == CLOSES[code]


async def test_refused_handshakes_become_exceptions(evidence: Evidence) -> None:
    """401, 403, 429 and 503 come with their request id and Retry-After."""
    handshakes = evidence.said["whole_text"]["handshakes"]
    assert {status: error["class"] for status, error in handshakes.items()} == HANDSHAKES
    assert all(error["retry_after"] == 7 for error in handshakes.values())
    assert all(error["request_id"] for error in handshakes.values())
    assert evidence.said["growing_text"]["unknown_key"]["class"] == "AuthenticationError"
    assert evidence.said["growing_text"]["missing_voice"]["class"] == "ValidationError"

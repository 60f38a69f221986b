"""The provider as its oldest documents tell it: another server of this kind is literally so."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from aiohttp import ClientSession, WSServerHandshakeError
import pytest

from tests.simulator import (
    SEEDS,
    SEEDS_BOTH_KEYS,
    Envelope,
    ErrorStyle,
    Failure,
    Fault,
    HandshakeRefusal,
    Plan,
    Simulator,
    tone_pcm,
)
from tests.simulator.probe import (
    MULTI,
    SAMANTHA,
    SPEAK,
    STREAM,
    Frame,
    connected,
    frame_of,
    kinds,
    posted,
    sound,
    until,
)

AUDIO_KEYS = {"audio", "enc", "idx", "sr", "samples"}


@pytest.fixture(name="seeds")
async def seeds_fixture(socket_enabled: None) -> AsyncGenerator[Simulator]:  # noqa: ARG001 - opens sockets first
    """Run the provider of the oldest documents."""
    async with Simulator(SEEDS, sound="tone") as running:
        yield running


async def got(simulator: Simulator, path: str, **headers: str) -> tuple[int, Frame]:
    """Return the status and the body of a GET, with the key in the way of the documents unless told otherwise."""
    headers = headers or {"Authorization": f"Bearer {simulator.key}"}
    async with ClientSession(headers=headers) as session, session.get(simulator.url + path) as response:
        assert "X-Request-Id" not in response.headers
        return response.status, await response.json()


def details_of(body: Frame) -> tuple[str, object]:
    """Return the code of an error of the older shape and its details."""
    error = body["error"]
    assert isinstance(error, dict)
    return error["code"], error.get("details")


async def test_lists_come_in_an_envelope(seeds: Simulator) -> None:
    """`data` is the list, or has it by its name; only `meta` tells the request's id."""
    status, body = await got(seeds, "/v1/voices?limit=1&offset=3")
    assert (status, set(body)) == (200, {"data", "meta"})
    assert body["meta"] == {"request_id": seeds.journal.calls[-1].request_id}
    voices = body["data"]
    assert isinstance(voices, list)
    assert len(voices) > 100
    assert all(isinstance(voice["id"], int) for voice in voices)
    assert not {"voice_id", "handle", "public_id"} & {name for voice in voices for name in voice}
    seeds.profile = replace(SEEDS, envelope=Envelope.OBJECT)
    assert (await got(seeds, "/v1/voices"))[1]["data"] == {"voices": voices}
    models = (await got(seeds, "/v1/models"))[1]["data"]
    assert isinstance(models, dict)
    assert [model["id"] for model in models["models"]] == ["kugel-3"]


async def test_a_single_voice_is_found_by_its_number_only(seeds: Simulator) -> None:
    """In an envelope; a readable handle is not known."""
    voice = (await got(seeds, "/v1/voices/1071"))[1]["data"]
    assert isinstance(voice, dict)
    assert (voice["id"], voice["name"]) == (1071, "Samantha Ferris")
    status, body = await got(seeds, "/v1/voices/samantha-ferris")
    assert (status, details_of(body)) == (404, ("not_found", None))
    status, _, answer = await posted(seeds, text="Hello.", voice_id="samantha-ferris")
    assert (status, b"voice_id must be an integer" in answer) == (400, True)


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/ready/tts", "/v1/usage", "/v1/usage/history", "/v1/dictionaries"]
)
async def test_there_is_nothing_else(seeds: Simulator, path: str) -> None:
    """No health, no usage, no dictionaries."""
    assert (await got(seeds, path))[0] == 404


async def test_rest_wants_the_key_as_bearer(seeds: Simulator) -> None:
    """For all lists, that of the models as well."""
    for path in ("/v1/models", "/v1/voices"):
        assert (await got(seeds, path))[0] == 200
        assert (await got(seeds, path, **{"X-API-Key": seeds.key}))[0] == 401
        assert (await got(seeds, f"{path}?api_key={seeds.key}", Accept="application/json"))[0] == 401


@pytest.mark.parametrize(("refusal", "status"), [(HandshakeRefusal.HTTP_401, 401), (HandshakeRefusal.HTTP_403, 403)])
@pytest.mark.parametrize("path", [SPEAK, STREAM, MULTI])
async def test_a_websocket_wants_the_key_in_its_query(
    seeds: Simulator, path: str, refusal: HandshakeRefusal, status: int
) -> None:
    """In a header it is refused at the upgrade, unless the provider takes both."""
    seeds.profile = replace(SEEDS, handshake_refusal=refusal)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(seeds, path):
            pass
    assert refused.value.status == status
    async with connected(seeds, path, by_query=True):
        pass
    seeds.profile = SEEDS_BOTH_KEYS
    async with connected(seeds, path), connected(seeds, path, by_query=True):
        pass
    assert [socket.auth for socket in seeds.journal.sockets] == ["query", "bearer", "query"]
    assert seeds.key not in str(seeds.journal.as_dict())


async def test_a_whole_text_ends_with_six_numbers(seeds: Simulator) -> None:
    """No usage, no debug; audio frames as in the table."""
    async with connected(seeds, SPEAK, by_query=True) as socket:
        await socket.send_json({"text": "Hello there.", **SAMANTHA})
        *audio, final = await until(socket, "final")
    assert sound(audio) == tone_pcm("Hello there.", 24_000)
    assert {name for frame in audio for name in frame} == AUDIO_KEYS
    assert final.keys() == {"final", "chunks", "total_samples", "dur_ms", "gen_ms", "rtf"}


async def test_a_stream_ends_only_after_close(seeds: Simulator) -> None:
    """A flush makes what is there; nothing tells that it was all, until `close` was sent."""
    async with connected(seeds, STREAM, by_query=True) as socket:
        await socket.send_json(SAMANTHA)
        for text in ("Hello", " there."):
            await socket.send_json({"text": text})
            await socket.send_json({"flush": True})
        await seeds.journal.until(
            lambda journal: sum(int(str(frame["samples"])) for frame in journal.sent(STREAM)) == 12 * 1440 - 1440
        )
        await socket.send_json({"close": True})
        frames = await until(socket, "session_closed")
        assert sound(frames) == tone_pcm("Hello", 24_000) + tone_pcm("there.", 24_000)
        assert frames[-1] == {"session_closed": True, "total_audio_seconds": pytest.approx(0.66)}
        assert {name for frame in frames[:-1] for name in frame} == AUDIO_KEYS
        await socket.send_json({"text": "Again.", "flush": True})
        await socket.send_json({"close": True})
        assert sound(await until(socket, "session_closed")) == tone_pcm("Again.", 24_000)


async def test_a_close_may_close_the_socket_too(seeds: Simulator) -> None:
    """The documents say that it ends the session; some servers end the connection with it."""
    seeds.profile = replace(SEEDS, close_ends_socket=True)
    async with connected(seeds, STREAM, by_query=True) as socket:
        await socket.send_json({"text": "Hello.", **SAMANTHA})
        await socket.send_json({"close": True})
        assert "session_closed" in (await until(socket, "session_closed"))[-1]
        assert await frame_of(socket) == {"closed": 1000}


async def test_contexts_speak_in_the_older_words(seeds: Simulator) -> None:
    """`is_final` ends what was flushed; chunks are told, unless the server tells them nowhere."""
    context: Frame = {"context_id": "one", "voice_settings": {"voice_id": 1071}}
    async with connected(seeds, MULTI, by_query=True) as socket:
        await socket.send_json({"text": " ", **context})
        await socket.send_json({"text": "Hello there.", "flush": True, "context_id": "one"})
        frames = await until(socket, "is_final")
        assert sound(frames) == tone_pcm("Hello there.", 24_000)
        assert kinds(frames) == ["context_created", "generation_started", "chunk_complete", "is_final"]
        seeds.profile = replace(SEEDS, chunk_frames=())
        await socket.send_json({"text": "More.", "flush": True, "context_id": "one"})
        assert kinds(await until(socket, "is_final")) == ["is_final"]
        await socket.send_json({"close_context": True, "context_id": "one"})
        assert "usage" not in (await until(socket, "context_closed"))[-1]
        await socket.send_json({"close_socket": True})
        assert (await until(socket, "session_closed"))[-1].keys() == {"session_closed", "total_audio_seconds"}


@pytest.mark.parametrize("path", [STREAM, MULTI])
async def test_what_is_not_in_the_documents_is_not_understood(seeds: Simulator, path: str) -> None:
    """Nobody acknowledges a cancel; what was asked for is made to its end."""
    seeds.profile = replace(SEEDS, speed=20)
    context: Frame = {"context_id": "one", "voice_settings": {"voice_id": 1071}}
    async with connected(seeds, path, by_query=True) as socket:
        await socket.send_json({"text": "Hello there.", "flush": True, **SAMANTHA, **context})
        await until(socket, "audio")
        await socket.send_json({"cancel": True, "context_id": "another"})
        await socket.send_json({"cancel": True})
        await socket.send_json({"update_settings": {"speed": 1.1}})
        await socket.send_json({"close": True} if path == STREAM else {"close_context": True, "context_id": "one"})
        frames = await until(socket, "session_closed", "context_closed")
    assert not {"interrupted", "settings_updated", "error", "context_created"} & {*kinds(frames)}
    assert sum(int(str(frame["samples"])) for frame in seeds.journal.sent(path) if "samples" in frame) == 12 * 1440


async def test_a_text_has_at_most_4096_characters(seeds: Simulator) -> None:
    """The error has details, over REST and in frames."""
    told = ("invalid_request", {"max_length": 4_096, "provided_length": 4_097})
    async with connected(seeds, SPEAK, by_query=True) as socket:
        await socket.send_json({"text": "a" * 4_097, **SAMANTHA})
        assert details_of(await frame_of(socket)) == told
    headers = {"Authorization": f"Bearer {seeds.key}"}
    async with ClientSession(headers=headers) as session:
        body = {"text": "a" * 4_097, **SAMANTHA}
        async with session.post(f"{seeds.url}/v1/tts/generate", json=body) as response:
            assert (response.status, details_of(await response.json())) == (400, told)
        body = {"text": "Hello.", **SAMANTHA, "voice_id": 999}
        async with session.post(f"{seeds.url}/v1/tts/generate", json=body) as response:
            assert (response.status, details_of(await response.json())) == (404, ("not_found", {"voice_id": 999}))
        body = {"text": "Hello.", **SAMANTHA, "word_timestamps": True}
        async with session.post(f"{seeds.url}/v1/tts/generate", json=body) as response:
            assert response.status == 422
    assert (await posted(seeds, text="a" * 4_096))[0] == 200


async def test_retry_after_is_in_the_details(seeds: Simulator) -> None:
    """And in no header; newer error bodies may come with all the rest."""
    seeds.plan = Plan(generations=0)
    async with connected(seeds, SPEAK, by_query=True) as socket:
        await socket.send_json({"text": "Hello.", **SAMANTHA})
        assert details_of(await frame_of(socket)) == ("rate_limited", {"retry_after": 1})
    status, headers, body = await posted(seeds, text="Hello.")
    assert (status, "Retry-After" in headers, b'"retry_after": 1' in body) == (429, False, True)
    seeds.faults.add(Fault.HTTP_ERROR, error=Failure.RATE_LIMITED, retry_after=60)
    assert b'"retry_after": 60' in (await posted(seeds, text="Hello."))[2]
    seeds.profile = replace(SEEDS, error_style=ErrorStyle.NEW)
    assert (await got(seeds, "/v1/voices/4"))[1] == {"error": "Voice not found", "error_code": "NOT_FOUND", "code": 404}


async def test_a_model_may_be_unknown(seeds: Simulator) -> None:
    """The documents know kugel-3 and those before it; a strict server refuses what came later."""
    assert (await posted(seeds, text="Hello.", model_id="kugel-3.5"))[0] == 200
    seeds.profile = replace(SEEDS, strict_models=True)
    assert (await posted(seeds, text="Hello.", model_id="kugel-3.5"))[0] == 400
    for model_id in ("kugel-3", "kugel-2.5", "kugel-1-turbo"):
        assert (await posted(seeds, text="Hello.", model_id=model_id))[0] == 200

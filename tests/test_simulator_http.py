"""The keys, lists and error bodies of the simulator."""

from dataclasses import replace

from aiohttp import (
    ClientSession,
    WSServerHandshakeError,
)
import pytest

from tests.simulator import (
    ErrorStyle,
    Failure,
    Fault,
    HandshakeRefusal,
    Profile,
    Simulator,
    tone_pcm,
)
from tests.simulator.probe import MULTI, SAMANTHA, SPEAK, STREAM, Frame, connected, get, spoken, until


async def test_rest_streams_the_same_tone_in_odd_pieces(simulator: Simulator) -> None:
    """The body is the tone; its pieces do not respect the samples."""
    body = {"text": "Hello there.", **SAMANTHA}
    headers = {"Authorization": f"Bearer {simulator.key}"}
    simulator.profile = Profile(speed=10)
    async with ClientSession(headers=headers) as session:
        url = f"{simulator.url}/v1/tts/generate"
        async with session.post(url, json=body) as response:
            pieces = [piece async for piece, _ in response.content.iter_chunks()]
            assert response.headers["X-Sample-Rate"] == "24000"
            assert response.headers["X-Audio-Format"] == "pcm_s16le"
        async with session.post(url, json=body | {"surprise": 1}) as response:
            assert response.status == 400
    assert b"".join(pieces) == tone_pcm("Hello there.", 24_000)
    assert any(len(piece) % 2 for piece in pieces)


async def test_the_key_may_come_in_three_ways(simulator: Simulator) -> None:
    """Bearer, X-API-Key and the query count; the journal tells which was used."""
    ways: list[tuple[dict[str, str], str]] = [
        ({"Authorization": f"Bearer {simulator.key}"}, ""),
        ({"X-API-Key": simulator.key}, ""),
        ({}, f"?api_key={simulator.key}"),
        ({}, ""),
    ]
    statuses = []
    async with ClientSession() as session:
        for headers, query in ways:
            url = f"{simulator.url}/v1/voices{query}"
            async with session.get(url, headers=headers) as response:
                statuses.append(response.status)
    assert statuses == [200, 200, 200, 401]
    calls = simulator.journal.calls
    assert [call.auth for call in calls] == ["bearer", "x-api-key", "query", "none"]
    assert all(simulator.key not in str(call) for call in calls)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (HandshakeRefusal.HTTP_401, 401),
        (HandshakeRefusal.HTTP_403, 403),
        (HandshakeRefusal.CLOSE_4001, 4001),
    ],
)
async def test_a_revoked_key_is_refused_in_three_ways(
    simulator: Simulator, refusal: HandshakeRefusal, outcome: int
) -> None:
    """By status or by a close code after the handshake."""
    simulator.profile = Profile(handshake_refusal=refusal)
    simulator.revoke()
    if outcome == 4001:
        async with connected(simulator, STREAM) as socket:
            assert (await until(socket))[-1] == {"closed": outcome}
    else:
        with pytest.raises(WSServerHandshakeError) as refused:
            async with connected(simulator, STREAM):
                pass
        assert refused.value.status == outcome
    assert simulator.journal.handshakes[-1].status == (101 if outcome == 4001 else outcome)


async def test_keys_have_kinds(simulator: Simulator) -> None:
    """A key may lack a permission, or its credits may be used up."""
    assert (await get(simulator, "/v1/voices", "ka_denied"))[0] == 403
    assert (await get(simulator, "/v1/voices", "ka_speech"))[0] == 403
    assert (await get(simulator, "/v1/voices", "ka_empty"))[0] == 200
    async with connected(simulator, STREAM, key="ka_empty") as socket:
        await socket.send_json({"text": "Hello.", **SAMANTHA})
        frames = await until(socket)
    assert frames[0]["error_code"] == "INSUFFICIENT_CREDITS"
    assert frames[-1] == {"closed": 4003}


async def test_error_bodies_come_in_three_styles(simulator: Simulator) -> None:
    """New, old and FastAPI's."""
    path = "/v1/voices/999999"
    assert (await get(simulator, path))[1]["error_code"] == "NOT_FOUND"
    simulator.profile = Profile(error_style=ErrorStyle.OLD)
    old = {"code": "not_found", "message": "Voice not found"}
    assert (await get(simulator, path))[1] == {"error": old}
    simulator.profile = Profile(error_style=ErrorStyle.FASTAPI)
    assert (await get(simulator, path))[1] == {"detail": "Voice not found"}
    simulator.faults.add(Fault.HTTP_ERROR, error=Failure.UNPROCESSABLE)
    status, body = await get(simulator, "/v1/models")
    assert (status, list(body)) == (422, ["detail"])


async def test_a_wrong_method_or_path_is_told_before_the_key_is_looked_at(simulator: Simulator) -> None:
    """405 for a GET that warms a connection, 404 for what does not exist."""
    async with ClientSession() as session:
        async with session.get(f"{simulator.url}/v1/tts/generate") as response:
            assert response.status == 405
        async with session.post(f"{simulator.url}/v1/sdk-diagnostics") as response:
            assert response.status == 404
            assert response.headers["x-request-id"] == simulator.journal.calls[-1].request_id


async def test_usage_is_unknown_unless_the_profile_knows_it(simulator: Simulator) -> None:
    """404 by default, an object if switched on."""
    assert (await get(simulator, "/v1/usage"))[0] == 404
    simulator.profile = Profile(usage_endpoint=True)
    assert (await get(simulator, "/v1/usage"))[1]["minutes_used"] == 12.5


async def test_voices_have_nulls_and_unknown_values(simulator: Simulator) -> None:
    """A client sees values that it cannot know; the language filters."""
    _, page = await get(simulator, "/v1/voices?limit=100&offset=100")
    voices = page["voices"]
    assert isinstance(voices, list)
    assert len(voices) + 100 == page["total"]
    assert {"robot", None} <= {voice["sex"] for voice in voices}
    assert "podcast_host" in {voice["category"] for voice in voices}
    _, german = await get(simulator, "/v1/voices?language=de")
    simulator.profile = Profile(honour_language=False)
    _, everything = await get(simulator, "/v1/voices?language=de")
    assert 0 < int(str(german["total"])) < int(str(everything["total"]))
    assert (await get(simulator, "/v1/voices?limit=101"))[0] == 400


async def test_samples_are_signed_wav_files_without_a_key(simulator: Simulator) -> None:
    """The address from the voice works as it is, a changed one does not."""
    _, voice = await get(simulator, "/v1/voices/hans")
    url = str(voice["sample_url"])
    async with ClientSession() as session:
        async with session.get(url) as response:
            assert (await response.read()).startswith(b"RIFF")
        async with session.get(f"{url}0") as response:
            assert response.status == 403


async def test_it_is_steered_over_http(simulator: Simulator) -> None:
    """Another process plans faults, changes the profile, revokes and reads."""
    base = f"{simulator.url}/_simulator"
    async with ClientSession() as session:
        await session.post(f"{base}/faults", json={"fault": "drop", "after_frames": 1})
        await session.patch(f"{base}/profile", json={"idle_turn_s": 1.5})
        assert simulator.faults.pending == [Fault.DROP]
        assert simulator.profile == replace(Profile(), idle_turn_s=1.5)
        async with connected(simulator) as socket:
            await socket.send_json({"text": "Hello there.", **SAMANTHA})
            assert (await until(socket))[-1] == {"closed": 1006}
        await session.post(f"{base}/revoke")
        async with session.get(f"{base}/journal") as response:
            journal = await response.json()
    assert journal["sockets"][0]["received"][0]["message"]["text"] == "Hello there."
    assert journal["sockets"][0]["close_code"] == 1006
    with pytest.raises(WSServerHandshakeError):
        async with connected(simulator):
            pass


async def test_a_voice_is_withdrawn_and_offered_again(simulator: Simulator) -> None:
    """Meanwhile it is in no list, nobody can ask for it, and it does not speak in any way."""
    base = f"{simulator.url}/_simulator"
    _, before = await get(simulator, "/v1/voices?language=en")
    async with ClientSession(headers={"X-API-Key": simulator.key}) as session:
        await session.post(f"{base}/withdraw", json={"voice_id": 1071})
        _, meanwhile = await get(simulator, "/v1/voices?language=en")
        assert int(str(meanwhile["total"])) == int(str(before["total"])) - 1
        assert (await get(simulator, "/v1/voices/1071"))[0] == 404
        assert (await get(simulator, "/v1/voices/samantha-ferris"))[0] == 404
        context: Frame = {"context_id": "one", "voice_settings": SAMANTHA}
        for path, voice in {SPEAK: SAMANTHA, STREAM: SAMANTHA, MULTI: context}.items():
            async with connected(simulator, path) as socket:
                await socket.send_json({"text": "Hello.", "flush": True, **voice})
                assert (await until(socket, "error"))[-1]["error_code"] == "NOT_FOUND"
        async with session.post(f"{simulator.url}/v1/tts/generate", json={"text": "Hello.", **SAMANTHA}) as response:
            assert response.status == 404
        await session.post(f"{base}/offer", json={"voice_id": 1071})
    assert (await get(simulator, "/v1/voices/1071"))[0] == 200
    assert (await spoken(simulator, "Hello."))[0]

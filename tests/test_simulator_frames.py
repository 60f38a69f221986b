"""The faults of single frames and of the end of speech happen as the simulator's table says."""

import asyncio
from itertools import pairwise
from typing import Any

from aiohttp import ClientPayloadError, ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
import pytest

from tests.simulator import Fault, Profile, Simulator, tone_pcm
from tests.simulator.probe import (
    MULTI,
    SAMANTHA,
    SPEAK,
    STREAM,
    Frame,
    connected,
    frame_of,
    kinds,
    sound,
    spoken,
    until,
)

TEXT = "Hello there."
WHOLE = tone_pcm(TEXT, 24_000)
ENDS = {"final", "session_closed", "context_closed"}
REQUESTS: dict[str, Frame] = {
    SPEAK: {"text": TEXT, **SAMANTHA},
    STREAM: {"text": TEXT, "flush": True, **SAMANTHA},
    MULTI: {"text": TEXT, "context_id": "a", "flush": True, "language": "en", "voice_settings": {"voice_id": 1071}},
}
every_endpoint = pytest.mark.parametrize("path", REQUESTS)


async def ask(socket: ClientWebSocketResponse, path: str) -> None:
    """Ask for the text, and for nothing after it."""
    await socket.send_json(REQUESTS[path])
    if path == MULTI:
        await socket.send_json({"close_context": True, "context_id": "a"})


async def answer(simulator: Simulator, path: str) -> list[Frame]:
    """Return the frames of an answer up to the last one, or to the close."""
    async with connected(simulator, path) as socket:
        await ask(socket, path)
        return await until(socket, {SPEAK: "final", STREAM: "session_closed", MULTI: "context_closed"}[path], "error")


@every_endpoint
async def test_a_frame_may_be_cut_in_half(simulator: Simulator, path: str) -> None:
    """The one that was asked for; the others are whole."""
    simulator.faults.add(Fault.TRUNCATED_JSON, after_frames=1)
    async with connected(simulator, path) as socket:
        await ask(socket, path)
        await until(socket, "audio")
        with pytest.raises(ValueError, match="Unterminated"):
            await until(socket, "final")
        assert "audio" in await frame_of(socket)


@every_endpoint
async def test_fields_may_be_of_a_wrong_type(simulator: Simulator, path: str) -> None:
    """In one audio frame, in the frame that bills, or in a frame of their own."""
    simulator.faults.add(Fault.WRONG_TYPES, after_frames=1)
    simulator.faults.add(Fault.WRONG_TYPES, at_end=True)
    simulator.faults.add(Fault.UNKNOWN_FRAME, fields={"warning": []})
    frames = await answer(simulator, path)
    assert [type(frame["audio"]) for frame in frames if "audio" in frame] == [str, int, str, str]
    assert frames[-1]["usage"] == "x"
    assert [frame["warning"] for frame in frames if "warning" in frame] == [[]]


async def test_any_field_may_be_changed(simulator: Simulator) -> None:
    """To what the plan says."""
    simulator.faults.add(Fault.WRONG_TYPES, fields={"sr": "high", "idx": []})
    _, frames = await spoken(simulator, TEXT)
    assert (frames[0]["sr"], frames[0]["idx"]) == ("high", [])
    assert sound(frames) == WHOLE


@every_endpoint
async def test_audio_may_say_another_rate(simulator: Simulator, path: str) -> None:
    """From a frame on; the audio is what was asked for."""
    simulator.faults.add(Fault.WRONG_SAMPLE_RATE, after_frames=2)
    frames = await answer(simulator, path)
    assert [frame["sr"] for frame in frames if "audio" in frame] == [24_000, 24_000, 12_000, 12_000]
    assert sound(frames) == WHOLE


async def test_a_frame_may_be_huge(simulator: Simulator) -> None:
    """More than a client takes by default: it closes; one that takes anything hears the same audio."""
    simulator.faults.add(Fault.HUGE_FRAME, times=2, after_frames=1)
    async with connected(simulator) as socket:
        await ask(socket, SPEAK)
        assert (await until(socket, "final"))[-1] == {"closed": 1009}
    headers = {"Authorization": f"Bearer {simulator.key}"}
    async with (
        ClientSession(headers=headers) as session,
        session.ws_connect(simulator.url + SPEAK, max_msg_size=0) as socket,
    ):
        await ask(socket, SPEAK)
        frames = await until(socket, "final")
    assert len(str(frames[1]["padding"])) == 8 * 2**20
    assert sound(frames) == WHOLE


@every_endpoint
async def test_a_frame_may_trickle(simulator: Simulator, path: str) -> None:
    """Byte by byte it is the same frame."""
    simulator.faults.add(Fault.TRICKLE, after_frames=1)
    assert sound(await answer(simulator, path)) == WHOLE


async def test_a_frame_may_pause_within_itself(simulator: Simulator) -> None:
    """A ping in the meantime is answered after it, and nothing comes between its bytes."""
    simulator.faults.add(Fault.TRICKLE, size=5_000, pause_ms=100)
    headers = {"Authorization": f"Bearer {simulator.key}"}
    async with (
        ClientSession(headers=headers) as session,
        session.ws_connect(simulator.url + SPEAK, autoping=False) as socket,
    ):
        started_at = asyncio.get_running_loop().time()
        await ask(socket, SPEAK)
        await simulator.journal.until(lambda journal: bool(journal.sent(SPEAK)))
        await socket.ping(b"there?")
        messages = [await socket.receive() for _ in range(6)]
        assert asyncio.get_running_loop().time() - started_at >= 0.199
    assert [message.type for message in messages].count(WSMsgType.PONG) == 1
    assert messages[0].type is WSMsgType.TEXT


async def test_a_frame_that_is_cancelled_goes_out_to_its_end(simulator: Simulator) -> None:
    """What follows can be read."""
    simulator.faults.add(Fault.TRICKLE, size=100, pause_ms=200)
    async with connected(simulator) as socket:
        await ask(socket, SPEAK)
        await simulator.journal.until(lambda journal: bool(journal.sent(SPEAK)))
        await socket.send_json({"cancel": True})
        frames = await until(socket, "interrupted")
    assert WHOLE.startswith(sound(frames))


@every_endpoint
async def test_audio_may_follow_an_interrupted(simulator: Simulator, path: str) -> None:
    """As many frames as were planned, before the next answer."""
    simulator.profile = Profile(speed=1)
    simulator.faults.add(Fault.AUDIO_AFTER_INTERRUPTED, frames=2)
    async with connected(simulator, path) as socket:
        await socket.send_json(REQUESTS[path] | {"text": "A sentence that is to be cancelled."})
        await until(socket, "audio")
        await socket.send_json({"cancel": True})
        await until(socket, "interrupted")
        late = [await frame_of(socket) for _ in range(2)]
        simulator.profile = Profile()
        await socket.send_json(REQUESTS[path])
        frames = await until(socket, "final")
    assert all("audio" in frame for frame in late)
    assert sound(frames) == WHOLE


@every_endpoint
@pytest.mark.parametrize(
    ("fault", "parameters", "outcome"),
    [
        (Fault.CLOSE, {"code": 1012}, {"closed": 1012}),
        (Fault.DROP, {}, {"closed": 1006}),
        (Fault.ERROR_FRAME, {"error": "model_unavailable"}, {"error_code": "MODEL_UNAVAILABLE"}),
        (Fault.UNKNOWN_FRAME, {"fields": {"final_notice": 1}}, {"final_notice": 1}),
    ],
)
async def test_faults_may_come_between_the_audio_and_its_end(
    simulator: Simulator, path: str, fault: Fault, parameters: dict[str, Any], outcome: Frame
) -> None:
    """All audio was sent, and no end frame."""
    simulator.faults.add(fault, at_end=True, **parameters)
    async with connected(simulator, path) as socket:
        await ask(socket, path)
        frames = await until(socket, *outcome)
    assert frames[-1].items() >= outcome.items()
    assert sound(frames) == WHOLE
    assert not ENDS & set(kinds(frames))


async def test_silence_may_come_before_the_end(simulator: Simulator) -> None:
    """For a while, then the end frame comes after all."""
    simulator.faults.add(Fault.SILENCE, at_end=True, seconds=0.1)
    await spoken(simulator, TEXT)
    times = [sent.at for sent in simulator.journal.sockets[-1].sent]
    assert max(after - before for before, after in pairwise(times)) == times[-1] - times[-2] >= 0.09


async def test_rest_knows_the_same_places(simulator: Simulator) -> None:
    """Trickle, another rate, silence and the loss of the connection after all audio."""
    body = {"text": TEXT, **SAMANTHA}
    headers = {"Authorization": f"Bearer {simulator.key}"}
    simulator.faults.add(Fault.TRICKLE, after_frames=1)
    simulator.faults.add(Fault.WRONG_SAMPLE_RATE)
    simulator.faults.add(Fault.SILENCE, at_end=True, seconds=0.1)
    async with ClientSession(headers=headers) as session:
        url = f"{simulator.url}/v1/tts/generate"
        async with session.post(url, json=body) as response:
            assert response.headers["X-Sample-Rate"] == "12000"
            assert await response.read() == WHOLE
        simulator.faults.add(Fault.DROP, at_end=True)
        async with session.post(url, json=body) as response:
            assert await response.content.readexactly(len(WHOLE)) == WHOLE
            with pytest.raises(ClientPayloadError):
                await response.content.read()


@pytest.mark.parametrize(("fault", "status"), [(Fault.HANDSHAKE_HTML, 502), (Fault.HANDSHAKE_REDIRECT, 200)])
async def test_handshakes_may_be_answered_by_something_in_between(
    simulator: Simulator, fault: Fault, status: int
) -> None:
    """A proxy's page, or the way to a login page, which aiohttp's client follows."""
    simulator.faults.add(fault)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(simulator):
            pass
    assert refused.value.status == status
    assert simulator.journal.handshakes[-1].status in {302, 502}
    assert sound((await spoken(simulator, TEXT))[1]) == WHOLE


@pytest.mark.parametrize(("parameters", "status"), [({}, 302), ({"status": 307, "location": "/health"}, 307)])
async def test_http_answers_may_lead_elsewhere(simulator: Simulator, parameters: dict[str, Any], status: int) -> None:
    """To the page of a browser, or where the plan says."""
    simulator.faults.add(Fault.HTTP_REDIRECT, times=2, path="/v1/", **parameters)
    async with ClientSession() as session:
        async with session.get(f"{simulator.url}/v1/models", allow_redirects=False) as response:
            assert response.status == status
        async with session.get(f"{simulator.url}/v1/models") as response:
            assert response.content_type == ("text/html" if status == 302 else "application/json")

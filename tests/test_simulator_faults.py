"""The faults of the simulator happen as their table says."""

import asyncio

from aiohttp import ClientConnectionError, ClientSession, WSMsgType, WSServerHandshakeError
import pytest

from tests.simulator import (
    Failure,
    Fault,
    Plan,
    Profile,
    Simulator,
    tone_pcm,
)
from tests.simulator.probe import SAMANTHA, SPEAK, STREAM, connected, frame_of, get, kinds, sound, spoken, until


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.NOT_JSON, None),
        (Fault.NOT_OBJECT, "raw"),
        (Fault.UNKNOWN_FRAME, "rate_notice"),
    ],
)
async def test_strange_frames_come_between_the_others(simulator: Simulator, fault: Fault, kind: str | None) -> None:
    """The garbage comes after the frames that were asked for; speech goes on."""
    simulator.faults.add(fault, after_frames=1)
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Hello there.", **SAMANTHA})
        await until(socket, "audio")
        if kind is None:
            with pytest.raises(ValueError, match="Expecting value"):
                await frame_of(socket)
        else:
            assert list(await frame_of(socket)) == [kind]
        assert "final" in (await until(socket, "final"))[-1]


async def test_frames_may_be_bare_odd_missing_or_none(simulator: Simulator) -> None:
    """Each fault of the audio itself is visible in the frames."""
    text, whole = "Hello there.", tone_pcm("Hello there.", 24_000)
    simulator.faults.add(Fault.BARE_AUDIO)
    assert list((await spoken(simulator, text))[1][0]) == ["audio"]
    simulator.faults.add(Fault.ODD_BYTES)
    assert len((await spoken(simulator, text))[0]) == len(whole) - 1
    simulator.faults.add(Fault.TRUNCATED, frames=2)
    pcm, frames = await spoken(simulator, text)
    assert whole.startswith(pcm)
    assert len(pcm) < len(whole) == 2 * int(str(frames[-1]["total_samples"]))
    simulator.faults.add(Fault.EMPTY_AUDIO)
    assert (await spoken(simulator, text))[0] == b""
    simulator.faults.add(Fault.NO_USAGE)
    assert "usage" not in (await spoken(simulator, text))[1][-1]
    assert (await spoken(simulator, text))[0] == whole
    assert simulator.faults.pending == []


async def test_silence_and_slowness(simulator: Simulator) -> None:
    """Nothing comes after the silence begins; slow audio comes late but complete."""
    simulator.faults.add(Fault.SILENCE, after_frames=2)
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Hello there.", **SAMANTHA})
        assert sum(["audio" in await frame_of(socket) for _ in range(2)]) == 2
        with pytest.raises(TimeoutError):
            await simulator.journal.until(lambda journal: len(journal.sent(SPEAK)) > 2, timeout_s=0.1)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=100)
    pcm, _ = await spoken(simulator, "Hello.")
    socket_record = simulator.journal.sockets[-1]
    assert pcm == tone_pcm("Hello.", 24_000)
    assert socket_record.sent[0].at - socket_record.received[0].at >= 0.09


async def test_http_answers_may_be_broken(simulator: Simulator) -> None:
    """Proxies, half answers, no answers."""
    headers = {"X-API-Key": simulator.key}
    simulator.faults.add(Fault.HTTP_HTML, status=502)
    simulator.faults.add(Fault.HTTP_ERROR, error=Failure.RATE_LIMITED, retry_after="2.5", path="/v1/voices")
    async with ClientSession(headers=headers) as session:
        async with session.get(f"{simulator.url}/v1/models") as response:
            assert (response.status, response.content_type) == (502, "text/html")
        async with session.get(f"{simulator.url}/v1/voices") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "2.5")
        simulator.faults.add(Fault.HTTP_TRUNCATED_JSON)
        async with session.get(f"{simulator.url}/v1/voices") as response:
            assert not (await response.text()).endswith("}")
        simulator.faults.add(Fault.HTTP_DROP, times=None)
        with pytest.raises(ClientConnectionError):
            await session.get(f"{simulator.url}/v1/voices")
        simulator.faults.clear()
        await simulator.refuse()
    async with ClientSession(headers=headers) as session:
        with pytest.raises(ClientConnectionError):
            await session.get(f"{simulator.url}/v1/voices")
    await simulator.admit()
    assert (await get(simulator, "/v1/voices"))[0] == 200


async def test_handshakes_may_hang_or_be_closed_at_once(simulator: Simulator) -> None:
    """A black hole is in the journal without a status."""
    simulator.faults.add(Fault.HANDSHAKE_HANG)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), connected(simulator):
            pass
    assert simulator.journal.handshakes[-1].status == 0
    simulator.faults.add(Fault.ACCEPT_THEN_CLOSE, code=1013)
    async with connected(simulator) as socket:
        assert await frame_of(socket) == {"closed": 1013}
    simulator.plan = Plan(connections=0)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(simulator):
            pass
    assert refused.value.status == 429


async def test_an_audio_frame_may_be_no_base64_or_have_more_to_tell(simulator: Simulator) -> None:
    """Only the frame that was asked for is broken; unknown keys are in all."""
    simulator.faults.add(Fault.INVALID_BASE64, after_frames=1)
    simulator.faults.add(Fault.UNKNOWN_KEYS)
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Hello there.", **SAMANTHA})
        frames = await until(socket, "final")
    audio = [str(frame["audio"]) for frame in frames if "audio" in frame]
    assert [text.startswith("*") for text in audio] == [False, True, False, False]
    assert all("loudness_db" in frame for frame in frames if "audio" in frame)


async def test_a_binary_frame_may_come_first(simulator: Simulator) -> None:
    """Then everything else comes as usual."""
    simulator.faults.add(Fault.BINARY_FRAME)
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Hello.", **SAMANTHA})
        assert (await socket.receive()).type is WSMsgType.BINARY
        assert "final" in (await until(socket, "final"))[-1]


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        (Fault.NO_FINAL, ["session_closed"]),
        (Fault.NO_SESSION_CLOSED, ["final"]),
        (Fault.TWO_SESSION_CLOSED, ["final", "session_closed", "session_closed"]),
        (Fault.ERROR_FRAME, ["error"]),
    ],
)
async def test_a_turn_may_end_in_other_ways(simulator: Simulator, fault: Fault, ends: list[str]) -> None:
    """The next turn on the same socket is as it should be."""
    simulator.faults.add(fault, path=STREAM, after_frames=1)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Hello.", "flush": True, **SAMANTHA})
        frames = [frame for _ in ends for frame in await until(socket, *ends)]
        await socket.send_json({"text": "Again.", "flush": True})
        second = await until(socket, "session_closed")
    assert [kind for kind in kinds(frames) if kind in {"final", "session_closed", "error"}] == ends
    assert sound(second) == tone_pcm("Again.", 24_000)


async def test_a_cancel_may_stay_unanswered(simulator: Simulator) -> None:
    """The turn stops, but nobody says so."""
    simulator.profile = Profile(speed=1)
    simulator.faults.add(Fault.NO_INTERRUPTED)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "A sentence to be cancelled.", "flush": True, **SAMANTHA})
        await until(socket, "audio")
        await socket.send_json({"cancel": True})
        await socket.send_json({"update_settings": {"speed": 1.1}})
        frames = await until(socket, "settings_updated")
    assert "interrupted" not in kinds(frames)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    [
        (Fault.HTTP_PLAIN, 500, "text/plain", b"upstream connect error"),
        (Fault.HTTP_NOT_OBJECT, 200, "application/json", b"[1, 2, 3]"),
        (Fault.HTTP_EMPTY_BODY, 200, "application/json", b""),
        (Fault.HTTP_WRONG_CONTENT_TYPE, 200, "text/html", b'{"status": "healthy"}'),
    ],
)
async def test_http_bodies_may_be_of_another_kind(
    simulator: Simulator, fault: Fault, status: int, content_type: str, body: bytes
) -> None:
    """The status and the type are those of the fault."""
    simulator.faults.add(fault)
    async with ClientSession() as session, session.get(f"{simulator.url}/health") as response:
        assert (response.status, response.content_type) == (status, content_type)
        assert await response.read() == body


async def test_answers_may_come_late_or_never(simulator: Simulator) -> None:
    """A hanging request is in the journal without a status."""
    simulator.faults.add(Fault.HTTP_HANG)
    async with ClientSession() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.get(f"{simulator.url}/health")
        assert simulator.journal.calls[-1].status == 0
        simulator.faults.add(Fault.HTTP_SLOW, delay_ms=100)
        started_at = asyncio.get_running_loop().time()
        await session.get(f"{simulator.url}/health")
        assert asyncio.get_running_loop().time() - started_at >= 0.09
    simulator.faults.add(Fault.HANDSHAKE_DROP, times=2)
    with pytest.raises(ClientConnectionError):
        async with connected(simulator):
            pass


async def test_a_fault_of_one_endpoint_waits_for_that_endpoint(simulator: Simulator) -> None:
    """`/ws/tts` is not meant to be `/ws/tts/stream`, although the one's path begins like the other's."""
    simulator.faults.add(Fault.EMPTY_AUDIO, path=SPEAK)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Hello there.", "flush": True, **SAMANTHA})
        assert any("audio" in frame for frame in await until(socket, "session_closed"))
    assert simulator.faults.pending == [Fault.EMPTY_AUDIO]
    assert (await spoken(simulator, "Hello there."))[0] == b""

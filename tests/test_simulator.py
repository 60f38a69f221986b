"""The state machines of the simulator, as the protocol tells them."""

import asyncio

import pytest

from tests.simulator import (
    Fault,
    Profile,
    Simulator,
    tone_pcm,
    tone_samples,
)
from tests.simulator.probe import (
    MULTI,
    SAMANTHA,
    SPEAK,
    STREAM,
    Frame,
    connected,
    frame_of,
    get,
    kinds,
    sound,
    spoken,
    until,
)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000, 44100])
@pytest.mark.parametrize("speed", [0.8, 1.0, 1.2])
async def test_a_tone_has_exactly_its_samples(simulator: Simulator, sample_rate: int, speed: float) -> None:
    """The delivered audio is the tone of the text, at every rate and speed."""
    text = "Exactly this, no more."
    pcm, frames = await spoken(simulator, text, sample_rate=sample_rate, speed=speed)
    assert pcm == tone_pcm(text, sample_rate, speed)
    assert len(pcm) == 2 * tone_samples(text, sample_rate, speed)
    assert {frame["sr"] for frame in frames if "audio" in frame} == {sample_rate}


async def test_five_quiet_seconds_end_a_turn_despite_pings(simulator: Simulator) -> None:
    """A warning, then the rest of the audio and a proper end; text begins anew."""
    simulator.profile = Profile(idle_turn_s=0.3)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Unfinished", **SAMANTHA, "flush_timeout_ms": 9000})
        for _ in range(4):
            await asyncio.sleep(0.05)
            await socket.ping()
        frames = await until(socket, "session_closed")
        assert kinds(frames) == [
            "warning",
            "generation_started",
            "chunk_complete",
            "final",
            "session_closed",
        ]
        assert sound(frames) == tone_pcm("Unfinished", 24_000)
        await socket.send_json({"text": " business.", "flush": True})
        frames = await until(socket, "session_closed")
    assert sound(frames) == tone_pcm("business.", 24_000)


async def test_stale_text_is_spoken_before_the_turn_ends(simulator: Simulator) -> None:
    """After flush_timeout_ms the buffer is spoken and the turn goes on."""
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Well", **SAMANTHA, "flush_timeout_ms": 50})
        frames = await until(socket, "chunk_complete")
        await socket.send_json({"text": " then", "flush": True})
        frames += await until(socket, "session_closed")
    texts = [frame["text"] for frame in frames if "generation_started" in frame]
    assert texts == ["Well", "then"]
    assert frames[-1]["total_text_chunks"] == 2


async def test_sentences_are_cut_as_they_are_completed(simulator: Simulator) -> None:
    """A decimal point ends no sentence, an unclosed tag holds it back."""
    tokens = ["It is 3.", "14 now", "! <spell>A.", "B</spell> it", "? End"]
    async with connected(simulator, STREAM) as socket:
        await socket.send_json(SAMANTHA)
        for token in tokens:
            await socket.send_json({"text": token})
        await socket.send_json({"flush": True})
        frames = await until(socket, "session_closed")
    texts = [frame["text"] for frame in frames if "generation_started" in frame]
    assert texts == ["It is 3.14 now!", "<spell>A.B</spell> it?", "End"]


async def test_a_close_after_a_flush_is_answered_to_the_next_turn(simulator: Simulator) -> None:
    """The stale session_closed has no seconds and no usage."""
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Once.", "flush": True, **SAMANTHA})
        await socket.send_json({"close": True})
        await socket.send_json({"text": "Twice.", "flush": True})
        first = await until(socket, "session_closed")
        stale = await until(socket, "session_closed")
        second = await until(socket, "session_closed")
    assert "usage" in first[-1]
    assert stale == [
        {
            "session_closed": True,
            "total_audio_seconds": 0,
            "total_text_chunks": 0,
            "total_audio_chunks": 0,
        }
    ]
    assert sound(second) == tone_pcm("Twice.", 24_000)


async def test_an_empty_flush_is_answered_only_if_the_profile_says_so(
    simulator: Simulator,
) -> None:
    """Silence by default, an empty end otherwise."""
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"flush": True})
        await socket.send_json({"cancel": True})
        assert await frame_of(socket) == {"interrupted": True}
        simulator.profile = Profile(answer_empty_flush=True)
        await socket.send_json({"flush": True})
        assert kinds(await until(socket, "session_closed")) == ["final", "session_closed"]


@pytest.mark.parametrize("path", [SPEAK, STREAM])
async def test_late_audio_comes_before_interrupted_and_none_after(simulator: Simulator, path: str) -> None:
    """A cancel stops the turn; the socket speaks on."""
    simulator.profile = Profile(speed=1.0)
    simulator.faults.add(Fault.LATE_AUDIO, frames=3)
    async with connected(simulator, path) as socket:
        await socket.send_json({"text": "A rather long sentence, is it not?", "flush": True, **SAMANTHA})
        await until(socket, "audio")
        await socket.send_json({"cancel": True})
        frames = await until(socket, "interrupted")
        assert sum("audio" in frame for frame in frames) >= 3
        simulator.profile = Profile()
        await socket.send_json({"text": "Next.", "flush": True, **SAMANTHA})
        frames = await until(socket, "final")
    assert sound(frames) == tone_pcm("Next.", 24_000)


async def test_a_drain_closes_idle_sockets_now_and_busy_ones_after_their_turn(
    simulator: Simulator,
) -> None:
    """1012 for both, 1013 for newcomers, until the drain is over."""
    simulator.profile = Profile(speed=5)
    async with connected(simulator) as idle, connected(simulator, STREAM) as busy:
        await busy.send_json({"text": "Let me finish.", "flush": True, **SAMANTHA})
        await until(busy, "audio")
        await simulator.drain()
        assert await frame_of(idle) == {"closed": 1012}
        async with connected(simulator) as newcomer:
            assert await frame_of(newcomer) == {"closed": 1013}
        assert "usage" in (await until(busy, "session_closed"))[-1]
        assert await frame_of(busy) == {"closed": 1012}
    assert (await get(simulator, "/ready/tts"))[0] == 503
    simulator.resume()
    assert (await get(simulator, "/ready/tts"))[0] == 200


async def test_close_socket_ends_the_turn_and_the_connection(simulator: Simulator) -> None:
    """The turn is spoken to its end, then the code is 1000."""
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Goodbye", **SAMANTHA})
        await socket.send_json({"close_socket": True})
        frames = await until(socket)
    assert sound(frames) == tone_pcm("Goodbye", 24_000)
    assert frames[-1] == {"closed": 1000}


async def test_contexts_are_reaped_unless_kept_alive(simulator: Simulator) -> None:
    """An empty text keeps a context alive; the other one times out."""
    simulator.profile = Profile(context_idle_s=0.3)
    first = {"text": " ", "voice_settings": {"voice_id": 268}}
    async with connected(simulator, MULTI) as socket:
        for name in ("kept", "left"):
            await socket.send_json(first | {"context_id": name})
            await until(socket, "context_created")
        for _ in range(3):
            await asyncio.sleep(0.15)
            await socket.send_json({"text": "", "context_id": "kept"})
        assert await frame_of(socket) == {"context_timeout": True, "context_id": "left"}
        await socket.send_json({"text": "Here.", "context_id": "kept", "flush": True})
        frames = await until(socket, "final")
    assert sound(frames) == tone_pcm("Here.", 24_000)


async def test_a_context_without_voice_settings_has_no_voice(simulator: Simulator) -> None:
    """A top-level voice does not bind; creation succeeds, speech fails."""
    async with connected(simulator, MULTI) as socket:
        await socket.send_json({"text": " ", "context_id": "mute", "voice_id": 1071})
        assert await frame_of(socket) == {"context_created": True, "context_id": "mute"}
        await socket.send_json({"text": "Hello?", "context_id": "mute"})
        refused = await frame_of(socket)
    assert (refused["error_code"], refused["context_id"]) == ("MISSING_VOICE_ID", "mute")


@pytest.mark.parametrize(
    ("settings", "error_code"),
    [
        ({"speed": 1.3}, "VALIDATION_ERROR"),
        ({"temperature": -0.1}, "VALIDATION_ERROR"),
        ({"max_new_tokens": 2049}, "VALIDATION_ERROR"),
        ({"sample_rate": 48_000}, "VALIDATION_ERROR"),
        ({"output_format": "mp3"}, "VALIDATION_ERROR"),
        ({"output_format": "ulaw_8000", "sample_rate": 16_000}, "VALIDATION_ERROR"),
        ({"language": "de-DE"}, "VALIDATION_ERROR"),
        ({"model_id": "kugel-9"}, "VALIDATION_ERROR"),
        ({"dictionary_ids": [7]}, "VALIDATION_ERROR"),
        ({"voice_id": None}, "MISSING_VOICE_ID"),
        ({"voice_id": 4}, "NOT_FOUND"),
        ({"text": "  "}, "VALIDATION_ERROR"),
        ({"text": "x" * 10_001}, "VALIDATION_ERROR"),
    ],
)
async def test_values_out_of_range_are_refused(simulator: Simulator, settings: Frame, error_code: str) -> None:
    """The frame names the code and the request; the socket stays open."""
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Hello.", **SAMANTHA, **settings})
        refused = await frame_of(socket)
        assert refused["error_code"] == error_code
        assert str(refused["request_id"]).startswith("req_")
        accepted = {"cfg_scale": 9, "voice_id": "samantha-ferris", "sample_rate": 24_000}
        await socket.send_json({"text": "Hello.", **accepted, "output_format": "alaw_8000"})
        frames = await until(socket, "final", "error")
    assert (frames[0]["enc"], frames[0]["samples"]) == ("alaw", 1600)


async def test_costs_may_be_unavailable(simulator: Simulator) -> None:
    """Then the cost is null and says so, never zero."""
    simulator.profile = Profile(cost=False)
    _, frames = await spoken(simulator, "Hello.")
    usage = frames[-1]["usage"]
    assert isinstance(usage, dict)
    assert (usage["cost_cents"], usage["cost_unavailable"]) == (None, True)

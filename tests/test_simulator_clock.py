"""The simulator lives by its loop's clock: a made one drives it."""

import pytest

from tests.made_time import MadeTime
from tests.simulator import Profile, Simulator, tone_pcm
from tests.simulator.probe import SAMANTHA, STREAM, connected, kinds, sound, until


async def test_the_pace_of_speech_is_that_of_a_made_clock(simulator: Simulator) -> None:
    """A sentence that takes a quarter of an hour is over at once, and its records tell of all the time."""
    simulator.profile = Profile(first_audio_ms=30_000, speed=0.001)
    async with connected(simulator) as socket:
        await socket.send_json({"text": "Long.", **SAMANTHA})
        frames = await until(socket, "final")
    record = simulator.journal.sockets[0]
    assert sound(frames) == tone_pcm("Long.", 24_000)
    assert record.sent[0].at - record.received[0].at == pytest.approx(30)
    assert record.sent[1].at - record.sent[0].at == pytest.approx(200, abs=10)


async def test_the_silence_that_ends_a_turn_is_that_of_a_made_clock(simulator: Simulator, made_time: MadeTime) -> None:
    """Hours without text are over when the clock says so."""
    simulator.profile = Profile(idle_turn_s=7_200)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Unfinished", **SAMANTHA, "flush_timeout_ms": 9_000})
        begun_at_s = made_time.time()
        frames = await until(socket, "session_closed")
    assert made_time.time() - begun_at_s == pytest.approx(7_200, abs=1)
    assert "warning" in kinds(frames)

"""Silence in the gaps of a growing text."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import pairwise

import pytest

from custom_components.kugelaudio.speech.filler import Filler
from tests.made_time import MadeTime

RATE = 8000
BYTES_PER_SECOND = 2 * RATE


def words(seconds: float) -> bytes:
    """Return PCM that is not silent."""
    return b"\1\1" * round(seconds * RATE)


async def speech(*parts: bytes | float, closed: list[str] | None = None) -> AsyncGenerator[bytes]:
    """Yield PCM, and wait for as many seconds as a number says."""
    try:
        for part in parts:
            if isinstance(part, float):
                await asyncio.sleep(part)
            else:
                yield part
    finally:
        (closed if closed is not None else []).append("closed")


async def heard(*parts: bytes | float) -> list[bytes]:
    """Return what a player gets."""
    return [pcm async for pcm in Filler(RATE).around(speech(*parts))]


def silent_seconds(pieces: list[bytes]) -> float:
    """Return how much silence is among the pieces."""
    return sum(len(piece) for piece in pieces if not any(piece)) / BYTES_PER_SECOND


@pytest.mark.usefixtures("made_time")
async def test_audio_that_keeps_pace_is_left_alone() -> None:
    """No silence while the player has something to play."""
    pieces = [words(0.5), words(0.3), words(0.1)]
    assert await heard(pieces[0], 0.1, pieces[1], 0.1, pieces[2]) == pieces


@pytest.mark.usefixtures("made_time")
async def test_a_gap_is_filled_while_it_lasts() -> None:
    """From shortly before the player has played everything until audio is there, and no longer."""
    pieces = await heard(words(0.8), 1.0, words(0.1), words(0.1))
    assert pieces[0] == words(0.8)
    assert pieces[-2:] == [words(0.1), words(0.1)]
    assert 0.35 <= silent_seconds(pieces) <= 0.45


@pytest.mark.usefixtures("made_time")
async def test_frames_that_are_shorter_than_the_reserve_are_left_alone() -> None:
    """Silence between two of them would tear a word apart: only half a second without a byte is a gap."""
    pieces = [words(0.05)] * 4
    assert await heard(*[part for piece in pieces for part in (piece, 0.45)]) == pieces


async def test_silence_is_paced(made_time: MadeTime) -> None:
    """A player gets as much of it as time has passed, not a heap at once."""
    started = made_time.time()
    async with aclosing(Filler(RATE).around(speech(words(0.1), 5.0))) as player:
        length = 0
        while length < 1.6 * BYTES_PER_SECOND:
            length += len(await anext(player))
    assert made_time.time() - started == pytest.approx(1.75, abs=0.06)


@pytest.mark.usefixtures("made_time")
async def test_before_the_first_audio_it_waits_longer() -> None:
    """A provider that is a little slow does not make every utterance begin with silence."""
    assert silent_seconds(await heard(2.9, words(0.1))) == 0
    assert silent_seconds(await heard(4.0, words(0.1))) == pytest.approx(1.2, abs=0.06)


async def test_never_more_than_four_seconds_pass_without_a_byte(made_time: MadeTime) -> None:
    """Not even while the player has much to play: a satellite looks at what comes, not at what it has."""
    times = [made_time.time()]
    silent = 0
    async with aclosing(Filler(RATE).around(speech(words(17), 14.0, words(1), 2.0))) as player:
        async for piece in player:
            times.append(made_time.time())
            silent += not any(piece)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= 4
    # A breath of it: nobody hears that.
    assert silent == 3


async def test_what_is_left_to_play_is_known(made_time: MadeTime) -> None:
    """For whoever wants to know how long the silence is that a listener hears."""
    filler = Filler(RATE)
    async with aclosing(filler.around(speech(words(2), 1.5, words(1)))) as player:
        await anext(player)
        assert filler.left_to_play_s == pytest.approx(2)
        await anext(player)
        assert filler.left_to_play_s == pytest.approx(1.5)
    await asyncio.sleep(2)
    assert filler.left_to_play_s == 0
    assert made_time.time()


async def test_nothing_said_is_nothing_heard() -> None:
    """A speech without audio ends without a byte."""
    assert await heard() == []


@pytest.mark.usefixtures("made_time")
async def test_a_failure_ends_the_silence() -> None:
    """The player learns of it."""

    async def failing() -> AsyncGenerator[bytes]:
        yield words(0.01)
        await asyncio.sleep(2)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        [pcm async for pcm in Filler(RATE).around(failing())]


@pytest.mark.usefixtures("made_time")
async def test_who_stops_listening_ends_the_speech() -> None:
    """Also in the middle of the silence."""
    closed: list[str] = []
    async with aclosing(Filler(RATE).around(speech(words(0.01), 5.0, closed=closed))) as player:
        await anext(player)
        assert not any(await anext(player))
    assert closed == ["closed"]

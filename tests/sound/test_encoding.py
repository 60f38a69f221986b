"""A listener's stream, from the pieces of a generation."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field
import threading

import pytest

from custom_components.kugelaudio.sound.encoding import encoded, few_at_once

from .listening import RATE, encoder, speech, stream

PIECE = 2 * RATE // 50


@dataclass(slots=True)
class Threads:
    """Stands for Home Assistant's executor, and counts what it is given."""

    calls: int = 0
    used: set[int] = field(default_factory=set)

    async def run(self, function: Callable[[], bytes]) -> bytes:
        """Call a function in a thread."""
        self.calls += 1
        return await asyncio.to_thread(self._called, function)

    def _called(self, function: Callable[[], bytes]) -> bytes:
        self.used.add(threading.get_ident())
        return function()


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    """Yield pieces that are all there."""
    for piece in pieces:
        yield piece


async def broken(*pieces: bytes) -> AsyncIterator[bytes]:
    """Yield pieces, and fail."""
    for piece in pieces:
        yield piece
    raise ConnectionError


async def heard(parts: AsyncIterable[bytes], made: list[bytes]) -> bytes:
    """Return a stream; what comes before an error is in `made`."""
    async for part in parts:
        made.append(part)  # noqa: PERF401  it counts, even if there is no end
    return b"".join(made)


def short_pieces() -> list[bytes]:
    """Return speech in pieces of 20 ms."""
    return [speech()[start : start + PIECE] for start in range(0, len(speech()), PIECE)]


@pytest.mark.parametrize("name", ["mp3", "flac", "wav", "au"])
@pytest.mark.parametrize("sample_rate", [RATE, 48_000])
async def test_a_stream_is_the_same_wherever_it_is_made(name: str, sample_rate: int) -> None:
    """Short pieces in the event loop, long ones in threads."""
    meant = stream(encoder(name, sample_rate), speech())
    for pieces in ([speech()], [speech()[:PIECE], speech()[PIECE:]], short_pieces()):
        made = [part async for part in encoded(of(*pieces), encoder(name, sample_rate), Threads().run)]
        assert b"".join(made) == meant
        assert all(made)


async def test_the_head_comes_with_the_first_sound() -> None:
    """Nobody gets a head alone."""
    made = encoded(of(*short_pieces()), encoder("flac"), Threads().run)
    first = await anext(made)
    assert first.startswith(b"fLaC")
    assert len(first) > 42 + 100
    await made.aclose()


async def test_no_sound_gives_no_head() -> None:
    """What is empty is empty."""
    assert [part async for part in encoded(of(), encoder("wav"), Threads().run)] == []


async def test_long_pieces_are_encoded_in_threads() -> None:
    """In parts, so that listeners get each of them early."""
    threads = Threads()
    made = [part async for part in encoded(of(speech() * 20), encoder("mp3"), threads.run)]
    assert len(made) > 10
    # The first sound and a short rest are quicker without one.
    assert threads.calls >= len(made) - 2
    assert threading.get_ident() not in threads.used


@pytest.mark.parametrize(("name", "sample_rate"), [("mp3", RATE), ("flac", RATE), ("flac", 48_000)])
async def test_the_first_sound_needs_no_thread(name: str, sample_rate: int) -> None:
    """However long the first piece is."""
    threads = Threads()
    made = encoded(of(speech()), encoder(name, sample_rate), threads.run)
    assert await anext(made)
    assert threads.calls == 0
    assert [part async for part in made]
    assert threads.calls > 0


async def test_short_pieces_are_encoded_in_the_loop() -> None:
    """A thread would take longer; only the end is left to one."""
    threads = Threads()
    assert [part async for part in encoded(of(*short_pieces()), encoder("mp3"), threads.run)]
    assert threads.calls == 1


async def test_samples_as_they_are_need_no_thread() -> None:
    """Not even for the end: satellites get them as fast as they come."""
    threads = Threads()
    assert [part async for part in encoded(of(*short_pieces()), encoder("wav"), threads.run)]
    assert threads.calls == 0


async def test_others_have_their_turn_between_pieces() -> None:
    """Though all are there already."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    pieces = short_pieces()
    assert [part async for part in encoded(of(*pieces), encoder("wav"), Threads().run)]
    assert turns >= len(pieces)
    task.cancel()


@pytest.mark.parametrize("name", ["mp3", "flac", "wav"])
@pytest.mark.parametrize("count", [0, 3])
async def test_a_generation_that_fails_fails_its_listeners(name: str, count: int) -> None:
    """With the same error, and without the end that a whole one has."""
    threads = Threads()
    made: list[bytes] = []
    with pytest.raises(ConnectionError):
        await heard(encoded(broken(*short_pieces()[:count]), encoder(name), threads.run), made)
    assert threads.calls == 0
    assert bool(made) == (count > 0)


async def test_an_encoder_that_fails_fails_its_listener() -> None:
    """In a thread as in the loop."""

    async def failing(_: Callable[[], bytes]) -> bytes:
        raise MemoryError

    with pytest.raises(MemoryError):
        await heard(encoded(of(speech()), encoder("mp3"), failing), [])


async def test_few_threads_work_at_once() -> None:
    """However many listeners there are; all get what is theirs."""
    working = most = 0

    async def counted(function: Callable[[], bytes]) -> bytes:
        nonlocal working, most
        working += 1
        most = max(most, working)
        made = await Threads().run(function)
        working -= 1
        return made

    run = few_at_once(counted)
    listeners = [heard(encoded(of(speech()), encoder(name), run), []) for name in ("mp3", "flac", "mp3", "flac")]
    mp3, flac, *others = await asyncio.gather(*listeners)
    assert (mp3, flac) == (stream(encoder("mp3"), speech()), stream(encoder("flac"), speech()))
    assert others == [mp3, flac]
    assert most == 2

"""PCM between whoever makes it and whoever fetches it."""

import asyncio

import pytest

from custom_components.kugelaudio.speech.tape import Memory, Tape
from tests.made_time import MadeTime


async def fetched(tape: Tape) -> bytes:
    """Return all that is fetched."""
    heard = b""
    while await tape.has_news(None) and (piece := tape.take()) is not None:
        heard += piece
    return heard


async def test_pieces_come_in_order_until_the_end() -> None:
    """Empty ones, too: they tell something."""
    tape = Tape(Memory())
    fetching = asyncio.create_task(fetched(tape))
    for piece in (b"", b"ab", b"cd"):
        await tape.put(piece)
    tape.end()
    assert await fetching == b"abcd"
    assert tape.is_at_end
    assert tape.fetched_bytes == 4


async def test_what_it_ended_with_is_raised_after_the_last_piece() -> None:
    """Nothing that came is lost."""
    tape = Tape(Memory())
    await tape.put(b"ab")
    tape.end(RuntimeError("broken"))
    assert not tape.is_at_end
    assert tape.take() == b"ab"
    with pytest.raises(RuntimeError, match="broken"):
        tape.take()


async def test_memory_holds_up_whoever_makes_more() -> None:
    """But never one whose listener has nothing left: somebody always goes on."""
    memory = Memory(most_bytes=10)
    slow, other = Tape(memory), Tape(memory)
    await slow.put(b"x" * 10)
    waiting = asyncio.create_task(slow.put(b"y"))
    await other.put(b"z" * 5)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert memory.waiting_bytes == 15
    slow.take()
    await waiting
    assert memory.waiting_bytes == 6
    slow.clear()
    other.clear()
    assert memory.waiting_bytes == 0
    assert not memory.is_full


async def test_news_may_be_waited_for_with_a_limit(made_time: MadeTime) -> None:
    """As long as there is neither a piece nor an end."""
    tape = Tape(Memory())
    begin = made_time.time()
    assert not await tape.has_news(3)
    assert made_time.time() - begin == pytest.approx(3)
    tape.end()
    assert await tape.has_news(3)


async def test_what_was_taken_back_is_no_news() -> None:
    """Who waits is told of what comes after it."""
    tape = Tape(Memory())
    news = asyncio.create_task(tape.has_news(None))
    await asyncio.sleep(0)
    await tape.put(b"taken back")
    tape.clear()
    await asyncio.sleep(0)
    assert not news.done()
    await tape.put(b"kept")
    assert await news
    assert tape.take() == b"kept"


async def test_what_nobody_fetches_is_known(made_time: MadeTime) -> None:
    """From when it came, or the one before it was fetched."""
    tape = Tape(Memory())
    await asyncio.sleep(5)
    assert tape.waited_s == 0
    await tape.put(b"a")
    await tape.put(b"b")
    await asyncio.sleep(5)
    assert tape.waited_s == pytest.approx(5)
    tape.take()
    assert tape.waited_s == 0
    tape.take()
    await asyncio.sleep(5)
    assert tape.waited_s == 0
    assert made_time.time()


async def test_who_has_left_holds_nothing() -> None:
    """Not even what somebody is just about to put there."""
    memory = Memory(most_bytes=10)
    tape = Tape(memory)
    await tape.put(b"x" * 10)
    waiting = asyncio.create_task(tape.put(b"y"))
    await asyncio.sleep(0)
    tape.leave()
    await waiting
    assert memory.waiting_bytes == 0


def test_what_is_kept_for_others_has_a_limit() -> None:
    """Of all that an account speaks."""
    memory = Memory()
    assert memory.may_keep(3_000_000)
    assert not memory.may_keep(1_000_001)
    memory.forget(3_000_000)
    assert memory.may_keep(4_000_000)

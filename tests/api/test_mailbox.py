"""The queue between the reader of a socket and the one who listens."""

import asyncio

import pytest

from custom_components.kugelaudio.api.mailbox import Mailbox


async def test_items_come_in_order() -> None:
    """Those that are there at once, those that are waited for, too."""
    mailbox = Mailbox[int](3)
    for item in range(3):
        await mailbox.put(item)
    assert [await mailbox.get(1) for _ in range(3)] == [0, 1, 2]
    waiting = asyncio.create_task(mailbox.get(1))
    await asyncio.sleep(0)
    mailbox.put_now(3)
    mailbox.put_now(4)
    assert await waiting == 3
    assert await mailbox.get(1) == 4
    assert mailbox.is_empty
    mailbox.clear()


async def test_who_puts_waits_for_room() -> None:
    """The socket is not read faster than somebody listens."""
    mailbox = Mailbox[int](1)
    await mailbox.put(0)
    assert mailbox.is_full
    waiting = asyncio.create_task(mailbox.put(1))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert [await mailbox.get(1) for _ in range(2)] == [0, 1]
    await waiting
    mailbox.clear()


async def test_nothing_within_the_time_is_a_timeout() -> None:
    """Whether the limit is earlier or later than the one of the wait before."""
    mailbox = Mailbox[int](1)
    now = asyncio.get_running_loop().time
    for limit_s in (0.1, 0.02, 0.06):
        begun = now()
        with pytest.raises(TimeoutError):
            await mailbox.get(limit_s)
        assert limit_s * 0.9 <= now() - begun < limit_s + 0.1
    mailbox.clear()


async def test_an_item_in_time_moves_the_limit() -> None:
    """The timer of an earlier wait ends no later one."""
    mailbox = Mailbox[int](1)
    mailbox.put_now(0)
    waiting = asyncio.create_task(_three(mailbox))
    for item in (1, 2):
        await asyncio.sleep(0.06)
        mailbox.put_now(item)
    assert await waiting == [0, 1, 2]
    await asyncio.sleep(0.1)
    mailbox.clear()


async def _three(mailbox: Mailbox[int]) -> list[int]:
    return [await mailbox.get(0.1) for _ in range(3)]


async def test_a_listener_who_leaves_takes_nothing() -> None:
    """What comes later is for the next one."""
    mailbox = Mailbox[int](1)
    leaving = asyncio.create_task(mailbox.get(1))
    await asyncio.sleep(0)
    leaving.cancel()
    mailbox.put_now(1)
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await mailbox.get(1) == 1
    mailbox.clear()

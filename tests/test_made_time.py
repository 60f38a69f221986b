"""Time that is made: limits have their real lengths and cost nothing, and what is real is waited for."""

import asyncio
import sys
import time

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
from homeassistant.helpers.event import async_call_later
import pytest

from tests.made_time import MadeTime
from tests.simulator import Fault, Simulator

PATIENCE_S = 20


@pytest.fixture(autouse=True)
def quick() -> object:
    """Fail where a test waited really."""
    begun_at = time.perf_counter()
    yield
    assert time.perf_counter() - begun_at < PATIENCE_S


async def test_a_wait_costs_nothing(made_time: MadeTime) -> None:
    """A day passes at once, and not a moment too many."""
    begun_at_s = made_time.time()
    await asyncio.sleep(86_400)
    assert made_time.time() - begun_at_s == pytest.approx(86_400)
    assert asyncio.get_running_loop().time() == made_time.time()


async def test_work_takes_no_time(made_time: MadeTime) -> None:
    """A machine that is slow changes nothing."""
    begun_at_s = made_time.time()
    async with asyncio.timeout(0.01):
        time.sleep(0.05)  # noqa: ASYNC251 - what a slow machine does
        await asyncio.sleep(0.009)
    assert made_time.time() - begun_at_s == pytest.approx(0.009)


async def test_a_thread_is_waited_for(made_time: MadeTime) -> None:
    """However long it takes, no limit passes meanwhile."""
    begun_at_s = made_time.time()
    async with asyncio.timeout(0.01):
        await asyncio.to_thread(time.sleep, 0.1)
    assert made_time.time() == begun_at_s


async def test_a_process_is_waited_for_while_it_works(made_time: MadeTime) -> None:
    """From its start to the last byte of its answer."""
    begun_at_s = made_time.time()
    async with asyncio.timeout(0.01):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "print(len([0 for _ in range(3_000_000)]), input())"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate(b"done\n")
    assert answer == b"3000000 done\n"
    assert made_time.time() == begun_at_s


async def test_a_process_that_hangs_is_not_waited_for(made_time: MadeTime) -> None:
    """Limits of processes pass as all others do."""
    begun_at_s = made_time.time()
    process = await asyncio.create_subprocess_exec("sleep", "1000")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(500):
            await process.wait()
    process.kill()
    await process.wait()
    assert made_time.time() - begun_at_s == pytest.approx(500)


async def test_sockets_are_real(made_time: MadeTime, simulator: Simulator) -> None:
    """What is under way arrives before any limit passes, and who does not answer is given up at the limit."""
    begun_at_s = made_time.time()
    async with ClientSession() as session:
        for _ in range(20):
            async with asyncio.timeout(0.001), session.get(f"{simulator.url}/v1/voices") as answer:
                assert len(await answer.read()) > 1
        assert made_time.time() == begun_at_s
        simulator.faults.add(Fault.HTTP_HANG, None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(200), session.get(f"{simulator.url}/v1/voices"):
                pytest.fail("It answered.")
    assert made_time.time() - begun_at_s == pytest.approx(200)


async def test_home_assistant_and_the_simulator_keep_the_same_time(made_time: MadeTime, hass: HomeAssistant) -> None:
    """Their timers run in the order of their lengths."""
    order: list[tuple[str, int]] = []
    begun_at_s = made_time.time()
    async_call_later(hass, 3600, lambda _now: order.append(("late", round(made_time.time() - begun_at_s))))
    async_call_later(hass, 60, lambda _now: order.append(("early", round(made_time.time() - begun_at_s))))
    await asyncio.sleep(3601)
    assert order == [("early", 60), ("late", 3600)]

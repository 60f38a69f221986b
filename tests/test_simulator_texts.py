"""Texts that are too long for the plan, and the simulator's own switches for plans and providers."""

import asyncio
from dataclasses import replace
import sys

from aiohttp import ClientSession
import pytest

from tests.simulator import SEEDS, TIERS, Plan, Profile, Simulator, tone_pcm
from tests.simulator.probe import MULTI, SAMANTHA, STREAM, connected, frame_of, posted, sound, spoken, until

START_LIMIT_S = 60


@pytest.mark.parametrize(("status", "error_code"), [(413, "VALIDATION_ERROR"), (429, "RATE_LIMITED")])
async def test_a_text_is_too_long_for_its_plan(simulator: Simulator, status: int, error_code: str) -> None:
    """By 413, or by the 429 of older servers, which has no Retry-After; one character less is spoken."""
    simulator.plan = TIERS[1]
    simulator.profile = Profile(too_long_status=status)
    refused = (await spoken(simulator, "a" * 2_001))[1][-1]
    assert (refused["code"], refused["error_code"], "retry_after" in refused) == (status, error_code, False)
    code, headers, _ = await posted(simulator, text="a" * 2_001)
    assert (code, "Retry-After" in headers) == (status, False)
    assert (await spoken(simulator, "a" * 2_000))[0] == tone_pcm("a" * 2_000, 24_000)


async def test_the_smaller_of_model_and_plan_holds(simulator: Simulator) -> None:
    """A plan that allows more than the model does changes nothing."""
    simulator.plan = TIERS[4]
    assert (await spoken(simulator, "a" * 10_001))[1][-1]["code"] == 413


async def test_a_turn_that_grows_too_long_has_failed(simulator: Simulator) -> None:
    """All its texts count; nothing more comes of it, and the next turn is spoken."""
    simulator.plan = Plan(characters=20, generations=1)
    async with connected(simulator, STREAM) as socket:
        await socket.send_json({"text": "Fifteen letters", **SAMANTHA, "flush_timeout_ms": 60_000})
        await socket.send_json({"text": " and more"})
        assert (await frame_of(socket))["code"] == 413
        await socket.send_json({"text": "Once more.", "flush": True})
        frames = await until(socket, "session_closed")
    assert sound(frames) == tone_pcm("Once more.", 24_000)


async def test_a_context_that_grows_too_long_has_failed(simulator: Simulator) -> None:
    """Up to a flush its texts count; then it may say as much again."""
    simulator.plan = Plan(characters=20, generations=1)
    context = {"context_id": "one", "voice_settings": SAMANTHA}
    async with connected(simulator, MULTI) as socket:
        for _ in range(2):
            await socket.send_json({"text": "Fifteen letters", "flush": True, **context})
            assert sound(await until(socket, "final")) == tone_pcm("Fifteen letters", 24_000)
        await socket.send_json({"text": "Fifteen letters", **context})
        await socket.send_json({"text": " and more", **context})
        refused = await frame_of(socket)
        assert (refused["code"], refused["context_id"]) == (413, "one")
        await socket.send_json({"text": "Others.", "flush": True, **context, "context_id": "two"})
        assert sound(await until(socket, "final")) == tone_pcm("Others.", 24_000)


async def test_plan_and_provider_change_while_it_runs(simulator: Simulator) -> None:
    """Over HTTP; what does not exist is refused."""
    base = f"{simulator.url}/_simulator"
    async with ClientSession() as session:
        async with session.patch(f"{base}/plan", json={"tier": 1, "refusal": "close", "characters": 5}) as response:
            told = await response.json()
        assert told["plan"] == {
            "requests_per_minute": 60,
            "generations": 1,
            "connections": 10,
            "characters": 5,
            "refusal": "close",
            "tells_retry_after": True,
        }
        assert told["account"]["requests"] == 0
        await session.patch(f"{base}/plan", json={"characters": None})
        assert simulator.plan.characters is None
        assert simulator.plan.generations == 1
        await session.patch(f"{base}/profile", json={"provider": "seeds", "accept_header_key": True, "models": ["a"]})
        assert simulator.profile == replace(SEEDS, accept_header_key=True, models=("a",))
        for path, wrong in (
            ("plan", {"tier": 9}),
            ("plan", {"speakers": 2}),
            ("plan", {"refusal": "politely"}),
            ("profile", {"provider": "another"}),
            ("profile", {"envelope": "brown"}),
        ):
            async with session.patch(f"{base}/{path}", json=wrong) as response:
                assert response.status == 400


@pytest.mark.usefixtures("socket_enabled")
async def test_plan_and_provider_are_chosen_on_the_command_line() -> None:
    """`python -m tests.simulator --plan 1 --provider seeds`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulator", "--port", "0", "--plan", "1", "--provider", "seeds"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(START_LIMIT_S), ClientSession() as session:
            url = (await process.stdout.readline()).decode().removeprefix("url ").strip()
            async with session.get(f"{url}/_simulator/plan") as response:
                assert (await response.json())["plan"]["generations"] == 1
            async with session.get(f"{url}/_simulator/profile") as response:
                assert (await response.json())["max_text_length"] == 4_096
    finally:
        process.terminate()
        await process.communicate()

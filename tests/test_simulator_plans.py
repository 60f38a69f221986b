"""The plans of the provider, as the simulator measures them."""

import asyncio
from dataclasses import replace

from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError
import pytest

from tests.simulator import TIERS, Fault, KeyKind, Plan, Profile, Refusal, Simulator, tone_pcm
from tests.simulator.meter import Account
from tests.simulator.probe import (
    MULTI,
    SAMANTHA,
    SPEAK,
    STREAM,
    connected,
    frame_of,
    happened,
    posted,
    sound,
    spoken,
    until,
)

SLOW = Profile(speed=0.01)
HELLO = {"text": "Hello there.", "flush": True, **SAMANTHA}
WHOLE = tone_pcm("Hello there.", 24_000)


def account_of(simulator: Simulator) -> Account:
    """Return the counts of the normal key."""
    return simulator.meter.account(simulator.key)


async def begin(simulator: Simulator, socket: ClientWebSocketResponse, **more: object) -> None:
    """Let a generation begin that takes longer than the test."""
    profile, simulator.profile = simulator.profile, SLOW
    await socket.send_json({**HELLO, **more})
    await until(socket, "audio")
    simulator.profile = profile


@pytest.mark.parametrize(
    ("tier", "limits"),
    [
        (1, (60, 1, 10, 2_000)),
        (2, (300, 5, 50, 15_800)),
        (3, (600, 10, 100, 15_800)),
        (4, (1_200, 20, 200, 15_800)),
    ],
)
def test_the_tiers_are_those_of_the_provider(tier: int, limits: tuple[int, int, int, int]) -> None:
    """Requests per minute, generations, connections, characters."""
    plan = TIERS[tier]
    assert (plan.requests_per_minute, plan.generations, plan.connections, plan.characters) == limits


async def test_the_first_tier_makes_one_generation_at_a_time(simulator: Simulator) -> None:
    """The second is refused by a frame, and accepted when the first has ended."""
    simulator.plan = TIERS[1]
    async with connected(simulator) as first, connected(simulator) as second:
        await begin(simulator, first)
        await second.send_json(HELLO)
        refused = await frame_of(second)
        assert (refused["code"], refused["error_code"], refused["retry_after"]) == (429, "RATE_LIMITED", 1)
        await first.send_json({"cancel": True})
        await until(first, "interrupted")
        await second.send_json(HELLO)
        assert sound(await until(second, "final")) == WHOLE
    assert (account_of(simulator).peak_generations, account_of(simulator).refused_generations) == (1, 1)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refusal.FRAME, ["error"]),
        (Refusal.FRAME_AND_CLOSE, ["error", "closed"]),
        (Refusal.CLOSE, ["closed"]),
        (Refusal.UPGRADE, ["error"]),
    ],
)
@pytest.mark.parametrize("path", [SPEAK, STREAM, MULTI])
async def test_a_generation_is_refused_in_the_way_of_the_plan(
    simulator: Simulator, path: str, refusal: Refusal, told: list[str]
) -> None:
    """By a frame, by close 4029, or by both; Retry-After only if the server tells it."""
    simulator.plan = replace(TIERS[1], refusal=refusal, tells_retry_after=False)
    context = {"context_id": "one", "voice_settings": SAMANTHA} if path == MULTI else {}
    async with connected(simulator) as busy, connected(simulator, path) as socket:
        await begin(simulator, busy)
        simulator.profile = Profile()
        await socket.send_json({**HELLO, **context})
        frames = [frame for frame in await until(socket, told[-1]) if "context_created" not in frame]
    assert [kind for frame in frames for kind in frame if kind in {"error", "closed"}] == told
    assert frames[0].get("context_id") == (context.get("context_id") if "error" in frames[0] else None)
    assert not any("retry_after" in frame for frame in frames)
    assert ("closed" not in told) or frames[-1] == {"closed": 4029}


@pytest.mark.parametrize("tells", [True, False])
async def test_an_upgrade_may_be_refused_because_of_generations(simulator: Simulator, *, tells: bool) -> None:
    """While the account makes all that it may, no further socket is opened."""
    simulator.plan = replace(TIERS[1], refusal=Refusal.UPGRADE, tells_retry_after=tells)
    async with connected(simulator) as busy:
        await begin(simulator, busy)
        with pytest.raises(WSServerHandshakeError) as refused:
            async with connected(simulator):
                pass
    assert refused.value.status == 429
    assert refused.value.headers is not None
    assert refused.value.headers.get("Retry-After") == ("1" if tells else None)


async def test_all_endpoints_share_the_slots_of_an_account(simulator: Simulator) -> None:
    """A text, a turn and a context leave none for REST; another account has its own."""
    simulator.plan = Plan(generations=3)
    simulator.keys["ka_other"] = KeyKind.NORMAL
    async with (
        connected(simulator, SPEAK) as text,
        connected(simulator, STREAM) as turn,
        connected(simulator, MULTI) as contexts,
    ):
        await begin(simulator, text)
        await begin(simulator, turn)
        await begin(simulator, contexts, context_id="one", voice_settings=SAMANTHA)
        status, headers, _ = await posted(simulator, text="Hello there.")
        assert (status, headers["Retry-After"]) == (429, "1")
        assert (await posted(simulator, "ka_other", text="Hello there."))[2] == WHOLE
        simulator.plan = Plan(generations=4)
        assert (await posted(simulator, text="Hello there."))[2] == WHOLE
    assert account_of(simulator).peak_generations == 4


async def test_each_context_that_speaks_counts(simulator: Simulator) -> None:
    """The sixth of the second tier is refused by its name; one that has not spoken yet counts nothing."""
    simulator.plan = TIERS[2]
    async with connected(simulator, MULTI) as socket:
        for name in "abcdef":
            await socket.send_json({"text": " ", "context_id": name, "voice_settings": SAMANTHA})
            await until(socket, "context_created")
        assert account_of(simulator).generations == 0
        simulator.profile = SLOW
        for name in "abcdef":
            await socket.send_json({"text": "Hello there.", "context_id": name, "flush": True})
        refused = (await until(socket, "error"))[-1]
    assert (refused["code"], refused["context_id"]) == (429, "f")


async def test_a_context_gives_its_slot_back_between_its_texts(simulator: Simulator) -> None:
    """What it says up to a flush is one generation, and takes one request."""
    simulator.plan = TIERS[1]
    async with connected(simulator, MULTI) as socket:
        for name in ("one", "two", "one"):
            await socket.send_json({**HELLO, "context_id": name, "voice_settings": SAMANTHA})
            assert sound(await until(socket, "final")) == WHOLE
    assert (account_of(simulator).peak_generations, len(account_of(simulator).requests)) == (1, 3)


@pytest.mark.parametrize("path", [SPEAK, STREAM, "rest"])
async def test_a_slot_is_free_when_all_is_made_though_nobody_reads(simulator: Simulator, path: str) -> None:
    """More than any buffer of a system holds is made without the client; then it is read, whole."""
    text = "a" * 8_000
    simulator.plan = Plan(generations=1)

    def is_over() -> bool:
        account = account_of(simulator)
        return bool(account.requests) and not account.generations

    if path == "rest":
        headers = {"Authorization": f"Bearer {simulator.key}"}
        async with (
            ClientSession(headers=headers) as session,
            session.post(f"{simulator.url}/v1/tts/generate", json={"text": text, **SAMANTHA}) as response,
        ):
            await happened(is_over)
            heard = await response.read()
    else:
        async with connected(simulator, path) as socket:
            await socket.send_json({"text": text, "flush": True, **SAMANTHA})
            await happened(is_over)
            heard = sound(await until(socket, "final"))
    assert len(heard) == len(tone_pcm(text, 24_000))


async def test_a_client_that_leaves_gives_the_slot_back(simulator: Simulator) -> None:
    """Whether it closes the socket or the request, or a fault ends the speech."""
    simulator.plan = TIERS[1]
    for path in (SPEAK, STREAM, MULTI):
        async with connected(simulator, path) as socket:
            await begin(simulator, socket, context_id="one", voice_settings=SAMANTHA)
        await happened(lambda: not account_of(simulator).generations)
        simulator.faults.add(Fault.ERROR_FRAME, after_frames=1)
        async with connected(simulator, path) as socket:
            await socket.send_json({**HELLO, "context_id": "one", "voice_settings": SAMANTHA})
            await until(socket, "error")
            await happened(lambda: not account_of(simulator).generations)
    assert (await posted(simulator, text="Hello there."))[2] == WHOLE
    assert account_of(simulator).refused_generations == 0


async def test_the_requests_of_a_minute_are_counted(simulator: Simulator) -> None:
    """The third of two is refused until the first is a minute old."""
    simulator.plan = Plan(requests_per_minute=2)
    assert (await spoken(simulator, "One."))[0]
    await asyncio.sleep(20)
    assert (await posted(simulator, text="Two."))[0] == 200
    assert 39 <= int(str((await spoken(simulator, "Three."))[1][-1]["retry_after"])) <= 40
    await asyncio.sleep(40)
    assert (await spoken(simulator, "Three."))[0]
    assert (await posted(simulator, text="Four."))[0] == 429


async def test_connections_are_counted_from_the_upgrade_to_the_close(simulator: Simulator) -> None:
    """One too many is refused with 429, and accepted when another was closed."""
    simulator.plan = Plan(connections=2)
    async with connected(simulator, STREAM):
        async with connected(simulator):
            with pytest.raises(WSServerHandshakeError) as refused:
                async with connected(simulator, MULTI):
                    pass
            assert refused.value.status == 429
        await happened(lambda: account_of(simulator).connections == 1)
        async with connected(simulator, MULTI):
            pass
    assert (account_of(simulator).peak_connections, account_of(simulator).refused_connections) == (2, 1)

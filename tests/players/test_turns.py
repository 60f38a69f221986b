"""The line before a loudspeaker: who goes first, who is sent away, who is broken off."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from custom_components.kugelaudio.players.turns import Dismissal, DismissedError, Priority, Ticket, Turns
from tests.listeners import settled
from tests.made_time import MadeTime


@dataclass
class Stage:
    """Who plays, and who has played to the end; everybody plays until let go."""

    turns: Turns = field(default_factory=Turns)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[str]] = field(default_factory=dict)

    async def line_up(self, name: str, *ears: str, **how: object) -> Ticket:
        """Put somebody into the line."""
        ticket = Ticket(ears=frozenset(ears or {"a"}), **how)  # type: ignore[arg-type] # the fields by their names
        self.gates[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self.turns.run(ticket, lambda: self.play(name)))
        await settled()
        return ticket

    async def let_go(self, name: str) -> None:
        """Let somebody come to the end."""
        self.gates[name].set()
        await settled()

    async def play(self, name: str) -> str:
        """Play until let go."""
        self.begun.append(name)
        await self.gates[name].wait()
        self.ended.append(name)
        return name

    async def dismissal(self, name: str) -> Dismissal:
        """Return why somebody was sent away."""
        with pytest.raises(DismissedError) as raised:
            await self.tasks[name]
        return raised.value.dismissal


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Provide an empty stage, on which nobody is left."""
    stage = Stage()
    yield stage
    for task in stage.tasks.values():
        task.cancel()
    await asyncio.gather(*stage.tasks.values(), return_exceptions=True)
    assert not stage.turns.is_wanted({"a", "b", "c"})


async def test_one_plays_after_the_other(stage: Stage) -> None:
    """In the order in which they came."""
    for name in ("first", "second", "third"):
        await stage.line_up(name)
    for name in ("first", "second", "third"):
        assert stage.begun[-1] == name
        await stage.let_go(name)
    assert [await task for task in stage.tasks.values()] == ["first", "second", "third"]


async def test_who_shares_no_ear_does_not_wait(stage: Stage) -> None:
    """Who shares one waits for all that came before, so that a group is not overtaken for ever."""
    await stage.line_up("kitchen", "a")
    await stage.line_up("hall", "b")
    await stage.line_up("both", "a", "b")
    await stage.line_up("hall again", "b")
    await stage.line_up("attic", "c")
    assert stage.begun == ["kitchen", "hall", "attic"]
    await stage.let_go("hall")
    assert stage.begun == ["kitchen", "hall", "attic"]
    await stage.let_go("kitchen")
    await stage.let_go("both")
    assert stage.begun == ["kitchen", "hall", "attic", "both", "hall again"]


async def test_normal_goes_before_low(stage: Stage) -> None:
    """But breaks it not off."""
    await stage.line_up("low", priority=Priority.LOW)
    await stage.line_up("lower", priority=Priority.LOW)
    await stage.line_up("normal")
    assert stage.begun == ["low"]
    await stage.let_go("low")
    await stage.let_go("normal")
    assert stage.begun == ["low", "normal", "lower"]


async def test_urgent_breaks_off_what_is_said_again(stage: Stage) -> None:
    """From its beginning, before all others that wait; other rooms are left alone."""
    await stage.line_up("elsewhere", "b")
    await stage.line_up("normal")
    await stage.line_up("waiting")
    await stage.line_up("urgent", priority=Priority.URGENT)
    assert stage.begun == ["elsewhere", "normal", "urgent"]
    await stage.line_up("more urgent", priority=Priority.URGENT)
    assert stage.begun == ["elsewhere", "normal", "urgent"]
    for name in ("urgent", "more urgent", "normal", "waiting", "elsewhere"):
        await stage.let_go(name)
    assert stage.begun == ["elsewhere", "normal", "urgent", "more urgent", "normal", "waiting"]
    assert stage.ended == ["urgent", "more urgent", "normal", "waiting", "elsewhere"]


async def test_urgent_comes_in_the_moment_in_which_another_is_called(stage: Stage) -> None:
    """That one has not begun, and is broken off all the same."""
    stage.gates |= {"normal": asyncio.Event(), "urgent": asyncio.Event()}
    tickets = {"normal": Ticket(ears=frozenset("a")), "urgent": Ticket(ears=frozenset("a"), priority=Priority.URGENT)}
    for name, ticket in tickets.items():
        stage.tasks[name] = asyncio.create_task(stage.turns.run(ticket, partial(stage.play, name)))
    await settled()
    assert stage.begun == ["urgent"]
    await stage.let_go("urgent")
    assert stage.begun == ["urgent", "normal"]


async def test_what_says_the_same_is_replaced(stage: Stage) -> None:
    """The newer one has its place; what plays already is let end, and what asks to stay stays."""
    await stage.line_up("playing", tag="washing")
    await stage.line_up("older", tag="washing")
    await stage.line_up("elsewhere", "a", "b", tag="washing")
    await stage.line_up("kept", tag="washing", replaces=False)
    await stage.line_up("other")
    await stage.line_up("newer", tag="washing")
    assert await stage.dismissal("older") is Dismissal.REPLACED
    assert await stage.dismissal("kept") is Dismissal.REPLACED
    await stage.let_go("playing")
    await stage.let_go("newer")
    assert stage.begun == ["playing", "newer", "elsewhere"]


async def test_what_comes_too_late_is_not_said(stage: Stage, made_time: MadeTime) -> None:
    """What has begun in time may last longer, and be said again."""
    await stage.line_up("playing", valid_for_s=10)
    await stage.line_up("late", valid_for_s=10)
    began = made_time.time()
    assert await stage.dismissal("late") is Dismissal.EXPIRED
    assert made_time.time() - began == pytest.approx(10)
    await stage.line_up("urgent", priority=Priority.URGENT)
    await stage.let_go("urgent")
    await stage.let_go("playing")
    assert stage.ended == ["urgent", "playing"]


@pytest.mark.parametrize("ears", [None, {"a"}])
async def test_all_can_be_stopped(stage: Stage, ears: set[str] | None) -> None:
    """What plays and what waits, anywhere or in one place."""
    await stage.line_up("playing")
    await stage.line_up("waiting")
    if ears is not None:
        await stage.line_up("elsewhere", "b")
    assert stage.turns.stop(ears) == 2
    assert await stage.dismissal("playing") is Dismissal.STOPPED
    assert await stage.dismissal("waiting") is Dismissal.STOPPED
    assert stage.turns.is_wanted({"b"}) is (ears is not None)
    assert not stage.turns.is_wanted({"a"})


async def test_what_is_stopped_before_it_begins_never_begins(stage: Stage) -> None:
    """It was called already."""
    stage.gates["called"] = asyncio.Event()
    ticket = Ticket(ears=frozenset("a"))
    stage.tasks["called"] = asyncio.create_task(stage.turns.run(ticket, lambda: stage.play("called")))
    await asyncio.sleep(0)
    assert stage.turns.stop() == 1
    assert await stage.dismissal("called") is Dismissal.STOPPED
    assert stage.begun == []


async def called(stage: Stage) -> Ticket:
    """Return whose turn it is by now, and who does not know it yet."""
    await stage.line_up("playing")
    ticket = await stage.line_up("called")
    stage.gates["playing"].set()
    while not ticket.called.is_set():  # noqa: ASYNC110 - whoever waited would see it a moment too late
        await asyncio.sleep(0)
    return ticket


async def test_what_is_stopped_in_the_moment_in_which_it_is_called_never_begins(stage: Stage) -> None:
    """Nobody has told it yet that it may."""
    await called(stage)
    assert stage.turns.stop() == 1
    assert await stage.dismissal("called") is Dismissal.STOPPED
    assert stage.begun == ["playing"]


async def test_urgent_comes_before_one_that_has_just_been_called(stage: Stage) -> None:
    """As Home Assistant begins what it is asked for at once."""
    await called(stage)
    stage.gates["urgent"] = asyncio.Event()
    ticket = Ticket(ears=frozenset("a"), priority=Priority.URGENT)
    stage.tasks["urgent"] = asyncio.create_task(
        stage.turns.run(ticket, partial(stage.play, "urgent")), eager_start=True
    )
    await settled()
    assert stage.begun == ["playing", "urgent"]
    for name in ("urgent", "called"):
        await stage.let_go(name)
    assert stage.ended == ["playing", "urgent", "called"]


async def test_who_gives_up_lets_the_next_one_play(stage: Stage) -> None:
    """While waiting as while playing."""
    for name in ("playing", "waiting", "last"):
        await stage.line_up(name)
    for name in ("waiting", "playing"):
        stage.tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await stage.tasks[name]
    await settled()
    assert stage.begun == ["playing", "last"]


async def test_who_fails_lets_the_next_one_play(stage: Stage) -> None:
    """And raises what it has failed with."""

    async def fail() -> None:
        raise ValueError("broken")

    await stage.line_up("playing")
    failing = asyncio.create_task(stage.turns.run(Ticket(ears=frozenset("a")), fail))
    await stage.line_up("last")
    await stage.let_go("playing")
    with pytest.raises(ValueError, match="broken"):
        await failing
    assert stage.begun == ["playing", "last"]

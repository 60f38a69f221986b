"""What an account learns of its plan, from what the server refuses and what works."""

import asyncio

import pytest

from custom_components.kugelaudio.api.errors import (
    CannotConnectError,
    ConnectTimedOutError,
    KugelAudioError,
    RateLimitedError,
    TooManyConnectionsError,
)
from custom_components.kugelaudio.speech import slots as slots_module
from custom_components.kugelaudio.speech.plan import LearnedPlan
from custom_components.kugelaudio.speech.slots import GenerationSlots
from tests.made_time import MadeTime
from tests.speech.speakers import Speakers, ended, made_automatic, settle

DAY_S = 24 * 3600


async def test_refusals_teach_how_many_may_be_made() -> None:
    """As many as go on: nobody else is let in to be refused as well."""
    speakers = await made_automatic(*"abcdefgh")
    assert speakers.speaking == [*"abcde"]
    await speakers.refuse(*"bcde")
    assert speakers.speaking == ["a"]
    assert (speakers.slots.now_allowed, speakers.slots.learned.at_once) == (1, 1)
    assert all(speakers.slots.may_wait(RateLimitedError(retry_after_s=99), 0) for _ in range(3))
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["f"]
    await ended(speakers)
    assert speakers.slots.learned.at_once == 1


async def test_what_works_is_tried_with_one_more() -> None:
    """A larger plan, or none, is found out as it is needed, up to the largest that is published."""
    speakers = await made_automatic(*map(str, range(30)))
    assert len(speakers.speaking) == 5
    for at_once in (6, 7, 8):
        speakers.end(speakers.speaking[-1])
        await settle()
        assert len(speakers.speaking) == at_once
    await ended(speakers)
    assert speakers.slots.now_allowed <= 20
    assert speakers.slots.learned == LearnedPlan()


async def test_a_plan_that_is_known_is_tried_again_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than it allowed; if that works it is a larger one, and if not, it waits for another day."""
    now_s = 1_000_000.0
    monkeypatch.setattr(slots_module, "time", lambda: now_s)
    speakers = await made_automatic("a", "b", learned=LearnedPlan(at_once=1, learned_at=now_s - DAY_S + 1))
    assert speakers.speaking == ["a"]
    now_s += 2
    await speakers.come("c")
    assert speakers.speaking == ["a", "b"]
    await speakers.refuse("b")
    assert speakers.slots.learned == LearnedPlan(at_once=1, learned_at=now_s)
    assert speakers.slots.now_allowed == 1
    now_s += DAY_S
    await speakers.come("d")
    assert speakers.speaking == ["a", "c"]
    speakers.end("c")
    await settle()
    assert speakers.slots.learned.at_once == 2
    assert speakers.slots.now_allowed == 3
    await ended(speakers)


async def test_a_refused_connection_teaches_nothing_about_generations() -> None:
    """It waits for one of the others to end, or a moment."""
    speakers = await made_automatic("a", "b", "c")
    await speakers.refuse("b", error=TooManyConnectionsError())
    assert speakers.slots.learned.at_once is None
    assert speakers.slots.may_wait(TooManyConnectionsError(), 30)
    await speakers.come("b again")
    assert speakers.speaking == ["a", "c"]
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["c", "b again"]
    await ended(speakers)
    speakers.slots.close()


async def test_the_pace_is_that_of_the_plan(made_time: MadeTime) -> None:
    """Sixty a minute on the smallest: the next one waits before it is refused."""
    speakers = await made_automatic(learned=LearnedPlan(at_once=1, learned_at=1e12))
    for number in range(60):
        await speakers.come(str(number))
        speakers.end(str(number))
        await settle()
    began = made_time.time()
    await speakers.come("60")
    assert speakers.speaking == []
    await speakers.began["60"].wait()
    assert made_time.time() - began == pytest.approx(60, abs=0.1)
    await ended(speakers)


@pytest.mark.parametrize("error", [CannotConnectError(), ConnectTimedOutError(), RateLimitedError(retry_after_s=0.1)])
async def test_what_never_reached_the_provider_does_not_count(made_time: MadeTime, error: KugelAudioError) -> None:
    """Whoever speaks after an outage does not wait for a minute in which nothing was made."""
    speakers = await made_automatic(learned=LearnedPlan(at_once=1, learned_at=1e12))
    for number in range(60):
        await speakers.come(str(number))
        await speakers.began[str(number)].wait()
        await speakers.refuse(str(number), error=error)
    began = made_time.time()
    await speakers.come("60")
    await speakers.began["60"].wait()
    assert made_time.time() - began < 1
    await ended(speakers)
    speakers.slots.close()


async def test_a_chosen_number_is_lowered_for_a_minute(made_time: MadeTime) -> None:
    """To as many as went on; nothing is learned from it."""
    speakers = Speakers(GenerationSlots(4))
    await speakers.come("a", "b", "c")
    await speakers.refuse("c")
    assert speakers.slots.now_allowed == 2
    await asyncio.sleep(59)
    assert speakers.slots.now_allowed == 2
    await asyncio.sleep(2)
    assert speakers.slots.now_allowed == 4
    assert speakers.slots.learned == LearnedPlan()
    await ended(speakers)
    assert made_time.time()


async def test_a_home_that_waits_because_of_its_plan_is_told_of(made_time: MadeTime) -> None:
    """More than a second, for something that somebody waits to hear."""
    told: list[float] = []
    speakers = Speakers(GenerationSlots(learned=LearnedPlan(at_once=1, learned_at=1e12)))
    speakers.slots.on_long_wait = lambda: told.append(made_time.time())
    await speakers.come("a", "b")
    await speakers.come("ahead", ahead=True)
    await asyncio.sleep(0.9)
    speakers.end("a")
    await settle()
    await speakers.come("c")
    await asyncio.sleep(1.1)
    assert told == []
    speakers.end("b")
    await settle()
    assert len(told) == 1
    await ended(speakers)
    assert len(told) == 1


async def test_what_is_learned_is_told(speakers: Speakers) -> None:
    """For whoever keeps it over a restart."""
    told: list[LearnedPlan] = []
    speakers.slots.on_learned = told.append
    speakers.slots.learn_characters(2000)
    speakers.slots.learn_connections(10)
    assert [(plan.characters, plan.connections) for plan in told] == [(2000, None), (2000, 10)]

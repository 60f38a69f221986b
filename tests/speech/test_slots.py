"""How many generations of an account are made at the same time, and in which order."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.errors import (
    CannotConnectError,
    ConnectTimedOutError,
    KugelAudioError,
    RateLimitedError,
    TooManyConnectionsError,
)
from custom_components.kugelaudio.speech import slots as slots_module
from custom_components.kugelaudio.speech.plan import LearnedPlan
from custom_components.kugelaudio.speech.slots import GenerationSlots, Ticket
from tests.helpers import account_entry, set_up, submit_options, suggestions, voice_subentry
from tests.made_time import MadeTime
from tests.simulator import Profile, Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, WHOLE, fetch

DAY_S = 24 * 3600


class Speakers:
    """Generations that take as long as a test wants them to."""

    def __init__(self, slots: GenerationSlots) -> None:
        """Begin with nobody."""
        self.slots = slots
        self.speaking: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.tickets: dict[str, Ticket] = {}
        self.began: dict[str, asyncio.Event] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}

    async def come(self, *names: str, ahead: bool = False) -> None:
        """Let generations ask for their turn, one after the other; nobody waits for those that are made ahead."""
        for name in names:
            self._ends[name] = asyncio.get_running_loop().create_future()
            self.began[name] = asyncio.Event()
            self.tickets[name] = self.slots.ticket(is_awaited=not ahead)
            self.tasks[name] = asyncio.create_task(self._speak(name))
            await settle()

    def end(self, *names: str) -> None:
        """Let generations come to their end."""
        for name in names:
            self._ends[name].set_result(None)

    async def refuse(self, *names: str, error: KugelAudioError | None = None) -> None:
        """Let the server refuse generations, one after the other."""
        for name in names:
            self.refuse_now(name, error or RateLimitedError())
            await settle()

    def refuse_now(self, name: str, error: KugelAudioError) -> None:
        """Let the server refuse a generation in this moment."""
        self._ends[name].set_exception(error)

    async def _speak(self, name: str) -> None:
        async with self.slots.hold(self.tickets[name]):
            self.speaking.append(name)
            self.began[name].set()
            try:
                await self._ends[name]
            finally:
                self.speaking.remove(name)


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def speakers() -> AsyncGenerator[Speakers]:
    """Provide generations of an account that makes two at once."""
    made = Speakers(GenerationSlots(2))
    yield made
    for task in made.tasks.values():
        task.cancel()
    await asyncio.gather(*made.tasks.values(), return_exceptions=True)


async def test_as_many_speak_as_are_allowed_the_others_in_their_order(speakers: Speakers) -> None:
    """Who came first speaks first, and nobody speaks beyond the limit."""
    await speakers.come("a", "b", "c", "d", "e")
    assert speakers.speaking == ["a", "b"]
    speakers.end("b")
    await settle()
    assert speakers.speaking == ["a", "c"]
    speakers.end("a", "c")
    await settle()
    assert speakers.speaking == ["d", "e"]


async def test_who_comes_while_others_wait_does_not_pass_them(speakers: Speakers) -> None:
    """Not even in the moment in which a place becomes free."""
    await speakers.come("a", "b", "c")
    speakers.end("a")
    await speakers.come("d")
    assert speakers.speaking == ["b", "c"]


async def test_who_gives_up_leaves_the_queue(speakers: Speakers) -> None:
    """A listener who went away holds up nobody."""
    await speakers.come("a", "b", "gone", "c")
    speakers.tasks["gone"].cancel()
    await settle()
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["b", "c"]


async def test_who_is_stopped_gives_the_place_back(speakers: Speakers) -> None:
    """Also in the middle of speaking."""
    await speakers.come("a", "b", "c")
    speakers.tasks["a"].cancel()
    await settle()
    assert speakers.speaking == ["b", "c"]


@pytest.mark.parametrize("ends_first", [True, False])
async def test_who_gives_up_in_the_moment_of_the_turn_passes_it_on(speakers: Speakers, ends_first: bool) -> None:
    """Whichever of both comes first, no place is lost and nobody fails."""
    await speakers.come("a", "b", "gone", "c", "d")
    if ends_first:
        speakers.end("a")
        speakers.tasks["gone"].cancel()
    else:
        speakers.tasks["gone"].cancel()
        speakers.end("a")
    await settle()
    assert speakers.tasks["a"].done()
    assert speakers.tasks["a"].exception() is None
    assert speakers.tasks["gone"].cancelled()
    assert speakers.speaking == ["b", "c"]
    speakers.end("b", "c")
    await settle()
    await speakers.come("e")
    assert speakers.speaking == ["d", "e"]


async def test_who_gives_up_after_the_turn_was_given_passes_it_on(speakers: Speakers) -> None:
    """The turn was given, but not taken yet."""
    await speakers.come("a", "b", "gone", "c")
    speakers.end("a")
    asyncio.get_running_loop().call_soon(speakers.tasks["gone"].cancel)
    await settle()
    assert speakers.tasks["gone"].cancelled()
    assert speakers.speaking == ["b", "c"]


async def test_what_somebody_waits_to_hear_goes_before_what_is_made_ahead(speakers: Speakers) -> None:
    """A doorbell does not wait for the later lines of a long story; a line goes first when its turn comes."""
    await speakers.come("a", "b")
    await speakers.come("ahead", "further ahead", ahead=True)
    await speakers.come("doorbell")
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["b", "doorbell"]
    speakers.tickets["further ahead"].is_awaited = True
    speakers.end("b")
    await settle()
    assert speakers.speaking == ["doorbell", "further ahead"]
    assert speakers.slots.others_wait()


async def made_automatic(*names: str, learned: LearnedPlan | None = None) -> Speakers:
    """Return generations of an account that finds out how many may be made at once."""
    made = Speakers(GenerationSlots(learned=learned))
    await made.come(*names)
    return made


async def ended(speakers: Speakers) -> None:
    """Let all come to their end."""
    while speakers.speaking:
        speakers.end(*speakers.speaking)
        await settle()
    await asyncio.gather(*speakers.tasks.values(), return_exceptions=True)


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


async def test_who_is_refused_alone_waits_as_long_as_the_server_says(
    made_time: MadeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else longer each time, and not at all beyond the time that is left."""
    monkeypatch.setattr(slots_module, "uniform", lambda low, _high: low)
    speakers = await made_automatic("a")
    error = RateLimitedError(retry_after_s=5)
    await speakers.refuse("a", error=error)
    assert not speakers.slots.may_wait(error, 4.9)
    name = "nobody waits"
    await speakers.come(name)
    assert name in speakers.speaking
    for pause_s in (7, 0.5, 1, 2, 4, 8, 8):
        error = RateLimitedError(retry_after_s=pause_s) if pause_s == 7 else RateLimitedError()
        await speakers.refuse(name, error=error)
        assert speakers.slots.may_wait(error, 30)
        name = str(made_time.time())
        await speakers.come(name)
        assert name not in speakers.speaking
        began = made_time.time()
        await speakers.began[name].wait()
        assert made_time.time() - began == pytest.approx(pause_s, abs=0.01)
    speakers.end(name)
    await settle()


async def test_who_was_refused_beside_another_tries_again_when_that_one_has_just_ended() -> None:
    """The server's pause is meant for one that is alone; both may end in the same moment."""
    speakers = await made_automatic("a", "b")
    error = RateLimitedError(retry_after_s=60)
    speakers.refuse_now("a", error)
    speakers.end("b")
    await settle()
    assert speakers.slots.may_wait(error, 30)
    await speakers.come("a again")
    assert speakers.speaking == ["a again"]
    await ended(speakers)


@pytest.mark.parametrize(
    "error",
    [
        RateLimitedError(),
        RateLimitedError(retry_after_s=0),
        TooManyConnectionsError(),
        TooManyConnectionsError(retry_after_s=0),
    ],
)
async def test_those_who_are_all_refused_do_not_keep_asking(made_time: MadeTime, error: RateLimitedError) -> None:
    """That one of them has to give its slot back is no reason for another to ask at once."""
    slots = GenerationSlots()
    given_up_at = made_time.time() + 30
    asked = 0

    async def ask_until_it_is_late() -> None:
        nonlocal asked
        may_wait = True
        while may_wait:
            try:
                async with slots.hold(slots.ticket(is_awaited=True)):
                    asked += 1
                    await asyncio.sleep(0.01)
                    raise error
            except RateLimitedError:
                may_wait = slots.may_wait(error, given_up_at - made_time.time())

    await asyncio.gather(*(ask_until_it_is_late() for _ in range(3)))
    assert asked <= 30
    slots.close()


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


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.parametrize(("parallel", "at_once"), [(1, 1), (2, 2), (4, 3)])
async def test_utterances_of_a_home_wait_for_each_other(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator, parallel: int, at_once: int
) -> None:
    """In the order in which they were asked for, each whole."""
    await set_up(hass, account_entry(simulator.url, voice_subentry(), options={"parallel": parallel}))
    simulator.profile = Profile(first_audio_ms=40)
    texts = [f"Announcement number {number}." for number in range(3)]
    asking = []
    for text in texts:
        asking.append(asyncio.create_task(fetch(hass_client, text)))
        await asyncio.sleep(0.01)
    heard = await asyncio.gather(*asking)
    assert [audio[HEADER_LENGTH:] for _, audio in heard] == [tone_pcm(text, 24000) for text in texts]
    asked = sorted(
        (record.at, 1, str(record.message["text"]))
        for socket in simulator.journal.sockets_of(WHOLE)
        for record in socket.received
    )
    if parallel == 1:
        assert [text for *_, text in asked] == texts
    over = [
        (record.at, -1, "")
        for socket in simulator.journal.sockets_of(WHOLE)
        for record in socket.sent
        if "final" in record.frame
    ]
    speaking = [sum(step for _, step, _ in sorted(asked + over)[: count + 1]) for count in range(6)]
    assert max(speaking) <= at_once


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_the_limit_is_an_option_of_the_account(hass: HomeAssistant, simulator: Simulator) -> None:
    """It is found out unless a number is chosen, which takes effect at once."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["parallel"] == "automatic"
    await submit_options(hass, form, {"connection": "off", "parallel": "10"})
    assert dict(entry.options) == {"connection": "off", "parallel": 10, "default_voice": "first"}
    assert entry.runtime_data.account.slots.now_allowed == 10
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["parallel"] == "10"
    await submit_options(hass, form, {"connection": "off", "parallel": "automatic"})
    assert entry.options["parallel"] == "automatic"
    assert entry.runtime_data.account.slots.now_allowed == 5


@pytest.mark.usefixtures("enable_custom_integrations")
@pytest.mark.parametrize("wrong", ["0", "101", "many", "2.5", ""])
async def test_a_number_that_is_none_is_refused(hass: HomeAssistant, simulator: Simulator, wrong: str) -> None:
    """From one to a hundred."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await submit_options(hass, form, {"connection": "off", "parallel": wrong})

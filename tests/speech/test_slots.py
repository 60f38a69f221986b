"""How many generations of an account are made at the same time, and in which order."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.errors import (
    RateLimitedError,
    TooManyConnectionsError,
)
from custom_components.kugelaudio.speech import slots as slots_module
from custom_components.kugelaudio.speech.slots import GenerationSlots
from tests.helpers import account_entry, set_up, submit_options, suggestions, voice_subentry
from tests.made_time import MadeTime
from tests.simulator import Profile, Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, WHOLE, fetch
from tests.speech.speakers import Speakers, ended, made_automatic, settle


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

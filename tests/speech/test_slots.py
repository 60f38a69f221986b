"""How many utterances of an account are spoken at the same time."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.errors import TooManyAtOnceError
from custom_components.kugelaudio.speech import slots as limit_module
from custom_components.kugelaudio.speech.slots import UtteranceSlots
from tests.conftest import Clock
from tests.helpers import account_entry, set_up, submit_options, suggestions, voice_subentry
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, fetch

WHOLE = "/ws/tts"


class Speakers:
    """Utterances that take as long as a test wants them to."""

    def __init__(self, limit: UtteranceSlots) -> None:
        """Begin with nobody."""
        self.limit = limit
        self.speaking: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def come(self, *names: str) -> None:
        """Let utterances ask for their turn, one after the other."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._speak(name))
            await settle()

    def end(self, *names: str) -> None:
        """Let utterances come to their end."""
        for name in names:
            self._ends[name].set()

    async def _speak(self, name: str) -> None:
        async with self.limit.admit():
            self.speaking.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.speaking.remove(name)


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def speakers() -> AsyncGenerator[Speakers]:
    """Provide utterances of an account that speaks two at once."""
    made = Speakers(UtteranceSlots(2))
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


async def test_nobody_waits_for_ever(speakers: Speakers, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the limit the utterance ends with an error; the place goes to those who still wait."""
    monkeypatch.setattr(limit_module, "_LONGEST_WAIT_S", 0.05)
    await speakers.come("a", "b", "late")
    with pytest.raises(TooManyAtOnceError):
        await speakers.tasks["late"]
    await speakers.come("c")
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["b", "c"]


async def test_the_wait_is_ten_seconds(clock: Clock) -> None:
    """Not longer than a listener has patience, and not much shorter."""
    speakers = Speakers(UtteranceSlots(1))
    await speakers.come("a", "late")
    clock.ahead_s += 9.9
    await settle()
    assert not speakers.tasks["late"].done()
    clock.ahead_s += 0.2
    with pytest.raises(TooManyAtOnceError):
        await speakers.tasks["late"]
    speakers.end("a")
    await speakers.tasks["a"]


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


async def test_a_refusal_allows_one_less_than_were_speaking(clock: Clock) -> None:
    """For a minute, or as long as the server asks for, then as many as before."""
    speakers = Speakers(UtteranceSlots(4))
    await speakers.come("a", "b", "c")
    speakers.limit.lower(None)
    assert speakers.limit.now_allowed == 2
    clock.ahead_s += 59
    assert speakers.limit.now_allowed == 2
    clock.ahead_s += 2
    assert speakers.limit.now_allowed == 4
    speakers.limit.lower(300.0)
    clock.ahead_s += 299
    assert speakers.limit.now_allowed == 2
    clock.ahead_s += 2
    assert speakers.limit.now_allowed == 4
    speakers.end("a", "b", "c")
    await settle()


async def test_one_is_always_allowed(speakers: Speakers) -> None:
    """However often the server refuses."""
    await speakers.come("a", "b", "c")
    for _ in range(5):
        speakers.limit.lower(None)
    assert speakers.limit.now_allowed == 1
    speakers.end("a")
    await settle()
    assert speakers.speaking == ["b"]
    speakers.end("b")
    await settle()
    assert speakers.speaking == ["c"]


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
async def test_a_refusal_of_the_server_makes_the_others_wait(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Who was refused speaks all the same, and for the next minute nobody comes too many."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=0.01)
    status, audio = await fetch(hass_client, "One.")
    assert (status, audio[HEADER_LENGTH:]) == (200, tone_pcm("One.", 24000))
    assert entry.runtime_data.limit.now_allowed == 1


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_the_limit_is_an_option_of_the_account(hass: HomeAssistant, simulator: Simulator) -> None:
    """Four by itself; a changed one takes effect at once, as a whole number."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    assert entry.runtime_data.limit.now_allowed == 4
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(form)["parallel"] == 4
    await submit_options(hass, form, {"connection": "off", "parallel": 7.0})
    assert dict(entry.options) == {"connection": "off", "parallel": 7}
    assert isinstance(entry.options["parallel"], int)
    assert entry.runtime_data.limit.now_allowed == 7

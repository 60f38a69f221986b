"""The soak itself: workers that speak one utterance after the other while the provider has faults."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import cycle
from pathlib import Path
from random import Random
import sys
import tempfile
import time

import aiohttp

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.flow import ENTRIES, add_account, set_account
from tests.home.hass import HomeAssistant
from tests.home.simulator import KEY
from tests.home.speech import DOMAIN, Service, StoredVoice, add_second_speaker, add_speaker
from tests.ports import free_port

from .ear import Ear, listening
from .guests import VOICE as GUESTS_VOICE, Guests
from .hazards import random_hazard
from .holdings import Holdings, look, settled
from .provider import Provider, Span
from .utterance import LETTERS_OF_A_DELTA, End, Kind, Utterance, speak, text_of

ASSISTANTS_VOICE = "Samantha Ferris"
VOICES = ("Emily Carter", "Nathan Cole")
LENGTHS = range(30, 90)
# A shorter answer is spoken as a whole, after it was written. One that fails while it is written is told with as many
# characters as are written by then, whole deltas, and must not be taken for another one.
LENGTHS_OF_ANSWERS = [length for length in range(90, 157) if length % LETTERS_OF_A_DELTA]
STRUCK = 0.2
ROUND = 500
UTTERANCES_PER_RELOAD = 125
UTTERANCES_PER_RESTART = 200
UTTERANCES_PER_INTERRUPTION = 15
UTTERANCES_PER_DEAD_CONVERTER = 20
UTTERANCES_PER_FORM = 60
EVENT_WITHIN_S = 3.0
# Who asked in vain does not ask at once again: an outage would be all that most of them meet.
ASKS_AGAIN_AFTER_S = 2.0
TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class Options:
    """How long to soak."""

    utterances: int = 2000
    parallel: int = 20
    seed: int = 1
    plan: int | None = None


class Disturbance(Enum):
    """What happens to everybody who speaks, or what guests do beside them."""

    RELOAD = "the account is reloaded"
    RESTART = "the provider is ended and started again"
    KILL = "the provider is killed and started again"
    FORM = "a voice and an option of the account are changed"
    INTERRUPTION = "an assistant is interrupted"
    DEAD_CONVERTER = "a converter dies"


@dataclass(slots=True)
class Soak:
    """Everything that happened."""

    options: Options
    provider: Provider
    ear: Ear
    guests: Guests
    utterances: list[Utterance] = field(default_factory=list)
    reloads: list[Span] = field(default_factory=list)
    holdings: list[Holdings] = field(default_factory=list)
    log: str = ""
    began_at: float = field(default_factory=time.monotonic)
    busy_s: float = 0.0


class _Crowd:
    """Everybody who wants something spoken."""

    def __init__(self, home: Home, soak: Soak, speakers: list[StoredVoice], events: dict[str, str]) -> None:
        self._home = home
        self.soak = soak
        self._speakers = speakers
        self._events = events
        self._random = Random(soak.options.seed)  # noqa: S311 - no secret
        short, long = deque(LENGTHS), deque(LENGTHS_OF_ANSWERS)
        self._lengths = {kind: long if kind is Kind.GROWING else short for kind in Kind}
        self._disturbances = self._chosen_disturbances()
        self._disturbing = asyncio.Lock()

    def _chosen_disturbances(self) -> dict[int, list[Disturbance]]:
        options = self.soak.options
        chosen: dict[int, list[Disturbance]] = {}
        for every, kinds in (
            (UTTERANCES_PER_RELOAD, (Disturbance.RELOAD,)),
            (UTTERANCES_PER_RESTART, (Disturbance.KILL, Disturbance.RESTART)),
            (UTTERANCES_PER_FORM, (Disturbance.FORM,)),
            (UTTERANCES_PER_INTERRUPTION, (Disturbance.INTERRUPTION,)),
            (UTTERANCES_PER_DEAD_CONVERTER, (Disturbance.DEAD_CONVERTER,)),
        ):
            count = max(1, options.utterances // every)
            numbers = self._random.sample(range(options.parallel, options.utterances), count)
            for number, kind in zip(numbers, cycle(kinds), strict=False):
                chosen.setdefault(number, []).append(kind)
        return chosen

    async def speak(self, numbers: range) -> None:
        """Speak so many utterances, so many of them at once."""
        waiting = iter(numbers)
        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.soak.options.parallel):
                group.create_task(self._work(waiting, group))
        self.soak.busy_s += time.monotonic() - begin

    async def _work(self, numbers: Iterator[int], group: asyncio.TaskGroup) -> None:
        for number in numbers:
            for kind in self._disturbances.get(number, ()):
                group.create_task(self._disturb(kind, number))
            await self._utter(number)

    async def _utter(self, number: int) -> None:
        kind = self._random.choice(tuple(Kind))
        speaker = self._speakers[0] if kind is Kind.GROWING else self._random.choice(self._speakers[1:])
        # No two who speak at the same time have texts of the same length, so events tell them apart.
        length = self._lengths[kind].popleft()
        if number >= 0 and self._random.random() < STRUCK:
            path = "/ws/tts/stream" if kind is Kind.GROWING else "/ws/tts"
            hazard = random_hazard(self._random)
            await self.soak.provider.plan(hazard, "/v1/" if hazard.is_http else path)
        utterance = Utterance(number, kind, speaker.entity_id, text_of(number, length))
        self.soak.utterances.append(utterance)
        try:
            await speak(self._home, utterance)
        except (HomeError, TimeoutError, aiohttp.ClientError) as error:
            utterance.ended_at = time.monotonic()
            tell(f"utterance {number}, {kind}: {type(error).__name__} {error}")
        utterance.outcomes = await self.soak.ear.wait_for(
            self._events[speaker.entity_id], length, utterance.began_at, EVENT_WITHIN_S
        )
        if utterance.end is not End.WHOLE:
            await asyncio.sleep(ASKS_AGAIN_AFTER_S)
        self._lengths[kind].append(length)
        if number % TELL_EVERY == 0:
            tell(f"utterance {number} of {self.soak.options.utterances} is over")

    async def _disturb(self, kind: Disturbance, number: int) -> None:
        match kind:
            case Disturbance.INTERRUPTION:
                await self.soak.guests.interrupt()
            case Disturbance.DEAD_CONVERTER:
                await self.soak.guests.lose_converter(number)
            case _:
                async with self._disturbing:
                    await self._disturb_all(kind)

    async def _disturb_all(self, kind: Disturbance) -> None:
        match kind:
            case Disturbance.RELOAD:
                self.soak.reloads.append(await reload(self._home, self._speakers[0].entry_id))
            case Disturbance.FORM:
                await self.soak.guests.use_forms()
            case _:
                await self.soak.provider.restart(kill=kind is Disturbance.KILL)


async def reload(home: Home, entry_id: str, timeout_s: float = 90) -> Span:
    """Reload an account, and wait until it is loaded: after a fault Home Assistant tries again by itself."""
    begin = time.monotonic()
    await home.post(f"{ENTRIES}/entry/{entry_id}/reload", {})
    while (state := await _state(home, entry_id)) != "loaded":
        if state == "setup_error" or time.monotonic() > begin + timeout_s:
            raise HomeError(f"The account was not loaded again: {state}.")
        await asyncio.sleep(0.1)
    return Span(begin, time.monotonic())


async def _state(home: Home, entry_id: str) -> str:
    entries = await home.command("config_entries/get", domain=DOMAIN)
    return str(next(entry["state"] for entry in entries if entry["entry_id"] == entry_id))


def tell(text: str) -> None:
    """Say what happens now."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - for the person at the terminal


async def soak(options: Options) -> Soak:
    """Run a soak and return what happened."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _provider(folder, options.plan) as provider:
            log = folder / "hass.log"
            with HomeAssistant(folder / "config", free_port(), log=log) as hass:
                done = await _soaked(options, provider, hass)
            done.log = log.read_text(errors="replace")
            return done


@asynccontextmanager
async def _provider(folder: Path, tier: int | None) -> AsyncIterator[Provider]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        provider = Provider(free_port(), folder, session, tier)
        try:
            await provider.ready()
            yield provider
        finally:
            provider.stop()


@asynccontextmanager
async def _calling(home: Home) -> AsyncIterator[Home]:
    """Speak to Home Assistant over connections that are closed afterwards."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Home(session, home.url, home.token)


async def _soaked(options: Options, provider: Provider, hass: HomeAssistant) -> Soak:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        first = await hass.ready(session)
        async with _calling(first) as home, listening(home) as ear:
            crowd = await _crowd(home, hass.pid, options, provider, ear)
            soak = crowd.soak
            await crowd.speak(range(-options.parallel, 0))
            soak.utterances.clear()
            soak.busy_s = 0.0
            ear.told.clear()
            await provider.forget()
            await asyncio.sleep(5)
            soak.holdings.append(await look(home, hass.pid, provider.port))
            for start in range(0, options.utterances, ROUND):
                await crowd.speak(range(start, min(start + ROUND, options.utterances)))
                await provider.forget()
                soak.holdings.append(await settled(home, hass.pid, provider.port, soak.holdings[0]))
                tell(f"{soak.holdings[-1].resident_kb / 1000:.1f} MB resident")
    return soak


async def _crowd(home: Home, pid: int, options: Options, provider: Provider, ear: Ear) -> _Crowd:
    service = Service(KEY, provider.url)
    first = await add_speaker(home, service, "en", ASSISTANTS_VOICE, format="wav")
    speakers = [first, *[await add_second_speaker(home, first, "en", voice) for voice in (*VOICES, GUESTS_VOICE)]]
    if options.plan is None:
        # As many as there may be, so that those whom a fault keeps waiting keep nobody else waiting.
        await set_account(home, DOMAIN, first.entry_id, {"parallel": "100"})
    await reload(home, first.entry_id)
    await add_account(home, "inspector", {})
    found = await home.entities(DOMAIN)
    voices = {one["unique_id"]: one["entity_id"] for one in found if one["entity_id"].startswith("tts.")}
    events = {
        voices[one["unique_id"].removesuffix("_speech")]: one["entity_id"]
        for one in found
        if one["entity_id"].startswith("event.")
    }
    guest = speakers.pop()
    guests = Guests(home, guest, pid, events[guest.entity_id])
    return _Crowd(home, Soak(options, provider, ear, guests), speakers, events)

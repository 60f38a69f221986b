"""Lets a fault strike an account of Home Assistant, and sees what is heard, kept and left over."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

from aiohttp import TCPConnector, web
from aiohttp.test_utils import TestClient
from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.components.tts.entity import TextToSpeechEntity, TTSAudioRequest
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.sound.length import duration_s
from custom_components.kugelaudio.speech.account import Account
from custom_components.kugelaudio.speech.plan import LearnedPlan
from custom_components.kugelaudio.speech.record import Outcome, UtteranceRecord
from tests.network.speech import spoken
from tests.other_engine import OTHER, OtherEngine, name_fallback, others_pcm
from tests.simulator import Fault, Simulator, tone_pcm
from tests.speaking import ENTITY, WAV, begin, given_up, kept

from .cells import Cell, Heard, Way

SPOKEN_WORDS: Final = "has finished"
_OTHER_LINE: Final = "The door is open."
RECOVERY_S: Final = 5.0
# One that is made in the process, and one that Home Assistant has to convert.
_FORMATS: Final = {Way.MP3: {"preferred_format": "mp3"}, Way.CONVERTED: {"preferred_format": "ogg"}}
_SAMPLE_RATE: Final = 24_000
_BYTES_PER_S: Final = 2 * _SAMPLE_RATE
_PATIENCE_S: Final = 2.5
_OF_SOCKETS: Final = {"kugelaudio pool", "kugelaudio connection", "kugelaudio heartbeat"}


class Stage:
    """An account that is spoken with, and everything that it may leave behind."""

    def __init__(
        self,
        hass: HomeAssistant,
        hass_client: ClientSessionGenerator,
        simulator: Simulator,
        entry: MockConfigEntry,
        folder: Path,
    ) -> None:
        """Keep what belongs to the test."""
        self.hass = hass
        self.simulator = simulator
        self._new_client = hass_client
        self._client: TestClient[web.Request, web.Application] | None = None
        self.entry = entry
        self._folder = folder
        self._texts = count()
        self._has_fallback = False

    def new_text(self) -> str:
        """Return a text that was not spoken before: Home Assistant keeps what was."""
        return f"It {SPOKEN_WORDS} run {next(self._texts)}."

    @property
    def account(self) -> Account:
        """Return the account as it is set up now."""
        account: Account = self.entry.runtime_data.account
        return account

    async def begin(self, way: Way) -> None:
        """Forget what was; an account that is to speak over REST learns that WebSockets do not get through."""
        self.simulator.faults.clear()
        if self.account.dispatcher.avoids_websockets and way is not Way.REST:
            await self.hass.config_entries.async_reload(self.entry.entry_id)
            await self.hass.async_block_till_done()
        if way is Way.REST and not self.account.dispatcher.avoids_websockets:
            self.simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
            await self.utter(way, self.new_text())
        if way is Way.FALLBACK and not self._has_fallback:
            self._has_fallback = True
            await self.hass.data[DATA_COMPONENT].async_add_entities([OtherEngine()])
            await name_fallback(self.hass, self.entry, OTHER)
        self.forget_kept()

    def forget_plan(self) -> None:
        """Forget what refusals have taught of the provider's plan."""
        self.account.slots.learned = LearnedPlan()
        self.account.slots.choose(None)

    async def hang_up(self) -> None:
        """Let the provider close the sockets that are kept: the next utterance has to connect."""
        await self.simulator.close_sockets()
        while any(path.open for path in self.account.client.connections()):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0)

    async def forget_the_way(self) -> None:
        """Leave no socket and no address that was found earlier."""
        await self.hang_up()
        connector = async_get_clientsession(self.hass).connector
        assert isinstance(connector, TCPConnector)
        connector.clear_dns_cache()

    async def leave(self, way: Way) -> None:
        """Ask for a text, and go away after its first audio."""
        await (await self._begun(way)).aclose()

    @asynccontextmanager
    async def never_read_on(self) -> AsyncGenerator[None]:
        """Have somebody ask for a text who neither reads on after its first audio nor closes; in the end he is gone."""
        speech = await self._begun(Way.WHOLE)
        yield
        await given_up()
        with pytest.raises(HomeAssistantError):
            await anext(speech)
        # Two who speak at the same time leave two sockets for the next ones.
        await self.hang_up()

    async def _begun(self, way: Way) -> AsyncGenerator[bytes]:
        """Ask for a text, and fetch its first audio."""
        voice = get_engine_instance(self.hass, ENTITY)
        assert isinstance(voice, TextToSpeechEntity)
        text = _growing(self.new_text()) if way is Way.GROWING else _at_once(_written(way, self.new_text()))
        request = TTSAudioRequest("en", {**(voice.default_options or {}), **WAV}, text)
        speech = (await voice.internal_async_stream_tts_audio(request)).data_gen
        await anext(speech)
        return speech

    def forget_kept(self) -> None:
        """Take away what Home Assistant keeps."""
        for path in kept(self._folder):
            path.unlink()

    async def utter(
        self, way: Way, text: str, asking: Awaitable[tuple[int, bytes]] | None = None, *, before: str | None = None
    ) -> Cell:
        """Speak in one of the ways, and check that what is heard fits what is told of it.

        `asking` asks for the text in another way than usual, and may let something be said before it.
        """
        ended: asyncio.Future[UtteranceRecord] = asyncio.get_running_loop().create_future()
        stop = self.account.history.listen(ended.set_result)
        try:
            status, audio = await (asking or self._fetch(way, text))
            record = await ended
        finally:
            stop()
        await self.hass.async_block_till_done(wait_background_tasks=True)
        by_rest = way is not Way.REST and f"/{record.endpoint}" == Way.REST.path
        texts = [*([] if before is None else [before]), text, *([_OTHER_LINE] if way is Way.DIALOGUE else [])]
        heard = _heard(way, texts, status, audio, record, is_usual=asking is None)
        return Cell(heard, record.error, record.code, record.retries, by_rest and bool(record.retries))

    async def _fetch(self, way: Way, text: str) -> tuple[int, bytes]:
        """Ask for a text as a player or an assistant does; returns HTTP status and audio."""
        if way is Way.GROWING:
            stream = tts.async_create_stream(self.hass, ENTITY, options=dict(WAV))
            stream.async_set_message_stream(_growing(text))
            response = await (await self.player()).get(stream.url)
        else:
            options = _FORMATS.get(way, WAV)
            response = await begin(self.player, _written(way, text), options=options, cache=True)
        return response.status, await response.read()

    async def player(self, _token: str | None = None) -> TestClient[web.Request, web.Application]:
        """Return the one who listens."""
        if self._client is None:
            self._client = await self._new_client()
        return self._client

    @property
    def kept(self) -> list[Path]:
        """Return what Home Assistant keeps of what was heard of our voice."""
        return [path for path in kept(self._folder) if OTHER not in path.name]

    async def leftovers(self) -> list[str]:
        """Return what stays of an utterance, beside the socket that the pool keeps for the next one."""
        patience = asyncio.get_running_loop().time() + _PATIENCE_S
        while (left := self._leftovers()) and asyncio.get_running_loop().time() < patience:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
        return left

    def _leftovers(self) -> list[str]:
        """Return tasks and sockets that belong to nothing."""
        idle = {f"/{path.path}": path for path in self.account.client.connections()}
        tasks = [
            task.get_name() for task in asyncio.all_tasks(self.hass.loop) if task.get_name().startswith("kugelaudio")
        ]
        sockets = [socket.path for socket in self.simulator.journal.open_sockets()]
        lent = [path for path, status in idle.items() if status.open > int(status.idle)]
        closed = [path for path in sockets if not (path in idle and idle[path].idle) or sockets.count(path) > 1]
        readers = tasks.count("kugelaudio connection") - sum(status.open for status in idle.values())
        return [*(name for name in tasks if name not in _OF_SOCKETS), *lent, *closed, *(["reader"] * readers)]


def _heard(way: Way, texts: list[str], status: int, audio: bytes, record: UtteranceRecord, *, is_usual: bool) -> Heard:
    """Return how much was heard, if the record says the same."""
    complete = b"".join(tone_pcm(part, _SAMPLE_RATE) for part in texts)
    if record.outcome is Outcome.FALLBACK:
        return Heard.INSTEAD if (status, spoken(audio)) == (200, others_pcm(texts[0])) else Heard.UNNOTICED
    if record.outcome is not Outcome.SPOKEN:
        # Who waits for a growing text hears silence; what is converted may be a header, and an MP3 begins with a frame.
        is_told = status == (200 if record.audio_s else 500)
        assert is_told or not is_usual or way in {Way.CONVERTED, Way.GROWING, Way.MP3}
        assert status == 500 or record.audio_s or way is not Way.MP3
        # Where a byte is lost, all that follows it is noise.
        is_comparable = way is not Way.CONVERTED and record.code != "ODD_BYTE_COUNT"
        assert not is_comparable or status == 500 or _is_part(way, audio, complete)
        return Heard.PART if record.audio_s and (is_usual or status == 200) else Heard.NONE
    assert status == 200
    match way:
        case Way.CONVERTED:
            is_whole = bool(audio)
        case Way.MP3:
            is_whole = (duration_s(audio, "mp3") or 0) >= len(complete) / _BYTES_PER_S
        case _:
            is_whole = spoken(audio) == complete
    return Heard.WHOLE if is_whole and record.audio_s == len(complete) / _BYTES_PER_S else Heard.UNNOTICED


def _is_part(way: Way, audio: bytes, complete: bytes) -> bool:
    """Tell whether it is a beginning of what would be complete; an MP3 is measured."""
    if way is Way.MP3:
        return (duration_s(audio, "mp3") or 0) <= len(complete) / _BYTES_PER_S
    return complete.startswith(spoken(audio))


def _written(way: Way, text: str) -> str:
    """Return a text as it is asked for: a dialogue is a message with a mark."""
    return f"{text} [voice:1072] {_OTHER_LINE}" if way is Way.DIALOGUE else text


async def _at_once(text: str) -> AsyncGenerator[str]:
    """Yield a text as Home Assistant hands over one that is complete."""
    yield text


async def _growing(text: str) -> AsyncGenerator[str]:
    """Yield words as a language model does."""
    for word in text.split(" "):
        yield word if word == text.split(" ", maxsplit=1)[0] else f" {word}"
        await asyncio.sleep(0.003)

"""A voice satellite and a speech recognition as core's Wyoming integration meets them: servers on loopback."""

import asyncio
from functools import partial
import time
from types import TracebackType
from typing import Self, override

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, Satellite as SatelliteInfo
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import RunSatellite
from wyoming.server import AsyncEventHandler, AsyncTcpServer
from wyoming.snd import Played

from tests.ports import free_port

from .assistant import Answer, Arrival
from .child import HomeError
from .client import Home
from .flow import add_account
from .wav import WavFormat

HOST = "127.0.0.1"
DOMAIN = "wyoming"
NOBODY = Attribution("", "")
MICROPHONE = AudioChunk(16000, 2, 1, bytes(3200))


class Peer:
    """A server of the Wyoming protocol that says what it is and that it is there."""

    def __init__(self, info: Info) -> None:
        """Take a port."""
        self.info = info
        self._port = free_port()
        self._server = AsyncTcpServer(HOST, self._port)

    async def __aenter__(self) -> Self:
        """Listen."""
        await self._server.start(partial(_Line, self))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        await self._server.stop()

    async def add_to(self, home: Home) -> list[str]:
        """Add this to a Home Assistant through its config flow; returns the ids of its entities."""
        entry_id = await add_account(home, DOMAIN, {"host": HOST, "port": self._port})
        return [entity["entity_id"] for entity in await home.entities(DOMAIN) if entity["config_entry_id"] == entry_id]

    async def take(self, line: AsyncEventHandler, event: Event) -> None:
        """Act upon an event."""


class _Line(AsyncEventHandler):
    def __init__(self, peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._peer = peer

    @override
    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(self._peer.info.event())
        elif Ping.is_type(event.type):
            await self.write_event(Pong(Ping.from_event(event).text).event())
        else:
            await self._peer.take(self, event)
        return True


class Recognition(Peer):
    """A speech recognition that understands what it is told to, whatever is said."""

    def __init__(self, name: str) -> None:
        """Know English."""
        model = AsrModel(name, NOBODY, installed=True, description=None, version=None, languages=["en"])
        program = AsrProgram(
            name,
            NOBODY,
            installed=True,
            description=None,
            version=None,
            models=[model],
            requires_external_vad=False,
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )
        super().__init__(Info(asr=[program]))
        self.understands = ""

    @override
    async def take(self, line: AsyncEventHandler, event: Event) -> None:
        if AudioStop.is_type(event.type):
            await line.write_event(Transcript(self.understands).event())


class Satellite(Peer):
    """A satellite with a microphone and a loudspeaker that plays at the pace of time."""

    def __init__(self, name: str) -> None:
        """Wait for a home to connect."""
        super().__init__(Info(satellite=SatelliteInfo(name, NOBODY, installed=True, description=None, version=None)))
        self._home: asyncio.Future[AsyncEventHandler] = asyncio.get_running_loop().create_future()
        self._events: asyncio.Queue[tuple[float, Event]] = asyncio.Queue()
        self._plays_until = 0.0

    @override
    async def take(self, line: AsyncEventHandler, event: Event) -> None:
        if RunSatellite.is_type(event.type):
            if self._home.done():
                self._home = self._home.get_loop().create_future()
            self._home.set_result(line)
        else:
            self._events.put_nowait((time.monotonic(), event))

    async def ask(self) -> Answer:
        """Say something into the microphone, and hear the answer."""
        home = await self._home
        run = RunPipeline(PipelineStage.ASR, PipelineStage.TTS)
        for event in (run, MICROPHONE, AudioStop()):
            await home.write_event(event.event())
        return await self.hear()

    async def hear(self, patience_s: float = 120) -> Answer:
        """Return what comes to be played, and the kinds of all events until then."""
        await self._home
        started = time.monotonic()
        arrivals: list[Arrival] = []
        kinds: list[str] = []
        form: WavFormat | None = None
        async with asyncio.timeout(patience_s):
            while "audio-stop" not in kinds:
                at, event = await self._events.get()
                kinds.append(event.type)
                if Error.is_type(event.type):
                    raise HomeError(f"The satellite was told of an error: {Error.from_event(event).text}")
                if AudioStart.is_type(event.type):
                    start = AudioStart.from_event(event)
                    form = WavFormat(start.channels, start.rate, start.width)
                if AudioChunk.is_type(event.type):
                    arrivals.append(Arrival(at - started, AudioChunk.from_event(event).audio))
        if form is None:
            raise HomeError("There was nothing to play.")
        self._plays_until = started + Answer(tuple(arrivals), form, ()).played_out_at_s
        return Answer(tuple(arrivals), form, tuple(kinds))

    async def play_to_the_end(self) -> None:
        """Tell the home that the last sample was played, when it was."""
        await asyncio.sleep(self._plays_until - time.monotonic())
        await (await self._home).write_event(Played().event())

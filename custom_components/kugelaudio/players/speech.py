"""One speech for many targets: read once, and handed to each under a URL of its own, which tells who fetches it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, fields
from pathlib import Path
import secrets
from typing import override

from homeassistant.components.tts import ResultStream
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..exceptions import failure
from ..sound.length import duration_s


class Speech:
    """What is said, as Home Assistant makes it: once, however many hear it and whenever their turn comes.

    It keeps what it has read: Home Assistant's own cache hands out nothing any more of what broke off.
    """

    def __init__(self, stream: ResultStream) -> None:
        """Take a stream that has its message; nothing is read yet."""
        self.stream = stream
        self.failure: HomeAssistantError | None = None
        self.length_s: float | None = None
        self.has_ended = asyncio.Event()
        self._pieces: list[bytes] = []
        self._news = asyncio.Event()

    @property
    def is_lost(self) -> bool:
        """Tell whether it has failed so that nobody can hear all of it."""
        return self.failure is not None

    async def read(self, limit_s: float) -> None:
        """Read it to its end; what it fails with is kept, and its length in seconds if that can be told."""
        try:
            async with asyncio.timeout(limit_s), aclosing(self.stream.async_stream_result()) as audio:
                async for piece in audio:
                    self._pieces.append(piece)
                    self._tell()
        except HomeAssistantError as err:
            self.failure = err
        except Exception as err:  # noqa: BLE001 - Home Assistant passes on whatever its converter raises
            self.failure = failure("conversion_failed", format=self.stream.extension, details=type(err).__name__)
        finally:
            self.length_s = duration_s(b"".join(self._pieces), self.stream.extension)
            self.has_ended.set()
            self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits for more."""
        self._news.set()
        self._news = asyncio.Event()

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield all of it, what is there already and what is still to come; raises what it fails with."""
        position = 0
        while True:
            news = self._news
            while position < len(self._pieces):
                position += 1
                yield self._pieces[position - 1]
            if self.has_ended.is_set():
                break
            await news.wait()
        if self.failure is not None:
            raise self.failure


@dataclass(slots=True)
class Fetch:
    """How far a target has got with its stream; `first_at` is the first byte on the clock of the loop.

    Players may ask several times, to look into it first; `idle` is set while nothing is being handed over.
    """

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    first_at: float | None = None
    requests: int = 0


class TargetStream(ResultStream):
    """A stream of Home Assistant's for one target: the same speech under another token.

    Home Assistant serves it like its own, at the kind of URL that every player knows, and without a signature: some
    devices take no long URLs.
    """

    def __init__(self, speech: Speech) -> None:
        """Take over what Home Assistant knows of the stream, whatever its version keeps there."""
        stream = speech.stream
        taken = {one.name: getattr(stream, one.name) for one in fields(stream) if one.init}
        taken["token"] = f"{secrets.token_urlsafe(16)}.{stream.extension}"
        super().__init__(**taken)
        self.fetch = Fetch()
        self._speech = speech

    @override
    async def async_stream_result(self) -> AsyncGenerator[bytes]:
        """Yield the speech, and take note of how far it has got."""
        fetch = self.fetch
        fetch.requests += 1
        fetch.idle.clear()
        fetch.asked.set()
        try:
            async with aclosing(self._speech.audio()) as audio:
                async for piece in audio:
                    if fetch.first_at is None:
                        fetch.first_at = self.hass.loop.time()
                        fetch.begun.set()
                    yield piece
        finally:
            fetch.requests -= 1
            if not fetch.requests:
                fetch.idle.set()

    @override
    def async_get_media_path(self) -> Path | None:
        """Return no file: a player that reads the file would not be seen."""
        return None


def open_stream(hass: HomeAssistant, speech: Speech) -> TargetStream:
    """Return a stream that Home Assistant serves from now on, until nobody has asked for it for five minutes."""
    stream = TargetStream(speech)
    manager = hass.data[DATA_TTS_MANAGER]
    manager.token_to_stream[stream.token] = stream
    manager.token_to_stream_cleanup.schedule()
    return stream

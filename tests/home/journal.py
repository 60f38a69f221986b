"""What the simulator says it saw and said, down to the last sample."""

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from .child import HomeError
from .client import Home
from .speech import Service


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of a simulator in another process."""

    session: aiohttp.ClientSession
    simulator_url: str

    async def read(self) -> dict[str, Any]:
        """Return what the simulator saw and said."""
        async with self.session.get(self._url) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def forget(self) -> None:
        """Let the simulator forget what it saw and said."""
        async with self.session.delete(self._url) as response:
            response.raise_for_status()

    async def keep_audio(self, *, keeps: bool) -> None:
        """Let the simulator remember the speech itself, or no longer."""
        async with self.session.patch(self._url, json={"keeps_audio": keeps}) as response:
            response.raise_for_status()

    async def spoken(self) -> list[bytes]:
        """Return the PCM that each socket sent, unless it sent none; the simulator has to keep it."""
        spoken: list[bytes] = []
        for socket in (await self.read())["sockets"]:
            frames = (sent["frame"] for sent in socket["sent"])
            spoken.append(b"".join(b64decode(frame["pcm"]) for frame in frames if "audio" in frame))
        return [pcm for pcm in spoken if pcm]

    async def contexts(self) -> list[bytes]:
        """Return the PCM of each context, in the order in which they began; the simulator has to keep it."""
        spoken: dict[str, bytes] = {}
        for socket in (await self.read())["sockets"]:
            for frame in (sent["frame"] for sent in socket["sent"]):
                if "audio" in frame and (context := frame.get("context_id")):
                    spoken[context] = spoken.get(context, b"") + b64decode(frame["pcm"])
        return list(spoken.values())

    async def last_request(self) -> dict[str, Any]:
        """Return the last request for speech."""
        sockets = (await self.read())["sockets"]
        messages: list[dict[str, Any]] = [received["message"] for socket in sockets for received in socket["received"]]
        return [message for message in messages if "text" in message][-1]

    async def voices(self) -> list[object]:
        """Return the voices that were asked for, in their order."""
        sockets = (await self.read())["sockets"]
        messages = [received["message"] for socket in sockets for received in socket["received"]]
        return [message["voice_id"] for message in messages if "voice_id" in message]

    @property
    def _url(self) -> str:
        return f"{self.simulator_url}/_simulator/journal"


@asynccontextmanager
async def listening(home: Home, simulator: Service) -> AsyncIterator[Journal]:
    """Let a simulator remember what it says meanwhile; Home Assistant forgets what it could say without it."""
    if simulator.url is None:
        raise HomeError("The public service keeps no journal.")
    journal = Journal(home.session, simulator.url)
    await home.call("tts.clear_cache", {})
    await journal.forget()
    await journal.keep_audio(keeps=True)
    try:
        yield journal
    finally:
        await journal.keep_audio(keeps=False)
        await journal.forget()

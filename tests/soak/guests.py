"""Those who make trouble without a fault of the provider: assistants that are interrupted, converters, forms."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import os
import signal
import time
from typing import Final

import aiohttp

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.flow import set_account
from tests.home.speech import DOMAIN, StoredVoice, add_second_speaker

from .holdings import children, command

VOICE: Final = "Oliver Hughes"
_LODGER: Final = "Grace Mitchell"
# Nobody else asks for it, so the converter is a guest's.
_FORMAT: Final = "ogg"
_DELTAS: Final = ("I will ", "tell a story ", "that has ", "no end. ", "It begins ", "with a house ", "on a hill, ") * 2
_PAUSE_S: Final = 0.05
_HEARD_BYTES: Final = 20_000
_APPEARS_WITHIN_S: Final = 20.0


@dataclass(slots=True)
class Guests:
    """They have a voice of their own: what becomes of their speech is not looked at, only what it does to others."""

    home: Home
    speaker: StoredVoice
    pid: int
    event: str
    interrupted: int = 0
    killed: int = 0
    forms: int = 0

    async def interrupt(self) -> None:
        """Hear the beginning of an answer and leave; what would have been its rest is never written."""
        order = {"engine": self.speaker.entity_id, "deltas": _DELTAS, "pause_s": _PAUSE_S, "ends": False}
        self.interrupted += 1
        with suppress(HomeError, aiohttp.ClientError):
            answer = await self.home.post("/api/services/inspector/dictate?return_response", order)
            async with self.home.session.get(f"{self.home.url}{answer['service_response']['url']}") as response:
                heard = 0
                while heard < _HEARD_BYTES and (piece := await response.content.readany()):
                    heard += len(piece)

    async def lose_converter(self, number: int) -> None:
        """Let the converter of a sentence die while it works."""
        request = {
            "engine_id": self.speaker.entity_id,
            "message": f"Converter {number} is about to die, in the middle of a sentence that goes on for a while. "
            * 3,
            "options": {"preferred_format": _FORMAT},
        }
        with suppress(HomeError, aiohttp.ClientError):
            url = (await self.home.post("/api/tts_get_url", request))["url"]
            hearing = asyncio.create_task(self._hear(url))
            self.killed += await self._kill_converter(hearing)
            await hearing

    async def _hear(self, url: str) -> None:
        async with self.home.session.get(url) as response:
            await response.read()

    async def _kill_converter(self, hearing: asyncio.Task[None]) -> int:
        """Kill one that is there while somebody listens; returns how many were killed."""
        deadline = time.monotonic() + _APPEARS_WITHIN_S
        while time.monotonic() < deadline and not hearing.done():
            for pid in children(self.pid):
                with suppress(FileNotFoundError, ProcessLookupError):
                    if f"\0{_FORMAT}\0" in command(pid):
                        os.kill(pid, signal.SIGKILL)
                        return 1
            await asyncio.sleep(0.01)
        return 0

    async def use_forms(self) -> None:
        """Add a voice, let the account keep no connections for a moment, and remove the voice."""
        entry_id = self.speaker.entry_id
        with suppress(HomeError):
            lodger = await add_second_speaker(self.home, self.speaker, "en", _LODGER)
            for policy in ("after_use", "always"):
                await set_account(self.home, DOMAIN, entry_id, {"connection": policy})
            found = await self.home.command("config_entries/subentries/list", entry_id=entry_id)
            [subentry_id] = [one["subentry_id"] for one in found if one["title"] == lodger.name]
            await self.home.command("config_entries/subentries/delete", entry_id=entry_id, subentry_id=subentry_id)
            self.forms += 1

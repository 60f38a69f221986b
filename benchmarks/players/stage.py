"""What is measured on: a Home Assistant, the simulated provider, a voice, and all players."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import tempfile
from typing import Final

import aiohttp
import numpy as np

from tests.home.client import Home
from tests.home.flow import set_account
from tests.home.hass import HomeAssistant
from tests.home.players.player import Announcement
from tests.home.players.rooms import Room, rooms
from tests.home.players.sound_card import SAMPLE_RATE, Samples
from tests.home.simulator import KEY, Simulator
from tests.home.speech import DOMAIN, Service, add_speaker
from tests.ports import free_port
from tests.simulator import tone_pcm

FORMATS: Final = ("mp3", "wav", "flac")
FIRST_AUDIO_MS: Final = 60
SPEED: Final = 12.0
SLOW: Final = 1.2
_VOICE: Final = "1071"
# Interrupted announcements are still being made while the next one begins.
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """All that is needed to let something be heard."""

    home: Home
    simulator_url: str
    voice: str
    rooms: dict[str, Room]

    def announcement(self, text: str, form: str) -> Announcement:
        """Return a text for the voice in a format."""
        return Announcement(self.voice, text, form)

    async def set_speed(self, speed: float) -> None:
        """Let the provider make speech at a multiple of real time."""
        profile = f"{self.simulator_url}/_simulator/profile"
        async with self.home.session.patch(profile, json={"speed": speed}) as response:
            response.raise_for_status()

    async def forget(self) -> None:
        """Let Home Assistant forget everything that was spoken."""
        await self.home.call("tts.clear_cache", {})


def sound_of(text: str) -> Samples:
    """Return what the simulator makes of a text."""
    return np.frombuffer(tone_pcm(text, SAMPLE_RATE), dtype="<i2").astype(np.float64)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start everything, and end it afterwards."""
    pace = ("--first-audio-ms", str(FIRST_AUDIO_MS), "--speed", str(SPEED), "--sound", "tone")
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        simulator = running.enter_context(Simulator(free_port(), *pace, log=folder / "simulator.log"))
        hass = running.enter_context(HomeAssistant(folder / "config", free_port(), log=folder / "hass.log"))
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
            home = await hass.ready(session)
            speaker = await add_speaker(home, Service(KEY, simulator.url), "en", _VOICE)
            await set_account(home, DOMAIN, speaker.entry_id, {"parallel": str(_AT_ONCE)})
            async with rooms(home, folder / "players") as players:
                yield Stage(home, simulator.url, speaker.entity_id, players)

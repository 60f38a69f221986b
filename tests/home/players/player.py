"""What every player can be asked, and those that a Home Assistant drives through an integration of its own."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, override

from tests.home.client import Home
from tests.home.flow import Answer, add_account

_STOP: Final = 4096


@dataclass(frozen=True, slots=True)
class Announcement:
    """A text for one of the voices, in its own format or another one."""

    voice: str
    message: str
    format: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """Return what the call asks for beside the text."""
        return {"preferred_format": self.format} if self.format else {}


class Player(ABC):
    """A player that plays one thing at a time."""

    @abstractmethod
    async def speak(self, announcement: Announcement) -> None:
        """Let a voice speak."""

    @abstractmethod
    async def stop(self) -> None:
        """Fall silent."""

    @abstractmethod
    async def seek(self, position_s: float) -> None:
        """Go on at another place."""

    @abstractmethod
    async def duration_s(self) -> float | None:
        """Return how long the player thinks that what it plays lasts."""


class Entity(Player):
    """A media player entity of a Home Assistant."""

    def __init__(self, home: Home, entity_id: str) -> None:
        """Take the entity."""
        self._home = home
        self.entity_id = entity_id

    @override
    async def speak(self, announcement: Announcement) -> None:
        data: dict[str, Any] = {"entity_id": announcement.voice, "message": announcement.message}
        data |= {"media_player_entity_id": self.entity_id, "options": announcement.options}
        await self._home.call("tts.speak", data)

    @override
    async def stop(self) -> None:
        # Some players refuse to stop when they have nothing to play.
        if await self._supports(_STOP):
            await self._do("media_stop")

    @override
    async def seek(self, position_s: float) -> None:
        await self._do("media_seek", seek_position=position_s)

    @override
    async def duration_s(self) -> float | None:
        await self._home.call("homeassistant.update_entity", {"entity_id": self.entity_id})
        duration_s = (await self._home.state(self.entity_id)).attributes.get("media_duration")
        return None if duration_s is None else float(duration_s)

    async def _supports(self, feature: int) -> bool:
        return bool((await self._home.state(self.entity_id)).attributes["supported_features"] & feature)

    async def _do(self, action: str, **data: Any) -> None:
        await self._home.call(f"media_player.{action}", {"entity_id": self.entity_id, **data})


@asynccontextmanager
async def added(home: Home, domain: str, answers: Mapping[str, Answer]) -> AsyncIterator[Entity]:
    """Add a player through the config flow of an integration; it is removed afterwards."""
    entry_id = await add_account(home, domain, answers)
    async with shown(home, domain, entry_id) as player:
        yield player


@asynccontextmanager
async def shown(home: Home, domain: str, entry_id: str) -> AsyncIterator[Entity]:
    """Give the player of a config entry, which is removed afterwards."""
    try:
        (entity_id,) = [
            str(entity["entity_id"])
            for entity in await home.entities(domain)
            if entity["config_entry_id"] == entry_id and entity["entity_id"].startswith("media_player.")
        ]
        yield Entity(home, entity_id)
    finally:
        await home.delete(f"/api/config/config_entries/entry/{entry_id}")

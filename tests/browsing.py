"""The media browser, asked as Home Assistant's frontend asks it."""

from dataclasses import dataclass
from typing import Any, Self

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.kugelaudio.const import DOMAIN

type Json = dict[str, Any]

ROOT = "media-source://kugelaudio"


@dataclass(frozen=True, slots=True)
class MediaBrowser:
    """Somebody who looks for something to hear, and hears it."""

    websocket: MockHAClientWebSocket
    home: TestClient[Any, Any]
    internet: ClientSession

    @classmethod
    async def opened(
        cls, hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
    ) -> Self:
        """Set up what is needed before Home Assistant's web server begins, and begin."""
        assert await async_setup_component(hass, "media_source", {})
        assert await async_setup_component(hass, DOMAIN, {})
        return cls(await hass_ws_client(hass), await hass_client(), async_get_clientsession(hass))

    async def ask(self, kind: str, place: str, **more: str) -> Json:
        """Return Home Assistant's answer."""
        await self.websocket.send_json_auto_id(
            {"type": f"media_source/{kind}_media", "media_content_id": place, **more}
        )
        answer: Json = await self.websocket.receive_json()
        return answer

    async def told(self, kind: str, place: str, **more: str) -> str:
        """Return what the user is told when it fails."""
        answer = await self.ask(kind, place, **more)
        assert answer["error"]["code"] == f"{kind}_media_failed"
        return str(answer["error"]["message"])

    async def folder(self, place: str = ROOT) -> Json:
        """Return what is in a folder."""
        answer = await self.ask("browse", place)
        assert answer["success"], answer
        result: Json = answer["result"]
        return result

    async def resolved(self, place: str) -> Json:
        """Return where something is to be heard."""
        answer = await self.ask("resolve", place)
        assert answer["success"], answer
        result: Json = answer["result"]
        return result

    async def hear(self, place: str) -> bytes:
        """Play something."""
        found = await self.resolved(place)
        session = self.home if found["url"].startswith("/") else self.internet
        async with session.get(found["url"]) as response:
            assert response.ok
            assert response.content_type == found["mime_type"]
            return await response.read()


def in_account(entry: MockConfigEntry, *path: str) -> str:
    """Return the media id of a place in an account."""
    return "/".join((ROOT, entry.entry_id, *path))


def titles(folder: Json) -> list[str]:
    """Return what a folder shows."""
    return [child["title"] for child in folder["children"]]


def child(folder: Json, title: str) -> str:
    """Return the media id of what a folder shows under a title."""
    (found,) = (child["media_content_id"] for child in folder["children"] if child["title"] == title)
    return str(found)

"""Home Assistant's HTTP and WebSocket interfaces, as its frontend uses them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
import time
from typing import Any, Self

import aiohttp

from .child import HomeError


@dataclass(frozen=True, slots=True)
class State:
    """The state of one entity."""

    entity_id: str
    state: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Home:
    """One Home Assistant, spoken to in the name of its owner."""

    session: aiohttp.ClientSession
    url: str
    token: str

    @classmethod
    async def sign_in(cls, session: aiohttp.ClientSession, url: str, code: str) -> Self:
        """Trade an authorization code for access."""
        grant = {"client_id": f"{url}/", "code": code, "grant_type": "authorization_code"}
        async with session.post(f"{url}/auth/token", data=grant) as response:
            return cls(session, url, (await response.json())["access_token"])

    async def lasting(self) -> Self:
        """Return the same with a token that does not expire after half an hour."""
        name = f"tests.home {time.time_ns()}"
        token = await self.command("auth/long_lived_access_token", client_name=name, lifespan=365)
        return replace(self, token=token)

    async def get(self, path: str) -> Any:
        """Return the JSON of a path."""
        return await self._request("GET", path)

    async def post(self, path: str, data: Mapping[str, Any]) -> Any:
        """Post JSON and return the JSON that comes back."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Any:
        """Delete what a path names."""
        return await self._request("DELETE", path)

    async def _request(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}{path}"
        async with self.session.request(method, url, json=data, headers=headers) as response:
            if not response.ok:
                raise HomeError(f"Home Assistant answered {response.status} to {path}: {await response.text()}")
            return await response.json()

    async def call(self, action: str, data: Mapping[str, Any]) -> None:
        """Call an action such as tts.speak, and wait for its end."""
        await self.post(f"/api/services/{action.replace('.', '/')}", data)

    async def command(self, kind: str, **data: Any) -> Any:
        """Send one WebSocket command and return its result."""
        async with self._socket() as socket:
            return await _command(socket, kind, data)

    @asynccontextmanager
    async def events(self, kind: str, **data: Any) -> AsyncIterator[AsyncIterator[Any]]:
        """Give the events of a WebSocket command that answers with events, such as assist_pipeline/run."""
        async with self._socket() as socket:
            await _command(socket, kind, data)
            yield (message.json()["event"] async for message in socket)

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self.session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            if (await socket.receive_json())["type"] != "auth_ok":
                raise HomeError("Home Assistant does not accept its own token.")
            yield socket

    async def state(self, entity_id: str) -> State:
        """Return the present state of an entity."""
        found = await self.get(f"/api/states/{entity_id}")
        return State(entity_id, found["state"], found["attributes"])

    async def wait_for(self, entity_id: str, wanted: Callable[[State], bool], timeout_s: float = 60) -> State:
        """Return the first state of an entity that is wanted."""
        deadline = time.monotonic() + timeout_s
        while not wanted(state := await self.state(entity_id)):
            if time.monotonic() > deadline:
                raise HomeError(f"{entity_id} stayed {state.state} for {timeout_s} s: {dict(state.attributes)}")
            await asyncio.sleep(0.02)
        return state

    async def entities(self, platform: str) -> list[dict[str, Any]]:
        """Return the entity registry's entries of an integration."""
        entries: list[dict[str, Any]] = await self.command("config/entity_registry/list")
        return [entry for entry in entries if entry["platform"] == platform]


async def _command(socket: aiohttp.ClientWebSocketResponse, kind: str, data: Mapping[str, Any]) -> Any:
    await socket.send_json({"id": 1, "type": kind, **data})
    answer = await socket.receive_json()
    if not answer["success"]:
        raise HomeError(f"Home Assistant refused {kind}: {answer['error']['message']}")
    return answer["result"]

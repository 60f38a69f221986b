"""Fixtures of the client's tests."""

import asyncio
from collections.abc import AsyncGenerator

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from tests.simulator import Simulator


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[ClientSession]:  # noqa: ARG001 - opens sockets first
    """Provide the session that the client is given."""
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
async def client(simulator: Simulator, session: ClientSession) -> AsyncGenerator[KugelAudioClient]:
    """Provide a client of the simulator."""
    made = KugelAudioClient(session, simulator.key, simulator.url)
    yield made
    await made.close()


class ScriptedServer:
    """A server that answers as a test tells it to: for what the simulator never does.

    Over HTTP with `body`, or with `pieces` of audio; over a WebSocket with `frames`, after the first message, and with
    the context of that.
    """

    def __init__(self) -> None:
        """Prepare the application."""
        self.body = ""
        self.pieces: list[bytes] = []
        self.frames: list[dict[str, object]] = []
        self.pause_s = 0.0
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(application, host="127.0.0.1")

    @property
    def url(self) -> str:
        """Return the base URL."""
        return str(self.server.make_url("")).rstrip("/")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.pieces:
            response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
            await response.prepare(request)
            for piece in self.pieces:
                await response.write(piece)
                await asyncio.sleep(0.01)
            return response
        if not request.path.startswith("/ws/"):
            return web.Response(text=self.body, content_type="application/json")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = await socket.receive_json()
        named = {"context_id": asked["context_id"]} if "context_id" in asked else {}
        for frame in self.frames:
            await socket.send_json(named | frame)
            await asyncio.sleep(self.pause_s)
        await socket.receive()
        return socket


@pytest.fixture
async def scripted(socket_enabled: None) -> AsyncGenerator[ScriptedServer]:  # noqa: ARG001 - opens sockets first
    """Run a server that sends what a test tells it to."""
    made = ScriptedServer()
    await made.server.start_server()
    yield made
    await made.server.close()

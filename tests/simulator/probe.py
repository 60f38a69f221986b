"""A plain client, to look at the simulator without a library between."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    WSMsgType,
)

from .server import Simulator

type Frame = dict[str, object]
SAMANTHA: Frame = {"voice_id": 1071, "language": "en"}
# Tests make their time: this is for what never happens.
PATIENCE_S = 36_000.0
SPEAK, STREAM, MULTI = "/ws/tts", "/ws/tts/stream", "/ws/tts/multi"


@asynccontextmanager
async def connected(
    simulator: Simulator, path: str = SPEAK, key: str | None = None, *, by_query: bool = False
) -> AsyncIterator[ClientWebSocketResponse]:
    """Open a socket with the key in a header or in the query."""
    headers = {} if by_query else {"Authorization": f"Bearer {key or simulator.key}"}
    query = {"api_key": key or simulator.key} if by_query else {}
    async with (
        ClientSession(headers=headers) as session,
        session.ws_connect(simulator.url + path, params=query) as socket,
    ):
        yield socket


async def frame_of(socket: ClientWebSocketResponse) -> Frame:
    """Return the next frame; the close code stands for a close."""
    async with asyncio.timeout(PATIENCE_S):
        message = await socket.receive()
    if message.type is WSMsgType.TEXT:
        frame = message.json()
        return frame if isinstance(frame, dict) else {"raw": frame}
    return {"closed": socket.close_code}


async def until(socket: ClientWebSocketResponse, *ends: str) -> list[Frame]:
    """Return the frames up to one that has an end's key, or to the close."""
    frames = [await frame_of(socket)]
    while not frames[-1].keys() & {*ends, "closed"}:
        frames.append(await frame_of(socket))
    return frames


def sound(frames: list[Frame]) -> bytes:
    """Return the audio of frames."""
    return b"".join(b64decode(str(frame["audio"])) for frame in frames if "audio" in frame)


def kinds(frames: list[Frame]) -> list[str]:
    """Return the first key of each frame that is not audio."""
    return [next(iter(frame)) for frame in frames if "audio" not in frame]


async def get(simulator: Simulator, path: str, key: str | None = None) -> tuple[int, Frame]:
    """Return the status and the body of a GET with the key."""
    headers = {"X-API-Key": key or simulator.key}
    async with (
        ClientSession(headers=headers) as session,
        session.get(simulator.url + path) as response,
    ):
        return response.status, await response.json()


async def happened(condition: Callable[[], bool], limit_s: float = PATIENCE_S) -> None:
    """Wait until something has happened."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)


async def posted(
    simulator: Simulator, key: str | None = None, **message: object
) -> tuple[int, Mapping[str, str], bytes]:
    """Speak over REST and return the status, the headers and the body."""
    headers = {"Authorization": f"Bearer {key or simulator.key}"}
    async with (
        ClientSession(headers=headers) as session,
        session.post(f"{simulator.url}/v1/tts/generate", json={**SAMANTHA, **message}) as response,
    ):
        return response.status, response.headers, await response.read()


async def spoken(simulator: Simulator, text: str, **settings: object) -> tuple[bytes, list[Frame]]:
    """Speak a text on a new socket and return its audio and its frames."""
    async with connected(simulator) as socket:
        await socket.send_json({"text": text, **SAMANTHA, **settings})
        frames = await until(socket, "final", "error")
    return sound(frames), frames

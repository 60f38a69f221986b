"""One accepted WebSocket: JSON in, JSON out, everything in the journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
import json
import struct

from aiohttp import WSMsgType, web

from .clock import now
from .errors import ApiError, ErrorAnswer, Failure
from .journal import Journal, Socket
from .profile import Profile

FINAL_TEXT, SHORT = 0x81, 126


class Abandoned(Exception):  # noqa: N818 - no error: the client left
    """Stop speaking because there is nobody left to speak to."""


class Channel:
    """Send frames to one client and read its messages."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, record: Socket) -> None:
        """Keep the socket and its record."""
        self._socket = socket
        self._request = request
        self._sending = asyncio.Lock()
        self._forgotten = False
        self.record = record

    @property
    def path(self) -> str:
        """Return the endpoint."""
        return self.record.path

    async def messages(self, journal: Journal, answers_ping: Callable[[], bool]) -> AsyncIterator[dict[str, object]]:
        """Yield the client's messages until the socket is closed; a close of a forgotten one is not answered."""
        async for received in self._socket:
            if received.type is WSMsgType.PING and answers_ping():
                await self._pong(received.data)
            if received.type is not WSMsgType.TEXT or self._forgotten:
                continue
            try:
                message = json.loads(received.data)
            except ValueError:
                message = None
            if isinstance(message, dict):
                journal.hear(self.record, message)
            yield message if isinstance(message, dict) else {}
        if self._forgotten:
            await asyncio.Event().wait()
        await self._socket.close()

    async def _pong(self, data: bytes) -> None:
        if self._forgotten:
            return
        with suppress(ConnectionError):
            async with self._sending:
                await self._socket.pong(data)

    async def send(
        self,
        frame: dict[str, object],
        journal: Journal,
        samples: int | None = None,
        leave: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Send a frame; the journal gets the number of samples for the audio, and the time before it leaves."""
        message = json.dumps(frame)
        told = frame
        if samples is not None:
            kept = {"pcm": frame["audio"]} if journal.keeps_audio else {}
            told = frame | {"audio": samples} | kept
        journal.tell(self.record, told)
        await (leave or self.send_text)(message)

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is."""
        if self._forgotten:
            return
        try:
            async with self._sending:
                await self._socket.send_str(text)
        except (ConnectionError, RuntimeError) as error:
            raise Abandoned from error

    async def send_slowly(self, text: str, size: int, pause_s: float) -> None:
        """Send a text frame a few bytes at a time; one that is cancelled goes out to its end at once."""
        async with self._sending:
            rest = memoryview(text_frame(text.encode()))
            try:
                while rest:
                    self._write(rest[:size])
                    rest = rest[size:]
                    await asyncio.sleep(pause_s)
            finally:
                self._write(rest)

    def _write(self, data: memoryview) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise Abandoned
        transport.write(data)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        try:
            async with self._sending:
                await self._socket.send_bytes(data)
        except (ConnectionError, RuntimeError) as error:
            raise Abandoned from error

    async def refuse(
        self,
        error: ApiError | ErrorAnswer,
        profile: Profile,
        journal: Journal,
        context_id: str | None = None,
    ) -> None:
        """Send an error frame."""
        answer = error.answer if isinstance(error, ApiError) else error
        frame = answer.frame(profile.error_style)
        if answer.retry_after is not None and isinstance(frame["error"], str):
            frame["retry_after"] = answer.retry_after
        if profile.request_id_in_frames:
            frame["request_id"] = self.record.request_id
        if context_id is not None:
            frame["context_id"] = context_id
        await self.send(frame, journal)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket with a code."""
        if self._forgotten:
            self.drop()
            return
        if self.record.close_code is None:
            self.record.close_code = code
        await self._socket.close(code=code, message=reason.encode())

    def forget(self) -> None:
        """Die quietly: nothing is answered any more, and nothing is sent."""
        self._forgotten = True

    def drop(self) -> None:
        """Drop the connection without a word."""
        if self.record.close_code is None:
            self.record.close_code = 1006
        if self._request.transport is not None:
            self._request.transport.abort()

    def closed(self, journal: Journal) -> None:
        """Record that the socket is closed."""
        self.record.closed_at = now()
        if self.record.close_code is None:
            self.record.close_code = self._socket.close_code
        journal.note()


def text_frame(payload: bytes) -> bytes:
    """Return an unmasked text frame of RFC 6455 in one piece."""
    length = len(payload)
    if length < SHORT:
        return bytes((FINAL_TEXT, length)) + payload
    if length < 2**16:
        return struct.pack("!BBH", FINAL_TEXT, SHORT, length) + payload
    return struct.pack("!BBQ", FINAL_TEXT, SHORT + 1, length) + payload


INVALID_JSON = ErrorAnswer.of(Failure.INVALID_JSON)

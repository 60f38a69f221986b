"""Contexts of `/ws/tts/multi`: texts that are spoken beside each other on one socket."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import uuid4

from .connection import Connection
from .deadline import Deadline
from .errors import ConnectionLostError, KugelAudioError, SilentServerError
from .frames import (
    ContextClosedFrame,
    ContextTimeoutFrame,
    ErrorFrame,
    Frame,
    InterruptedFrame,
    abandon_context,
    close_context,
    first_context_text,
    keep_context_alive,
    lasting,
)
from .models import VoiceSettings
from .pool import ConnectionPool

PATH: Final = "ws/tts/multi"
# The server's limit for one socket.
MAX_CONTEXTS: Final = 20
# The server gives up a context for which it hears nothing for 20 s.
_KEEP_ALIVE_S: Final = 10.0
_STOP_LIMIT_S: Final = 2.0


class Inbox:
    """The frames of a context, in the order of their arrival.

    Unbounded: whoever reads one slowly must not stop the others on the socket.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._items: asyncio.Queue[Frame | KugelAudioError] = asyncio.Queue()

    def put(self, item: Frame | KugelAudioError) -> None:
        """Add a frame, or what ended the socket."""
        self._items.put_nowait(item)

    async def receive(self, timeout_s: float) -> Frame:
        """Return the next frame; raises SilentServerError, or the error that the context or its socket ended with."""
        try:
            async with asyncio.timeout(timeout_s):
                item = await self._items.get()
        except TimeoutError:
            raise SilentServerError from None
        match item:
            case KugelAudioError():
                raise item
            case ErrorFrame(error):
                raise error
            case ContextTimeoutFrame():
                raise ConnectionLostError("CONTEXT_TIMED_OUT")
            case InterruptedFrame():
                raise ConnectionLostError("INTERRUPTED")
            case _:
                return item


class Context:
    """A text that is spoken by one voice, beside others on the same socket. Every failure is told to its inbox."""

    def __init__(self, socket: _ContextSocket, settings: VoiceSettings, inbox: Inbox) -> None:
        """Give it a name that no frame of the past carries; nothing is sent yet."""
        self.id = uuid4().hex
        self.inbox = inbox
        self.has_ended = asyncio.Event()
        self.accepts_text = False
        self._socket = socket
        self._settings = settings

    async def begin(self, text: str) -> None:
        """Create the context at the server with all of its text."""
        self.accepts_text = True
        await self._socket.begin(text, self.id, self._settings)

    async def keep_alive(self) -> None:
        """Let the server know that its turn to be spoken is still awaited."""
        await self._socket.send(keep_context_alive(self.id))

    async def close(self) -> None:
        """Tell the server that no more text follows."""
        if self.accepts_text:
            self.accepts_text = False
            await self._socket.send(close_context(self.id))

    async def stop(self) -> None:
        """Leave the socket; what the server has not spoken yet is not spoken."""
        await self._socket.remove(self)


class ContextSockets:
    """Finds a place for every context: on a socket that is in use where it fits, else on another of the pool's."""

    def __init__(self, pool: ConnectionPool) -> None:
        """Keep the pool; nothing is opened yet."""
        self._pool = pool
        self._sockets: list[_ContextSocket] = []

    def context(self, settings: VoiceSettings, inbox: Inbox, deadline: Deadline) -> Context:
        """Return a context with a place on a socket, to be stopped by the caller; nothing is sent yet.

        The deadline is that of opening a socket, where one has to be opened for it.
        """
        # All but the voice and its guidance is the whole socket's: whoever sets it last, sets it for everyone there.
        shared = replace(settings, voice_id="", cfg_scale=0.0)
        self._sockets = [socket for socket in self._sockets if socket.is_in_use]
        for socket in self._sockets:
            if socket.takes(shared):
                return socket.add(settings, inbox)
        socket = _ContextSocket(self._pool, shared, deadline)
        self._sockets.append(socket)
        return socket.add(settings, inbox)


class _ContextSocket:
    """One lent socket; it goes back to the pool when its last context has ended."""

    def __init__(self, pool: ConnectionPool, shared: VoiceSettings, deadline: Deadline) -> None:
        self._shared = shared
        self._contexts: dict[str, Context] = {}
        self._connection: Connection | None = None
        self._has_opened = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._reader = asyncio.create_task(self._read(pool, deadline), name="kugelaudio contexts")

    @property
    def is_in_use(self) -> bool:
        """Tell whether a context is left; without one the socket is on its way back to the pool."""
        return bool(self._contexts)

    def takes(self, shared: VoiceSettings) -> bool:
        """Tell whether one more context with these settings fits."""
        return shared == self._shared and len(self._contexts) < MAX_CONTEXTS

    def add(self, settings: VoiceSettings, inbox: Inbox) -> Context:
        """Return a new context of this socket."""
        context = Context(self, settings, inbox)
        self._contexts[context.id] = context
        return context

    async def begin(self, text: str, context_id: str, settings: VoiceSettings) -> None:
        """Send what a context begins with as soon as the socket is open; if it has ended, the inboxes are told why."""

        async def ask(connection: Connection) -> None:
            told = connection.told
            connection.told |= lasting(settings)
            await connection.ask(first_context_text(text, context_id, settings, told))

        await self._send(ask)

    async def send(self, message: str) -> None:
        """Send a message as soon as the socket is open; if it has ended, the inboxes are told why."""
        await self._send(lambda connection: connection.send(message))

    async def _send(self, send: Callable[[Connection], Awaitable[None]]) -> None:
        await self._has_opened.wait()
        if self._connection is not None:
            with suppress(ConnectionLostError):
                await send(self._connection)

    async def _read(self, pool: ConnectionPool, deadline: Deadline) -> None:
        """Hold the socket and pass its frames on, until no context is left."""
        try:
            async with pool.lend(PATH, deadline) as connection:
                self._connection = connection
                self._has_opened.set()
                await self._pass_on(connection)
        except KugelAudioError as err:
            self._has_opened.set()
            for context in list(self._contexts.values()):
                self._end(context, err)

    async def _pass_on(self, connection: Connection) -> None:
        """Give every frame to its context; frames of contexts that have ended are nobody's."""
        keep_alive_at = self._now() + _KEEP_ALIVE_S
        while self._contexts:
            try:
                frame = await connection.receive(keep_alive_at - self._now())
            except SilentServerError:
                keep_alive_at = self._now() + _KEEP_ALIVE_S
                await self._keep_alive()
                continue
            match frame:
                case ErrorFrame(error, context_id=None):
                    raise error
                case InterruptedFrame(context_id=None):
                    raise ConnectionLostError("INTERRUPTED")
                case _ if (context := self._contexts.get(frame.context_id or "")) is None:
                    pass
                case ErrorFrame() | ContextTimeoutFrame() | InterruptedFrame():
                    # Whether the server still holds the context is not known.
                    connection.spoil()
                    self._end(context, frame)
                case ContextClosedFrame():
                    self._end(context, frame)
                case _:
                    context.inbox.put(frame)

    def _end(self, context: Context, item: Frame | KugelAudioError) -> None:
        """Forget a context, after its last frame or an error."""
        del self._contexts[context.id]
        context.has_ended.set()
        context.inbox.put(item)

    async def _keep_alive(self) -> None:
        """Keep all contexts of which nothing was heard yet."""
        for context in list(self._contexts.values()):
            if context.accepts_text:
                await context.keep_alive()

    async def remove(self, context: Context) -> None:
        """Let the server stop a context that has not ended; the last one to leave sees the socket off."""
        if not context.has_ended.is_set():
            if self._connection is None:
                del self._contexts[context.id]
            else:
                await self._abandon(context, self._connection)
        if not self._contexts:
            if self._connection is None:
                self._reader.cancel()
            await asyncio.wait([self._reader])

    async def _abandon(self, context: Context, connection: Connection) -> None:
        """Stop a context; a socket on which the server does not say so in time is not used again."""
        try:
            with suppress(KugelAudioError, TimeoutError):
                async with asyncio.timeout(_STOP_LIMIT_S):
                    await connection.send(abandon_context(context.id))
                    await context.has_ended.wait()
        finally:
            if not context.has_ended.is_set():
                del self._contexts[context.id]
                connection.spoil()
                if not self._contexts:
                    await connection.close()

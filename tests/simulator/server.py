"""The simulator: a server on loopback, its keys, its faults and its journal."""

import asyncio
from types import TracebackType
from typing import Literal, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .channel import Abandoned, Channel
from .clock import now
from .control import Control
from .errors import ErrorAnswer, Failure
from .faults import HANDSHAKE_FAULTS, Fault, FaultPlan, Strike
from .gate import Gate
from .journal import Journal, Socket
from .keys import (
    DEFAULT_KEYS,
    NORMAL_KEY,
    Credentials,
    KeyKind,
    credentials,
    public_query,
)
from .multi import MultiSession
from .pages import page
from .profile import HandshakeRefusal, Profile
from .rest import AI_GENERATED, Rest
from .session import RESTART, Session
from .speak import SpeakSession
from .stream import StreamSession
from .synthesis import Synthesizer, ToneSynthesizer, WordSynthesizer

HOST = "127.0.0.1"
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
ENDPOINTS: dict[str, type[Session]] = {
    "/ws/tts": SpeakSession,
    "/ws/tts/stream": StreamSession,
    "/ws/tts/multi": MultiSession,
}


class Simulator:
    """Play the provider on a real socket."""

    def __init__(
        self,
        profile: Profile | None = None,
        port: int = 0,
        sound: Literal["words", "tone"] = "words",
        host: str = HOST,
    ) -> None:
        """Prepare the server; ``start`` opens the port."""
        self.profile = profile or Profile()
        self.key = NORMAL_KEY
        self.keys = dict(DEFAULT_KEYS)
        self.faults = FaultPlan()
        self.journal = Journal()
        self.draining = False
        self.withdrawn: set[int] = set()
        self.synthesizer: Synthesizer = ToneSynthesizer() if sound == "tone" else WordSynthesizer()
        self.host = host
        self.port = port
        self._gate = Gate(self)
        self._sessions: set[Session] = set()
        self._handlers: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Open the port."""
        app = web.Application(middlewares=[self._tracked(), self._gate.middleware()])
        app.add_routes(Rest(self).routes())
        app.add_routes(Control(self).routes())
        app.add_routes([web.get(path, self._serve) for path in ENDPOINTS])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await self.admit()

    async def stop(self) -> None:
        """Close all connections and the port."""
        await self.refuse()
        await self.close_sockets(GOING_AWAY)
        handlers = set(self._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def admit(self) -> None:
        """Listen for connections (again)."""
        if self._runner and self._site is None:
            site = web.TCPSite(self._runner, self.host, self.port)
            await site.start()
            self._site = site
            self.port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """Let new connections be refused; those that are open stay open."""
        if self._site:
            await self._site.stop()
            self._site = None

    def kind_of(self, key: str) -> KeyKind | None:
        """Return what a key may do."""
        return self.keys.get(key)

    def revoke(self, key: str | None = None) -> None:
        """Revoke a key, by default the normal one."""
        self.keys[key or self.key] = KeyKind.REVOKED

    def restore(self, key: str | None = None) -> None:
        """Make a key valid again, by default the normal one."""
        self.keys[key or self.key] = KeyKind.NORMAL

    def withdraw(self, voice_id: int) -> None:
        """Take a voice out of the catalogue; it speaks no more."""
        self.withdrawn.add(voice_id)

    def offer(self, voice_id: int) -> None:
        """Offer a voice again that was withdrawn."""
        self.withdrawn.discard(voice_id)

    async def drain(self) -> None:
        """Begin a rolling deploy: idle sockets close now, busy ones after their turn."""
        self.draining = True
        await asyncio.gather(*(session.drain() for session in set(self._sessions)))

    def resume(self) -> None:
        """End the rolling deploy."""
        self.draining = False

    async def close_sockets(self, code: int = RESTART) -> None:
        """Close all open sockets with a code."""
        sessions = set(self._sessions)
        await asyncio.gather(*(session.channel.close(code) for session in sessions))

    def drop_sockets(self) -> None:
        """Drop all open sockets without a word."""
        for session in self._sessions:
            session.channel.drop()

    def _tracked(self) -> Middleware:
        """Return a middleware that knows the requests under way, also those whose client has gone."""

        @web.middleware
        async def track(request: web.Request, handler: Handler) -> web.StreamResponse:
            task = asyncio.current_task()
            if task:
                self._handlers.add(task)
                task.add_done_callback(self._handlers.discard)
            return await handler(request)

        return track

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        request["request_id"] = self._gate.request_id()
        strikes = self.faults.take(HANDSHAKE_FAULTS, request.path)
        who = credentials(
            request,
            header=self.profile.accept_header_key,
            query=self.profile.accept_query_key,
        )
        planned = {strike.fault: strike for strike in strikes}
        if planned.keys() & {Fault.HANDSHAKE_HANG, Fault.HANDSHAKE_DROP}:
            self._gate.write(request, 0, self.journal.handshakes)
            if Fault.HANDSHAKE_HANG in planned:
                await asyncio.Event().wait()
            elif request.transport:
                request.transport.abort()
            return web.Response()
        if strike := planned.get(Fault.HANDSHAKE_HTML) or planned.get(Fault.HANDSHAKE_REDIRECT):
            answer = page(strike)
            self._gate.write(request, answer.status, self.journal.handshakes)
            return answer
        refusal = await self._refusal(who, strikes)
        status = refusal.status if refusal else 101
        self._gate.write(request, status, self.journal.handshakes)
        if refusal:
            response = self._gate.refusal(refusal)
            response.headers["X-Request-Id"] = request["request_id"]
            return response
        return await self._accept(request, who, strikes)

    async def _refusal(self, who: Credentials, strikes: list[Strike]) -> ErrorAnswer | None:
        await asyncio.sleep(self.profile.handshake_ms / 1000)
        for strike in strikes:
            if strike.fault is Fault.HANDSHAKE_ERROR:
                parameters = {"error": Failure.UNAUTHORIZED, **strike.parameters}
                return ErrorAnswer.from_parameters(parameters)
        limit = self.profile.max_connections
        if limit is not None and len(self._sessions) >= limit:
            return ErrorAnswer.from_parameters({"error": Failure.RATE_LIMITED, "retry_after": 1})
        kind = self.kind_of(who.key)
        if kind is KeyKind.PERMISSION_DENIED:
            return ErrorAnswer.of(Failure.PERMISSION_DENIED)
        if kind in (None, KeyKind.REVOKED):
            match self.profile.handshake_refusal:
                case HandshakeRefusal.HTTP_401:
                    return ErrorAnswer.of(Failure.UNAUTHORIZED)
                case HandshakeRefusal.HTTP_403:
                    return ErrorAnswer.of(Failure.FORBIDDEN)
        return None

    async def _accept(self, request: web.Request, who: Credentials, strikes: list[Strike]) -> web.StreamResponse:
        response = web.WebSocketResponse(autoping=False, compress=False, timeout=1.0)
        response.headers["X-Request-Id"] = request["request_id"]
        response.headers.update(AI_GENERATED)
        try:
            await response.prepare(request)
        except ConnectionError:
            return response
        record = Socket(
            path=request.path,
            query=public_query(request),
            auth=who.style,
            request_id=request["request_id"],
            opened_at=now(),
        )
        self.journal.sockets.append(record)
        self.journal.note()
        channel = Channel(response, request, record)
        session = ENDPOINTS[request.path](self, channel, who.key)
        self._sessions.add(session)
        try:
            if await self._welcome(channel, who, strikes):
                await session.run()
        except Abandoned:
            pass
        finally:
            self._sessions.discard(session)
            channel.closed(self.journal)
        return response

    async def _welcome(self, channel: Channel, who: Credentials, strikes: list[Strike]) -> bool:
        """Tell whether the accepted socket may stay open."""
        if self.draining:
            await channel.close(TRY_AGAIN_LATER, "draining")
            return False
        if self.kind_of(who.key) in (None, KeyKind.REVOKED):
            answer = ErrorAnswer.of(Failure.UNAUTHORIZED)
            await channel.refuse(answer, self.profile, self.journal)
            await channel.close(4001, "unauthorized")
            return False
        for strike in strikes:
            if strike.fault is Fault.ACCEPT_THEN_CLOSE:
                if "error" in strike.parameters:
                    answer = ErrorAnswer.from_parameters(strike.parameters)
                    await channel.refuse(answer, self.profile, self.journal)
                await channel.close(int(strike.number("code", TRY_AGAIN_LATER)))
                return False
        if self.profile.session_started and channel.path.endswith("/multi"):
            started = {"session_started": True, "session_id": channel.record.request_id}
            await channel.send(started, self.journal)
        return True

"""From a WebSocket's handshake to its session."""

import asyncio

from aiohttp import web

from .channel import Abandoned, Channel
from .clock import now
from .errors import ApiError, ErrorAnswer, Failure, RefusedError
from .faults import HANDSHAKE_FAULTS, Fault
from .gate import Gate
from .generate import AI_GENERATED
from .journal import Socket
from .keys import Credentials, KeyKind, credentials, public_query
from .meter import LimitError, Slot
from .multi import MultiSession
from .pages import page
from .plans import Refusal
from .profile import HandshakeRefusal
from .session import Session
from .speak import SpeakSession
from .stream import StreamSession
from .strikes import Strike
from .world import World

TRY_AGAIN_LATER = 1013
ENDPOINTS: dict[str, type[Session]] = {
    "/ws/tts": SpeakSession,
    "/ws/tts/stream": StreamSession,
    "/ws/tts/multi": MultiSession,
}


class Upgrade:
    """Accept WebSockets or refuse them."""

    def __init__(self, world: World, gate: Gate, sessions: set[Session]) -> None:
        """Keep the world, and the set that is to hold the sessions while they are open."""
        self._world = world
        self._gate = gate
        self._sessions = sessions

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a handshake and serve the socket to its close."""
        request["request_id"] = self._gate.request_id()
        strikes = self._world.faults.take(HANDSHAKE_FAULTS, request.path)
        who = credentials(
            request,
            header=self._world.profile.accept_header_key,
            query=self._world.profile.accept_query_key,
        )
        planned = {strike.fault: strike for strike in strikes}
        if planned.keys() & {Fault.HANDSHAKE_HANG, Fault.HANDSHAKE_DROP}:
            self._gate.write(request, 0, self._world.journal.handshakes)
            if Fault.HANDSHAKE_HANG in planned:
                await asyncio.Event().wait()
            elif request.transport:
                request.transport.abort()
            return web.Response()
        if strike := planned.get(Fault.HANDSHAKE_HTML) or planned.get(Fault.HANDSHAKE_REDIRECT):
            answer = page(strike)
            self._gate.write(request, answer.status, self._world.journal.handshakes)
            return answer
        try:
            slot = await self._admitted(who, strikes)
        except ApiError as error:
            self._gate.write(request, error.answer.status, self._world.journal.handshakes)
            response = self._gate.refusal(error.answer)
            self._gate.name(request, response)
            return response
        self._gate.write(request, 101, self._world.journal.handshakes)
        try:
            return await self._accept(request, who, strikes)
        finally:
            slot.release()

    async def _admitted(self, who: Credentials, strikes: list[Strike]) -> Slot:
        """Return the connection's slot or refuse the handshake."""
        profile, meter = self._world.profile, self._world.meter
        await asyncio.sleep(profile.handshake_ms / 1000)
        for strike in strikes:
            if strike.fault is Fault.HANDSHAKE_ERROR:
                parameters = {"error": Failure.UNAUTHORIZED, **strike.parameters}
                raise RefusedError(ErrorAnswer.from_parameters(parameters))
        kind = self._world.kind_of(who.key)
        if kind is KeyKind.PERMISSION_DENIED:
            raise ApiError(Failure.PERMISSION_DENIED)
        if kind in (None, KeyKind.REVOKED):
            match profile.handshake_refusal:
                case HandshakeRefusal.HTTP_401:
                    raise ApiError(Failure.UNAUTHORIZED)
                case HandshakeRefusal.HTTP_403:
                    raise ApiError(Failure.FORBIDDEN)
        if meter.plan.refusal is Refusal.UPGRADE and (wait_s := meter.wait_s(who.key)) is not None:
            raise LimitError(meter.plan, wait_s)
        return meter.connection(who.key)

    async def _accept(self, request: web.Request, who: Credentials, strikes: list[Strike]) -> web.StreamResponse:
        response = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, timeout=1.0)
        self._gate.name(request, response)
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
        self._world.journal.sockets.append(record)
        self._world.journal.note()
        channel = Channel(response, request, record)
        session = ENDPOINTS[request.path](self._world, channel, who.key)
        self._sessions.add(session)
        try:
            if await self._welcome(channel, who, strikes):
                await session.run()
        except Abandoned:
            pass
        finally:
            self._sessions.discard(session)
            channel.closed(self._world.journal)
        return response

    async def _welcome(self, channel: Channel, who: Credentials, strikes: list[Strike]) -> bool:
        """Tell whether the accepted socket may stay open."""
        if self._world.draining:
            await channel.close(TRY_AGAIN_LATER, "draining")
            return False
        if self._world.kind_of(who.key) in (None, KeyKind.REVOKED):
            answer = ErrorAnswer.of(Failure.UNAUTHORIZED)
            await channel.refuse(answer, self._world.profile, self._world.journal)
            await channel.close(4001, "unauthorized")
            return False
        for strike in strikes:
            if strike.fault is Fault.ACCEPT_THEN_CLOSE:
                if "error" in strike.parameters:
                    answer = ErrorAnswer.from_parameters(strike.parameters)
                    await channel.refuse(answer, self._world.profile, self._world.journal)
                await channel.close(int(strike.number("code", TRY_AGAIN_LATER)))
                return False
        if self._world.profile.session_started and channel.path.endswith("/multi"):
            started = {"session_started": True, "session_id": channel.record.request_id}
            await channel.send(started, self._world.journal)
        return True

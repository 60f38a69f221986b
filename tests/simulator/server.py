"""The simulator: a server on loopback, its keys, its faults and its journal."""

import asyncio
from types import TracebackType
from typing import Literal, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.ports import LOOPBACK, OwnPort

from .control import Control
from .gate import Gate
from .generate import Generate
from .journal import Journal
from .keys import DEFAULT_KEYS, NORMAL_KEY, KeyKind
from .meter import Meter
from .plans import UNLIMITED, Plan
from .profile import Profile
from .rest import Rest
from .session import RESTART, Session
from .strikes import FaultPlan
from .synthesis import Synthesizer, ToneSynthesizer, WordSynthesizer
from .upgrade import ENDPOINTS, Upgrade

HOST = LOOPBACK
GOING_AWAY = 1001
UNBOUNDED_BYTES = 2**40


class Simulator:
    """Play the provider on a real socket."""

    def __init__(
        self,
        profile: Profile | None = None,
        port: int = 0,
        sound: Literal["words", "tone"] = "words",
        host: str = HOST,
        plan: Plan = UNLIMITED,
    ) -> None:
        """Prepare the server; ``start`` opens the port."""
        self.profile = profile or Profile()
        self.meter = Meter(plan)
        self.key = NORMAL_KEY
        self.keys = dict(DEFAULT_KEYS)
        self.faults = FaultPlan()
        self.journal = Journal()
        self.draining = False
        self.withdrawn: set[int] = set()
        self.synthesizer: Synthesizer = ToneSynthesizer() if sound == "tone" else WordSynthesizer()
        self.host = host
        self.port = port
        self.sessions: set[Session] = set()
        self._handlers: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None
        self._place: OwnPort | None = None
        self._site: web.SockSite | None = None

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
        self._place = OwnPort(self.host, self.port)
        self.port = self._place.number
        gate = Gate(self)
        upgrade = Upgrade(self, gate, self.sessions)
        app = web.Application(middlewares=[self._tracked(), gate.middleware()])
        app.add_routes(Rest(self).routes())
        app.add_routes(Generate(self).routes())
        app.add_routes(Control(self).routes())
        app.add_routes([web.get(path, upgrade.serve) for path in ENDPOINTS])
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
        if self._place:
            self._place.close()
            self._place = None

    async def admit(self) -> None:
        """Listen for connections (again)."""
        if self._runner and self._place and self._site is None:
            site = web.SockSite(self._runner, self._place.listener())
            await site.start()
            self._site = site

    async def refuse(self) -> None:
        """Let new connections be refused; those that are open stay open."""
        if self._site:
            await self._site.stop()
            self._site = None

    @property
    def plan(self) -> Plan:
        """Return what each account may do at a time; it may be changed while it runs."""
        return self.meter.plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self.meter.plan = plan

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
        await asyncio.gather(*(session.drain() for session in set(self.sessions)))

    def resume(self) -> None:
        """End the rolling deploy."""
        self.draining = False

    async def close_sockets(self, code: int = RESTART) -> None:
        """Close all open sockets with a code."""
        sessions = set(self.sessions)
        await asyncio.gather(*(session.channel.close(code) for session in sessions))

    def drop_sockets(self) -> None:
        """Drop all open sockets without a word."""
        for session in self.sessions:
            session.channel.drop()

    def forget_sockets(self) -> None:
        """Let all idle sockets die quietly: nobody answers on them any more, nobody closes them."""
        for session in self.sessions:
            if not session.busy:
                session.channel.forget()

    def _tracked(self) -> Middleware:
        """Return a middleware that knows the requests under way, also those whose client has gone.

        It also gives each connection room for whatever is made: how slowly a client reads holds nothing up.
        """

        @web.middleware
        async def track(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.transport:
                request.transport.set_write_buffer_limits(UNBOUNDED_BYTES)
            task = asyncio.current_task()
            if task:
                self._handlers.add(task)
                task.add_done_callback(self._handlers.discard)
            return await handler(request)

        return track

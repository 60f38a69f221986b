"""Control over HTTP, for demos and for tests in another process."""

from dataclasses import asdict, replace
import json
from typing import Protocol

from aiohttp import web

from .gate import as_json
from .profile import ErrorStyle, HandshakeRefusal
from .world import World


class Steered(World, Protocol):
    """Offer what can be steered over HTTP."""

    key: str

    def revoke(self, key: str | None = None) -> None:
        """Revoke a key."""

    def restore(self, key: str | None = None) -> None:
        """Make a key valid again."""

    def withdraw(self, voice_id: int) -> None:
        """Take a voice out of the catalogue."""

    def offer(self, voice_id: int) -> None:
        """Offer a voice again."""

    async def drain(self) -> None:
        """Begin a rolling deploy."""

    def resume(self) -> None:
        """End the rolling deploy."""

    async def close_sockets(self, code: int = ...) -> None:
        """Close all sockets."""

    def drop_sockets(self) -> None:
        """Drop all sockets."""


class Control:
    """Answer ``/_simulator``."""

    def __init__(self, simulator: Steered) -> None:
        """Keep the simulator."""
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/_simulator/journal", self._journal),
            web.patch("/_simulator/journal", self._keep),
            web.delete("/_simulator/journal", self._forget),
            web.get("/_simulator/faults", self._faults),
            web.post("/_simulator/faults", self._plan),
            web.delete("/_simulator/faults", self._clear),
            web.get("/_simulator/profile", self._profile),
            web.patch("/_simulator/profile", self._change),
            web.post("/_simulator/{command}", self._command),
        ]

    async def _journal(self, _request: web.Request) -> web.Response:
        return as_json(self._simulator.journal.as_dict())

    async def _keep(self, request: web.Request) -> web.Response:
        self._simulator.journal.keeps_audio = bool((await request.json())["keeps_audio"])
        return as_json({})

    async def _forget(self, _request: web.Request) -> web.Response:
        self._simulator.journal.clear()
        return as_json({})

    async def _faults(self, _request: web.Request) -> web.Response:
        return as_json({"faults": self._simulator.faults.pending})

    async def _plan(self, request: web.Request) -> web.Response:
        plan = await request.json()
        try:
            self._simulator.faults.add(
                plan.pop("fault"),
                plan.pop("times", 1),
                path=plan.pop("path", ""),
                **plan,
            )
        except (KeyError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return await self._faults(request)

    async def _clear(self, request: web.Request) -> web.Response:
        self._simulator.faults.clear()
        return await self._faults(request)

    async def _profile(self, _request: web.Request) -> web.Response:
        return as_json(asdict(self._simulator.profile))

    async def _change(self, request: web.Request) -> web.Response:
        changes = await request.json()
        if "handshake_refusal" in changes:
            refusal = HandshakeRefusal(changes["handshake_refusal"])
            changes["handshake_refusal"] = refusal
        if "error_style" in changes:
            changes["error_style"] = ErrorStyle(changes["error_style"])
        try:
            self._simulator.profile = replace(self._simulator.profile, **changes)
        except TypeError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return await self._profile(request)

    async def _command(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text() or "{}")
        simulator = self._simulator
        match request.match_info["command"]:
            case "revoke":
                simulator.revoke(body.get("key"))
            case "restore":
                simulator.restore(body.get("key"))
            case "withdraw":
                simulator.withdraw(int(body["voice_id"]))
            case "offer":
                simulator.offer(int(body["voice_id"]))
            case "drain":
                await simulator.drain()
            case "resume":
                simulator.resume()
            case "close":
                await simulator.close_sockets(int(body.get("code", 1012)))
            case "drop":
                simulator.drop_sockets()
            case _:
                raise web.HTTPNotFound
        return as_json({})

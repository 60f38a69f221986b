"""Control over HTTP, for demos and for tests in another process."""

from dataclasses import asdict, replace
from enum import StrEnum
import json
from typing import Any, Protocol

from aiohttp import web

from .gate import as_json
from .plans import TIERS, Plan
from .profile import PROVIDERS, Profile
from .world import World


class Steered(World, Protocol):
    """Offer what can be steered over HTTP."""

    key: str
    plan: Plan

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

    def forget_sockets(self) -> None:
        """Let all idle sockets die quietly."""


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
            web.get("/_simulator/plan", self._plan_now),
            web.patch("/_simulator/plan", self._change_plan),
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
                skip=plan.pop("skip", 0),
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
        provider = changes.pop("provider", None)
        if provider not in {None, *PROVIDERS}:
            raise web.HTTPBadRequest(text="unknown provider")
        self._simulator.profile = _changed(PROVIDERS.get(provider, self._simulator.profile), changes)
        return await self._profile(request)

    async def _plan_now(self, _request: web.Request) -> web.Response:
        simulator = self._simulator
        account = simulator.meter.account(simulator.key)
        counts = asdict(account) | {"requests": len(account.requests)}
        return as_json({"plan": asdict(simulator.plan), "account": counts})

    async def _change_plan(self, request: web.Request) -> web.Response:
        changes = await request.json()
        tier = changes.pop("tier", None)
        if tier not in {None, *TIERS}:
            raise web.HTTPBadRequest(text="unknown tier")
        self._simulator.plan = _changed(TIERS.get(tier, self._simulator.plan), changes)
        return await self._plan_now(request)

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
            case "forget":
                simulator.forget_sockets()
            case _:
                raise web.HTTPNotFound
        return as_json({})


def _changed[T: (Profile, Plan)](stored: T, changes: dict[str, object]) -> T:
    """Return a profile or a plan with changes, words and lists made what they are in it."""
    try:
        values: dict[str, Any] = {name: _as_in(getattr(stored, name), value) for name, value in changes.items()}
        return replace(stored, **values)
    except (AttributeError, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _as_in(stored: object, value: object) -> object:
    if isinstance(stored, tuple) and isinstance(value, list):
        return tuple(value)
    return type(stored)(str(value)) if isinstance(stored, StrEnum) else value

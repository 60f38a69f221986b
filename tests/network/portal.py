"""A network that shows its login page to everybody, whatever they asked for."""

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.simulator.pages import LOGIN_PATH, login_page, redirect

from .relay import HOST


class Portal:
    """Answer every request in the provider's place: with the way to the login page, or with the page itself."""

    def __init__(self, *, redirects: bool) -> None:
        """Prepare the server; entering the context opens its port."""
        self._redirects = redirects
        self._asked: list[str] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    @property
    def asked(self) -> list[str]:
        """Return the paths of the requests in their order."""
        return list(self._asked)

    @property
    def target(self) -> tuple[str, int]:
        """Return where it listens."""
        host, port = self._runner.addresses[0][:2]
        return str(host), int(port)

    async def __aenter__(self) -> Self:
        """Start."""
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, once nobody is being let in: asyncio fails over what a closing server accepts."""
        await asyncio.sleep(0.01)
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self._asked.append(request.path)
        if self._redirects and request.path != LOGIN_PATH:
            return redirect(302, LOGIN_PATH)
        return login_page()

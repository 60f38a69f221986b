"""A server that sends the client elsewhere, whichever way is asked."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    KugelAudioError,
    RedirectedError,
    UpgradeRedirectedError,
)

from .speech import heard_rest, heard_whole

KEY = "ka_very+secret/1"


class Elsewhere:
    """Two servers: one leads to the other, which notes what it gets."""

    def __init__(self) -> None:
        """Prepare both."""
        self.seen: list[str] = []
        self.location = ""
        self.there = TestServer(self._application(self._note), host="127.0.0.1")
        self.here = TestServer(self._application(self._lead), host="127.0.0.1")

    def _application(self, answer: Any) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", answer)
        return application

    async def _note(self, request: web.Request) -> web.Response:
        self.seen.append(request.path)
        return web.json_response({})

    async def _lead(self, _request: web.Request) -> web.Response:
        return web.Response(status=308, headers={"Location": self.location} if self.location else {})


@pytest.fixture
async def elsewhere(socket_enabled: None) -> AsyncGenerator[Elsewhere]:  # noqa: ARG001 - opens sockets first
    """Run both servers."""
    made = Elsewhere()
    await made.there.start_server()
    await made.here.start_server()
    made.location = f"http://user:secret@127.0.0.1:{made.there.port}/deep/path?token=secret"
    yield made
    await made.here.close()
    await made.there.close()


async def refusal(client: KugelAudioClient, way: str) -> KugelAudioError:
    """Return the error of a request."""
    with pytest.raises(KugelAudioError) as raised:
        await WAYS[way](client)
    return raised.value


WAYS: dict[str, Callable[[KugelAudioClient], Coroutine[Any, Any, object]]] = {
    "speak": heard_whole,
    "generate": heard_rest,
    "ask": KugelAudioClient.models,
}


@pytest.mark.parametrize("way", WAYS)
async def test_no_redirect_is_followed(session: ClientSession, elsewhere: Elsewhere, way: str) -> None:
    """Neither text nor key goes elsewhere; where it leads is told without what may be secret."""
    client = KugelAudioClient(session, KEY, str(elsewhere.here.make_url("")).rstrip("/"))
    error = await refusal(client, way)
    assert isinstance(error, RedirectedError)
    assert isinstance(error, UpgradeRedirectedError) is (way == "speak")
    assert error.retryable is (way == "speak")
    assert error.status == 308
    assert error.names == {"place": f"http://127.0.0.1:{elsewhere.there.port}"}
    assert elsewhere.seen == []
    await client.close()


@pytest.mark.parametrize(("location", "here"), [("", True), ("/login", True), ("http://[", False), ("mailto:a", False)])
async def test_a_redirect_to_no_place_is_one(
    session: ClientSession, elsewhere: Elsewhere, location: str, here: bool
) -> None:
    """To another path, or to what is no address."""
    elsewhere.location = location
    url = str(elsewhere.here.make_url("")).rstrip("/")
    client = KugelAudioClient(session, KEY, url)
    for way in ("speak", "ask"):
        assert (await refusal(client, way)).names == {"place": url if here else "-"}
    await client.close()

"""What is at the address of a voice's sample."""

from collections.abc import AsyncGenerator, Callable
from contextlib import closing

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.kugelaudio.api.errors import CannotConnectError, ConnectionLostError, TimedOutError
from custom_components.kugelaudio.api.sample import sample_type
from tests.made_time import MadeTime
from tests.ports import OwnPort
from tests.simulator import Fault, Simulator
from tests.simulator.voices import sample_path

type Answer = Callable[[web.Request], web.Response]
type Serve = Callable[[Answer], str]

SIGNED = "/a%2Fb.wav?signature=x%2By%3D&expires=1"
UNKNOWN = "application/octet-stream"


@pytest.fixture
async def serve(socket_enabled: None) -> AsyncGenerator[Serve]:  # noqa: ARG001 - opens sockets first
    """Run a store of files, which answers as a test tells it to; returns an address there."""
    answers: list[Answer] = []

    async def answer(request: web.Request) -> web.Response:
        return answers[-1](request)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer, allow_head=False)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()

    def told(given: Answer) -> str:
        answers.append(given)
        return f"http://127.0.0.1:{server.port}{SIGNED}"

    yield told
    await server.close()


@pytest.mark.parametrize("content_type", ["audio/wav", "audio/mpeg", "audio/x-wav"])
async def test_type_is_what_the_server_says(session: ClientSession, serve: Serve, content_type: str) -> None:
    """Whatever the name at the end of the address."""
    url = serve(lambda _: web.Response(body=b"RIFF", content_type=content_type))
    assert await sample_type(session, url) == content_type


@pytest.mark.parametrize(
    ("begin", "mime_type"),
    [
        (b"RIFF\x24\x00", "audio/wav"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x40\xc4", "audio/mpeg"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00\x00", "audio/flac"),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
async def test_type_is_read_from_the_sound_where_the_server_does_not_know(
    session: ClientSession, serve: Serve, begin: bytes, mime_type: str | None
) -> None:
    """What is no sound is no sample."""
    url = serve(lambda _: web.Response(body=begin, content_type=UNKNOWN))
    assert await sample_type(session, url) == mime_type


async def test_only_the_beginning_is_asked_for(session: ClientSession, serve: Serve) -> None:
    """By GET, because the signature is for that, and with the address as it was given."""
    asked: list[web.Request] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(status=206, body=b"RIFF", content_type=UNKNOWN)

    assert await sample_type(session, serve(answer)) == "audio/wav"
    (request,) = asked
    assert request.raw_path == SIGNED
    assert request.headers["Range"] == "bytes=0-3"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("status", [403, 404, 410, 500])
async def test_refused_address_holds_no_sample(session: ClientSession, serve: Serve, status: int) -> None:
    """For example one that has expired."""
    url = serve(lambda _: web.Response(status=status, body=b"RIFF", content_type="audio/wav"))
    assert await sample_type(session, url) is None


@pytest.mark.parametrize(
    "url", ["", "/samples/1.wav", "file:///etc/passwd", "ftp://host/1.wav", "http://[", "javascript:1"]
)
async def test_what_is_no_web_address_holds_no_sample(session: ClientSession, url: str) -> None:
    """Nothing is opened then."""
    assert await sample_type(session, url) is None


async def test_troubles_on_the_way_are_told_apart(
    session: ClientSession, simulator: Simulator, made_time: MadeTime
) -> None:
    """None of them tells the address."""
    url = f"{simulator.url}{sample_path(268)}"
    began = made_time.time()
    simulator.faults.add(Fault.HTTP_HANG)
    with pytest.raises(TimedOutError) as slow:
        await sample_type(session, url)
    assert made_time.time() - began == pytest.approx(10, abs=1)
    simulator.faults.add(Fault.HTTP_DROP, 2)
    with pytest.raises(ConnectionLostError) as lost:
        await sample_type(session, url)
    with closing(OwnPort()) as deaf, pytest.raises(CannotConnectError) as refused:
        await sample_type(session, f"http://127.0.0.1:{deaf.number}{SIGNED}")
    for error in (slow, lost, refused):
        assert "signature" not in f"{error.value!r} {error.value.__cause__!r}"
    assert await sample_type(session, url) == "audio/wav"

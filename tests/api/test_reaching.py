"""Servers that cannot be reached, each for its own reason, over HTTP and over WebSockets."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.endpoint import other_url
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    KugelAudioError,
    NameNotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    UntrustedServerError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.simulator import Failure, Fault, KeyKind, Simulator, tone_pcm

from .speech import LIMIT_S, TEXT, VOICE, growing, heard_growing, heard_whole

type Request = Callable[[KugelAudioClient], Coroutine[Any, Any, object]]


async def ask(client: KugelAudioClient) -> object:
    """Ask over HTTP."""
    return await client.models()


async def generate(client: KugelAudioClient) -> object:
    """Speak over HTTP."""
    return [pcm async for pcm in client.generate(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))]


async def speak(client: KugelAudioClient) -> object:
    """Speak over the WebSocket for whole texts."""
    return await heard_whole(client)


async def stream(client: KugelAudioClient) -> object:
    """Speak over the WebSocket for growing texts."""
    return await heard_growing(client, growing([TEXT]), GenerationMetrics())


every_request = pytest.mark.parametrize("request_of", [ask, generate, speak, stream])


@pytest.fixture
async def self_signed(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[TestServer]:  # noqa: ARG001 - opens sockets first
    """Run a server with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    server = TestServer(web.Application(), host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)
    yield server
    await server.close()


async def refusal(session: ClientSession, url: str, request_of: Request) -> KugelAudioError:
    """Return the error of a request; nothing of the key is in it, nor in what caused it."""
    client = KugelAudioClient(session, "ka_secret", url)
    with pytest.raises(KugelAudioError) as raised:
        await request_of(client)
    await client.close()
    assert raised.value.__cause__ is None
    assert "ka_secret" not in repr(raised.value)
    return raised.value


@every_request
async def test_a_name_that_does_not_exist(session: ClientSession, request_of: Request) -> None:
    """DNS is to blame, and asking again is worth it: a home's DNS comes back with its router."""
    error = await refusal(session, "https://nowhere.invalid", request_of)
    assert (type(error), error.code) == (NameNotFoundError, "NAME_NOT_FOUND")
    assert error.retryable


@every_request
async def test_a_certificate_that_nobody_vouches_for(
    session: ClientSession, self_signed: TestServer, request_of: Request
) -> None:
    """The server is not trusted, and asking again would not change that."""
    error = await refusal(session, f"https://127.0.0.1:{self_signed.port}", request_of)
    assert (type(error), error.code) == (UntrustedServerError, "TLS_FAILED")
    assert not error.retryable


@every_request
async def test_a_server_without_tls(session: ClientSession, simulator: Simulator, request_of: Request) -> None:
    """An https URL of a plain port is no trusted server either."""
    error = await refusal(session, simulator.url.replace("http:", "https:"), request_of)
    assert type(error) is UntrustedServerError


@every_request
async def test_a_port_at_which_nobody_listens(session: ClientSession, request_of: Request) -> None:
    """The name is known, nobody answers."""
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1"):
        error = await refusal(session, url, request_of)
        assert (type(error), error.code) == (CannotConnectError, "CANNOT_CONNECT")
        assert error.retryable


async def test_a_key_is_checked_with_one_small_request(client: KugelAudioClient, simulator: Simulator) -> None:
    """One voice is enough to know."""
    await client.check_key()
    [call] = simulator.journal.calls
    assert (call.method, call.path, call.query) == ("GET", "/v1/voices", {"limit": "1"})
    assert not simulator.journal.sockets


@pytest.mark.parametrize(
    ("fault", "parameters", "error"),
    [
        (Fault.HTTP_ERROR, {"error": Failure.UNAUTHORIZED}, AuthenticationError),
        (Fault.HTTP_ERROR, {"error": Failure.PERMISSION_DENIED}, PermissionDeniedError),
        (Fault.HTTP_HTML, {"status": 200}, NotKugelAudioError),
        (Fault.HTTP_DROP, {}, ConnectionLostError),
    ],
)
async def test_a_key_that_cannot_be_checked_raises(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    parameters: dict[str, Any],
    error: type[KugelAudioError],
) -> None:
    """Only an answer of KugelAudio is a yes."""
    simulator.faults.add(fault, times=None, **parameters)
    with pytest.raises(error):
        await client.check_key()


async def test_the_same_account_on_another_endpoint(client: KugelAudioClient, simulator: Simulator) -> None:
    """Same key and session; what is spoken there leaves no socket open."""
    async with Simulator(sound="tone") as other:
        other.keys = {simulator.key: KeyKind.NORMAL}
        there = client.at(other.url)
        assert (there.url, client.url) == (other.url, simulator.url)
        await there.check_key()
        assert await heard_whole(there) == tone_pcm(TEXT, 24000)
        await other.journal.until(lambda journal: not journal.open_sockets())
        assert len(other.journal.calls) == 1
        assert simulator.journal.calls == []
        await there.close()


def test_the_regions_are_each_others_other() -> None:
    """An own server has none."""
    assert other_url("https://api.kugelaudio.com") == "https://api.eu.kugelaudio.com"
    assert other_url("https://api.eu.kugelaudio.com") == "https://api.kugelaudio.com"
    assert other_url("http://kugelaudio.local:8000") is None

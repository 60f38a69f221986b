"""Networks in which nothing reaches the provider: nobody listens, DNS does not know it, nobody vouches for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
import socket
import ssl
from typing import Final, override

from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import LOOPBACK, OwnPort

NAME: Final = "kugelaudio.test"
_PIECE_BYTES: Final = 65_536


class Names(AbstractResolver):
    """A DNS that knows the provider, unless it is told otherwise."""

    def __init__(self) -> None:
        """Begin with the name known."""
        self.knows = True

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the provider's address; raises OSError as resolvers do."""
        if not self.knows:
            raise OSError(None, "DNS lookup failed")
        return [ResolveResult(hostname=host, host=LOOPBACK, port=port, family=socket.AF_INET, proto=0, flags=0)]

    @override
    async def close(self) -> None:
        """Hold nothing open."""

    # What Home Assistant calls when it ends.
    real_close = close


def write_certificate(file: Path) -> str:
    """Write a new certificate of the provider's name with its key; returns the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(subject, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate)
    return certificate.decode()


class Entrance:
    """The provider's port for TLS: with a certificate that is trusted, or with another one, or closed."""

    def __init__(self, port: int, folder: Path) -> None:
        """Make the certificates; `port` is the provider's own."""
        self._target = port
        self._trusted, self._unknown = folder / "trusted.pem", folder / "unknown.pem"
        self.certificate = write_certificate(self._trusted)
        write_certificate(self._unknown)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._place = OwnPort()
        self.port = self._place.number
        self.is_trusted(value=True)

    def is_trusted(self, *, value: bool) -> None:
        """Show the trusted certificate from now on, or one that nobody vouches for."""
        self._context.load_cert_chain(self._trusted if value else self._unknown)

    async def admit(self) -> None:
        """Listen (again)."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=self._place.listener())

    def refuse(self) -> None:
        """Let new connections be refused."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """Close the port for good."""
        self.refuse()
        await self.cut()
        self._place.close()

    async def cut(self) -> None:
        """End all connections."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="entrance")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on both directions until one of them ends; who does not trust the certificate goes away at once."""
        try:
            await writer.start_tls(self._context)
        except OSError:
            writer.transport.abort()
            return
        from_provider, to_provider = await asyncio.open_connection(LOOPBACK, self._target)
        ways = [asyncio.create_task(_pass_on(*way)) for way in ((reader, to_provider), (from_provider, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
            to_provider.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_PIECE_BYTES):
            writer.write(data)
            await writer.drain()


class Networks:
    """The way to the provider, which can be spoilt in each of the ways of the matrix."""

    def __init__(self, names: Names, entrance: Entrance) -> None:
        """Keep what can be spoilt."""
        self._names = names
        self._entrance = entrance

    @property
    def url(self) -> str:
        """Return the provider's URL on this way."""
        return f"https://{NAME}:{self._entrance.port}"

    @asynccontextmanager
    async def spoilt(self, fault: str) -> AsyncGenerator[None]:
        """Let nothing through meanwhile."""
        self._names.knows = fault != "name not found in DNS"
        self._entrance.is_trusted(value=fault != "certificate that nobody vouches for")
        if fault == "connection refused":
            self._entrance.refuse()
        await self._entrance.cut()
        try:
            yield
        finally:
            self._names.knows = True
            self._entrance.is_trusted(value=True)
            await self._entrance.admit()

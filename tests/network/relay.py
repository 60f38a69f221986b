"""A TCP relay in front of the provider, for networks that are slow, cut, or swallow what they are given."""

import asyncio
from enum import StrEnum
import socket
import struct
from types import TracebackType
from typing import Final, Self

from tests.ports import LOOPBACK, OwnPort

HOST: Final = LOOPBACK
PIECE_BYTES: Final = 65_536
PIECES_PER_S: Final = 20
# Linux then sends RST instead of FIN.
NO_LINGER: Final = struct.pack("ii", 1, 0)


class Ending(StrEnum):
    """Name the ways in which a connection is cut."""

    FIN = "fin"
    RST = "rst"


class Link:
    """One connection through the relay: the client's side and the provider's."""

    def __init__(self, client: asyncio.StreamWriter, provider: asyncio.StreamWriter) -> None:
        """Keep both sides."""
        self.swallows = False
        self._client = client
        self._provider = provider

    def cut(self, ending: Ending) -> None:
        """End the connection in the face of both sides; whatever they still send is lost."""
        self.swallows = True
        for side in (self._client, self._provider):
            if ending is Ending.RST:
                self._reset(side)
            elif not side.is_closing():
                side.write_eof()

    def close(self) -> None:
        """Leave nothing open; what was passed on already still goes out."""
        for side in (self._client, self._provider):
            side.close()

    @staticmethod
    def _reset(side: asyncio.StreamWriter) -> None:
        if not side.is_closing():
            side.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            side.transport.abort()


class Relay:
    """Pass bytes on, as well as its switches let it.

    ``delay_s`` holds back each piece, ``bytes_per_s`` limits each direction, ``swallows`` loses everything: for good
    on the connections that are open meanwhile. ``target`` is where new connections lead to.
    """

    def __init__(self, host: str, port: int) -> None:
        """Keep the way to the provider, and take a port of its own, which ``admit`` opens."""
        self.target = host, port
        self._place = OwnPort()
        self.port = self._place.number
        self.delay_s = 0.0
        self.bytes_per_s: float | None = None
        self.swallows = False
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut_after: tuple[int, Ending] | None = None
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        """Start."""
        await self.admit()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and cut what is open."""
        self.refuse()
        self.cut(Ending.RST)
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._place.close()

    async def admit(self) -> None:
        """Listen for connections (again)."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=self._place.listener())

    def refuse(self) -> None:
        """Let new connections be refused; those that are open stay open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut_silently(self) -> None:
        """Lose everything on the connections that are open now, as a router does that has forgotten them."""
        for link in self._links:
            link.swallows = True

    def cut(self, ending: Ending) -> None:
        """Cut all connections now."""
        for link in set(self._links):
            link.cut(ending)

    def cut_after(self, length: int, ending: Ending) -> None:
        """Cut the connection that gets byte number `length` on the way to a client, counted from now on all of them."""
        self._cut_after = length, ending

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="relay")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            from_provider, to_provider = await asyncio.open_connection(*self.target)
        except OSError:
            to_client.transport.abort()
            return
        link = Link(to_client, to_provider)
        self._links.add(link)
        up = asyncio.create_task(self._pass_on(link, from_client, to_provider), name="relay up")
        down = asyncio.create_task(self._pass_on(link, from_provider, to_client, counts=True), name="relay down")
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if down.done() and link.swallows:
                await up
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            self._links.discard(link)
            link.close()

    async def _pass_on(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        """Pass on one direction until its sender ends it."""
        try:
            while data := await reader.read(self._piece_bytes):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                link.swallows |= self.swallows
                if link.swallows:
                    continue
                ending = self._counted(data) if counts else None
                writer.write(data[: ending[0]] if ending else data)
                await writer.drain()
                if ending:
                    link.cut(ending[1])
                if self.bytes_per_s:
                    await asyncio.sleep(len(data) / self.bytes_per_s)
        except ConnectionError:
            pass

    @property
    def _piece_bytes(self) -> int:
        return PIECE_BYTES if self.bytes_per_s is None else max(1, int(self.bytes_per_s / PIECES_PER_S))

    def _counted(self, data: bytes) -> tuple[int, Ending] | None:
        """Count bytes on their way to a client; returns how many are left and how to cut when it is time to."""
        if self._cut_after is None:
            return None
        left, ending = self._cut_after
        self._cut_after = None if left <= len(data) else (left - len(data), ending)
        return (left, ending) if left <= len(data) else None

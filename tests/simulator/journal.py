"""What the simulator saw and said."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from .clock import now


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """Record one HTTP request or handshake and the status of its answer."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    auth: str
    status: int
    request_id: str
    user_agent: str = ""
    port: int = 0
    """Where it came from: requests on one connection share it."""


@dataclass(frozen=True, slots=True)
class Received:
    """Record one message of the client."""

    at: float
    message: dict[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """Record one frame to the client; ``audio`` holds the number of samples, ``pcm`` the audio if it is kept."""

    at: float
    frame: dict[str, object]


@dataclass(slots=True, kw_only=True)
class Socket:
    """Record one WebSocket from the handshake to the close."""

    path: str
    query: dict[str, str]
    auth: str
    request_id: str
    opened_at: float
    closed_at: float | None = None
    close_code: int | None = None
    received: list[Received] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Tell whether the socket has not been closed yet."""
        return self.closed_at is None


class Journal:
    """Keep the records of everything that happened."""

    def __init__(self) -> None:
        """Begin with no records."""
        self.calls: list[HttpCall] = []
        self.handshakes: list[HttpCall] = []
        self.sockets: list[Socket] = []
        self.keeps_audio = False
        self._changed = asyncio.Event()

    def clear(self) -> None:
        """Forget the calls, the handshakes and the closed sockets."""
        self.calls.clear()
        self.handshakes.clear()
        self.sockets = [socket for socket in self.sockets if socket.is_open]
        for socket in self.sockets:
            socket.received.clear()
            socket.sent.clear()

    def paths(self) -> list[str]:
        """Return the paths of the HTTP requests in their order."""
        return [call.path for call in self.calls]

    def sockets_of(self, path: str) -> list[Socket]:
        """Return the sockets of an endpoint."""
        return [socket for socket in self.sockets if socket.path == path]

    def open_sockets(self, path: str | None = None) -> list[Socket]:
        """Return the sockets that are open now."""
        return [socket for socket in self.sockets if socket.is_open and path in (None, socket.path)]

    def received(self, path: str) -> list[dict[str, object]]:
        """Return all messages that clients sent to an endpoint."""
        return [received.message for socket in self.sockets_of(path) for received in socket.received]

    def sent(self, path: str) -> list[dict[str, object]]:
        """Return all frames that an endpoint sent."""
        return [sent.frame for socket in self.sockets_of(path) for sent in socket.sent]

    def note(self) -> None:
        """Wake those who wait for a record."""
        self._changed.set()
        self._changed.clear()

    def hear(self, socket: Socket, message: dict[str, object]) -> None:
        """Record a message of the client."""
        socket.received.append(Received(now(), message))
        self.note()

    def tell(self, socket: Socket, frame: dict[str, object]) -> None:
        """Record a frame to the client."""
        socket.sent.append(Sent(now(), frame))
        self.note()

    async def until(self, condition: Callable[[Journal], bool], timeout_s: float = 40.0) -> None:
        """Wait until the records fulfil a condition."""
        async with asyncio.timeout(timeout_s):
            while not condition(self):
                await self._changed.wait()

    def as_dict(self) -> dict[str, object]:
        """Return the records as JSON."""
        return {
            "calls": [asdict(call) for call in self.calls],
            "handshakes": [asdict(call) for call in self.handshakes],
            "sockets": [asdict(socket) for socket in self.sockets],
        }

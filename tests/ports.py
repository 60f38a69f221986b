"""Ports that stay one's own: until a program has started that listens there, and while nobody does."""

from collections.abc import Iterable
from random import SystemRandom
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# Below those that a kernel gives to whoever asks for any, to listen or to connect: Linux from 32768, macOS from 49152.
_PORTS: Final = range(20_000, 32_768)
_returned: set[int] = set()


def free_port(wanted: int = 0) -> int:
    """Return the wanted port of the loopback interface if it is free, else one that is; none is returned twice."""
    anywhere = SystemRandom().randrange(len(_PORTS))
    ports: Iterable[int] = (wanted, *_PORTS[anywhere:], *_PORTS[:anywhere])
    for port in ports:
        if port and port not in _returned and _is_free(port):
            _returned.add(port)
            return port
    raise OSError("No port of the loopback interface is free.")


def _is_free(port: int) -> bool:
    try:
        _bound(LOOPBACK, port).close()
    except OSError:
        return False
    return True


class OwnPort:
    """A port that nobody else is given, whether somebody listens there or connections are refused."""

    def __init__(self, host: str = LOOPBACK, port: int = 0) -> None:
        """Take a port, by default any; raises OSError if somebody else has it."""
        self._host = host
        # A socket that is bound and does not listen: the kernel gives its port to nobody, and refuses connections.
        self._place = _bound(host, port)
        self.number: int = self._place.getsockname()[1]

    def listener(self) -> socket.socket:
        """Return a socket to listen with, which is for whoever listens to close."""
        return _bound(self._host, self.number)

    def close(self) -> None:
        """Let others have it."""
        self._place.close()


def _bound(host: str, port: int) -> socket.socket:
    # asyncio sends without delay (TCP_NODELAY) only where the protocol is named.
    found = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found

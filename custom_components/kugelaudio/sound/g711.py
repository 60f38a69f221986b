"""G.711 as telephones and their switches play it: one byte for each sample, no header. Pure."""

from collections.abc import Callable
from typing import Final, override

import audioop

from .writer import SOURCE_BYTES, Writer

SAMPLE_RATE: Final = 8000
MIME_TYPES: Final = {"ulaw": "audio/basic", "alaw": "audio/x-alaw-basic"}
_LAWS: Final[dict[str, Callable[[bytes, int], bytes]]] = {"ulaw": audioop.lin2ulaw, "alaw": audioop.lin2alaw}
# There is nothing else.
G711: Final = frozenset(_LAWS)


class G711Writer(Writer):
    """Samples of eight bits by one of the laws, at the one rate that there is."""

    def __init__(self, law: str) -> None:
        """Write by `ulaw` or `alaw`."""
        self.cost = 0.03 * SAMPLE_RATE / 1000
        self._law = _LAWS[law]

    @override
    def write(self, pcm: bytes) -> bytes:
        return self._law(pcm, SOURCE_BYTES)

    @override
    def end(self) -> bytes:
        return b""

    @override
    def stream_head(self) -> bytes:
        return b""

    @override
    def file_head(self) -> bytes:
        return b""

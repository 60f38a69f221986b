"""G.711 as telephones and their switches play it: one byte for each sample, no header. Pure."""

from typing import Final

import audioop

from .wav import Container

SAMPLE_RATE: Final = 8000
MIME_TYPES: Final = {"ulaw": "audio/basic", "alaw": "audio/x-alaw-basic"}
_BYTES_PER_SAMPLE: Final = 2


def _no_header(_sample_rate: int) -> bytes:
    return b""


def _ulaw(pcm: bytes) -> bytes:
    return audioop.lin2ulaw(pcm, _BYTES_PER_SAMPLE)


def _alaw(pcm: bytes) -> bytes:
    return audioop.lin2alaw(pcm, _BYTES_PER_SAMPLE)


G711: Final = {
    "ulaw": Container("ulaw", _no_header, _ulaw),
    "alaw": Container("alaw", _no_header, _alaw),
}

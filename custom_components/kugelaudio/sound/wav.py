"""PCM out of a WAV, without any I/O."""

import struct
from typing import Final

_PCM: Final = 1
_CHANNELS: Final = 1
# What writers say who do not know the length yet.
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF


class WavReader:
    """Takes the samples out of a WAV while it arrives: 16 bit, mono, at one rate."""

    def __init__(self, sample_rate: int) -> None:
        """Expect the beginning of a WAV with `sample_rate` in Hz."""
        self._format = struct.pack("<HHIIHH", _PCM, _CHANNELS, sample_rate, 2 * sample_rate, 2, 16)
        self._held = b""
        self._bytes_left: int | None = None

    def feed(self, data: bytes) -> bytes:
        """Return the whole samples that are known by now; raises ValueError if this is no such WAV."""
        data = self._held + data
        if self._bytes_left is None:
            data = self._after_header(data)
        if self._bytes_left is None:
            return b""
        pcm = data[: min(len(data), self._bytes_left) & ~1]
        self._held = data[len(pcm) :]
        self._bytes_left -= len(pcm)
        return pcm

    def _after_header(self, data: bytes) -> bytes:
        """Return what follows the header once it is complete; else keep all."""
        position = 12
        if len(data) >= position and (data[:4], data[8:12]) != (b"RIFF", b"WAVE"):
            raise ValueError("no WAV")
        while len(data) >= position + 8:
            name, length = struct.unpack_from("<4sI", data, position)
            position += 8
            if name == b"data":
                self._bytes_left = length or _UNKNOWN_LENGTH
                return data[position:]
            if name == b"fmt " and len(data) >= position + 16 and data[position : position + 16] != self._format:
                raise ValueError("another WAV")
            position += length + length % 2
        self._held = data
        return b""

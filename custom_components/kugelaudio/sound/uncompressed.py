"""WAV and Sun audio: one to four bytes per sample, one channel or two that are alike."""

from abc import abstractmethod
import struct
from typing import Final, override

import audioop

from .writer import MONO, SOURCE_BYTES, Writer

# Readers take it for "until the end of the stream". With 0 the ones of satellites hear nothing.
_UNKNOWN_BYTES: Final = 0xFFFFFFFF
_WAV_HEAD: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_WAV_OUTSIDE_RIFF_BYTES: Final = 8
_WAV_PCM: Final = 1
_AU_HEAD: Final = struct.Struct(">4s5I")
_AU_LINEAR: Final = {1: 2, 2: 3, 3: 4, 4: 5}
# Samples of one byte have no sign in a WAV.
_WAV_UNSIGNED_BYTES: Final = 1
_WAV_MIDDLE: Final = 128


class _Uncompressed(Writer):
    """Samples as they are, behind a head that tells what they are."""

    def __init__(self, sample_rate: int, channels: int, sample_bytes: int) -> None:
        """Write samples of `sample_bytes` at `sample_rate` in Hz, the same in all channels."""
        self.cost = 0.03 * channels * sample_rate / 1000
        self._sample_rate = sample_rate
        self._channels = channels
        self._sample_bytes = sample_bytes
        self._block_bytes = channels * sample_bytes
        self._length_bytes = 0

    @override
    def write(self, pcm: bytes) -> bytes:
        width = self._sample_bytes
        if width != SOURCE_BYTES:
            pcm = audioop.lin2lin(pcm, SOURCE_BYTES, width)
        pcm = self._ordered(pcm)
        if self._channels != MONO:
            pcm = audioop.tostereo(pcm, width, 1, 1)
        self._length_bytes += len(pcm)
        return pcm

    @override
    def end(self) -> bytes:
        return b""

    @override
    def stream_head(self) -> bytes:
        return self._head(_UNKNOWN_BYTES)

    @override
    def file_head(self) -> bytes:
        return self._head(self._length_bytes)

    @abstractmethod
    def _ordered(self, pcm: bytes) -> bytes:
        """Return samples with their bytes as this format has them."""

    @abstractmethod
    def _head(self, length_bytes: int) -> bytes:
        """Return the head of so many bytes of samples."""


class WavWriter(_Uncompressed):
    """WAV."""

    @override
    def _ordered(self, pcm: bytes) -> bytes:
        return audioop.bias(pcm, 1, _WAV_MIDDLE) if self._sample_bytes == _WAV_UNSIGNED_BYTES else pcm

    @override
    def _head(self, length_bytes: int) -> bytes:
        riff_bytes = _WAV_HEAD.size - _WAV_OUTSIDE_RIFF_BYTES + length_bytes
        return _WAV_HEAD.pack(
            b"RIFF",
            min(riff_bytes, _UNKNOWN_BYTES),
            b"WAVE",
            b"fmt ",
            16,
            _WAV_PCM,
            self._channels,
            self._sample_rate,
            self._sample_rate * self._block_bytes,
            self._block_bytes,
            8 * self._sample_bytes,
            b"data",
            min(length_bytes, _UNKNOWN_BYTES),
        )


class AuWriter(_Uncompressed):
    """Sun audio, big endian."""

    @override
    def _ordered(self, pcm: bytes) -> bytes:
        return audioop.byteswap(pcm, self._sample_bytes)

    @override
    def _head(self, length_bytes: int) -> bytes:
        encoding = _AU_LINEAR[self._sample_bytes]
        length_bytes = min(length_bytes, _UNKNOWN_BYTES)
        return _AU_HEAD.pack(b".snd", _AU_HEAD.size, length_bytes, encoding, self._sample_rate, self._channels)

"""PCM and WAV, without any I/O."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
import struct
from typing import Final

from ..api.models import NATIVE_SAMPLE_RATE, NATIVE_SAMPLE_RATES
from ..api.pcm import BYTES_PER_SAMPLE

_PCM: Final = 1
_AU_LINEAR_16: Final = 3
_CHANNELS: Final = 1
# Readers take it for "until the end of the stream". With 0 the ones of satellites hear nothing.
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF


def wav_header(sample_rate: int) -> bytes:
    """Return the header of a WAV of unknown length: 16 bit, mono, `sample_rate` in Hz."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        _UNKNOWN_LENGTH,
        b"WAVE",
        b"fmt ",
        16,
        _PCM,
        _CHANNELS,
        sample_rate,
        sample_rate * _CHANNELS * BYTES_PER_SAMPLE,
        _CHANNELS * BYTES_PER_SAMPLE,
        8 * BYTES_PER_SAMPLE,
        b"data",
        _UNKNOWN_LENGTH,
    )


def au_header(sample_rate: int) -> bytes:
    """Return the header of a Sun audio stream of unknown length: 16 bit big endian, mono, `sample_rate` in Hz."""
    return struct.pack(">4s5I", b".snd", 24, _UNKNOWN_LENGTH, _AU_LINEAR_16, sample_rate, _CHANNELS)


def _byte_swapped(pcm: bytes) -> bytes:
    samples = array("h", pcm)
    samples.byteswap()
    return samples.tobytes()


def _unchanged(pcm: bytes) -> bytes:
    return pcm


@dataclass(frozen=True, slots=True)
class Container:
    """How PCM is handed to Home Assistant: the name it knows, the header, and the order of bytes."""

    extension: str
    header: Callable[[int], bytes]
    encode: Callable[[bytes], bytes]


WAV: Final = Container("wav", wav_header, _unchanged)
AU: Final = Container("au", au_header, _byte_swapped)


def container_for(preferred_format: str, preferred_rate: int | None) -> Container:
    """Return WAV: Home Assistant passes it on where it is wanted, and reads it at once where it has to convert it.

    A WAV at a rate that the server does not make is wanted from another container: Home Assistant trusts this
    integration with the rate and would pass a WAV on as it is.
    """
    is_passed_on = preferred_format == WAV.extension
    return AU if is_passed_on and preferred_rate not in {None, *NATIVE_SAMPLE_RATES} else WAV


def native_sample_rate(wish: int | None) -> int:
    """Return the rate to ask the server for: the wished one where it makes it itself, else its best."""
    return wish if wish in NATIVE_SAMPLE_RATES else NATIVE_SAMPLE_RATE


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

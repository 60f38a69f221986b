"""PCM and WAV, without any I/O."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
import struct
from typing import Final

from .api.models import NATIVE_SAMPLE_RATE, NATIVE_SAMPLE_RATES

_PCM: Final = 1
_AU_LINEAR_16: Final = 3
_CHANNELS: Final = 1
BYTES_PER_SAMPLE: Final = 2
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


def container_for(wished_rate: int | None) -> Container:
    """Return WAV, which satellites take as it is; for a rate that the server does not make, one that they do not.

    Home Assistant trusts this integration with the rate and passes a WAV on. Any other container it converts, and
    then to the wished rate.
    """
    return WAV if wished_rate in {None, *NATIVE_SAMPLE_RATES} else AU


def native_sample_rate(wish: int | None) -> int:
    """Return the rate to ask the server for: the wished one where it makes it itself, else its best."""
    return wish if wish in NATIVE_SAMPLE_RATES else NATIVE_SAMPLE_RATE

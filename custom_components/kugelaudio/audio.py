"""PCM and WAV, without any I/O."""

import struct
from typing import Final

from .api.models import NATIVE_SAMPLE_RATE, NATIVE_SAMPLE_RATES

_PCM: Final = 1
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


def native_sample_rate(wish: int | None) -> int:
    """Return the rate to ask the server for: the wished one where it makes it itself, else its best."""
    return wish if wish in NATIVE_SAMPLE_RATES else NATIVE_SAMPLE_RATE

"""The header of a WAV whose length is not known."""

import struct

UNKNOWN = 0xFFFFFFFF


def header(rate: int) -> bytes:
    """Return the header of 16 bit mono PCM."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", UNKNOWN, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", UNKNOWN
    )

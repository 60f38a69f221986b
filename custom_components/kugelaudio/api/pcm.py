"""PCM as the server makes it: signed 16 bit little endian, mono."""

from typing import Final

BYTES_PER_SAMPLE: Final = 2


def silence(length_ms: int, sample_rate: int) -> bytes:
    """Return silence, `sample_rate` in Hz."""
    return bytes(BYTES_PER_SAMPLE * (length_ms * sample_rate // 1000))

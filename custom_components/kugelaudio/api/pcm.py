"""PCM as the server makes it: signed 16 bit little endian, mono."""

from typing import Final

BYTES_PER_SAMPLE: Final = 2


def silence(length_ms: int, sample_rate: int) -> bytes:
    """Return silence, `sample_rate` in Hz."""
    return bytes(BYTES_PER_SAMPLE * (length_ms * sample_rate // 1000))


class Samples:
    """Cuts a stream of bytes into whole samples, wherever the server or the network cut it."""

    def __init__(self) -> None:
        """Begin with nothing held back."""
        self._half = b""

    def take(self, data: bytes) -> bytes:
        """Return the samples that are whole by now; half a one waits for its other half."""
        data = self._half + data
        whole = len(data) - len(data) % BYTES_PER_SAMPLE
        self._half = data[whole:]
        return data[:whole]

    @property
    def has_half(self) -> bool:
        """Tell whether half a sample still waits: at the end of a stream something is missing then."""
        return bool(self._half)

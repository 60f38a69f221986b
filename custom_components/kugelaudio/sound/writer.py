"""What turns samples into the bytes of one format."""

from abc import ABC, abstractmethod
from typing import Final

MONO: Final = 1
STEREO: Final = 2
# Of what is written: PCM, signed 16 bit little endian, mono.
SOURCE_BYTES: Final = 2


class Writer(ABC):
    """Takes PCM in pieces of whole samples, at the rate of its format.

    What it returns is never longer than what a decoder could use by now: nothing waits in it but half a frame.
    """

    # Microseconds on a Raspberry Pi 4 for a millisecond of sound.
    cost: float

    @abstractmethod
    def write(self, pcm: bytes) -> bytes:
        """Return what can be decoded by now and was not returned yet, without the head."""

    @abstractmethod
    def end(self) -> bytes:
        """Return the rest; nothing is written behind it."""

    @abstractmethod
    def stream_head(self) -> bytes:
        """Return what a stream of unknown length begins with."""

    @abstractmethod
    def file_head(self) -> bytes:
        """Return what a file of all that was written begins with; its length is the same from the first bytes on."""

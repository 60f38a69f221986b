"""WAV files whose length was unknown when they began."""

from dataclasses import dataclass, field
import struct


@dataclass(frozen=True, slots=True)
class WavFormat:
    """How the samples of a WAV file are to be read."""

    channels: int
    sample_rate: int
    sample_bytes: int

    @property
    def bytes_per_second(self) -> int:
        """Return the bytes of one second of sound."""
        return self.channels * self.sample_rate * self.sample_bytes

    def file(self, pcm: bytes) -> bytes:
        """Return a complete WAV file of these samples, with their true length."""
        block = self.channels * self.sample_bytes
        header = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, self.channels, self.sample_rate),
            *(self.bytes_per_second, block, 8 * self.sample_bytes, b"data", len(pcm)),
        )
        return header + pcm


@dataclass(slots=True)
class WavReader:
    """Reads a WAV stream piece by piece."""

    format: WavFormat | None = None
    pcm: bytearray = field(default_factory=bytearray)
    _head: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream; what follows the header is samples to the end."""
        if self.format is not None:
            self.pcm += data
            return
        self._head += data
        at = 12
        wav = None
        while len(self._head) >= at + 8:
            name, size = struct.unpack_from("<4sI", self._head, at)
            at += 8
            if name == b"fmt " and len(self._head) >= at + 16:
                _, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", self._head, at)
                wav = WavFormat(channels, rate, bits // 8)
            if name == b"data":
                self.format = wav
                self.pcm += self._head[at:]
                return
            at += size + size % 2

"""FLAC of 16 bit, as a stream that nobody can seek in. Needs numpy, which takes a while to import."""

from hashlib import md5
from typing import Final, override

import numpy as np
from numpy.typing import NDArray

from .flac_frame import FrameFormat, frames
from .writer import MONO, Writer

_MARK: Final = b"fLaC"
_LAST_BLOCK: Final = 0x80
_STREAM_INFO_BYTES: Final = 34
_BITS: Final = 16
_MD5_BYTES: Final = 16
# Decoders look at several frames before they believe in the first, so frames are short: 24 ms, at low rates more.
_SHORT_BLOCK: Final = 576
_LONG_BLOCK: Final = 1152
# Numbers of 64 bit are made of samples of 16, several at a time.
_BLOCKS_AT_ONCE: Final = 32
_LOW_ORDER: Final = 2
_HIGH_ORDER: Final = 4
_HIGH_ABOVE_HZ: Final = 32_000


class FlacWriter(Writer):
    """FLAC with frames of one length, so that every decoder can read it; no padding."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        """Write at `sample_rate` in Hz, the same in all channels."""
        self.cost = 24.0 + 0.4 * sample_rate / 1000
        self._sample_rate = sample_rate
        self._channels = channels
        is_high = sample_rate > _HIGH_ABOVE_HZ
        self._block = _LONG_BLOCK if is_high else _SHORT_BLOCK
        self._format = FrameFormat(sample_rate, channels, _HIGH_ORDER if is_high else _LOW_ORDER)
        self._held = b""
        self._frames = 0
        self._samples = 0
        self._frame_bytes: tuple[int, ...] = ()
        self._digest = md5(usedforsecurity=False)

    @override
    def write(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(self._held + pcm, dtype="<i2")
        whole = len(samples) // self._block * self._block
        self._held = samples[whole:].tobytes()
        return self._frames_of(samples[:whole].reshape(-1, self._block))

    @override
    def end(self) -> bytes:
        return self._frames_of(np.frombuffer(self._held, dtype="<i2").reshape(1, -1)) if self._held else b""

    @override
    def stream_head(self) -> bytes:
        return self._head((0, 0), 0, bytes(_MD5_BYTES))

    @override
    def file_head(self) -> bytes:
        return self._head(self._frame_bytes or (0, 0), self._samples, self._digest.digest())

    def _frames_of(self, blocks: NDArray[np.int16]) -> bytes:
        if not blocks.size:
            return b""
        made: list[bytes] = []
        for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
            made += frames(blocks[start : start + _BLOCKS_AT_ONCE], self._frames + start, self._format)
        self._frames += len(made)
        self._samples += blocks.size
        self._digest.update(blocks.tobytes() if self._channels == MONO else np.repeat(blocks, self._channels).tobytes())
        lengths = [*self._frame_bytes, *map(len, made)]
        self._frame_bytes = min(lengths), max(lengths)
        return b"".join(made)

    def _head(self, frame_bytes: tuple[int, ...], samples: int, digest: bytes) -> bytes:
        least, most = frame_bytes
        shape = self._sample_rate << 44 | (self._channels - 1) << 41 | (_BITS - 1) << 36 | samples
        return b"".join(
            (
                _MARK,
                bytes([_LAST_BLOCK]),
                _STREAM_INFO_BYTES.to_bytes(3),
                2 * self._block.to_bytes(2),
                least.to_bytes(3),
                most.to_bytes(3),
                shape.to_bytes(8),
                digest,
            )
        )

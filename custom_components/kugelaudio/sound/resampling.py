"""PCM at another sample rate. Needs numpy, which takes a while to import."""

from functools import lru_cache
from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .writer import SOURCE_BYTES

# Flat up to 0.9 of the lower rate's half, 16 bits silent above it.
_ZERO_CROSSINGS: Final = 64
_KAISER_BETA: Final = 9.5
_CUTOFF: Final = 0.95
# Products of 16 bit samples and coefficients of these many bits are whole numbers that a float64 holds exactly,
# and so are their sums: in whatever order a processor adds them, and however the sound is cut.
_COEFFICIENT_BITS: Final = 22
# Per turn of a block; a turn of few samples is not worth a multiplication of matrices.
_LEAST_BLOCK: Final = 16
# OpenBLAS, which multiplies for numpy, wakes its threads for larger ones than 2 ** 18.
_MOST_PRODUCTS: Final = 250_000
# The windows of a block overlap, and take up to ten times the memory of what they show.
_BLOCKS_AT_ONCE: Final = 256
_LOWEST: Final = -(2**15)
_HIGHEST: Final = 2**15 - 1
_MOST_PHASES: Final = 640


@lru_cache(maxsize=4)
def _filter(source_rate: int, target_rate: int) -> tuple[NDArray[np.float64], int, int]:
    """Return the matrix that makes samples of samples, how many it moves on, and how many lie before its first.

    Its rows are samples of the source, its columns those of the target.
    """
    divisor = gcd(source_rate, target_rate)
    turn = source_rate // divisor
    repeats = ceil(_LEAST_BLOCK / turn)
    step, columns = turn * repeats, target_rate // divisor * repeats
    bandwidth = min(1.0, target_rate / source_rate)
    reach = ceil(_ZERO_CROSSINGS / bandwidth)
    places = np.arange(columns) * source_rate / target_rate
    distances = np.arange(-reach, step + reach)[:, np.newaxis] - places
    within = np.clip(1.0 - (distances / reach) ** 2, 0.0, None)
    window = np.where(within > 0.0, np.i0(_KAISER_BETA * np.sqrt(within)), 0.0)
    response = np.sinc(_CUTOFF * bandwidth * distances) * window
    response /= response.sum(axis=0)
    return np.rint(response * 2.0**_COEFFICIENT_BITS), step, reach


class Resampler:
    """Resamples PCM while it comes: mono, signed 16 bit little endian.

    Sample 0 stays at time 0, and as much sound goes out as comes in.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        """Resample from `source_rate` to `target_rate`, both in Hz.

        Raises ValueError if their ratio is not one of small numbers, as that of usual rates is.
        """
        if max(source_rate, target_rate) // gcd(source_rate, target_rate) > _MOST_PHASES:
            raise ValueError("unusual rates")
        self._matrix, self._step, self._reach = _filter(source_rate, target_rate)
        self._source_rate, self._target_rate = source_rate, target_rate
        self._held = np.zeros(self._reach, dtype=np.int16)
        self._taken = 0
        self._given = 0
        # Microseconds on a Raspberry Pi 4 for a millisecond of sound.
        self.cost = 12.0 + 0.2 * target_rate / 1000

    def feed(self, pcm: bytes) -> bytes:
        """Return what is known by now: all but the last 3 ms, 8 ms towards lower rates."""
        self._taken += len(pcm) // SOURCE_BYTES
        return self._resampled(pcm)

    def finish(self) -> bytes:
        """Return the rest."""
        missing = ceil(self._taken * self._target_rate / self._source_rate) - self._given
        rest = self._resampled(bytes(SOURCE_BYTES * (2 * self._reach + self._step)))
        return rest[: SOURCE_BYTES * missing]

    def _resampled(self, pcm: bytes) -> bytes:
        rows, columns = self._matrix.shape
        samples = np.concatenate((self._held, np.frombuffer(pcm, dtype="<i2")))
        blocks = max(0, (len(samples) - rows) // self._step + 1)
        self._held = samples[blocks * self._step :].copy()
        self._given += blocks * columns
        starts = range(0, blocks, _BLOCKS_AT_ONCE)
        return b"".join(
            self._product(samples[start * self._step :], min(_BLOCKS_AT_ONCE, blocks - start)) for start in starts
        )

    def _product(self, samples: NDArray[np.int16], blocks: int) -> bytes:
        rows, columns = self._matrix.shape
        windows = sliding_window_view(samples, rows)[: blocks * self._step : self._step].astype(np.float64)
        product = np.empty((blocks, columns))
        part = max(1, _MOST_PRODUCTS // (rows * columns))
        for start in range(0, blocks, part):
            np.matmul(windows[start : start + part], self._matrix, out=product[start : start + part])
        product *= 2.0**-_COEFFICIENT_BITS
        np.rint(product, out=product)
        return np.clip(product, _LOWEST, _HIGHEST, out=product).astype("<i2").tobytes()

"""Speech at one perceived level, whatever the voice: a gain by ITU-R BS.1770, and a limiter. Streaming, pure.

16 bit PCM, mono. All work on samples is done by `audioop`; Python does a thousandth of it.
"""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import cos, log10, pi, sqrt, tan
from typing import Final

import audioop

_BYTES: Final = 2
_WIDE: Final = 4
# What 16 bit samples become when they are widened, and how much room is left for sums of them.
_WIDENED: Final = 65536
_ROOM: Final = 1 / 8
_FULL_SCALE: Final = 32768

# BS.1770: blocks of 400 ms every 100 ms, an absolute and a relative gate.
_HOP_MS: Final = 100
_HOPS: Final = 4
_OFFSET_DB: Final = -0.691
_SILENCE_LUFS: Final = -70.0
_GATE_LU: Final = -10.0
_BIN_LU: Final = 0.1
_BINS: Final = 800

_FIT_FROM_HZ: Final = 60.0
_FIT_POINTS: Final = 60

# The gain follows what is heard so fast; where the voice is not known, faster at first.
_SLEW_DB_PER_S: Final = 3.0
_FIRST_SLEW_DB_PER_S: Final = 12.0
_FIRST_S: Final = 1.0
_LARGEST_GAIN_DB: Final = 20.0
# A voice that is known counts like so much speech: each text of it is somewhat louder or softer than the last.
_KNOWN_HOPS: Final = 8

_STEP_MS: Final = 1
_LOOK_AHEAD_STEPS: Final = 5
_RELEASE_DB_PER_STEP: Final = 0.06
_CEILING_DB: Final = -1.3
# Half-way between samples a band-limited signal is this sum of those before and after.
_MIDPOINT: Final = (0.6203, -0.1688, 0.0607, -0.0122)


def _db(ratio: float) -> float:
    """Return a ratio of amplitudes in dB."""
    return 20 * log10(ratio)


def _amplitude(level_db: float) -> float:
    """Return what a level in dB is as a factor."""
    return float(10 ** (level_db / 20))


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud speech is to be: a level, None for as loud as it comes, and what is added to either."""

    target_lufs: float | None
    gain_db: float

    @property
    def is_as_it_comes(self) -> bool:
        """Tell whether nothing is to be done."""
        return self.target_lufs is None and not self.gain_db


class LoudnessMeter:
    """Measures the integrated loudness of speech while it comes, in LUFS."""

    def __init__(self, sample_rate: int) -> None:
        """Begin with nothing heard."""
        self._taps = _k_weighting_taps(sample_rate)
        self._hop_bytes = sample_rate * _HOP_MS // 1000 * _WIDE
        self._unweighted = bytes(2 * (len(self._taps) - 1) * _WIDE)
        self._weighted = b""
        self._hops: deque[float] = deque(maxlen=_HOPS)
        self._counts = [0] * _BINS
        self._energies = [0.0] * _BINS
        self.hops = 0

    def add(self, pcm: bytes) -> None:
        """Hear some more."""
        wide = audioop.mul(audioop.lin2lin(pcm, _BYTES, _WIDE), _WIDE, _ROOM)
        samples = self._unweighted + wide
        self._unweighted = samples[len(samples) - len(self._unweighted) :]
        self._weighted += _filtered(samples, self._taps)
        while len(self._weighted) >= self._hop_bytes:
            hop, self._weighted = self._weighted[: self._hop_bytes], self._weighted[self._hop_bytes :]
            self._hops.append((audioop.rms(hop, _WIDE) / (_FULL_SCALE * _WIDENED * _ROOM)) ** 2)
            self._count(sum(self._hops) / len(self._hops))

    @property
    def loudness_lufs(self) -> float | None:
        """Return the loudness of what is louder than the gates, None if there is none."""
        return _gated(self._counts, self._energies)

    def _count(self, energy: float) -> None:
        """Count a block; the first ones are shorter than they should be, so that there is something to go by."""
        self.hops += 1
        if not energy or (loudness := _OFFSET_DB + 10 * log10(energy)) < _SILENCE_LUFS:
            return
        at = min(int((loudness - _SILENCE_LUFS) / _BIN_LU), _BINS - 1)
        self._counts[at] += 1
        self._energies[at] += energy


def _gated(counts: list[int], energies: list[float]) -> float | None:
    """Return the loudness of all blocks that are not much below the mean of all."""
    if not (count := sum(counts)):
        return None
    gate = _OFFSET_DB + 10 * log10(sum(energies) / count) + _GATE_LU
    first = max(0, int((gate - _SILENCE_LUFS) / _BIN_LU))
    return _OFFSET_DB + 10 * log10(sum(energies[first:]) / sum(counts[first:]))


class Leveller:
    """Brings speech to a loudness; the samples come out as they went in but for the last five milliseconds.

    `known_lufs` is what the voice was measured to have before, so that its first word is right.
    """

    def __init__(self, sample_rate: int, wanted: Loudness, *, known_lufs: float | None = None) -> None:
        """Begin with nothing heard."""
        self._meter = LoudnessMeter(sample_rate)
        self._step_bytes = sample_rate * _STEP_MS // 1000 * _BYTES
        self._limiter = _Limiter(self._step_bytes)
        self._wanted = wanted
        self._known_lufs = known_lufs
        self._gain_db = wanted.gain_db if known_lufs is None else self._wanted_db(known_lufs)
        self._has_begun = known_lufs is not None
        self._rest = b""

    @property
    def measured_lufs(self) -> float | None:
        """Return the loudness of what went in, None if it was silent."""
        return self._meter.loudness_lufs

    @property
    def heard_s(self) -> float:
        """Return how much went in."""
        return self._meter.hops * _HOP_MS / 1000

    def process(self, pcm: bytes) -> bytes:
        """Return what of the speech can be heard now."""
        self._meter.add(pcm)
        samples = self._rest + pcm
        whole = len(samples) - len(samples) % self._step_bytes
        self._rest = samples[whole:]
        return self._limiter.process(samples[:whole], self._gains_db(whole // self._step_bytes))

    def finish(self) -> bytes:
        """Return the last of what has come; what comes afterwards goes on at the gain that was found."""
        missing = -len(self._rest) % self._step_bytes
        padding = bytes(missing + _LOOK_AHEAD_STEPS * self._step_bytes)
        last = self._rest + padding
        heard = self._limiter.process(last, [self._gain_db] * (len(last) // self._step_bytes))
        self._rest, self._limiter = b"", _Limiter(self._step_bytes)
        return heard[: len(heard) - missing]

    def _gains_db(self, count: int) -> list[float]:
        """Move the gain towards what the loudness so far asks for; returns it for each of so many steps."""
        heard_lufs = self._meter.loudness_lufs
        if heard_lufs is None:
            return [self._gain_db] * count
        hops = self._meter.hops
        if self._known_lufs is not None:
            heard_lufs = (self._known_lufs * _KNOWN_HOPS + heard_lufs * hops) / (_KNOWN_HOPS + hops)
        wanted_db = self._wanted_db(heard_lufs)
        if not self._has_begun:
            self._has_begun = True
            self._gain_db = wanted_db
        is_first = self._known_lufs is None and hops * _HOP_MS < 1000 * _FIRST_S
        largest_db = (_FIRST_SLEW_DB_PER_S if is_first else _SLEW_DB_PER_S) * _STEP_MS / 1000
        gains_db: list[float] = []
        for _ in range(count):
            self._gain_db += max(-largest_db, min(largest_db, wanted_db - self._gain_db))
            gains_db.append(self._gain_db)
        return gains_db

    def _wanted_db(self, heard_lufs: float) -> float:
        """Return the gain that speech of this loudness needs."""
        missing_db = 0.0 if self._wanted.target_lufs is None else self._wanted.target_lufs - heard_lufs
        return max(-_LARGEST_GAIN_DB, min(_LARGEST_GAIN_DB, missing_db + self._wanted.gain_db))


class _Limiter:
    """Applies a gain, and less of it around peaks: one millisecond at a time, five of them ahead."""

    def __init__(self, step_bytes: int) -> None:
        """Begin with nothing heard; the first five milliseconds come with what follows them."""
        self._step_bytes = step_bytes
        self._before = bytes(2 * len(_MIDPOINT) * _BYTES)
        self._waiting = b""
        self._limits_db = deque([_LARGEST_GAIN_DB] * (_LOOK_AHEAD_STEPS + 1), maxlen=_LOOK_AHEAD_STEPS + 1)
        self._held_db = deque([_LARGEST_GAIN_DB] * (_LOOK_AHEAD_STEPS + 1), maxlen=_LOOK_AHEAD_STEPS + 1)
        self._skipped = 0

    def process(self, samples: bytes, gains_db: list[float]) -> bytes:
        """Take whole steps and the gain of each, and return those that came five before."""
        factors: list[float] = []
        for gain_db, limit_db in zip(gains_db, self._allowed_db(samples, gains_db), strict=True):
            self._limits_db.append(min(gain_db, limit_db))
            # Down at once, up again slowly; the mean of what is held makes a ramp that is down when the peak comes.
            self._held_db.append(min(*self._limits_db, self._held_db[-1] + _RELEASE_DB_PER_STEP))
            factors.append(_amplitude(sum(self._held_db) / len(self._held_db)))
        skipped = min(_LOOK_AHEAD_STEPS - self._skipped, len(factors))
        self._skipped += skipped
        self._waiting += samples
        heard: list[bytes] = []
        begin = 0
        for factor, steps in groupby(factors[skipped:]):
            end = begin + len(list(steps)) * self._step_bytes
            heard.append(audioop.mul(self._waiting[begin:end], _BYTES, factor))
            begin = end
        self._waiting = self._waiting[begin:]
        return b"".join(heard)

    def _allowed_db(self, piece: bytes, gains_db: list[float]) -> list[float]:
        """Return how much gain each step bears; one look at all of them is enough where none is too loud."""
        between = self._between(piece)
        largest = max(float(audioop.max(piece, _BYTES)), audioop.max(between, _WIDE) / (_WIDENED * _ROOM))
        allowed_db = _allowed_db(largest)
        if allowed_db >= max(gains_db, default=0.0):
            return [allowed_db] * len(gains_db)
        step, wide_step = self._step_bytes, self._step_bytes // _BYTES * _WIDE
        on = (audioop.max(piece[at : at + step], _BYTES) for at in range(0, len(piece), step))
        off = (audioop.max(between[at : at + wide_step], _WIDE) for at in range(0, len(between), wide_step))
        return [_allowed_db(max(float(one), two / (_WIDENED * _ROOM))) for one, two in zip(on, off, strict=True)]

    def _between(self, piece: bytes) -> bytes:
        """Return what lies half-way between the samples."""
        samples = self._before + piece
        self._before = samples[len(samples) - len(self._before) :]
        wide = audioop.mul(audioop.lin2lin(samples, _BYTES, _WIDE), _WIDE, _ROOM)
        length = len(piece) // _BYTES * _WIDE
        between = bytes(length)
        for index, weight in enumerate(_MIDPOINT):
            left = (len(_MIDPOINT) - index) * _WIDE
            right = (len(_MIDPOINT) + 1 + index) * _WIDE
            both = audioop.add(wide[left : left + length], wide[right : right + length], _WIDE)
            between = audioop.add(between, audioop.mul(both, _WIDE, weight), _WIDE)
        return between


def _allowed_db(peak: float) -> float:
    """Return how much gain a peak bears."""
    return _CEILING_DB - _db(peak / _FULL_SCALE) if peak else _LARGEST_GAIN_DB


def _filtered(samples: bytes, taps: tuple[float, ...]) -> bytes:
    """Return samples through a symmetrical filter; `taps` are the middle one and those on one side."""
    reach = (len(taps) - 1) * _WIDE
    length = len(samples) - 2 * reach
    filtered = audioop.mul(samples[reach : reach + length], _WIDE, taps[0])
    for index, tap in enumerate(taps[1:], 1):
        before, after = samples[reach - index * _WIDE :][:length], samples[reach + index * _WIDE :][:length]
        both = audioop.mul(audioop.add(before, after, _WIDE), _WIDE, tap)
        filtered = audioop.add(filtered, both, _WIDE)
    return filtered


@lru_cache
def _k_weighting_taps(sample_rate: int) -> tuple[float, ...]:
    """Return a short filter that weighs speech as BS.1770 does, fitted by least squares."""
    count = max(4, sample_rate // 2400)
    highest = min(sample_rate / 2 * 0.98, 16000.0)
    grid = [_FIT_FROM_HZ * (highest / _FIT_FROM_HZ) ** (point / (_FIT_POINTS - 1)) for point in range(_FIT_POINTS)]
    rows = [[1.0, *(2 * cos(2 * pi * hz * tap / sample_rate) for tap in range(1, count))] for hz in grid]
    wanted = [_k_weighting(hz) for hz in grid]
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(count)] for i in range(count)]
    for index in range(count):
        # The taps hardly differ where a rate leaves no room for what they are fitted to.
        normal[index][index] += 1e-6
    right = [sum(row[i] * value for row, value in zip(rows, wanted, strict=True)) for i in range(count)]
    return tuple(_solved(normal, right))


def _k_weighting(frequency_hz: float) -> float:
    """Return the gain of the two filters of BS.1770 at a frequency, in their analogue form."""
    shelf_hz, shelf_q, shelf_gain = 1681.974, 0.7071752, _amplitude(3.999844)
    s = 1j * tan(pi * frequency_hz / 48000) / tan(pi * shelf_hz / 48000)
    band = shelf_gain**0.4996667741545416
    shelf = (shelf_gain * s * s + band / shelf_q * s + 1) / (s * s + s / shelf_q + 1)
    pass_hz, pass_q = 38.13547, 0.5003270
    p = 1j * tan(pi * frequency_hz / 48000) / tan(pi * pass_hz / 48000)
    return float(abs(shelf) * abs(p * p / (p * p + p / pass_q + 1)))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return the solution of a positive definite system of equations (Cholesky)."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = matrix[row][column] - sum(lower[row][k] * lower[column][k] for k in range(column))
            lower[row][column] = sqrt(rest) if row == column else rest / lower[column][column]
    forward: list[float] = []
    for row in range(size):
        forward.append((right[row] - sum(lower[row][k] * forward[k] for k in range(row))) / lower[row][row])
    solution = [0.0] * size
    for row in reversed(range(size)):
        rest = forward[row] - sum(lower[k][row] * solution[k] for k in range(row + 1, size))
        solution[row] = rest / lower[row][row]
    return solution

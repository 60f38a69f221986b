"""How much of a speech came out of a player, and where in the speech a player is.

Spectra are compared, not samples, and a little blurred: VLC plays up to 2 % slower to keep up with the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .sound_card import AUDIBLE, SAMPLE_RATE, Samples

STEP_MS: Final = 10
_STEP: Final = SAMPLE_RATE * STEP_MS // 1000
_WINDOW: Final = 4 * _STEP
# Up to 4 kHz there is all that tells syllables, or the simulator's tones, apart.
_BANDS: Final = 4000 * _WINDOW // SAMPLE_RATE
_BLOCK: Final = 400 // STEP_MS
_NEAR: Final = 60 // STEP_MS
_ALIKE: Final = 0.8
_SYLLABLE_MS: Final = 100

# One row for each step of time, one column for each band.
type Spectra = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was made, found again in what was heard."""

    missing_at_begin_ms: int
    missing_within_ms: int
    missing_at_end_ms: int
    paused_ms: int
    likeness: float

    @property
    def is_whole(self) -> bool:
        """Tell whether it was heard from the first syllable to the last."""
        return self.missing_at_begin_ms + self.missing_within_ms + self.missing_at_end_ms < _SYLLABLE_MS


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A block of what was made: how many steps later it was heard, and how alike both are."""

    start: int
    lag: int
    likeness: float


def compare(heard: Samples, made: Samples) -> Comparison | None:
    """Find what was made in what was heard; None if there is nothing of it."""
    heard_spectra, made_spectra = _spectra(heard), _spectra(made)
    anchors = list(_anchors(heard_spectra, made_spectra))
    if not anchors:
        return None
    found = np.array([_is_heard(heard_spectra, made_spectra, step, anchors) for step in range(len(made_spectra))])
    first, behind_last = int(found.argmax()), len(found) - int(found[::-1].argmax())
    return Comparison(
        missing_at_begin_ms=STEP_MS * first,
        missing_within_ms=STEP_MS * int((~found[first:behind_last]).sum()),
        missing_at_end_ms=STEP_MS * (len(found) - behind_last),
        paused_ms=STEP_MS * (anchors[-1].lag - anchors[0].lag),
        likeness=float(np.mean([anchor.likeness for anchor in anchors])),
    )


def position_s(piece: Samples, made: Samples) -> float | None:
    """Return where in what was made a piece of what was heard begins, None if it is nowhere."""
    if not len(piece) or float(np.abs(piece).max()) < AUDIBLE:
        return None
    at, likeness = _find(_spectra(piece), _spectra(made))
    return at * STEP_MS / 1000 if likeness > _ALIKE else None


def _spectra(samples: Samples) -> Spectra:
    """Return the spectra of windows that overlap; those of silence are zero."""
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP] * np.hanning(_WINDOW)
    sharp = np.abs(np.fft.rfft(windows))[:, : _BANDS + 1]
    spectra = sharp[:, :-2] + 2 * sharp[:, 1:-1] + sharp[:, 2:]
    is_audible = np.abs(windows).max(axis=1) > AUDIBLE
    return np.asarray(spectra * is_audible[:, None])


def _anchors(heard: Spectra, made: Spectra) -> Iterator[_Anchor]:
    """Find each block of what was made: near where the one before was, else anywhere behind it."""
    lag = None
    for start in (*range(0, len(made) - _BLOCK, _BLOCK), max(0, len(made) - _BLOCK)):
        block = made[start : start + _BLOCK]
        if not block.any():
            continue
        begin = 0 if lag is None else max(0, start + lag - _NEAR)
        at, likeness = (0, 0.0) if lag is None else _find(block, heard[begin : begin + len(block) + 2 * _NEAR])
        if likeness < _ALIKE:
            at, likeness = _find(block, heard[begin:])
        if likeness > _ALIKE:
            lag = begin + at - start
            yield _Anchor(start, lag, likeness)


def _is_heard(heard: Spectra, made: Spectra, step: int, anchors: list[_Anchor]) -> bool:
    """Tell whether a step was heard where one of the blocks around it was."""
    wanted = made[step]
    if not wanted.any():
        return True
    for anchor in sorted(anchors, key=lambda anchor: abs(anchor.start + _BLOCK // 2 - step))[:2]:
        begin = max(0, step + anchor.lag - _NEAR // 2)
        around = heard[begin : begin + _NEAR + 1]
        sizes = np.linalg.norm(around, axis=1) * np.linalg.norm(wanted)
        if ((around @ wanted) > _ALIKE * np.maximum(sizes, 1)).any():
            return True
    return False


def _find(piece: Spectra, whole: Spectra) -> tuple[int, float]:
    """Return where a piece is most alike, and how alike."""
    places = len(whole) - len(piece) + 1
    if places < 1:
        return 0, 0.0
    size = 1 << (len(whole) + len(piece)).bit_length()
    product = np.fft.rfft(whole, size, axis=0) * np.conj(np.fft.rfft(piece, size, axis=0))
    alike = np.fft.irfft(product.sum(axis=1), size)[:places]
    sums = np.concatenate(([0.0], np.cumsum((whole**2).sum(axis=1))))
    energy, own = sums[len(piece) :] - sums[: -len(piece)], float((piece**2).sum())
    # Where there is hardly any sound, chance and rounding would be alike.
    likeness = alike / np.sqrt(np.maximum(energy, 0.01 * own) * own)
    at = int(likeness.argmax())
    return at, float(likeness[at])

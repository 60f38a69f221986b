"""Chimes, made of decaying partials like those of bells and bars. Pure, and too slow for the event loop."""

from array import array
from dataclasses import dataclass
from math import cos, exp, pi, sin
from typing import Final

_PEAK: Final = 0.5 * 32767
_ATTACK_S: Final = 0.004
_MEDIA_FOLDERS: Final = "media-source://media_source/"

NO_CHIME: Final = "none"


@dataclass(frozen=True, slots=True)
class _Strike:
    """One stroke: when, how high, how loud, and how long until it has faded to a third."""

    at_s: float
    hertz: float
    loudness: float
    decay_s: float


# Overtone and its share of the loudness: of a tuned bar, a soft bell, a wooden bar, a glass, a string, and hardly any.
_BAR: Final = ((1.0, 1.0), (3.93, 0.22), (9.54, 0.06))
_BELL: Final = ((1.0, 1.0), (2.0, 0.5), (2.4, 0.2), (3.0, 0.25), (4.5, 0.1))
_WOOD: Final = ((1.0, 1.0), (4.0, 0.3), (9.2, 0.08))
_GLASS: Final = ((1.0, 1.0), (2.32, 0.35), (4.25, 0.12))
_HARP: Final = ((1.0, 1.0), (2.0, 0.4), (3.0, 0.2), (4.0, 0.1))
_SOFT: Final = ((1.0, 1.0), (2.0, 0.18))

_CHIMES: Final[dict[str, tuple[float, tuple[tuple[float, float], ...], tuple[_Strike, ...]]]] = {
    "ding": (1.1, _BAR, (_Strike(0.0, 1046.5, 1.0, 0.28),)),
    "ding_dong": (1.7, _BELL, (_Strike(0.0, 659.26, 1.0, 0.4), _Strike(0.55, 523.25, 1.0, 0.45))),
    "rising": (
        1.3,
        _BAR,
        (_Strike(0.0, 523.25, 0.8, 0.25), _Strike(0.14, 659.26, 0.9, 0.25), _Strike(0.28, 783.99, 1.0, 0.35)),
    ),
    "gong": (2.2, _BELL, (_Strike(0.0, 196.0, 1.0, 0.75),)),
    "marimba": (0.9, _WOOD, (_Strike(0.0, 392.0, 0.9, 0.16), _Strike(0.16, 587.33, 1.0, 0.2))),
    "falling": (
        1.3,
        _BAR,
        (_Strike(0.0, 783.99, 1.0, 0.25), _Strike(0.14, 659.26, 0.9, 0.25), _Strike(0.28, 523.25, 0.8, 0.35)),
    ),
    "glass": (1.0, _GLASS, (_Strike(0.0, 1567.98, 0.8, 0.3), _Strike(0.09, 2093.0, 0.6, 0.3))),
    "arpeggio": (
        1.6,
        _HARP,
        (
            _Strike(0.0, 392.0, 0.8, 0.35),
            _Strike(0.09, 493.88, 0.8, 0.35),
            _Strike(0.18, 587.33, 0.9, 0.4),
            _Strike(0.27, 783.99, 1.0, 0.45),
        ),
    ),
    "clock": (
        2.6,
        _BELL,
        (
            _Strike(0.0, 659.26, 0.9, 0.45),
            _Strike(0.45, 523.25, 0.9, 0.45),
            _Strike(0.9, 587.33, 0.9, 0.45),
            _Strike(1.35, 392.0, 1.0, 0.5),
        ),
    ),
    "knock": (0.7, _WOOD, (_Strike(0.0, 220.0, 1.0, 0.05), _Strike(0.17, 220.0, 0.8, 0.05))),
    "airport": (
        2.0,
        _SOFT,
        (
            _Strike(0.0, 523.25, 0.9, 0.4),
            _Strike(0.28, 659.26, 0.9, 0.4),
            _Strike(0.56, 783.99, 0.9, 0.4),
            _Strike(0.84, 1046.5, 1.0, 0.4),
        ),
    ),
    "success": (0.9, _SOFT, (_Strike(0.0, 783.99, 0.8, 0.15), _Strike(0.12, 1174.66, 1.0, 0.25))),
    "warning": (
        1.1,
        _SOFT,
        (_Strike(0.0, 880.0, 1.0, 0.12), _Strike(0.22, 880.0, 1.0, 0.12), _Strike(0.44, 880.0, 1.0, 0.2)),
    ),
}
CHIMES: Final = tuple(_CHIMES)


def is_chime(named: str) -> bool:
    """Tell whether a chime can be called so: by its name, or by the media source id of a file in a media folder."""
    return named == NO_CHIME or named in CHIMES or is_chime_file(named)


def is_chime_file(named: object) -> bool:
    """Tell whether a chime is meant that is a file in a media folder."""
    return isinstance(named, str) and named.startswith(_MEDIA_FOLDERS)


def chime_pcm(name: str, sample_rate: int) -> bytes:
    """Return a chime as PCM, with `sample_rate` in Hz; it fades out to silence."""
    length_s, overtones, strikes = _CHIMES[name]
    samples = [0.0] * round(length_s * sample_rate)
    for strike in strikes:
        for ratio, share in overtones:
            if strike.hertz * ratio < sample_rate / 2:
                _add_partial(samples, strike, strike.hertz * ratio, share, sample_rate)
    fade = round(0.05 * sample_rate)
    for index in range(fade):
        samples[-1 - index] *= index / fade
    scale = _PEAK / max(abs(sample) for sample in samples)
    return array("h", (round(sample * scale) for sample in samples)).tobytes()


def _add_partial(samples: list[float], strike: _Strike, hertz: float, share: float, sample_rate: int) -> None:
    """Add a decaying sine, each sample made of the two before it; high ones fade sooner, as in metal."""
    start = round(strike.at_s * sample_rate)
    decay_s = strike.decay_s * (strike.hertz / hertz) ** 0.7
    shrink = exp(-1 / (decay_s * sample_rate))
    step = 2 * pi * hertz / sample_rate
    forward, back = 2 * shrink * cos(step), shrink * shrink
    previous, current = 0.0, share * strike.loudness * shrink * sin(step)
    attack = max(1, round(_ATTACK_S * sample_rate))
    for index in range(start, min(len(samples), start + round(7 * decay_s * sample_rate))):
        samples[index] += current * min(1.0, (index - start) / attack)
        previous, current = current, forward * current - back * previous

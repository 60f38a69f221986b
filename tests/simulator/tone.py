"""The sound of tests: 60 ms of tone for each character, the same every time."""

from array import array
from functools import lru_cache
from math import sin, tau

NATIVE_RATE = 24_000
SAMPLES_PER_CHARACTER = 1_440
LOUDNESS = 8_000


def tone_samples(text: str, sample_rate: int, speed: float = 1.0) -> int:
    """Return how many samples the tone of a text has."""
    return _boundary(len(text), sample_rate, speed)


def tone_pcm(text: str, sample_rate: int, speed: float = 1.0) -> bytes:
    """Return the tone of a text as 16-bit little-endian PCM."""
    return b"".join(tone_block(character, position, sample_rate, speed) for position, character in enumerate(text))


def tone_block(character: str, position: int, sample_rate: int, speed: float) -> bytes:
    """Return the tone of one character at its place in the text."""
    start = _boundary(position, sample_rate, speed)
    end = _boundary(position + 1, sample_rate, speed)
    return _wave(200 + 25 * (ord(character) % 64), sample_rate, end - start)


def _boundary(characters: int, sample_rate: int, speed: float) -> int:
    return round(characters * SAMPLES_PER_CHARACTER * sample_rate / NATIVE_RATE / speed)


@lru_cache(maxsize=1024)
def _wave(frequency: int, sample_rate: int, samples: int) -> bytes:
    step = tau * frequency / sample_rate
    return array("h", (int(LOUDNESS * sin(step * i)) for i in range(samples))).tobytes()

"""Sound to encode, and ears for what was made of it."""

from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from math import cos, tau
from pathlib import Path
import shutil
import subprocess

import numpy as np
from numpy.typing import NDArray

from custom_components.kugelaudio.sound.encoder import AudioFormat, Encoder, encoder_for
from custom_components.kugelaudio.sound.resampling import Resampler
from tests.simulator import tone_pcm

RATE = 24_000
USUAL_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@cache
def speech() -> bytes:
    """Return PCM that has everything in it: tones, silence, noise, steps from one end to the other."""
    noise = np.random.default_rng(1).integers(-(2**15), 2**15, 3_000, dtype=np.int16)
    steps = np.repeat(np.array([-(2**15), 2**15 - 1] * 20, dtype=np.int16), 37)
    tones = tone_pcm("The laundry is done.", RATE)
    return tones + bytes(6_000) + noise.tobytes() + steps.tobytes() + tone_pcm("Hang it out.", RATE)[:-18]


def sine(frequency_hz: float, sample_rate: int, seconds: float = 1.0, amplitude: float = 0.5) -> bytes:
    """Return a tone, as exact as 16 bit are."""
    step = tau * frequency_hz / sample_rate
    peak = amplitude * (2**15 - 1)
    return array("h", (round(peak * cos(step * i)) for i in range(round(seconds * sample_rate)))).tobytes()


def encoder(name: str, sample_rate: int = RATE, channels: int = 1, **more: int) -> Encoder:
    """Return an encoder that there has to be."""
    made = encoder_for(AudioFormat(name=name, sample_rate=sample_rate, channels=channels, **more), RATE)
    assert made
    return made


def cut(pcm: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """Return PCM cut behind so many samples."""
    borders = sorted({0, len(pcm), *(min(2 * place, len(pcm)) for place in places)})
    return (pcm[start:end] for start, end in pairwise(borders))


def body(made: Encoder, pieces: Iterable[bytes]) -> bytes:
    """Return all that an encoder makes of pieces, without a head."""
    return b"".join([*map(made.feed, pieces), made.finish()])


def stream(made: Encoder, pcm: bytes) -> bytes:
    """Return what a listener gets who listens at once."""
    return made.stream_head() + body(made, [pcm])


def file(made: Encoder, pcm: bytes) -> bytes:
    """Return what is written to a disk."""
    sound = body(made, [pcm])
    return made.file_head() + sound


def resampled(pcm: bytes, sample_rate: int, source_rate: int = RATE) -> bytes:
    """Return PCM at another rate."""
    if sample_rate == source_rate:
        return pcm
    resampler = Resampler(source_rate, sample_rate)
    return resampler.feed(pcm) + resampler.finish()


def decoded(audio: bytes, source: str | Path = "pipe:0") -> bytes:
    """Return what a player hears of a stream, or of a file: PCM, all channels."""
    program = shutil.which("ffmpeg")
    assert program
    command = (program, "-v", "error", "-i", source, "-f", "s16le", "pipe:1")
    done = subprocess.run(command, input=audio, capture_output=True, check=True)  # noqa: S603 - our own words
    assert not done.stderr
    return done.stdout


def samples(pcm: bytes) -> NDArray[np.float64]:
    """Return PCM as numbers."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def noise_db(heard: NDArray[np.float64], meant: NDArray[np.float64]) -> float:
    """Return how loud the difference is, measured by what was meant."""
    return float(10 * np.log10(np.sum((heard - meant) ** 2) / np.sum(meant**2) + 1e-12))

"""Another sample rate: what is heard, what is not, and when."""

from itertools import pairwise

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.kugelaudio.sound.resampling import Resampler

from .listening import RATE, USUAL_RATES, cut, noise_db, resampled, samples, sine, speech

OTHER_RATES = tuple(rate for rate in USUAL_RATES if rate != RATE)
EDGE_S = 0.05


def level_db(pcm: bytes, of_amplitude: float) -> float:
    """Return how loud PCM is, compared with a tone of this amplitude."""
    return float(20 * np.log10(np.sqrt(np.mean(samples(pcm) ** 2)) / (of_amplitude * 2**15 / 2**0.5) + 1e-9))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.88])
@pytest.mark.parametrize("sample_rate", OTHER_RATES)
def test_a_tone_stays_what_it_was(sample_rate: int, share: float) -> None:
    """As exact as 16 bit are, at its time, up to nine tenths of what the lower rate can have."""
    frequency = round(share * min(RATE, sample_rate) / 2)
    heard = samples(resampled(sine(frequency, RATE), sample_rate))
    meant = samples(sine(frequency, sample_rate))
    edge = round(EDGE_S * sample_rate)
    assert noise_db(heard[edge:-edge], meant[edge:-edge]) < -80


@pytest.mark.parametrize("sample_rate", [rate for rate in OTHER_RATES if rate < RATE])
def test_what_a_lower_rate_cannot_have_is_gone(sample_rate: int) -> None:
    """It would come back as another tone."""
    edge = round(EDGE_S * sample_rate)
    for frequency in (0.51 * sample_rate, 0.99 * RATE / 2):
        heard = resampled(sine(frequency, RATE), sample_rate)
        assert level_db(heard[2 * edge : -2 * edge], 0.5) < -75


@pytest.mark.parametrize("sample_rate", OTHER_RATES)
def test_as_much_sound_goes_out_as_comes_in(sample_rate: int) -> None:
    """Whatever its length; not a sample is lost at the end."""
    for length in (1, 2, 17, 575, 24_000):
        pcm = sine(300, RATE)[: 2 * length]
        assert len(resampled(pcm, sample_rate)) == 2 * -(-length * sample_rate // RATE)


def test_silence_stays_silence() -> None:
    """And no sound stays none."""
    assert resampled(bytes(2 * 500), 48_000) == bytes(2 * 1000)
    assert resampled(b"", 48_000) == b""


def test_what_is_too_loud_does_not_turn_over() -> None:
    """Between samples at the end of what 16 bit have, the sound would be louder."""
    steps = np.repeat(np.array([-(2**15), 2**15 - 1] * 20, dtype=np.int16), 30)
    heard = samples(resampled(steps.tobytes(), 48_000))[200:-200]
    assert heard.max() == 2**15 - 1
    assert heard.min() == -(2**15)
    meant = np.repeat(steps, 2)[200:-200]
    assert np.abs(heard - meant).max() < 2**16 * 0.6


@pytest.mark.parametrize("sample_rate", [16_000, 44_100, 48_000])
@settings(max_examples=20, deadline=None)
@given(places=st.lists(st.integers(0, len(speech()) // 2), max_size=12))
def test_samples_do_not_depend_on_pieces(sample_rate: int, places: list[int]) -> None:
    """Bit for bit."""
    resampler = Resampler(RATE, sample_rate)
    made = b"".join(resampler.feed(piece) for piece in cut(speech(), places)) + resampler.finish()
    assert made == resampled(speech(), sample_rate)


def test_samples_do_not_depend_on_each_being_a_piece() -> None:
    """One by one."""
    pcm = speech()[:3_000]
    resampler = Resampler(RATE, 44_100)
    made = b"".join(resampler.feed(pcm[start:end]) for start, end in pairwise(range(0, len(pcm) + 1, 2)))
    assert made + resampler.finish() == resampled(pcm, 44_100)


def test_little_is_held_back() -> None:
    """What the filter has to know of what comes next, 4 ms, and no more."""
    resampler = Resampler(RATE, 48_000)
    made = resampler.feed(sine(300, RATE)[: 2 * RATE // 10])
    assert len(made) / 2 / 48_000 > 0.1 - 0.004

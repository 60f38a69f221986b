"""However the server cuts its sound, listeners get the same bytes."""

from functools import cache

from hypothesis import given, settings, strategies as st
import pytest

from .listening import RATE, body, cut, decoded, encoder, noise_db, resampled, samples, speech

FORMATS = [
    ("mp3", RATE, 1),
    ("mp3", 48_000, 2),
    ("flac", RATE, 1),
    ("flac", 44_100, 2),
    ("flac", 48_000, 1),
    ("wav", RATE, 1),
    ("wav", 16_000, 1),
    ("wav", 48_000, 2),
    ("au", RATE, 2),
    ("au", 48_000, 1),
]
LONG_S = 30
# What LAME and a decoder put before the sound.
MP3_DELAY = 576 + 529
# A third of it are noise and steps, which MP3 is bad at.
MP3_NOISE_DB = -8


@cache
def whole(name: str, sample_rate: int, channels: int) -> bytes:
    """Return what becomes of all at once."""
    return body(encoder(name, sample_rate, channels), [speech()])


@pytest.mark.parametrize(("name", "sample_rate", "channels"), FORMATS)
@settings(max_examples=15, deadline=None)
@given(places=st.lists(st.integers(0, len(speech()) // 2), max_size=20))
def test_pieces_of_any_length(name: str, sample_rate: int, channels: int, places: list[int]) -> None:
    """From nothing to all."""
    assert body(encoder(name, sample_rate, channels), cut(speech(), places)) == whole(name, sample_rate, channels)


@pytest.mark.parametrize(("name", "sample_rate", "channels"), FORMATS)
def test_pieces_of_one_sample(name: str, sample_rate: int, channels: int) -> None:
    """As nobody would send them."""
    pcm = speech()[:8_000]
    made = body(encoder(name, sample_rate, channels), cut(pcm, range(len(pcm) // 2)))
    assert made == body(encoder(name, sample_rate, channels), [pcm])


@pytest.mark.parametrize(("name", "sample_rate", "channels"), FORMATS)
def test_half_a_minute_at_once(name: str, sample_rate: int, channels: int) -> None:
    """Or in the parts that the event loop and a thread take of it: a player hears all of it."""
    pcm = (speech() * 20)[: 2 * LONG_S * RATE]
    made = encoder(name, sample_rate, channels)
    first, rest = made.split(pcm, is_awaited=True)
    parts = [first]
    while rest:
        part, rest = made.split(rest, is_awaited=False)
        parts.append(part)
    assert b"".join(parts) == pcm
    assert made.is_quick(first) or len(first) <= 2 * 20 * RATE // 1000
    sound = body(made, parts)
    assert sound == body(encoder(name, sample_rate, channels), [pcm])
    heard = samples(decoded(made.stream_head() + sound)).reshape(-1, channels)
    meant = samples(resampled(pcm, sample_rate))
    assert (heard == heard[:, :1]).all()
    if name == "mp3":
        assert 0 <= len(heard) - MP3_DELAY - len(meant) < 3 * 1152
        assert noise_db(heard[MP3_DELAY : MP3_DELAY + len(meant), 0], meant) < MP3_NOISE_DB
    else:
        assert heard[:, 0].tolist() == meant.tolist()

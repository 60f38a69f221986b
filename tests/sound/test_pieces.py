"""However the server cuts its sound, listeners get the same bytes."""

from functools import cache

from hypothesis import given, settings, strategies as st
import pytest

from .listening import RATE, body, cut, encoder, speech

FORMATS = [("mp3", RATE, 1), ("mp3", 48_000, 2), ("flac", 48_000, 1), ("wav", 16_000, 1), ("au", RATE, 2)]
LONG_S = 30


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
    """Or in the parts that a thread takes of it."""
    pcm = (speech() * 20)[: 2 * LONG_S * RATE]
    made = encoder(name, sample_rate, channels)
    parts = [*made.parts(pcm)]
    assert len(parts) > 1 or made.is_quick(pcm)
    assert body(made, parts) == body(encoder(name, sample_rate, channels), [pcm])

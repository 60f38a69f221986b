"""MP3, which changes the sound but must not change its length, and the frame by which players know it."""

import io
from pathlib import Path

import mutagen
from mutagen.mp3 import BitrateMode
import numpy as np
import pytest

from tests.simulator import tone_pcm

from .listening import RATE, USUAL_RATES, decoded, encoder, file, noise_db, resampled, samples, stream

# What LAME and a decoder put before the sound.
DELAY = 576 + 529
SPEECH = tone_pcm("The washing machine is done.", RATE)


def first_channel(pcm: bytes, channels: int) -> np.typing.NDArray[np.float64]:
    """Return one channel, once it is sure that the other is like it."""
    heard = samples(pcm).reshape(-1, channels)
    assert np.all(heard == heard[:, :1])
    return heard[:, 0]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sample_rate", USUAL_RATES)
def test_a_stream_has_the_sound_from_the_first_sample_to_the_last(sample_rate: int, channels: int) -> None:
    """Behind the codec's own delay, and followed by less than three frames of silence."""
    heard = first_channel(decoded(stream(encoder("mp3", sample_rate, channels), SPEECH)), channels)
    meant = samples(resampled(SPEECH, sample_rate))
    assert noise_db(heard[DELAY : DELAY + len(meant)], meant) < -20
    assert 0 <= len(heard) - DELAY - len(meant) < 3 * 1152


@pytest.mark.parametrize("bitrate_kbit", [32, 64, 128, 320])
@pytest.mark.parametrize(("sample_rate", "channels"), [(8_000, 1), (RATE, 1), (RATE, 2), (48_000, 1), (48_000, 2)])
def test_a_file_is_as_long_as_the_speech(sample_rate: int, channels: int, bitrate_kbit: int, tmp_path: Path) -> None:
    """To the sample, for all who read what is said about delay and padding."""
    data = file(encoder("mp3", sample_rate, channels, bitrate_kbit=bitrate_kbit), SPEECH)
    meant = samples(resampled(SPEECH, sample_rate))
    told = mutagen.File(io.BytesIO(data)).info
    assert told.length == pytest.approx(len(meant) / sample_rate, abs=1e-6)
    assert (told.bitrate_mode, told.sample_rate, told.channels) == (BitrateMode.CBR, sample_rate, channels)
    path = tmp_path / "speech.mp3"
    path.write_bytes(data)
    heard = first_channel(decoded(b"", path), channels)
    assert len(heard) == len(meant)
    assert noise_db(heard, meant) < (-20 if bitrate_kbit >= 64 else -4)


@pytest.mark.parametrize(
    ("sample_rate", "wished_kbit", "kbit"),
    [(RATE, None, 128), (RATE, 64, 64), (RATE, 96, 96), (48_000, 320, 320), (RATE, 10**30, 160), (8_000, None, 64)],
)
def test_the_wished_bitrate_is_kept(sample_rate: int, wished_kbit: int | None, kbit: int) -> None:
    """All the time, or the nearest that there is at this rate."""
    wish = {"bitrate_kbit": wished_kbit} if wished_kbit else {}
    told = mutagen.File(io.BytesIO(stream(encoder("mp3", sample_rate, **wish), SPEECH * 4))).info
    assert told.bitrate == kbit * 1000


def test_players_know_the_format_by_an_empty_tag() -> None:
    """It stands before the first frame, as ffmpeg writes it."""
    data = stream(encoder("mp3"), SPEECH)
    assert data.startswith(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"\xff")


def test_places_to_seek_to_are_told() -> None:
    """One for each hundredth, evenly, as the bitrate is."""
    data = file(encoder("mp3"), SPEECH)
    at = data.index(b"Info")
    places = data[at + 16 : at + 116]
    assert [*places] == [256 * place // 100 for place in range(100)]
    assert int.from_bytes(data[at + 12 : at + 16]) == len(data) - 20

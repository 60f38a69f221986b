"""Samples out of a WAV that arrives in pieces."""

import io
from itertools import pairwise
import struct
import wave

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.sound.wav import WavReader
from tests.simulator import tone_pcm
from tests.speaking import wav_header

PCM = tone_pcm("Hello.", 24000)
CUTS = st.lists(st.integers(min_value=0, max_value=len(PCM) + 100), max_size=8)


def file_of(pcm: bytes, sample_rate: int = 24000, channels: int = 1, width: int = 2) -> bytes:
    """Return a WAV of known length."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(sample_rate)
        writer.writeframes(pcm)
    return file.getvalue()


def with_remarks(pcm: bytes) -> bytes:
    """Return a WAV as converters write it: remarks of odd length before and behind the samples."""
    header = wav_header(24000)
    remark = struct.pack("<4sI", b"LIST", 5) + b"Lavf5" + b"\0"
    return header[:36] + remark + struct.pack("<4sI", b"data", len(pcm)) + pcm + remark


def samples_of(file: bytes, size: int) -> list[bytes]:
    """Return the samples of a file that comes in pieces."""
    reader = WavReader(24000)
    return [reader.feed(file[start : start + size]) for start in range(0, len(file), size)]


FILES = {
    "known length": file_of(PCM),
    "unknown length": wav_header(24000) + PCM,
    "length never filled in": wav_header(24000)[:40] + bytes(4) + PCM,
    "remarks": with_remarks(PCM),
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES.keys())
@given(cuts=CUTS)
def test_samples_are_read_however_a_file_is_cut(file: bytes, cuts: list[int]) -> None:
    """Every sample, whole ones only, and nothing else of the file."""
    reader = WavReader(24000)
    borders = sorted({0, len(file), *(min(cut, len(file)) for cut in cuts)})
    pieces = [reader.feed(file[start:end]) for start, end in pairwise(borders)]
    assert b"".join(pieces) == PCM
    assert all(len(piece) % 2 == 0 for piece in pieces)


@pytest.mark.parametrize(
    "file",
    [
        file_of(PCM, 22050),
        file_of(PCM, channels=2),
        file_of(PCM, width=1),
        b"ID3" + bytes(100),
        b"RIFF" + bytes(4) + b"AVI " + bytes(100),
    ],
    ids=["rate", "channels", "width", "another format", "another kind of RIFF"],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_would_sound_wrong_is_refused(file: bytes, size: int) -> None:
    """Rather no speech than noise."""
    with pytest.raises(ValueError, match="WAV"):
        samples_of(file, size)


def test_a_file_that_ends_early_gives_what_it_has() -> None:
    """Half a sample is none."""
    reader = WavReader(24000)
    assert reader.feed(file_of(PCM)[:20]) == b""
    assert reader.feed(file_of(PCM)[20:47]) == PCM[:2]
    assert reader.feed(b"") == b""

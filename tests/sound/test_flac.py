"""FLAC, frame by frame: every kind of block, and what decoders read before the first one."""

from hashlib import md5
import io

from hypothesis import given, settings, strategies as st
import mutagen
import numpy as np
import pytest

from custom_components.kugelaudio.sound.flac_frame import FrameFormat, frames

from .listening import RATE, body, cut, decoded, encoder, file, sine, speech, stream

BLOCK = 576
LOWEST, HIGHEST = -(2**15), 2**15 - 1
NOISE = np.random.default_rng(2).integers(LOWEST, HIGHEST + 1, 3 * BLOCK, dtype=np.int16).tobytes()
BLOCKS = {
    "silence": bytes(2 * 3 * BLOCK),
    "one value": np.full(2 * BLOCK, -77, dtype=np.int16).tobytes(),
    "noise": NOISE,
    "from end to end": np.tile(np.array([LOWEST, HIGHEST], dtype=np.int16), BLOCK).tobytes(),
    "slow": np.repeat(np.arange(-99, 100, dtype=np.int16), 9).tobytes(),
    "one click": bytes(900) + HIGHEST.to_bytes(2, "little") + bytes(900),
    "one sample": b"\x01\x02",
    "two samples": b"\x01\x02\x03\x04",
    "block and sample": NOISE[: 2 * BLOCK + 2],
    "low tone": sine(50, RATE),
}


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sample_rate", [RATE, 48_000])
@pytest.mark.parametrize("pcm", BLOCKS.values(), ids=BLOCKS.keys())
def test_every_kind_of_block_is_kept(pcm: bytes, sample_rate: int, channels: int) -> None:
    """Whatever way of writing it is the shortest."""
    source = encoder("flac", sample_rate, channels)
    plain = encoder("wav", sample_rate, channels)
    assert decoded(stream(source, pcm)) == body(plain, [pcm])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(LOWEST, HIGHEST), min_size=1, max_size=40), st.integers(1, 60), st.integers(1, 2))
def test_any_samples_are_kept(values: list[int], repeats: int, channels: int) -> None:
    """Decoded, and compared by the checksum that the file carries, which ffmpeg verifies."""
    pcm = np.repeat(np.array(values, dtype=np.int16), repeats).tobytes()
    assert decoded(file(encoder("flac", RATE, channels), pcm)) == body(encoder("wav", RATE, channels), [pcm])


@pytest.mark.parametrize("number", [0, 127, 128, 2_047, 2_048, 65_535, 65_536, 0x10FFFF])
def test_frames_are_numbered_for_hours(number: int) -> None:
    """As UTF-8 numbers characters."""
    (made,) = frames(np.frombuffer(NOISE[: 2 * BLOCK], dtype=np.int16).reshape(1, -1), number, FrameFormat(RATE, 1, 2))
    coded = chr(number).encode()
    assert made[4 : 4 + len(coded)] == coded


def test_a_minute_is_kept() -> None:
    """Its last frames have numbers of three bytes."""
    pcm = sine(220, RATE) * 60
    assert decoded(stream(encoder("flac"), pcm)) == pcm


def test_speech_takes_less_than_pcm() -> None:
    """Silence takes next to nothing; two channels that are alike take as much as one."""
    pcm = sine(440, RATE)
    mono, stereo = (body(encoder("flac", RATE, channels), [pcm]) for channels in (1, 2))
    assert len(mono) < len(pcm) * 0.7
    assert len(stereo) < len(mono) * 1.02
    assert len(body(encoder("flac"), [bytes(len(pcm))])) < len(pcm) / 50


def test_nothing_stands_between_head_and_sound() -> None:
    """No padding, no pictures: 42 bytes, of which none tells a length that nobody knows."""
    made = encoder("flac")
    head = made.stream_head()
    assert len(head) == 42
    assert head[4:8] == b"\x80\x00\x00\x22"
    assert int.from_bytes(head[18:26]) & 2**36 - 1 == 0
    assert made.feed(speech()).startswith(b"\xff\xf8")


def test_a_file_tells_its_length_and_its_checksum() -> None:
    """As decoders verify them."""
    pcm = speech()
    data = file(encoder("flac", RATE, 2), pcm)
    told = mutagen.File(io.BytesIO(data)).info
    assert (told.total_samples, told.sample_rate, told.channels, told.bits_per_sample) == (len(pcm) // 2, RATE, 2, 16)
    both = np.repeat(np.frombuffer(pcm, dtype=np.int16), 2).tobytes()
    assert told.md5_signature == int.from_bytes(md5(both, usedforsecurity=False).digest())
    least, most = int.from_bytes(data[12:15]), int.from_bytes(data[15:18])
    assert 0 < least < most < 2 * 2 * BLOCK


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, len(speech()) // 2), max_size=12))
def test_frames_do_not_depend_on_pieces(places: list[int]) -> None:
    """They are cut by the encoder, not by who brings the sound."""
    assert body(encoder("flac"), cut(speech(), places)) == body(encoder("flac"), [speech()])

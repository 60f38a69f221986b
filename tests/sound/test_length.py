"""How long encoded audio plays."""

from array import array
from math import sin
import random
import shutil
import subprocess

import pytest

from custom_components.kugelaudio.sound.length import duration_s

FFMPEG = shutil.which("ffmpeg")


def encoded(seconds: float, sample_rate: int, audio_format: str, *options: str) -> bytes:
    """Return some noise as Home Assistant converts it: streamed, so that no header knows its length."""
    assert FFMPEG
    chance = random.Random(1)  # noqa: S311 - noise, no secret
    count = int(sample_rate * seconds)
    pcm = array("h", (int(9000 * sin(i * 0.05 * (1 + i % 7))) + chance.randint(-500, 500) for i in range(count)))
    source = ("-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", "pipe:0")
    command = [FFMPEG, "-loglevel", "error", *source, "-f", audio_format, *options, "-fflags", "+bitexact", "pipe:1"]
    return subprocess.run(command, input=pcm.tobytes(), capture_output=True, check=True).stdout  # noqa: S603 - ffmpeg


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("seconds", [0.3, 12.34])
def test_length_is_counted(sample_rate: int, seconds: float) -> None:
    """To the sample in WAV and FLAC; MP3 has silence around it, of some frames."""
    for audio_format in ("wav", "flac"):
        audio = encoded(seconds, sample_rate, audio_format)
        assert duration_s(audio, audio_format) == pytest.approx(seconds, abs=1 / sample_rate)
    mp3 = duration_s(encoded(seconds, sample_rate, "mp3", "-q:a", "0"), "mp3")
    assert mp3 is not None
    assert 0 <= mp3 - seconds < 4 * 1152 / sample_rate


@pytest.mark.parametrize("options", [("-b:a", "128k"), ("-id3v2_version", "0", "-write_xing", "0", "-b:a", "64k")])
def test_length_of_an_mp3_of_another_kind(options: tuple[str, ...]) -> None:
    """With a tag or without."""
    assert duration_s(encoded(2, 44100, "mp3", *options), "mp3") == pytest.approx(2.04, abs=0.06)


def test_blocks_of_a_flac_may_have_any_size() -> None:
    """One that no code stands for; and the last is short or as long as the others."""
    for block in (4608, 1000, 130, 256):
        for count in (1, block * 100, block * 100 + 7, 70000 + block):
            audio = encoded(count / 16000, 16000, "flac", "-frame_size", str(block))
            assert duration_s(audio, "flac") == pytest.approx(count / 16000, abs=1e-6)


def test_remarks_in_a_wav_do_not_play() -> None:
    """Before its format as before its samples, whatever their length."""
    wav = encoded(1, 16000, "wav")
    at = wav.index(b"data")
    for remark in (b"LIST\x03\x00\x00\x00abc\x00", b"LIST\x00\x00\x00\x00"):
        remarks = wav[:12] + remark + wav[12:at] + remark + wav[at:]
        assert duration_s(remarks, "wav") == pytest.approx(1, abs=1 / 16000)


@pytest.mark.parametrize(
    ("audio", "audio_format"),
    [
        (b"", "wav"),
        (b"", "mp3"),
        (b"", "flac"),
        (b"no audio at all", "wav"),
        (b"no audio at all", "mp3"),
        (b"no audio at all", "flac"),
        (b"fLaC" + bytes(60), "flac"),
        (b"fLaC" + bytes(60) + b"\xff\xf8", "flac"),
        (b"fLaC" + bytes(60) + b"\xff\xf8" + bytes(40), "flac"),
        (b"RIFF0000WAVE", "wav"),
        (b"RIFF0000WAVEdata0000", "wav"),
        (b"ID3", "mp3"),
        (b"\xff\xfb\x00\x00", "mp3"),
        (b"\xff\xfb\x9c\x00", "mp3"),
        (b"OggS", "ogg"),
    ],
)
def test_what_is_no_audio_has_no_length(audio: bytes, audio_format: str) -> None:
    """It does not matter what it is."""
    assert duration_s(audio, audio_format) is None

"""Recordings: what Home Assistant streams before its length is known tells its true length as a file."""

from functools import cache
import io
import shutil
import subprocess
from typing import Final
import wave

import mutagen
import pytest

from custom_components.kugelaudio.actions.recording import WRAPPED_FORMATS, Recording, recording
from custom_components.kugelaudio.speech.record import Heads
from tests.simulator import tone_pcm
from tests.sound.listening import body, encoder, stream

RATE: Final = 24000
PCM: Final = tone_pcm("The washing machine has finished.", RATE)
# What Home Assistant tells its converter beside the format.
QUALITY: Final = {"mp3": ("-q:a", "0")}
LENGTH_S: Final = len(PCM) / 2 / RATE
# Encoders put a little silence around what they are given.
PADDING_S: Final = 0.1


def ffmpeg(*arguments: str, given: bytes = b"") -> bytes:
    """Return what ffmpeg makes."""
    program = shutil.which("ffmpeg")
    assert program
    command = (program, "-loglevel", "error", *arguments)
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout  # noqa: S603 - our own words


@cache
def streamed(audio_format: str, *options: str) -> bytes:
    """Return speech as Home Assistant streams it."""
    source = ("-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0")
    return ffmpeg(*source, "-f", audio_format, *QUALITY.get(audio_format, ()), *options, "pipe:1", given=PCM)


def decoded(audio: bytes) -> bytes:
    """Return what a player hears."""
    return ffmpeg("-i", "pipe:0", "-f", "s16le", "pipe:1", given=audio)


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
def test_a_recording_is_as_long_as_it_says(audio_format: str) -> None:
    """And holds all that was streamed; what is lossless, to the last sample."""
    recorded = recording(streamed(audio_format), audio_format)
    heard = decoded(recorded.data)
    assert recorded.duration_s == pytest.approx(len(heard) / 2 / RATE, abs=PADDING_S)
    assert recorded.duration_s == pytest.approx(LENGTH_S, abs=PADDING_S)
    if audio_format in {"wav", "flac"}:
        assert heard == PCM
        assert recorded.duration_s == pytest.approx(LENGTH_S, abs=1e-6)


@pytest.mark.parametrize("audio_format", ["wav", "mp3", "flac"])
def test_without_it_players_would_be_wrong(audio_format: str) -> None:
    """They read a length that is far from the truth, or none."""
    audio = mutagen.File(io.BytesIO(streamed(audio_format)))
    assert not audio.info.length or abs(audio.info.length - LENGTH_S) > PADDING_S


def test_a_wav_is_one_for_those_who_take_it_literally() -> None:
    """Such as the reader of the standard library."""
    recorded = recording(streamed("wav"), "wav")
    with wave.open(io.BytesIO(recorded.data)) as file:
        assert file.getparams()[:4] == (1, 2, RATE, len(PCM) // 2)
        assert file.readframes(len(PCM)) == PCM


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
def test_tags_are_left_out(audio_format: str) -> None:
    """Home Assistant writes what was said into them."""
    audio = streamed(audio_format, "-metadata", "title=Laundry")
    assert b"Laundry" not in (recording(audio, audio_format)).data


SHAPELESS: Final = b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\1\0data\4\0\0\0abcd"
SOUNDLESS: Final = SHAPELESS[:-8] + bytes(4)
DAMAGED: Final = [
    b"",
    b"RIFF",
    b"RIFF" + bytes(40),
    b"fLaC",
    b"fLaC\0\0\0\x22" + bytes(34),
    b"no audio at all " * 10,
    SHAPELESS,
    SOUNDLESS,
]


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
@pytest.mark.parametrize("damaged", DAMAGED)
def test_what_is_no_audio_is_refused(audio_format: str, damaged: bytes) -> None:
    """Of whatever it is the beginning."""
    with pytest.raises(ValueError, match="no audio"):
        recording(damaged, audio_format)


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
def test_what_comes_after_a_head_alone_is_no_audio(audio_format: str) -> None:
    """Not a file of no length."""
    with pytest.raises(ValueError, match="no audio"):
        recording(streamed(audio_format)[:44], audio_format)


def test_a_wav_of_known_length_ends_where_it_says() -> None:
    """What follows it may be a tag."""
    shape = streamed("wav").index(b"fmt ")
    head = streamed("wav")[:shape] + streamed("wav")[shape : shape + 24]
    known = head + b"data" + len(PCM).to_bytes(4, "little") + PCM + b"LIST\x04\0\0\0tags"
    assert decoded(recording(known, "wav").data) == PCM
    assert b"tags" not in recording(known, "wav").data


def test_places_of_a_variable_bitrate_are_told() -> None:
    """Quiet passages take less room: the middle of the time is not that of the bytes."""
    quiet_first = ffmpeg(
        *("-f", "lavfi", "-i", "aevalsrc=0:d=4:s=24000", "-f", "lavfi", "-i", "anoisesrc=d=4:r=24000:a=0.8"),
        *("-filter_complex", "[0][1]concat=n=2:v=0:a=1", "-f", "mp3", "-q:a", "0", "pipe:1"),
    )
    data = recording(quiet_first, "mp3").data
    at = data.index(b"Xing")
    places = data[at + 16 : at + 116]
    assert list(places) == sorted(places)
    assert places[50] < 110
    assert mutagen.File(io.BytesIO(data)).info.length == pytest.approx(8, abs=PADDING_S)


def test_what_was_encoded_here_and_kept_has_places_as_well() -> None:
    """One for each hundredth, evenly, as the bitrate is; how much of its end is padding, nobody knows any more."""
    data = recording(stream(encoder("mp3"), PCM), "mp3").data
    at = data.index(b"Info")
    assert [*data[at + 16 : at + 116]] == [256 * place // 100 for place in range(100)]
    assert mutagen.File(io.BytesIO(data)).info.length == pytest.approx(LENGTH_S, abs=PADDING_S)


def test_what_is_a_file_already_stays_one() -> None:
    """Its frame without sound is made anew, not doubled."""
    once = recording(streamed("mp3"), "mp3")
    assert recording(once.data, "mp3") == once
    for audio_format in ("wav", "flac"):
        once = recording(streamed(audio_format), audio_format)
        assert recording(once.data, audio_format) == once


def test_what_was_just_encoded_has_the_head_of_its_encoder() -> None:
    """Which knows all of it, to the sample; what Home Assistant has converted meanwhile has not."""
    made = encoder("mp3")
    sound = body(made, [PCM])
    heads = Heads(made.stream_head(), made.file_head())
    recorded = recording(heads.stream + sound, "mp3", heads)
    assert recorded.data == heads.file + sound
    assert recorded.duration_s == pytest.approx(LENGTH_S, abs=1e-6)
    assert recording(streamed("wav"), "wav", heads) == recording(streamed("wav"), "wav")


@pytest.mark.parametrize("audio_format", ["ulaw", "alaw"])
def test_what_telephones_play_stays_as_it_is(audio_format: str) -> None:
    """It has no header: a byte is a sample, and nothing is no audio."""
    assert recording(b"\x00" * 4000, audio_format) == Recording(b"\x00" * 4000, 0.5)
    with pytest.raises(ValueError, match="no audio"):
        recording(b"", audio_format)

"""Recordings: what Home Assistant streams before its length is known tells its true length as a file."""

import asyncio
from functools import cache
import io
from pathlib import Path
import shutil
import subprocess
from typing import Final
import wave

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import mutagen
import pytest

from custom_components.kugelaudio.actions.recording import WRAPPED_FORMATS, Recording, recording
from tests.simulator import tone_pcm

RATE: Final = 24000
PCM: Final = tone_pcm("The washing machine has finished.", RATE)
# What Home Assistant tells its converter beside the format.
QUALITY: Final = {"mp3": ("-q:a", "0")}
LENGTH_S: Final = len(PCM) / 2 / RATE
# Encoders put a little silence around what they are given.
PADDING_S: Final = 0.1


@pytest.fixture
async def hass_with_ffmpeg(hass: HomeAssistant) -> HomeAssistant:
    """Set up what knows where ffmpeg is."""
    assert await async_setup_component(hass, "ffmpeg", {})
    return hass


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
async def test_a_recording_is_as_long_as_it_says(hass_with_ffmpeg: HomeAssistant, audio_format: str) -> None:
    """And holds all that was streamed; what is lossless, to the last sample."""
    recorded = await recording(hass_with_ffmpeg, streamed(audio_format), audio_format)
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


async def test_a_wav_is_one_for_those_who_take_it_literally(hass_with_ffmpeg: HomeAssistant) -> None:
    """Such as the reader of the standard library."""
    recorded = await recording(hass_with_ffmpeg, streamed("wav"), "wav")
    with wave.open(io.BytesIO(recorded.data)) as file:
        assert file.getparams()[:4] == (1, 2, RATE, len(PCM) // 2)
        assert file.readframes(len(PCM)) == PCM


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
async def test_tags_are_left_out(hass_with_ffmpeg: HomeAssistant, audio_format: str) -> None:
    """Home Assistant writes what was said into them."""
    audio = streamed(audio_format, "-metadata", "title=Laundry")
    assert b"Laundry" not in (await recording(hass_with_ffmpeg, audio, audio_format)).data


@pytest.mark.parametrize("audio_format", WRAPPED_FORMATS)
@pytest.mark.parametrize("damaged", [b"", b"RIFF", b"no audio at all " * 10])
async def test_what_is_no_audio_is_refused(
    hass_with_ffmpeg: HomeAssistant, audio_format: str, damaged: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And nothing is left of the attempt."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="no audio"):
        await recording(hass_with_ffmpeg, damaged, audio_format)
    assert not [*tmp_path.iterdir()]  # noqa: ASYNC240 - the test's own folder


async def test_wrapping_that_is_given_up_ends(
    hass_with_ffmpeg: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the program that does it, and without a trace."""
    program = tmp_path / "sleepy"
    program.write_text(f"#!/bin/sh\n: >{tmp_path}/begun\ncat >{tmp_path}/begun\nexec sleep 60\n")
    program.chmod(0o700)
    monkeypatch.setattr("homeassistant.components.ffmpeg.FFmpegManager.binary", str(program))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    task = hass_with_ffmpeg.async_create_task(_record(hass_with_ffmpeg))
    begun = tmp_path / "begun"
    while not (begun.exists() and begun.stat().st_size):
        await hass_with_ffmpeg.async_add_executor_job(tmp_path.stat)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {*tmp_path.iterdir()} == {program, begun}  # noqa: ASYNC240 - the test's own folder


async def _record(hass: HomeAssistant) -> Recording:
    """Record some speech."""
    return await recording(hass, streamed("wav"), "wav")


@pytest.mark.parametrize("audio_format", ["ulaw", "alaw"])
async def test_what_telephones_play_stays_as_it_is(hass: HomeAssistant, audio_format: str) -> None:
    """It has no header: a byte is a sample, and nothing is no audio."""
    assert await recording(hass, b"\x00" * 4000, audio_format) == Recording(b"\x00" * 4000, 0.5)
    with pytest.raises(ValueError, match="no audio"):
        await recording(hass, b"", audio_format)

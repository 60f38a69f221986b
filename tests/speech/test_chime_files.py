"""Chimes that are files: spoken with, spoken without, never with an old one, and told where they can't be used."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
import wave

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.generating import generate
from tests.simulator import Simulator
from tests.speaking import COMPLETE, HEADER_LENGTH, TEXT, WAV, fetch, kept

pytestmark = pytest.mark.usefixtures("account")

FILE = "media-source://media_source/local/bell.wav"


def spoil(path: Path) -> None:
    """Let a file be no audio any more."""
    path.write_text("not a sound")


def take_away(path: Path) -> None:
    """Let there be no file."""
    path.unlink()


def hang(path: Path) -> None:
    """Let whoever reads a file wait for ever, as for one on a drive that has gone."""
    path.unlink()
    os.mkfifo(path)


def silence(length_ms: int) -> bytes:
    """Return silence at 24 kHz."""
    return bytes(48 * length_ms)


def ring(path: Path, length_ms: int) -> None:
    """Write a bell that rings so long."""
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(b"\x00\x10" * 2 * 8 * length_ms)


@pytest.fixture
async def bell(hass: HomeAssistant, tmp_path_factory: pytest.TempPathFactory, simulator: Simulator) -> Path:  # noqa: ARG001 - opens sockets first
    """Provide a media folder with a bell at 8 kHz, stereo, which is 100 ms long."""
    path = tmp_path_factory.mktemp("media") / "bell.wav"
    ring(path, 100)
    hass.config.media_dirs = {"local": str(path.parent)}
    assert await async_setup_component(hass, "media_source", {})
    return path


async def test_chime_may_be_a_file(hass_client: ClientSessionGenerator, bell: Path) -> None:
    """Of any format; it is converted once for each sample rate, and heard also when it is gone afterwards."""
    options = {**WAV, "chime": FILE}
    _, audio = await fetch(hass_client, options=options)
    bell.unlink()  # noqa: ASYNC240 - the test's own file
    assert await fetch(hass_client, options=options) == (200, audio)
    chime = audio[HEADER_LENGTH : -len(COMPLETE)]
    assert audio.endswith(COMPLETE)
    assert abs(len(chime) - len(silence(100))) < 100
    assert max(chime) > 0


@pytest.fixture
def noise(bell: Path) -> None:
    """Put a file that is no audio into the media folder."""
    bell.with_name("noise.wav").write_text("not a sound")


@pytest.fixture
def sleepy(bell: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program that converts a file hang."""
    program = bell.with_name("sleepy")
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o700)
    monkeypatch.setattr("homeassistant.components.ffmpeg.FFmpegManager.binary", str(program))


@pytest.mark.parametrize("chime", ["local/noise.wav", "local/gone.wav", "attic/bell.wav", "local/../bell.wav"])
@pytest.mark.usefixtures("noise")
async def test_chime_that_is_missing_silences_nobody(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    chime: str,
    tts_cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The words are heard, the log says what is wrong, and nothing is kept until it is mended."""
    await assert_missing(hass, hass_client, f"media-source://media_source/{chime}", tts_cache, caplog)


@pytest.mark.usefixtures("sleepy")
async def test_conversion_that_hangs_is_ended(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tts_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The words do not wait for it for ever."""
    await assert_missing(hass, hass_client, FILE, tts_cache, caplog)


async def assert_missing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    chime: str,
    tts_cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Check that the words are heard without the chime, which is told, and that they are not kept."""
    _, audio = await fetch(hass_client, options={**WAV, "chime": chime}, cache=True)
    assert audio[HEADER_LENGTH:] == COMPLETE
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not kept(tts_cache)
    assert f"The chime {chime} is missing in the media folders, or no audio file." in caplog.text


async def test_chime_needs_media_folders(hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture) -> None:
    """A Home Assistant without them says so."""
    _, audio = await fetch(hass_client, options={**WAV, "chime": FILE})
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert f"The chime {FILE} is missing" in caplog.text


async def stored_chime(hass: HomeAssistant, account: MockConfigEntry, chime: str) -> None:
    """Store a chime for the voice."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "chime": chime})
    await hass.async_block_till_done(wait_background_tasks=True)


async def said(hass: HomeAssistant, hass_client: ClientSessionGenerator, **data: Any) -> tuple[bytes, bool]:
    """Have the words said by an action; returns how the chime sounds before them, and whether nothing was made anew."""
    told = await generate(hass, message=TEXT, format="wav", **data)
    response = await (await hass_client()).get(urlsplit(str(told["url"])).path)
    audio = await response.read()
    assert audio.endswith(COMPLETE)
    return audio[HEADER_LENGTH : -len(COMPLETE)], bool(told["cached"])


def length_ms(chime: bytes) -> int:
    """Return how long a chime is, to 10 ms."""
    return round(len(chime) / 48 / 10) * 10


def issue(hass: HomeAssistant, account: MockConfigEntry) -> ir.IssueEntry | None:
    """Return what the user is told."""
    return ir.async_get(hass).async_get_issue("kugelaudio", f"chime_unusable_{account.entry_id}")


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_file_that_is_replaced_is_heard_at_once(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, bell: Path, is_stored: bool
) -> None:
    """Although the same words are kept with the file that it was before; while it is the same, they cost nothing."""
    if is_stored:
        await stored_chime(hass, account, FILE)
    asked = {} if is_stored else {"chime": FILE}
    for length in (100, 200):
        # Who looks at the file just now has seen the one before.
        await hass.async_block_till_done(wait_background_tasks=True)
        ring(bell, length)
        for is_cached in (False, True):
            chime, cached = await said(hass, hass_client, **asked)
            assert (length_ms(chime), cached) == (length, is_cached)


async def test_a_file_that_is_replaced_is_heard_by_all_others_the_next_time(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, bell: Path
) -> None:
    """What comes without an action of ours is looked up by Home Assistant before anybody can look at a file."""
    await stored_chime(hass, account, FILE)
    await fetch(hass_client, cache=True)
    ring(bell, 200)
    lengths: list[int] = []
    for _ in range(2):
        _, audio = await fetch(hass_client, cache=True)
        lengths.append(length_ms(audio[HEADER_LENGTH : -len(COMPLETE)]))
        await hass.async_block_till_done(wait_background_tasks=True)
    assert lengths == [100, 200]


async def test_a_file_that_is_no_audio_any_more_is_not_heard_as_it_was(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, bell: Path
) -> None:
    """Nobody hears the old one."""
    assert length_ms((await said(hass, hass_client, chime=FILE))[0]) == 100
    spoil(bell)
    assert (await fetch(hass_client, options={**WAV, "chime": FILE}))[1][HEADER_LENGTH:] == COMPLETE


async def test_a_file_that_is_gone_is_told_until_it_is_back(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, bell: Path
) -> None:
    """The words are heard without it, and are not kept so."""
    take_away(bell)
    await stored_chime(hass, account, FILE)
    told = issue(hass, account)
    assert told is not None
    assert told.translation_placeholders == {"account": account.title, "chimes": f"{FILE} (Samantha Ferris)"}
    assert (await fetch(hass_client, cache=True))[1][HEADER_LENGTH:] == COMPLETE
    ring(bell, 100)
    chime, is_cached = await said(hass, hass_client)
    assert (length_ms(chime), is_cached) == (100, False)
    assert issue(hass, account) is None


@pytest.mark.usefixtures("bell")
async def test_without_a_converter_the_words_are_heard(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By who comes at once, and by who comes late; the user is told what is missing."""
    monkeypatch.setattr("homeassistant.components.ffmpeg.FFmpegManager.binary", "/nowhere/ffmpeg")
    await stored_chime(hass, account, FILE)
    assert issue(hass, account)
    for _ in range(2):
        assert (await fetch(hass_client, cache=True))[1][HEADER_LENGTH:] == COMPLETE
        await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.usefixtures("bell")
async def test_another_chime_ends_the_trouble(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """The user is told of chimes that a voice has, not of those that it had."""
    await stored_chime(hass, account, f"{FILE}.gone")
    assert issue(hass, account)
    await stored_chime(hass, account, "ding")
    assert issue(hass, account) is None


async def test_nobody_waits_again_for_a_file_that_hangs(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, bell: Path
) -> None:
    """The first who speaks waits two seconds, the others not at all; the user is told."""
    hang(bell)
    begun = hass.loop.time()
    await stored_chime(hass, account, FILE)
    assert issue(hass, account)
    assert 2 <= hass.loop.time() - begun < 30
    begun = hass.loop.time()
    assert (await fetch(hass_client))[1][HEADER_LENGTH:] == COMPLETE
    assert hass.loop.time() - begun < 2

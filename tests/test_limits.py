"""Limits of time and size as a listener meets them, each at its real length."""

import asyncio
from pathlib import Path
from typing import Any, override
import wave

from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.made_time import MadeTime
from tests.other_engine import OTHER, OtherEngine, name_fallback
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.speaking import COMPLETE, HEADER_LENGTH, TEXT, WAV, fetch

CHIME_RATE = 8_000
LONGEST_CHIME_S = 30


@pytest.mark.usefixtures("account")
async def test_a_symphony_is_no_chime(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Half a minute of it is heard, and then the words."""
    path = tmp_path_factory.mktemp("media") / "symphony.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(CHIME_RATE)
        writer.writeframes(b"\x00\x10" * CHIME_RATE * 2 * LONGEST_CHIME_S)
    hass.config.media_dirs = {"local": str(path.parent)}
    assert await async_setup_component(hass, "media_source", {})
    options = {**WAV, "chime": "media-source://media_source/local/symphony.wav"}
    _, audio = await fetch(hass_client, options=options)
    assert audio.endswith(COMPLETE)
    chime = audio[HEADER_LENGTH : -len(COMPLETE)]
    assert len(chime) == pytest.approx(2 * 24_000 * LONGEST_CHIME_S, rel=0.001)


def runs(noted: Path) -> bool:
    """Tell whether the process runs that noted its id in a file."""
    return Path("/proc", noted.read_text().strip()).exists()


@pytest.mark.usefixtures("account")
async def test_a_program_that_hangs_keeps_nobody_waiting(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    made_time: MadeTime,
) -> None:
    """The words come without their chime after two seconds, and the program is ended after twenty."""
    folder: Path = tmp_path_factory.mktemp("media")
    (folder / "bell.wav").write_bytes(b"RIFF")
    program = folder / "sleepy"
    program.write_text(f"#!/bin/sh\necho $$ > {folder}/pid\nexec sleep 1000\n")
    program.chmod(0o700)
    monkeypatch.setattr("homeassistant.components.ffmpeg.FFmpegManager.binary", str(program))
    hass.config.media_dirs = {"local": str(folder)}
    assert await async_setup_component(hass, "media_source", {})
    begun_at_s = made_time.time()
    options = {**WAV, "chime": "media-source://media_source/local/bell.wav"}
    assert (await fetch(hass_client, options=options))[1].endswith(COMPLETE)
    assert made_time.time() - begun_at_s == pytest.approx(2, abs=0.5)
    assert runs(folder / "pid")
    await asyncio.sleep(20)
    assert not runs(folder / "pid")


class SilentEngine(OtherEngine):
    """An engine that never answers."""

    @override
    async def async_get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> tts.TtsAudioType:
        """Wait for ever."""
        self.said.append((message, language))
        await asyncio.Event().wait()
        raise AssertionError


async def test_another_engine_that_says_nothing_is_no_way_out(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    simulator: Simulator,
    made_time: MadeTime,
) -> None:
    """The listener is told soon."""
    silent = SilentEngine()
    await hass.data[DATA_COMPONENT].async_add_entities([silent])
    await name_fallback(hass, account, OTHER)
    simulator.faults.add(Fault.ERROR_FRAME, times=None, error=Failure.INSUFFICIENT_CREDITS)
    begun_at_s = made_time.time()
    assert (await fetch(hass_client))[0] == 500
    assert silent.said
    assert made_time.time() - begun_at_s <= 15


@pytest.mark.usefixtures("account")
async def test_a_voice_that_waits_for_its_turn_is_not_forgotten(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """While another one speaks for longer than the server keeps a context that nobody speaks in."""
    simulator.profile = Profile(speed=0.05)
    status, audio = await fetch(hass_client, f"{TEXT} [voice:268] The door is open.")
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE + tone_pcm("The door is open.", 24_000)

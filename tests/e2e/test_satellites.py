"""Satellites in a whole Home Assistant 2026.11: core's Wyoming integration and ESPHome's parser get what they play."""

import asyncio
from collections.abc import AsyncIterator
import json

import pytest

from tests.home.assistant import add_assistant, ask, assert_whole, tokens
from tests.home.client import Home
from tests.home.esphome import heard_by_esphome
from tests.home.flow import remove_accounts
from tests.home.journal import Journal
from tests.home.player import fetch_speech
from tests.home.processes import programs_of
from tests.home.satellite import DOMAIN, Recognition, Satellite
from tests.home.speech import StoredVoice, add_speaker
from tests.home.wav import WavFormat

from .conftest import Running

ANSWER = "The washing machine in the cellar needs another ten minutes."
REST_OF_ANSWER = " After that the dryer can start."
SHORT_ANSWER = "Somebody is standing at the front door."
WYOMING = WavFormat(channels=1, sample_rate=22050, sample_bytes=2)


@pytest.fixture
async def recognition(home: Home) -> AsyncIterator[Recognition]:
    """Run a speech recognition, and remove it and all satellites afterwards."""
    async with Recognition("Dictation") as recognition:
        yield recognition
        await remove_accounts(home, DOMAIN)


@pytest.fixture
async def satellite(home: Home, speaker: StoredVoice, recognition: Recognition) -> AsyncIterator[Satellite]:
    """Run a satellite, added to Home Assistant, with an assistant of its own."""
    (stt_engine,) = await recognition.add_to(home)
    pipeline_id = await add_assistant(home, speaker.entity_id, stt_engine=stt_engine)
    pipeline = await home.command("assist_pipeline/pipeline/get", pipeline_id=pipeline_id)
    async with Satellite("Kitchen") as satellite:
        entities = await satellite.add_to(home)
        select = next(one for one in entities if one.startswith("select.") and one.endswith("assistant"))
        await home.call("select.select_option", {"entity_id": select, "option": pipeline["name"]})
        yield satellite
        await remove_accounts(home, DOMAIN)


async def test_wyoming_satellite_plays_a_streamed_answer_to_its_end(
    home: Home, running: Running, journal: Journal, recognition: Recognition, satellite: Satellite
) -> None:
    """It begins to play before the answer is complete, gets every sample as PCM, and never waits for the next."""
    recognition.understands = json.dumps([*tokens(ANSWER), 6.0, *tokens(REST_OF_ANSWER)])
    async with programs_of(running.pid) as programs:
        answer = await satellite.ask()
    assert (await home.state("assist_satellite.kitchen")).state == "responding"
    await satellite.play_to_the_end()
    await home.wait_for("assist_satellite.kitchen", lambda now: now.state == "idle")
    assert answer.format == WYOMING
    assert answer.events.index("audio-start") < answer.events.index("synthesize")
    (made,) = await journal.spoken()
    assert_whole(answer, made)
    # Without silence it would be seconds; a busy machine may be late with it.
    assert answer.starved_s < 1
    assert not programs


async def test_wyoming_satellite_gets_a_short_answer_whole(
    journal: Journal, recognition: Recognition, satellite: Satellite
) -> None:
    """Home Assistant hands over a short answer as a complete text, and the URL of its speech once it is known."""
    recognition.understands = json.dumps(tokens(SHORT_ANSWER))
    answer = await satellite.ask()
    assert answer.format == WYOMING
    assert answer.events.index("synthesize") < answer.events.index("audio-start")
    assert [answer.pcm] == await journal.spoken()


async def test_wyoming_satellite_announces(
    home: Home, running: Running, journal: Journal, satellite: Satellite
) -> None:
    """Core gives announcements to its ffmpeg, which finds PCM of the right rate and changes no sample."""
    data = {"entity_id": "assist_satellite.kitchen", "message": SHORT_ANSWER, "preannounce": False}
    async with programs_of(running.pid) as programs:
        action = asyncio.create_task(home.call("assist_satellite.announce", data))
        announcement = await satellite.hear()
        assert not action.done()
        await satellite.play_to_the_end()
        await action
    assert "ffmpeg" in programs
    assert announcement.format == WYOMING
    assert [announcement.pcm] == await journal.spoken()


async def test_esphome_reads_an_announcement(home: Home, journal: Journal, speaker: StoredVoice) -> None:
    """Its parser accepts the header, finds every sample, and knows which piece is the last."""
    wish = {"preferred_sample_rate": 16000, "preferred_sample_channels": 1, "preferred_sample_bytes": 2}
    speech = await fetch_speech(home, speaker.entity_id, SHORT_ANSWER, options=wish)
    assert [await heard_by_esphome(speech.url, 16000)] == await journal.spoken() == [speech.pcm]


async def test_esphome_reads_a_streamed_answer(home: Home, running: Running, journal: Journal) -> None:
    """Its parser reads what was written after the header was sent, too."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter", format="wav")
    answer = await ask(home, await add_assistant(home, speaker.entity_id), tokens(ANSWER + REST_OF_ANSWER))
    assert await heard_by_esphome(answer.url, 24000) == answer.pcm
    assert_whole(answer, *await journal.spoken())

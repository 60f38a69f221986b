"""What is heard around the words: silence and chimes, at once, and never kept with a failure."""

import asyncio
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.sound.chimes import CHIMES, chime_pcm
from tests.other_engine import OtherEngine, others_pcm
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.speaking import (
    COMPLETE,
    HEADER_LENGTH,
    TEXT,
    WAV,
    WHOLE,
    begin,
    decoded,
    fetch,
    fetch_growing,
    growing,
    kept,
    wav_header,
)

pytestmark = pytest.mark.usefixtures("account")

DING = {**WAV, "chime": "ding"}
FILE = "media-source://media_source/local/bell.wav"


def silence(length_ms: int) -> bytes:
    """Return silence at 24 kHz."""
    return bytes(48 * length_ms)


async def test_silence_goes_around_the_words(hass_client: ClientSessionGenerator) -> None:
    """As much as was asked for, to the sample, at the rate that was asked for."""
    _, audio = await fetch(hass_client, options={**WAV, "lead_in_ms": 300, "tail_ms": 75})
    assert audio == wav_header(24000) + silence(300) + COMPLETE + silence(75)
    _, audio = await fetch(hass_client, options={**WAV, "lead_in_ms": 10, "preferred_sample_rate": 16000})
    assert audio[HEADER_LENGTH:] == bytes(2 * 160) + tone_pcm(TEXT, 16000)


@pytest.mark.parametrize("name", CHIMES)
async def test_chime_is_heard_before_the_words(hass_client: ClientSessionGenerator, name: str) -> None:
    """After the silence, whole, and each with a sound of its own."""
    _, audio = await fetch(hass_client, options={**WAV, "chime": name, "lead_in_ms": 200})
    assert audio[HEADER_LENGTH:] == silence(200) + chime_pcm(name, 24000) + COMPLETE


async def test_chime_is_heard_after_the_words(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """Before the silence that keeps players from cutting it off; also where a text is still being written."""
    options = {**WAV, "chime": "ding", "chime_after": "gong", "tail_ms": 50}
    expected = chime_pcm("ding", 24000) + COMPLETE + chime_pcm("gong", 24000) + silence(50)
    assert (await fetch(hass_client, options=options))[1][HEADER_LENGTH:] == expected
    _, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine has finished."), options)
    assert audio[HEADER_LENGTH:] == expected


async def test_low_sample_rates_have_chimes_too(hass_client: ClientSessionGenerator) -> None:
    """Without the overtones that they cannot carry."""
    _, audio = await fetch(hass_client, options={**DING, "preferred_sample_rate": 8000})
    assert audio[HEADER_LENGTH:] == chime_pcm("ding", 8000) + tone_pcm(TEXT, 8000)


async def test_growing_text_has_them_too(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """What a language model is still writing begins with the chime, and ends with the silence."""
    options = {**DING, "tail_ms": 100}
    _, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."), options)
    assert audio[HEADER_LENGTH:] == chime_pcm("ding", 24000) + COMPLETE + silence(100)


async def test_stored_sound_is_heard_unasked(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Changing it makes kept speech anew; a call that says none gets none."""
    [voice] = account.subentries.values()
    for chime in ("gong", "ding"):
        hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "chime": chime})
        await hass.async_block_till_done()
        _, audio = await fetch(hass_client, cache=True)
        assert audio[HEADER_LENGTH:] == chime_pcm(chime, 24000) + COMPLETE
    _, audio = await fetch(hass_client, cache=True, options={**WAV, "chime": "none"})
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert len(simulator.journal.received(WHOLE)) == 3


async def test_chime_does_not_wait_for_the_provider(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """It is there while the provider has not said a word."""
    await fetch(hass_client, options=DING)
    told = len(simulator.journal.sent(WHOLE))
    simulator.profile = Profile(first_audio_ms=60_000)
    answer = await begin(hass_client, "Who is at the door?", options=DING)
    chime = chime_pcm("ding", 24000)
    async with asyncio.timeout(10):
        assert (await answer.content.readexactly(HEADER_LENGTH + len(chime)))[HEADER_LENGTH:] == chime
    assert len(simulator.journal.sent(WHOLE)) == told
    answer.close()


async def test_failure_after_the_chime_is_an_error(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not kept: the next request asks the provider again."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    _, audio = await fetch(hass_client, options=DING, cache=True)
    assert audio[HEADER_LENGTH:] == chime_pcm("ding", 24000)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not kept(tts_cache)
    assert "INSUFFICIENT_CREDITS" in caplog.text
    _, audio = await fetch(hass_client, options=DING, cache=True)
    assert audio[HEADER_LENGTH:] == chime_pcm("ding", 24000) + COMPLETE


async def test_another_engine_speaks_after_the_chime(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """A chime is no word, so the fallback still helps; the silence at the end is the listener's, not the voice's."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    _, audio = await fetch(hass_client, options={**DING, "tail_ms": 50})
    assert other.said == [(TEXT, "en")]
    assert audio[HEADER_LENGTH:] == chime_pcm("ding", 24000) + others_pcm(TEXT) + silence(50)


async def test_nothing_chimes_after_a_failure(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Nobody shall take half a message for a whole one."""
    simulator.faults.add(Fault.DROP, after_frames=1)
    _, audio = await fetch(hass_client, options={**WAV, "chime_after": "ding"})
    assert not audio.endswith(chime_pcm("ding", 24000))


async def test_another_engine_has_a_chime_after_it_too(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """It is the listener's, whoever speaks."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    _, audio = await fetch(hass_client, options={**WAV, "chime_after": "ding"})
    assert other.said
    assert audio[HEADER_LENGTH:] == others_pcm(TEXT) + chime_pcm("ding", 24000)


async def test_converted_audio_begins_with_the_chime(hass_client: ClientSessionGenerator) -> None:
    """Home Assistant converts all of it."""
    _, audio = await fetch(hass_client, options={"preferred_format": "flac", "chime": "rising"})
    assert await decoded(audio, 24000) == chime_pcm("rising", 24000) + COMPLETE


def test_chimes_are_gentle() -> None:
    """None is cut off, clicks at its ends, or is louder than half of what is possible; each differs from the others."""
    made = {name: memoryview(chime_pcm(name, 24000)).cast("h") for name in CHIMES}
    for samples in made.values():
        assert 12_000 <= len(samples) <= 72_000
        assert max(map(abs, samples)) <= 16384
        assert max(map(abs, samples[:4])) < 600
        assert max(map(abs, samples[-24:])) < 60
    assert len({samples.tobytes() for samples in made.values()}) == len(CHIMES)

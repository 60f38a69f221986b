"""When the words of an utterance are heard, for whoever asked Home Assistant for it and wants to know."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.speech.record import UtteranceObserver, observed
from tests.api.words import timed
from tests.simulator import Fault, Profile, Simulator
from tests.speaking import ENTITY, GROWING, HEADER_LENGTH, WAV, WHOLE

pytestmark = pytest.mark.usefixtures("account")

MULTI = "/ws/tts/multi"
SENTENCES = ["The washing machine has finished.", "Shall I tell you more?"]
TEXT = " ".join(SENTENCES)


async def observe(
    hass: HomeAssistant, message: str | AsyncGenerator[str] = TEXT, *, with_words: bool = True, **options: object
) -> tuple[UtteranceObserver, bytes]:
    """Have a message spoken; returns what was told of it, and its samples."""
    seen = UtteranceObserver(with_words=with_words)
    with observed(seen):
        stream = tts.async_create_stream(hass, ENTITY, options={**WAV, **options})
        if isinstance(message, str):
            stream.async_set_message(message)
        else:
            stream.async_set_message_stream(message)
    audio = b"".join([piece async for piece in stream.async_stream_result()])
    await hass.async_block_till_done()
    return seen, audio[HEADER_LENGTH:]


async def test_words_are_timed_from_the_first_sample(hass: HomeAssistant) -> None:
    """What is heard before them counts."""
    seen, audio = await observe(hass, lead_in_ms=500, tail_ms=100)
    assert seen.words == timed(500, *SENTENCES)
    assert seen.words[-1].end_ms + 100 == len(audio) // 48


async def test_nobody_is_asked_for_words_that_nobody_wants(hass: HomeAssistant, simulator: Simulator) -> None:
    """The server need not find out."""
    seen, _ = await observe(hass, with_words=False)
    assert seen.words == ()
    assert "word_timestamps" not in simulator.journal.received(WHOLE)[0]


async def test_words_of_several_voices_come_one_after_the_other(hass: HomeAssistant, simulator: Simulator) -> None:
    """With the pauses between them, also where the server is done with a later part first."""
    simulator.profile = Profile(first_audio_ms=10)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=50)
    seen, audio = await observe(hass, "It is warm. [pause:300] Really. [voice:Nathan Cole] Yes.", lead_in_ms=200)
    assert seen.words == timed(200, "It is warm.", 300, "Really.", "Yes.")
    assert seen.words[-1].end_ms == len(audio) // 48
    assert simulator.journal.received(MULTI)


async def test_words_of_a_growing_text_are_timed(hass: HomeAssistant, simulator: Simulator) -> None:
    """Sentence by sentence, as the server gets it."""

    async def written() -> AsyncGenerator[str]:
        for delta in ("It is", " warm. Rea", "lly.", "[pause:300]", "Yes."):
            yield delta
            await asyncio.sleep(0.01)

    seen, _ = await observe(hass, written())
    assert seen.words == timed("It is warm.", "Really.", 300, "Yes.")
    assert simulator.journal.received(GROWING)


async def test_words_of_a_second_try_are_its_own(hass: HomeAssistant, simulator: Simulator) -> None:
    """Nothing of the first one was heard."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    seen, _ = await observe(hass)
    assert seen.words == timed(*SENTENCES)
    assert seen.record is not None
    assert seen.record.retries == 1


async def test_words_are_those_that_a_dictionary_makes(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """They are spoken, so they are timed."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "dictionaries": ["9"]})
    await hass.async_block_till_done()
    seen, _ = await observe(hass, "HA is up.")
    assert seen.words == timed("Home Assistant is up.")


async def test_without_websockets_there_are_no_words(hass: HomeAssistant, simulator: Simulator) -> None:
    """REST times none; the speech is heard all the same."""
    simulator.faults.add(Fault.HANDSHAKE_HTML, status=404)
    seen, audio = await observe(hass)
    assert audio
    assert seen.words == ()
    assert seen.record is not None
    assert seen.record.endpoint == "v1/tts/generate"

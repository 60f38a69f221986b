"""Listeners that go away without a word, answers that never end, and messages in which nothing is to be said."""

import asyncio
from collections.abc import AsyncGenerator
import gc
import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.made_time import MadeTime
from tests.simulator import Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, TEXT, asked, fetch, fetch_growing, given_up

pytestmark = pytest.mark.usefixtures("account")

EVENT = "event.samantha_ferris_speech"


async def test_what_nobody_fetches_is_given_up(hass: HomeAssistant, simulator: Simulator) -> None:
    """It holds nothing any more, and who comes back is told, and does not get half of it as if it were all."""

    async def message() -> AsyncGenerator[str]:
        yield TEXT

    answer = await asked(hass, message())
    await anext(answer.data_gen)
    await given_up()
    assert simulator.journal.received("/ws/tts")
    with pytest.raises(HomeAssistantError) as raised:
        await anext(answer.data_gen)
    assert raised.value.translation_key == "speech_abandoned"


async def test_what_is_dropped_is_given_up_without_a_complaint(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Home Assistant drops it whose converter has died: Python finds all parts of it at the same time."""

    async def message() -> AsyncGenerator[str]:
        yield TEXT

    complaints: list[dict[str, object]] = []
    monkeypatch.setattr(hass.loop, "call_exception_handler", complaints.append)
    answer = await asked(hass, message())
    await anext(answer.data_gen)
    ring: list[object] = [answer]
    ring.append(ring)
    del answer, ring
    gc.collect()
    while "kugelaudio utterance" in {task.get_name() for task in asyncio.all_tasks()}:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)
    await hass.async_block_till_done(wait_background_tasks=True)
    gc.collect()
    assert complaints == []


async def test_who_fetches_slowly_is_waited_for(hass: HomeAssistant) -> None:
    """However long all of it takes."""

    async def message() -> AsyncGenerator[str]:
        yield "One."
        await asyncio.sleep(18)
        yield " Two."
        await asyncio.sleep(18)
        yield " Three."

    answer = await asked(hass, message())
    audio = b""
    async for piece in answer.data_gen:
        audio += piece
    assert audio.endswith(tone_pcm("Three.", 24_000))


async def test_an_answer_that_never_ends_is_ended(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, made_time: MadeTime
) -> None:
    """As where somebody has interrupted an assistant: what was said was heard, and nobody waits for ever."""

    async def interrupted() -> AsyncGenerator[str]:
        yield "The washing machine is done. "
        await asyncio.Event().wait()

    begun_at_s = made_time.time()
    status, audio = await fetch_growing(hass, hass_client, interrupted())
    assert status == 200
    words = tone_pcm("The washing machine is done.", 24_000)
    assert audio[HEADER_LENGTH:].startswith(words)
    assert not any(audio[HEADER_LENGTH + len(words) :])
    assert 20 <= made_time.time() - begun_at_s <= 40


async def test_an_answer_without_a_word_is_no_failure(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """An assistant that answers with a sign alone: nothing is sent, and nobody is alarmed."""

    async def sign() -> AsyncGenerator[str]:
        yield "👍"

    before = hass.states.get(EVENT)
    assert (await fetch_growing(hass, hass_client, sign()))[0] != 200
    assert hass.states.get(EVENT) == before
    assert not simulator.journal.received("/ws/tts")


async def test_a_template_that_failed_is_told(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    """It is spoken as it stands; the log says it once an hour, the event each time."""
    for _ in range(2):
        await fetch(hass_client, "The bath has unavailable degrees.")
        state = hass.states.get(EVENT)
        assert state
        assert (state.attributes["event_type"], state.attributes["template"]) == ("spoken", "unavailable")
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and record.name.startswith("custom_components")
    ]
    assert len([warning for warning in warnings if "a template of the automation" in warning]) == 1
    assert "bath" not in "".join(warnings)
    await fetch(hass_client)
    state = hass.states.get(EVENT)
    assert state
    assert state.attributes["template"] is None

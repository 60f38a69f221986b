"""What is known of utterances that are over."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.speech.record import Outcome, UtteranceHistory, UtteranceRecord
from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Failure, Fault, Profile, Simulator
from tests.speaking import ENTITY, REST, TEXT, WAV, begin, fetch, fetch_growing, growing

AUDIO_S = len(TEXT) * 0.06


def history(account: MockConfigEntry) -> UtteranceHistory:
    """Return what the account has spoken."""
    found = account.runtime_data.account.history
    assert isinstance(found, UtteranceHistory)
    return found


async def last(hass: HomeAssistant, account: MockConfigEntry) -> UtteranceRecord:
    """Return the record of the last utterance, once it is over."""
    await hass.async_block_till_done()
    return history(account).utterances[-1]


def parts_ms(record: UtteranceRecord) -> list[float]:
    """Return what the time to the first audio is made of."""
    parts = (record.queue_ms, record.connect_ms, record.server_ms, record.delivery_ms)
    return [part for part in parts if part is not None]


@pytest.mark.parametrize(
    ("options", "endpoint"), [(WAV, "ws/tts"), ({}, "ws/tts"), ({"preferred_format": "ogg"}, "ws/tts/stream")]
)
async def test_an_utterance_leaves_its_numbers(
    hass: HomeAssistant,
    account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    options: Mapping[str, object],
    endpoint: str,
) -> None:
    """When, by which voice and way, how much, how long; and what the server says of it."""
    simulator.profile = Profile(handshake_ms=30, first_audio_ms=40)
    assert (await fetch(hass_client, options=options))[0] == 200
    record = await last(hass, account)
    assert (record.voice, record.outcome, record.endpoint) == ("voice-1", Outcome.SPOKEN, endpoint)
    assert record.characters == len(TEXT)
    assert record.audio_s == pytest.approx(AUDIO_S, abs=0.001)
    assert record.usage is not None
    assert record.usage.characters == len(TEXT)
    assert record.connect_ms == pytest.approx(30)
    assert record.server_ms == pytest.approx(40)
    assert record.ttfa_ms == pytest.approx(sum(parts_ms(record)))
    assert len(parts_ms(record)) == 4
    assert record.duration_ms >= sum(parts_ms(record))
    assert record.real_time_factor == pytest.approx(record.duration_ms / 1000 / AUDIO_S, rel=0.01)
    assert record.retries == 0
    assert (record.error, record.code, record.status, record.request_id, record.spoken_by) == (None,) * 5


async def test_a_growing_text_leaves_its_numbers(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The time begins with the first words, and silence is no audio."""

    async def slow() -> AsyncGenerator[str]:
        await asyncio.sleep(0.1)
        async for delta in growing("The washing", " machine", " has finished."):
            yield delta

    await fetch_growing(hass, hass_client, slow())
    record = await last(hass, account)
    assert (record.outcome, record.endpoint, record.characters) == (Outcome.SPOKEN, "ws/tts/stream", len(TEXT))
    assert record.audio_s == pytest.approx(AUDIO_S, abs=0.001)
    assert record.ttfa_ms == pytest.approx(sum(parts_ms(record)))


@pytest.mark.parametrize("options", [WAV, {}])
async def test_a_second_try_is_counted(
    hass: HomeAssistant,
    account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    options: Mapping[str, object],
) -> None:
    """Its times are those of the speech that was heard, and the first try belongs to the connecting."""
    simulator.profile = Profile(first_audio_ms=40)
    simulator.faults.add(Fault.EMPTY_AUDIO)
    await fetch(hass_client, options=options)
    record = await last(hass, account)
    assert (record.outcome, record.retries) == (Outcome.SPOKEN, 1)
    assert record.connect_ms is not None
    assert record.connect_ms > 1_000
    assert record.ttfa_ms == pytest.approx(sum(parts_ms(record)))
    assert record.error is None


async def test_rest_is_told_as_the_way(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Its usage is not known."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400)
    await fetch(hass_client)
    record = await last(hass, account)
    assert (record.outcome, record.retries, f"/{record.endpoint}") == (Outcome.SPOKEN, 1, REST)
    assert record.usage is None
    assert record.ttfa_ms == pytest.approx(sum(parts_ms(record)))


async def test_a_failure_leaves_what_support_asks_for(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """The word of its repair, code, status and request; and no time to an audio that never came."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await fetch(hass_client)
    record = await last(hass, account)
    assert (record.outcome, record.error, record.code) == (
        *(Outcome.FAILED, "insufficient_credits", "INSUFFICIENT_CREDITS"),
    )
    assert record.status == 402
    assert record.request_id
    assert record.request_id.startswith("req_")
    assert (record.server_ms, record.delivery_ms, record.ttfa_ms, record.audio_s) == (None, None, None, 0)
    assert record.real_time_factor is None
    assert dict(history(account).codes) == {"INSUFFICIENT_CREDITS": 1}


async def test_a_failure_in_the_middle_leaves_what_was_heard(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Up to the break."""
    simulator.faults.add(Fault.DROP, after_frames=2)
    await fetch(hass_client)
    record = await last(hass, account)
    assert (record.outcome, record.code) == (Outcome.FAILED, "CONNECTION_LOST")
    assert record.audio_s == pytest.approx(0.4)
    assert record.ttfa_ms == pytest.approx(sum(parts_ms(record)))


@pytest.mark.parametrize(
    ("message", "error", "characters"),
    [(" ", "text_empty", 0), ("a " * 25_001, "text_too_long", 50_001)],
    ids=["empty", "too long"],
)
async def test_a_text_that_cannot_be_spoken_is_a_failure_too(
    hass: HomeAssistant,
    account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    message: str,
    error: str,
    characters: int,
) -> None:
    """Which went no way at all."""
    await fetch(hass_client, message)
    record = await last(hass, account)
    assert (record.outcome, record.error, record.endpoint) == (Outcome.FAILED, error, None)
    assert record.characters in {characters, len(message)}


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_who_spoke_instead_is_named(
    hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator
) -> None:
    """Beside the reason; the other voice of the account has a record of its own."""
    hers = voice_subentry("hers", fallback="tts.hans")
    entry = account_entry(simulator.url, hers, voice_subentry("his", "Hans", voice="268"))
    await set_up(hass, entry)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.VOICE_NOT_FOUND)
    assert (await fetch(hass_client))[0] == 200
    await hass.async_block_till_done()
    his, hers_record = history(entry).utterances
    assert (his.voice, his.outcome, his.spoken_by) == ("his", Outcome.SPOKEN, None)
    assert (hers_record.voice, hers_record.outcome) == ("hers", Outcome.FALLBACK)
    assert (hers_record.spoken_by, hers_record.code) == ("tts.hans", "NOT_FOUND")


async def test_who_stops_listening_leaves_a_record(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Abandoned is no failure, and what was heard until then counts."""
    simulator.faults.add(Fault.SILENCE, after_frames=2)
    engine = hass.data[tts.const.DATA_COMPONENT].get_entity(ENTITY)
    assert engine is not None

    async def message() -> AsyncGenerator[str]:
        yield TEXT

    options: dict[str, Any] = {**(engine.default_options or {}), **WAV}
    response = await engine.internal_async_stream_tts_audio(tts.entity.TTSAudioRequest("en", options, message()))
    await anext(response.data_gen)
    await anext(response.data_gen)
    await response.data_gen.aclose()
    record = await last(hass, account)
    assert (record.outcome, record.error) == (Outcome.ABANDONED, None)
    assert record.audio_s == pytest.approx(0.4)


async def test_unloading_ends_with_a_record(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """As a connection that was closed by this side."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    spoken = history(account)
    response = await begin(hass_client)
    await response.content.readany()
    assert await hass.config_entries.async_unload(account.entry_id)
    await response.read()
    await hass.async_block_till_done()
    assert (spoken.utterances[-1].outcome, spoken.utterances[-1].code) == (Outcome.FAILED, "CLIENT_CLOSED")


async def test_the_last_fifty_are_kept_and_each_is_told(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Codes are counted beyond them; who does not want to hear any more is left alone."""
    simulator.faults.add(Fault.ERROR_FRAME, times=51, error=Failure.INSUFFICIENT_CREDITS)
    told: list[UtteranceRecord] = []
    stop = history(account).listen(told.append)
    for number in range(51):
        await refused(hass, f"Number {number}.")
    assert len(history(account).utterances) == 50
    assert len(told) == 51
    assert list(history(account).utterances) == told[1:]
    assert dict(history(account).codes) == {"INSUFFICIENT_CREDITS": 51}
    stop()
    await refused(hass, "The last one.")
    assert len(told) == 51


async def refused(hass: HomeAssistant, message: str) -> None:
    """Let a message be spoken, or refused."""
    stream = tts.async_create_stream(hass, ENTITY, options=WAV)
    stream.async_set_message(message)
    with suppress(HomeAssistantError):
        [piece async for piece in stream.async_stream_result()]


async def test_no_record_holds_a_word(
    account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Neither of the text nor of the key."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INVALID_REQUEST, message=f"cannot speak {TEXT}")
    await fetch(hass_client)
    await fetch(hass_client)
    for record in history(account).utterances:
        told = " ".join(str(getattr(record, field.name)) for field in fields(record))
        assert "washing" not in told
        assert simulator.key not in told

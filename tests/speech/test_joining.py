"""What several ask for at the same time is spoken once, and each of them gets it in a format of its own."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.speech.record import Outcome
from tests.other_engine import OtherEngine, others_pcm
from tests.sensing import numbers
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.sound.listening import decoded, resampled
from tests.speaking import COMPLETE, FLAC, GROWING, HEADER_LENGTH, MP3, TEXT, WAV, WHOLE, fetch, fetch_growing, kept

from .asking import ESPHOME, VOICE_PE, WYOMING, Wish, all_of, asked, heard, records, spoken

pytestmark = pytest.mark.usefixtures("account")

EVENT = "event.samantha_ferris_speech"
FIVE_KINDS: list[Wish] = [ESPHOME, WYOMING, VOICE_PE, MP3, WAV]


@pytest.fixture(autouse=True)
def in_time(simulator: Simulator) -> None:
    """Let nobody come too late: connecting and the first audio take time, which passes only when all have asked."""
    simulator.profile = Profile(handshake_ms=500, first_audio_ms=100)


async def broadcast(hass_client: ClientSessionGenerator, *, cache: bool) -> list[tuple[int, bytes]]:
    """Fetch in all five kinds; who wants the best rate asks first, and the others before anything is made."""
    first = asyncio.create_task(fetch(hass_client, options=WAV, cache=cache))
    await asyncio.sleep(0.1)
    others = (fetch(hass_client, options=options, cache=cache) for options in FIVE_KINDS if options is not WAV)
    return [*await asyncio.gather(*others), await first]


@pytest.mark.usefixtures("passed_on")
@pytest.mark.parametrize("first", range(5))
async def test_five_kinds_of_players_are_spoken_to_once(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, first: int
) -> None:
    """Whoever asks first, at the best rate that anybody wants; each gets what it asked for."""
    kinds = FIVE_KINDS[first:] + FIVE_KINDS[:first]
    await account.runtime_data.account.encoders.prepare()
    heard_by = await asyncio.gather(*(heard(hass, options) for options in kinds))
    assert spoken(simulator) == [24000]
    for options, audio in zip(kinds, heard_by, strict=True):
        if options is MP3:
            assert len(decoded(audio)) == pytest.approx(len(COMPLETE), rel=0.06)
        else:
            assert decoded(audio) == resampled(COMPLETE, int(str(options.get("preferred_sample_rate", 24000))))
    [record] = records(account)
    assert (record.outcome, record.listeners, record.characters) == (Outcome.SPOKEN, 5, len(TEXT))


async def test_a_broadcast_through_home_assistant_is_bought_once(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path
) -> None:
    """The cost, the event and the sensors tell of one utterance; each format is kept by itself."""
    answers = await broadcast(hass_client, cache=True)
    assert [status for status, _ in answers] == [200] * 5
    assert spoken(simulator) == [24000]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(kept(tts_cache)) == 5
    assert numbers(hass, "utterances", "spoken_characters") == [1, len(TEXT)]
    [usage] = [f["usage"] for path in (WHOLE, GROWING) for f in simulator.journal.sent(path) if "usage" in f]
    assert isinstance(usage, dict)
    assert numbers(hass, "cost") == [pytest.approx(usage["cost_cents"] / 100)]
    event = hass.states.get(EVENT)
    assert event
    assert (event.attributes["event_type"], event.attributes["listeners"]) == ("spoken", 5)


async def test_who_comes_while_it_is_spoken_hears_it_from_its_beginning(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """At once: what was made by then is there already."""
    simulator.profile = Profile(speed=2)
    first = await asked(hass, WAV)
    for _ in range(3):
        await anext(first.data_gen)
    second = await asked(hass, FLAC)
    assert decoded(await all_of(second)) == COMPLETE
    assert await all_of(first)
    assert spoken(simulator) == [24000]
    assert [record.listeners for record in records(account)] == [2]


async def test_what_is_made_can_be_joined_while_somebody_still_hears_it(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It is all there."""
    first = await asked(hass, WAV)
    await asyncio.sleep(5)
    assert decoded(await heard(hass, FLAC)) == COMPLETE
    assert (await all_of(first))[HEADER_LENGTH:] == COMPLETE
    assert spoken(simulator) == [24000]


async def test_who_gives_up_at_once_begins_nothing(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Whatever it was just about to do."""
    for turns in range(6):
        asking = hass.async_create_task(heard(hass, WAV), eager_start=False)
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert not account.runtime_data.account.speaking
    assert (await heard(hass, WAV))[HEADER_LENGTH:] == COMPLETE
    assert simulator.journal.received(WHOLE)


@pytest.mark.usefixtures("passed_on")
async def test_one_native_rate_is_the_servers_own(hass: HomeAssistant, simulator: Simulator) -> None:
    """Where nobody wants another one."""
    assert (await heard(hass, ESPHOME))[HEADER_LENGTH:] == tone_pcm(TEXT, 16000)
    assert spoken(simulator) == [16000]
    one, other = await asyncio.gather(heard(hass, ESPHOME), heard(hass, {**FLAC, "preferred_sample_rate": 16000}))
    assert one[HEADER_LENGTH:] == decoded(other) == tone_pcm(TEXT, 16000)
    assert spoken(simulator) == [16000, 16000]


@pytest.mark.usefixtures("passed_on")
async def test_nobody_has_to_hear_less_than_is_wanted(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Home Assistant would keep a dull sound for ever; who wants less has it of the best that there is."""
    simulator.profile = Profile(speed=2)
    low = await asked(hass, ESPHOME)
    better = await asked(hass, WAV)
    lowest = await asked(hass, {**ESPHOME, "preferred_sample_rate": 8000})
    assert spoken(simulator) == [16000, 24000]
    assert (await all_of(better))[HEADER_LENGTH:] == COMPLETE
    assert decoded(await all_of(lowest)) == resampled(COMPLETE, 8000)
    assert await all_of(low)
    assert sorted(record.listeners for record in records(account)) == [1, 2]


@pytest.mark.parametrize("is_first", [True, False])
async def test_one_who_leaves_takes_it_from_nobody(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, *, is_first: bool
) -> None:
    """It is spoken to its end for the other."""
    simulator.profile = Profile(speed=2)
    one, other = await asked(hass, WAV), await asked(hass, FLAC)
    leaving, staying = (one, other) if is_first else (other, one)
    await anext(leaving.data_gen)
    await leaving.data_gen.aclose()
    assert decoded(await all_of(staying)) == COMPLETE
    [record] = records(account)
    assert (record.outcome, record.listeners) == (Outcome.SPOKEN, 2)


async def test_who_listens_slowly_holds_nobody_up(hass: HomeAssistant, simulator: Simulator) -> None:
    """Also where what is still to be heard is more than a minute."""
    simulator.profile = Profile(speed=12)
    text = "One sentence. " * 140
    slow, quick = await asked(hass, WAV, text), await asked(hass, WAV, text)
    await anext(slow.data_gen)
    begun_at = hass.loop.time()
    assert (await all_of(quick))[HEADER_LENGTH:] == tone_pcm(text.strip(), 24000)
    assert hass.loop.time() - begun_at < 12
    assert len(await all_of(slow)) > 100 * 48000
    assert len(spoken(simulator)) == 1


async def test_when_all_have_left_it_is_over(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """The server is told to stop, and who comes then has it spoken anew."""
    simulator.profile = Profile(speed=2)
    listeners = [await asked(hass, options) for options in (WAV, FLAC, MP3)]
    for listener in listeners:
        assert not records(account)
        await anext(listener.data_gen)
        await listener.data_gen.aclose()
        # Python ends what is behind it by itself.
        await asyncio.sleep(0.01)
    [record] = records(account)
    assert (record.outcome, record.listeners) == (Outcome.ABANDONED, 3)
    assert (await heard(hass, WAV))[HEADER_LENGTH:] == COMPLETE
    assert spoken(simulator) == [24000, 24000]


async def test_one_who_fetches_nothing_is_given_up_alone(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """The other hears all of it, however long that takes."""
    simulator.profile = Profile(speed=0.05)
    forgotten, faithful = await asked(hass, WAV), await asked(hass, FLAC)
    assert decoded(await all_of(faithful)) == COMPLETE
    with pytest.raises(HomeAssistantError) as error:
        await all_of(forgotten)
    assert error.value.translation_key == "speech_abandoned"
    [record] = records(account)
    assert (record.outcome, record.listeners) == (Outcome.SPOKEN, 2)


async def test_what_fails_fails_for_all(
    account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
) -> None:
    """Once, and the next one has it spoken anew."""
    simulator.profile = Profile(handshake_ms=500)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    answers = await asyncio.gather(*(fetch(hass_client, options=options, cache=True) for options in (WAV, MP3, FLAC)))
    assert [status for status, _ in answers] == [500] * 3
    assert kept(tts_cache) == []
    [record] = records(account)
    assert (record.outcome, record.listeners, record.error) == (Outcome.FAILED, 3, "insufficient_credits")
    assert (await fetch(hass_client))[1].endswith(COMPLETE)


async def test_what_broke_off_cannot_be_joined(hass: HomeAssistant, simulator: Simulator) -> None:
    """Though somebody has not yet heard that it did."""
    simulator.faults.add(Fault.DROP, after_frames=2)
    first = await asked(hass, WAV)
    await asyncio.sleep(5)
    second = await asked(hass, FLAC)
    assert decoded(await all_of(second)) == COMPLETE
    with pytest.raises(HomeAssistantError):
        await all_of(first)
    assert spoken(simulator) == [24000, 24000]


async def test_a_second_try_is_one_for_all(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who comes between the tries joins as well."""
    simulator.faults.add(Fault.DROP)
    one, other = await asyncio.gather(heard(hass, WAV), heard(hass, FLAC))
    assert one[HEADER_LENGTH:] == decoded(other) == COMPLETE
    assert spoken(simulator) == [24000, 24000]


async def test_another_engine_speaks_once_for_all(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    tts_cache: Path,
) -> None:
    """Nobody keeps it."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    answers = await asyncio.gather(*(fetch(hass_client, options=options, cache=True) for options in (WAV, FLAC)))
    assert [decoded(audio) for _, audio in answers] == [others_pcm(TEXT)] * 2
    assert other.said == [(TEXT, "en")]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not [file for file in kept(tts_cache) if "samantha" in file.name]


async def test_other_words_and_settings_are_spoken_by_themselves(hass: HomeAssistant, simulator: Simulator) -> None:
    """So are growing texts, and what telephones play."""
    wishes: list[Wish] = [WAV, {**FLAC, "speed": 1.2}, {**MP3, "voice": "268"}, {**WAV, "tail_ms": 50}]
    ulaw, *_ = await asyncio.gather(
        heard(hass, {"preferred_format": "ulaw"}),
        *(heard(hass, wish) for wish in wishes),
        all_of(await asked(hass, WAV, "Something else.")),
    )
    assert len(spoken(simulator)) == 6
    assert len(ulaw) == len(tone_pcm(TEXT, 8000)) // 2


async def test_growing_texts_are_not_joined(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Nobody knows what they will be."""

    async def slowly() -> AsyncGenerator[str]:
        yield "The washing machine"
        await asyncio.sleep(0.1)
        yield " has finished."

    answers = await asyncio.gather(*(fetch_growing(hass, hass_client, slowly(), wish) for wish in (WAV, FLAC)))
    assert [decoded(audio) for _, audio in answers] == [COMPLETE] * 2
    assert len(spoken(simulator)) == 2


async def test_what_is_too_long_to_be_kept_is_not_joined(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator
) -> None:
    """More than 80 seconds of all that is spoken are not held for whoever may come."""
    simulator.profile = replace(simulator.profile, speed=50)
    text = "This goes on. " * 130
    first = await asked(hass, WAV, text)
    made = [await anext(first.data_gen)]
    while sum(map(len, made)) < 4_100_000:
        made.append(await anext(first.data_gen))
    second = await asked(hass, FLAC, text)
    assert len(decoded(await all_of(second))) == len(tone_pcm(text.strip(), 24000))
    assert await all_of(first)
    assert len(spoken(simulator)) == 2
    assert account.runtime_data.account.dispatcher.memory.may_keep(4_000_000)


@pytest.mark.usefixtures("without_encoders")
async def test_without_encoders_it_is_bought_once_as_well(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Home Assistant converts for each."""
    answers = await broadcast(hass_client, cache=False)
    assert [status for status, _ in answers] == [200] * 5
    assert spoken(simulator) == [24000]
    _, _, flac, _, wav = (audio for _, audio in answers)
    assert wav[HEADER_LENGTH:] == COMPLETE
    assert len(decoded(flac)) == pytest.approx(2 * len(COMPLETE), rel=0.01)

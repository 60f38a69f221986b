"""Another text-to-speech engine of the home, which speaks when this one cannot."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.made_time import MadeTime
from tests.other_engine import OTHER, SPOKEN_BY_OTHER, OtherEngine, name_fallback, others_file, others_pcm
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import (
    COMPLETE,
    ENTITY,
    FLAC,
    GROWING,
    HEADER_LENGTH,
    TEXT,
    WAV,
    WHOLE,
    decoded,
    fetch,
    fetch_growing,
    growing,
    kept,
    wav_header,
)

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")


@pytest.mark.parametrize(
    ("faults", "parameters"),
    [
        ([Fault.ERROR_FRAME, Fault.HTTP_ERROR], {"error": Failure.UNAUTHORIZED}),
        ([Fault.ERROR_FRAME], {"error": Failure.INSUFFICIENT_CREDITS}),
        ([Fault.ERROR_FRAME], {"error": Failure.VOICE_NOT_FOUND}),
        ([Fault.ERROR_FRAME], {"error": Failure.RATE_LIMITED, "retry_after": 60}),
        ([Fault.HANDSHAKE_ERROR], {"status": 402}),
        ([Fault.DROP], {}),
        ([Fault.EMPTY_AUDIO], {}),
        ([Fault.NOT_JSON], {}),
    ],
)
async def test_another_engine_speaks_what_ours_cannot(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    faults: list[Fault],
    parameters: dict[str, Any],
) -> None:
    """The listener hears all of the message."""
    for fault in faults:
        simulator.faults.add(fault, times=None, **parameters)
    assert await fetch(hass_client) == (200, SPOKEN_BY_OTHER)
    assert other.said == [(TEXT, "en")]


async def test_another_engine_speaks_when_nobody_is_there(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """The commonest reason: the internet is down."""
    await simulator.stop()
    assert await fetch(hass_client) == (200, SPOKEN_BY_OTHER)
    assert other.said == [(TEXT, "en")]


async def test_another_engine_is_not_kept_waiting_for_a_second_try(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine, made_time: MadeTime
) -> None:
    """Of the three seconds that ours has, the pause before it takes little."""
    await simulator.stop()
    began_at = made_time.time()
    assert await fetch(hass_client) == (200, SPOKEN_BY_OTHER)
    assert made_time.time() - began_at < 0.5
    assert other.said == [(TEXT, "en")]


async def test_another_engine_speaks_a_growing_text(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """All of it, also what was still being written when ours failed; marks and tags are left out."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    deltas = growing("The **washing", " machine**", ' <break time="300ms"/>has', " finished.")
    status, audio = await fetch_growing(hass, hass_client, deltas)
    assert other.said == [(TEXT, "en")]
    assert (status, audio) == (200, SPOKEN_BY_OTHER)


async def test_what_another_engine_spoke_is_never_kept_as_ours(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    tts_cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in memory nor on disk: the next request asks the provider again. One line of the log says why."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client, cache=True))[1] == SPOKEN_BY_OTHER
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not [file for file in kept(tts_cache) if "samantha" in file.name]
    [line] = [record.getMessage() for record in caplog.records if record.name.endswith("kugelaudio")]
    assert "INSUFFICIENT_CREDITS" in line
    assert OTHER in line
    _, audio = await fetch(hass_client, cache=True)
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert len(other.said) == 1


@pytest.mark.parametrize(
    ("options", "beginning", "rate_at"),
    [
        ({}, b"ID3", None),
        (FLAC, b"fLaC", None),
        ({**WAV, "preferred_sample_rate": 16000}, b"RIFF", 16000),
        ({**WAV, "preferred_sample_rate": 48000}, b"RIFF", 48000),
    ],
)
async def test_another_engine_speaks_in_the_wished_format(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    options: Mapping[str, object],
    beginning: bytes,
    rate_at: int | None,
) -> None:
    """A satellite gets the rate that it plays, a media player its format."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    status, audio = await fetch(hass_client, options=options)
    assert (status, audio[: len(beginning)]) == (200, beginning)
    assert other.said == [(TEXT, "en")]
    if rate_at is not None:
        assert int.from_bytes(audio[24:28], "little") == rate_at
        assert len(audio) / 2 / rate_at == pytest.approx(len(TEXT) * 0.06, rel=0.02)


@pytest.mark.parametrize(("asked", "spoken"), [("en", "en"), ("de", "de"), ("fr", "de")])
async def test_a_language_that_another_engine_lacks_is_spoken_in_its_own(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine, asked: str, spoken: str
) -> None:
    """Words with a wrong accent are better than none."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client, language=asked))[0] == 200
    assert other.said == [(TEXT, spoken)]


@pytest.mark.parametrize(("path", "options"), [(WHOLE, WAV), (WHOLE, {}), (GROWING, {"preferred_format": "ogg"})])
async def test_nobody_goes_on_where_ours_broke_off(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    path: str,
    options: Mapping[str, object],
) -> None:
    """After the first byte the message would begin anew in the middle of itself."""
    simulator.faults.add(Fault.DROP, after_frames=2)
    await fetch(hass_client, options=options)
    assert simulator.journal.received(path)
    assert other.said == []


@pytest.mark.parametrize("fault", [Fault.INVALID_BASE64, Fault.EMPTY_AUDIO])
@pytest.mark.parametrize("is_early", [False, True])
async def test_another_engine_speaks_after_an_early_header(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    tts_cache: Path,
    fault: Fault,
    request: pytest.FixtureRequest,
    *,
    is_early: bool,
) -> None:
    """No word was heard yet, and what it speaks fits the header; that is not kept either."""
    if is_early:
        request.getfixturevalue("without_encoders")
    simulator.faults.add(fault, times=2)
    status, audio = await fetch(hass_client, options=FLAC, cache=True)
    assert (status, await decoded(audio, 24000)) == (200, others_pcm(TEXT))
    assert other.said == [(TEXT, "en")]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not [file for file in kept(tts_cache) if "samantha" in file.name]


@pytest.mark.parametrize("sample_rate", [8000, 22050, 48000])
async def test_another_engine_may_have_a_rate_of_its_own(
    hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine, sample_rate: int
) -> None:
    """It is heard as long as it speaks, at its own pitch."""
    other.sample_rate = sample_rate
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    status, audio = await fetch(hass_client)
    assert (status, audio[:HEADER_LENGTH]) == (200, wav_header(24000))
    assert len(audio) == pytest.approx(len(SPOKEN_BY_OTHER), rel=0.01)


async def test_silence_that_bridged_a_gap_is_no_word(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    simulator: Simulator,
    other: OtherEngine,
) -> None:
    """What the player got so that it does not give up is followed by the whole message."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "fallback_after_s": 10})
    await hass.async_block_till_done()
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=4)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS, skip=1)
    deltas = growing("The washing", " machine", " has finished.")
    status, audio = await fetch_growing(hass, hass_client, deltas)
    assert status == 200
    assert audio.endswith(others_pcm(TEXT))
    silence = audio[HEADER_LENGTH : -len(others_pcm(TEXT))]
    assert len(silence) / 48_000 >= 1
    assert not any(silence)
    assert other.said == [(TEXT, "en")]


@pytest.mark.parametrize("message", [" ", "a " * 25_001], ids=["empty", "too long"])
async def test_nobody_else_is_asked_for_a_text_that_cannot_be_spoken(
    hass_client: ClientSessionGenerator, other: OtherEngine, message: str
) -> None:
    """The fault is the text's."""
    assert (await fetch(hass_client, message))[0] == 500
    assert other.said == []


async def test_nobody_else_is_asked_for_a_text_that_does_not_go_on(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    other: OtherEngine,
    made_time: MadeTime,
) -> None:
    """For a minute; nor for one whose writer failed before its first word."""

    async def stalled() -> AsyncGenerator[str]:
        await asyncio.Event().wait()
        yield TEXT

    async def failing() -> AsyncGenerator[str]:
        await asyncio.sleep(0)
        raise RuntimeError("the agent broke")
        yield TEXT

    for deltas, limit_s in ((stalled(), 60), (failing(), 0)):
        began = made_time.time()
        assert (await fetch_growing(hass, hass_client, deltas))[0] == 500
        assert made_time.time() - began == pytest.approx(limit_s, abs=1)
    assert other.said == []


async def test_a_text_that_fails_while_another_engine_waits_for_it_leaves_the_error(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """Half a message is not spoken."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)

    async def failing() -> AsyncGenerator[str]:
        yield "The washing machine"
        await simulator.journal.until(lambda journal: bool(journal.sent(GROWING)))
        await asyncio.sleep(0.02)
        raise RuntimeError("the agent broke")

    assert (await fetch_growing(hass, hass_client, failing()))[0] == 500
    assert other.said == []


async def refusal(hass: HomeAssistant) -> HomeAssistantError:
    """Return the error that ends a message."""
    stream = tts.async_create_stream(hass, ENTITY, options=WAV)
    stream.async_set_message(TEXT)
    with pytest.raises(HomeAssistantError) as raised:
        [piece async for piece in stream.async_stream_result()]
    return raised.value


@pytest.mark.parametrize(
    "failure", [HomeAssistantError("no speech"), RuntimeError("broken"), TimeoutError(), OSError("no network")]
)
async def test_another_engine_that_fails_leaves_the_error_of_ours(
    hass: HomeAssistant, simulator: Simulator, other: OtherEngine, failure: Exception
) -> None:
    """Whatever an engine raises: what the user has to mend is the voice that was asked for."""
    other.failure = failure
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await refusal(hass)).translation_key == "insufficient_credits"
    assert other.said == [(TEXT, "en")]


@pytest.mark.parametrize("engine", ["tts.gone", ENTITY])
async def test_an_engine_that_is_not_there_leaves_the_error_of_ours(
    hass: HomeAssistant, account: MockConfigEntry, simulator: Simulator, engine: str
) -> None:
    """The same for a voice that is its own fallback, however that came about."""
    await name_fallback(hass, account, engine)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await refusal(hass)).translation_key == "insufficient_credits"
    assert len(simulator.journal.received(WHOLE)) == 1


@pytest.mark.parametrize(
    "file", [b"", b"no audio at all, but a page of a proxy that wants to be read", others_file("", 24000)]
)
async def test_another_engine_without_audio_leaves_the_error_of_ours(
    hass: HomeAssistant, simulator: Simulator, other: OtherEngine, file: bytes
) -> None:
    """Nobody takes silence, or noise, for the message."""
    other.file = file
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await refusal(hass)).translation_key == "insufficient_credits"
    assert other.said == [(TEXT, "en")]

"""What Home Assistant converts: its converter starts while the server still makes the first audio."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Failure, Fault, KeyKind, Simulator, tone_pcm
from tests.speaking import (
    COMPLETE,
    ENTITY,
    FLAC,
    GROWING,
    HEADER_LENGTH,
    TEXT,
    WAV,
    WHOLE,
    au_header,
    begin,
    decoded,
    fetch,
    fetch_growing,
    growing,
    kept,
    wav_header,
)

pytestmark = pytest.mark.usefixtures("without_encoders", "account")

CONVERTED: list[tuple[Mapping[str, object], bytes]] = [
    ({}, b"ID3"),
    (FLAC, b"fLaC"),
    ({**FLAC, "preferred_sample_rate": 16000}, b"fLaC"),
    ({**WAV, "preferred_sample_rate": 44100}, b"RIFF"),
]


def texts(simulator: Simulator, path: str) -> str:
    """Return what an endpoint was asked to speak."""
    return "".join(str(message.get("text", "")) for message in simulator.journal.received(path))


def accepted(simulator: Simulator) -> int:
    """Return how often the server said that it will speak."""
    return sum("generation_started" in frame for frame in simulator.journal.sent(GROWING))


def has_audio(simulator: Simulator, path: str) -> bool:
    """Tell whether an endpoint has sent audio."""
    return any("audio" in frame for frame in simulator.journal.sent(path))


async def answer(hass: HomeAssistant, options: Mapping[str, object], *deltas: str) -> TTSAudioResponse:
    """Ask the entity as Home Assistant's own manager does."""
    engine = get_engine_instance(hass, ENTITY)
    assert isinstance(engine, TextToSpeechEntity)

    async def message() -> AsyncGenerator[str]:
        for delta in deltas or (TEXT,):
            yield delta

    request = TTSAudioRequest("en", {**(engine.default_options or {}), **options}, message())
    return await engine.internal_async_stream_tts_audio(request)


@pytest.mark.parametrize(("options", "beginning"), CONVERTED)
async def test_what_is_converted_goes_where_acceptance_is_told(
    hass_client: ClientSessionGenerator, simulator: Simulator, options: Mapping[str, object], beginning: bytes
) -> None:
    """The whole text at once, over the endpoint for growing text."""
    status, audio = await fetch(hass_client, options=options)
    assert status == 200
    assert audio.startswith(beginning)
    assert texts(simulator, GROWING) == TEXT
    assert len(simulator.journal.received(GROWING)) == 2
    assert not simulator.journal.received(WHOLE)


@pytest.mark.parametrize("options", [WAV, {**WAV, "preferred_sample_rate": 16000}])
async def test_what_is_passed_on_stays_where_it_was(
    hass_client: ClientSessionGenerator, simulator: Simulator, options: Mapping[str, object]
) -> None:
    """Nothing is gained by a header alone, so the text goes over the endpoint for whole texts."""
    assert (await fetch(hass_client, options=options))[0] == 200
    assert texts(simulator, WHOLE) == TEXT
    assert not simulator.journal.received(GROWING)


@pytest.mark.parametrize(
    ("options", "extension", "header"),
    [
        ({}, "wav", wav_header(24000)),
        (FLAC, "wav", wav_header(24000)),
        ({**FLAC, "preferred_sample_rate": 16000}, "wav", wav_header(16000)),
        ({**WAV, "preferred_sample_rate": 48000}, "au", au_header(24000)),
    ],
)
async def test_the_header_comes_before_the_first_audio(
    hass: HomeAssistant, simulator: Simulator, options: Mapping[str, object], extension: str, header: bytes
) -> None:
    """As soon as the server has accepted the text; the audio follows without a second header."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=150)
    response = await answer(hass, options)
    assert response.extension == extension
    assert await anext(response.data_gen) == header
    assert accepted(simulator) == 1
    assert not has_audio(simulator, GROWING)
    rest = b"".join([piece async for piece in response.data_gen])
    assert len(rest) == len(COMPLETE) * int.from_bytes(header[24:28], "little") // 24000 if extension == "wav" else rest
    assert header not in rest


async def test_the_header_of_a_growing_text_comes_before_its_audio(hass: HomeAssistant, simulator: Simulator) -> None:
    """Where it is converted."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=150)
    response = await answer(hass, {}, "The washing machine", " has finished.")
    assert await anext(response.data_gen) == wav_header(24000)
    assert not has_audio(simulator, GROWING)
    assert b"".join([piece async for piece in response.data_gen]) == COMPLETE


async def test_without_a_conversion_no_header_goes_out_alone(hass: HomeAssistant, simulator: Simulator) -> None:
    """A player that has a header only would wait in vain if the speech failed now."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=50)
    response = await answer(hass, WAV)
    assert len(await anext(response.data_gen)) > HEADER_LENGTH
    assert has_audio(simulator, WHOLE)
    await response.data_gen.aclose()


async def test_the_converter_starts_before_the_first_audio(
    hass_client: ClientSessionGenerator, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what the early header is for."""
    heard_at_start: list[bool] = []
    start = asyncio.create_subprocess_exec

    async def watched(*command: str, **options: Any) -> asyncio.subprocess.Process:
        heard_at_start.append(has_audio(simulator, GROWING))
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=150)
    status, audio = await fetch(hass_client, options={})
    assert (status, audio[:3]) == (200, b"ID3")
    assert heard_at_start == [False]


@pytest.mark.parametrize("options", [{}, FLAC])
@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        (Fault.ERROR_FRAME, {"error": Failure.INSUFFICIENT_CREDITS}),
        (Fault.ERROR_FRAME, {"error": Failure.VOICE_NOT_FOUND}),
        (Fault.ERROR_FRAME, {"error": Failure.RATE_LIMITED, "retry_after": 31}),
        (Fault.HANDSHAKE_ERROR, {"status": 429, "retry_after": "31"}),
    ],
)
async def test_an_error_before_the_acceptance_is_one_for_the_player(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    options: Mapping[str, object],
    fault: Fault,
    parameters: dict[str, Any],
) -> None:
    """HTTP 500 before any byte, nothing is kept, and the next request speaks."""
    simulator.faults.add(fault, **parameters)
    status, audio = await fetch(hass_client, options=options, cache=True)
    assert (status, audio[:4]) != (200, b"fLaC")
    assert status == 500
    assert kept(tts_cache) == []
    status, audio = await fetch(hass_client, options=options, cache=True)
    assert (status, audio[:3]) in {(200, b"ID3"), (200, b"fLa")}


@pytest.mark.parametrize("kind", [KeyKind.REVOKED, KeyKind.NO_CREDITS])
async def test_a_key_that_may_not_speak_is_an_error_for_the_player(
    hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path, kind: KeyKind
) -> None:
    """As the server itself refuses it."""
    simulator.keys[simulator.key] = kind
    assert (await fetch(hass_client, options={}, cache=True))[0] == 500
    assert kept(tts_cache) == []


@pytest.mark.parametrize("options", [{}, FLAC, WAV], ids=["mp3", "flac", "wav"])
@pytest.mark.parametrize("kind", [KeyKind.REVOKED, KeyKind.NO_CREDITS])
async def test_a_growing_text_that_is_refused_is_an_error_for_the_player(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    options: Mapping[str, object],
    kind: KeyKind,
) -> None:
    """An answer without a sample is none."""
    simulator.keys[simulator.key] = kind
    deltas = growing("The washing", " machine", " has finished.")
    assert (await fetch_growing(hass, hass_client, deltas, options))[0] == 500


async def test_a_voice_that_is_not_there_is_an_error_for_the_player(
    hass_client: ClientSessionGenerator, tts_cache: Path
) -> None:
    """As the server itself refuses it."""
    assert (await fetch(hass_client, options={"voice": "999999"}, cache=True))[0] == 500
    assert kept(tts_cache) == []


async def test_an_error_after_the_acceptance_is_tried_again_unheard(hass: HomeAssistant, simulator: Simulator) -> None:
    """The header goes out once, and the listener hears nothing of it."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    response = await answer(hass, {})
    assert b"".join([piece async for piece in response.data_gen]) == wav_header(24000) + COMPLETE
    assert accepted(simulator) == 2


async def test_a_server_that_goes_away_after_the_acceptance_is_asked_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Text that is still written is said from its beginning."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=5000)
    response = await answer(hass, {}, "The washing machine", " has finished.")
    assert await anext(response.data_gen) == wav_header(24000)
    simulator.drop_sockets()
    assert b"".join([piece async for piece in response.data_gen]) == COMPLETE


@pytest.mark.parametrize(
    ("fault", "tries"), [(Fault.EMPTY_AUDIO, 2), (Fault.INVALID_BASE64, 1), (Fault.WRONG_SAMPLE_RATE, 1)]
)
async def test_an_error_after_the_acceptance_that_stays_is_raised_and_not_kept(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    fault: Fault,
    tries: int,
) -> None:
    """A header alone never looks like speech: not to Home Assistant, not in its store."""
    simulator.faults.add(fault, times=None)
    response = await answer(hass, {})
    assert await anext(response.data_gen) == wav_header(24000)
    with pytest.raises(HomeAssistantError):
        await anext(response.data_gen)
    assert accepted(simulator) == tries
    await fetch(hass_client, options=FLAC, cache=True)
    await hass.async_block_till_done()
    assert kept(tts_cache) == []
    simulator.faults.clear()
    _, audio = await fetch(hass_client, options=FLAC, cache=True)
    assert await decoded(audio, 24000) == COMPLETE


async def test_flac_at_a_rate_that_the_server_does_not_make_has_the_right_pitch(
    hass_client: ClientSessionGenerator,
) -> None:
    """As long and as high as it was spoken: the tone of one letter has one frequency."""
    message = "a" * 20
    _, audio = await fetch(hass_client, message, options={**FLAC, "preferred_sample_rate": 48000})
    assert audio.startswith(b"fLaC")
    assert int.from_bytes(audio[18:21], "big") >> 4 == 48000
    samples = memoryview(await decoded(audio, 48000)).cast("h").tolist()
    spoken = memoryview(tone_pcm(message, 24000)).cast("h").tolist()
    assert len(samples) == pytest.approx(2 * len(spoken), rel=0.001)
    assert crossings(samples) == pytest.approx(crossings(spoken), rel=0.02)


def crossings(samples: list[int]) -> int:
    """Return how often a tone changes its sign."""
    return sum(before < 0 <= after for before, after in pairwise(samples))


async def test_flac_is_what_was_spoken(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """Every sample, of whole and growing text alike."""
    _, audio = await fetch(hass_client, options=FLAC)
    assert await decoded(audio, 24000) == COMPLETE
    _, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."), FLAC)
    assert await decoded(audio, 24000) == COMPLETE


async def test_who_goes_away_before_the_first_audio_is_not_spoken_to(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """The server is told to stop."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=5000)
    response = await answer(hass, {})
    assert await anext(response.data_gen) == wav_header(24000)
    await response.data_gen.aclose()
    # Python ends what is behind it by itself.
    await asyncio.sleep(0.01)
    assert simulator.journal.received(GROWING)[-1] == {"cancel": True}
    assert not has_audio(simulator, GROWING)
    assert (await begin(hass_client)).status == 200

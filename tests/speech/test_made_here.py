"""Formats that are made in the process: Home Assistant passes them on as they are."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
import threading
from typing import Any

from homeassistant.components import tts
from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import mutagen
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.sound.encoder import AudioFormat, encoder_for
from custom_components.kugelaudio.voices.wanted_format import CONVERTS_SHAPES
from tests.simulator import Fault, Profile, Simulator
from tests.sound.listening import noise_db, samples, stream
from tests.speaking import (
    COMPLETE,
    ENTITY,
    FLAC,
    GROWING,
    HEADER_LENGTH,
    MP3,
    TEXT,
    WAV,
    WHOLE,
    begin,
    decoded,
    fetch,
    fetch_growing,
    growing,
    kept,
)

pytestmark = pytest.mark.usefixtures("account")

VOICE_PE = {
    **FLAC,
    "preferred_sample_rate": 48000,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}
# LAME's and a decoder's own delay.
DELAY = 576 + 529


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what Home Assistant converts."""
    noted: list[dict[str, Any]] = []
    convert = tts._async_convert_audio  # noqa: SLF001 - nobody else tells of it

    def watched(*args: Any, **wish: Any) -> AsyncGenerator[bytes]:
        noted.append(wish)
        return convert(*args, **wish)

    monkeypatch.setattr("homeassistant.components.tts._async_convert_audio", watched)
    return noted


async def answer(hass: HomeAssistant, options: Mapping[str, object]) -> TTSAudioResponse:
    """Ask the entity as Home Assistant's own manager does."""
    engine = get_engine_instance(hass, ENTITY)
    assert isinstance(engine, TextToSpeechEntity)

    async def message() -> AsyncGenerator[str]:
        yield TEXT

    request = TTSAudioRequest("en", {**(engine.default_options or {}), **options}, message())
    return await engine.internal_async_stream_tts_audio(request)


@pytest.mark.parametrize(("options", "beginning"), [({}, b"ID3"), (MP3, b"ID3"), (FLAC, b"fLaC"), (WAV, b"RIFF")])
async def test_players_get_their_format_without_a_converter(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    conversions: list[dict[str, Any]],
    options: Mapping[str, object],
    beginning: bytes,
) -> None:
    """By the way of whole texts, and whole."""
    status, audio = await fetch(hass_client, options=options)
    assert (status, audio[: len(beginning)]) == (200, beginning)
    assert conversions == []
    assert len(simulator.journal.received(WHOLE)) == 1
    assert not simulator.journal.received(GROWING)
    heard = samples(await decoded(audio, 24000))
    meant = samples(COMPLETE)
    if beginning == b"ID3":
        assert len(heard) >= len(meant) + DELAY
        heard = heard[DELAY : DELAY + len(meant)]
    assert len(heard) == len(meant)
    assert noise_db(heard, meant) < -20


async def test_a_growing_text_is_made_here_as_well(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, conversions: list[dict[str, Any]]
) -> None:
    """Frame by frame, as it is written."""
    _, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."), FLAC)
    assert await decoded(audio, 24000) == COMPLETE
    assert conversions == []


@pytest.mark.usefixtures("passed_on")
@pytest.mark.parametrize(
    ("options", "made"),
    [
        (VOICE_PE, AudioFormat(name="flac", sample_rate=48000)),
        ({**WAV, "preferred_sample_rate": 48000}, AudioFormat(name="wav", sample_rate=48000)),
        (
            {**WAV, "preferred_sample_channels": 2, "preferred_sample_bytes": 3},
            AudioFormat(name="wav", sample_rate=24000, channels=2, sample_bytes=3),
        ),
        (
            {**MP3, "preferred_bitrate": "64", "preferred_sample_rate": "44100"},
            AudioFormat(name="mp3", sample_rate=44100, bitrate_kbit=64),
        ),
    ],
)
async def test_what_was_asked_for_is_what_comes(
    hass: HomeAssistant, options: Mapping[str, object], made: AudioFormat
) -> None:
    """To the bit: rate, channels, bytes and bitrate."""
    response = await answer(hass, options)
    assert response.extension == made.name
    encoder = encoder_for(made, 24000)
    assert encoder
    assert b"".join([part async for part in response.data_gen]) == stream(encoder, COMPLETE)


@pytest.mark.usefixtures("passed_on")
@pytest.mark.parametrize(
    ("options", "extension", "rate"),
    [
        ({"preferred_format": "ogg"}, "wav", 24000),
        ({**FLAC, "preferred_sample_bytes": 4, "preferred_sample_rate": 16000}, "wav", 16000),
        ({**WAV, "preferred_sample_rate": 44101}, "au", 24000),
    ],
)
async def test_what_cannot_be_made_is_left_to_home_assistant(
    hass: HomeAssistant, simulator: Simulator, options: Mapping[str, object], extension: str, rate: int
) -> None:
    """Not as a WAV where one is wanted: that would be passed on. The header of what is known beforehand comes early."""
    simulator.profile = Profile(first_audio_ms=100)
    response = await answer(hass, options)
    assert response.extension == extension
    head = await anext(response.data_gen)
    is_early = not any("audio" in frame for path in (WHOLE, GROWING) for frame in simulator.journal.sent(path))
    assert is_early == (options == {"preferred_format": "ogg"})
    assert int.from_bytes(*((head[24:28], "little") if extension == "wav" else (head[16:20], "big"))) == rate
    assert b"".join([part async for part in response.data_gen])


async def test_home_assistant_passes_on_what_it_was_leant_on_for(
    hass_client: ClientSessionGenerator, conversions: list[dict[str, Any]]
) -> None:
    """From 2026.11 on it converts nothing that an engine makes as it was asked for."""
    assert (await fetch(hass_client, options={**WAV, "preferred_sample_rate": 16000}))[0] == 200
    assert bool(conversions) == CONVERTS_SHAPES
    assert (await fetch(hass_client, options=VOICE_PE))[0] == 200
    assert len(conversions) == 2 * CONVERTS_SHAPES


async def test_the_header_never_comes_alone(hass: HomeAssistant, simulator: Simulator) -> None:
    """What fails before the first audio is an error for the player, of every format that is made here."""
    simulator.profile = Profile(first_audio_ms=100)
    for options in (MP3, FLAC):
        response = await answer(hass, options)
        assert len(await anext(response.data_gen)) > HEADER_LENGTH
        await response.data_gen.aclose()


@pytest.mark.parametrize("options", [MP3, FLAC])
async def test_a_failure_before_the_first_audio_is_http_500(
    hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path, options: Mapping[str, object]
) -> None:
    """Though the server has accepted the text."""
    simulator.faults.add(Fault.EMPTY_AUDIO, times=2)
    assert (await fetch(hass_client, options=options, cache=True))[0] == 500
    assert kept(tts_cache) == []
    assert (await fetch(hass_client, options=options, cache=True))[0] == 200


@pytest.mark.parametrize("options", [MP3, FLAC])
async def test_what_breaks_off_is_not_kept(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    options: Mapping[str, object],
) -> None:
    """What was heard is a part of the speech, and nothing that looks like its end comes behind it."""
    simulator.faults.add(Fault.DROP, after_frames=4)
    status, audio = await fetch(hass_client, options=options, cache=True)
    assert status == 200
    await hass.async_block_till_done(wait_background_tasks=True)
    assert kept(tts_cache) == []
    _, whole = await fetch(hass_client, options=options, cache=True)
    assert len(audio) < len(whole)
    assert whole.startswith(audio)


async def test_who_goes_away_leaves_no_thread(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Nor anything that is still being made."""
    await fetch(hass_client, options=MP3)
    threads = threading.active_count()
    simulator.profile = Profile(speed=2)
    for options in (MP3, FLAC) * 3:
        response = await answer(hass, options)
        await anext(response.data_gen)
        await response.data_gen.aclose()
    # Python ends what is behind it by itself.
    await asyncio.sleep(0.01)
    assert threading.active_count() <= threads + 1
    assert not [task for task in asyncio.all_tasks() if "kugelaudio utterance" in task.get_name()]
    assert (await fetch(hass_client))[1].endswith(COMPLETE)


@pytest.mark.parametrize("parts", [0, 1, 100])
async def test_audio_can_be_closed_at_any_time(hass: HomeAssistant, parts: int) -> None:
    """Before its first bytes, in the midst, and behind its end."""
    audio = (await answer(hass, MP3)).data_gen
    heard = [part async for part in first_of(audio, parts)]
    await audio.aclose()
    assert [part async for part in audio] == []
    assert len(heard) >= min(parts, 2)


async def test_what_is_thrown_into_audio_ends_it(hass: HomeAssistant) -> None:
    """As with every generator."""
    audio = (await answer(hass, MP3)).data_gen
    with pytest.raises(ConnectionError):
        await audio.athrow(ConnectionError())
    await audio.aclose()


async def first_of(audio: AsyncGenerator[bytes], count: int) -> AsyncGenerator[bytes]:
    """Yield so many parts."""
    for _ in range(count):
        if (part := await anext(audio, None)) is None:
            return
        yield part


async def test_an_encoder_that_fails_fails_its_listener(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch, tts_cache: Path
) -> None:
    """With an error, and nothing is kept; the utterance counts as not heard."""
    with monkeypatch.context() as broken:
        broken.setattr("custom_components.kugelaudio.sound.mp3.Mp3Writer.end", broken_end)
        status, audio = await fetch(hass_client, options=MP3, cache=True)
        assert status == 200
        assert audio
        await hass.async_block_till_done(wait_background_tasks=True)
    assert kept(tts_cache) == []
    assert (await fetch(hass_client, options=MP3, cache=True))[0] == 200


def broken_end(_writer: object) -> bytes:
    """Fail where the rest is made."""
    raise MemoryError


async def test_what_is_kept_is_a_file_with_tags(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tts_cache: Path
) -> None:
    """Home Assistant writes them in front of our own empty ones, and it can still be played."""
    await fetch(hass_client, options=MP3, cache=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    [file] = kept(tts_cache)
    data = file.read_bytes()
    assert mutagen.File(file)["TIT2"].text == [TEXT]
    heard = samples(await decoded(data, 24000))[DELAY:]
    assert noise_db(heard[: len(COMPLETE) // 2], samples(COMPLETE)) < -20


async def test_bytes_leave_as_they_are_made(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Nothing waits for the end."""
    simulator.profile = Profile(speed=4.0)
    response = await begin(hass_client, options=MP3)
    first = await response.content.readany()
    assert first.startswith(b"ID3")
    assert not any("final" in frame for frame in simulator.journal.sent(WHOLE))
    assert len(await response.read()) > len(first)


@pytest.mark.parametrize("options", [{**MP3, "preferred_sample_channels": 3}, {**WAV, "preferred_bitrate": 1000}])
async def test_shapes_that_there_are_not_are_refused(hass: HomeAssistant, options: Mapping[str, object]) -> None:
    """By name."""
    with pytest.raises(HomeAssistantError) as error:
        await answer(hass, options)
    assert error.value.translation_key == "option_out_of_range"

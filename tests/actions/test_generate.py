"""The action `generate`: speech as a file and a URL, and what is known of it."""

import asyncio
from pathlib import Path
import shutil
from typing import Any, Final

import audioop
from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.folders import files_below
from tests.generating import RATE, SECONDS, generate, times_spoken
from tests.simulator import Profile, Simulator, tone_pcm
from tests.speaking import COMPLETE, GROWING, TEXT, WHOLE, decoded, fetch, kept

# Encoders add silence to fill up their frames.
ENCODER_S: Final = 0.1
FORMATS: Final = ("wav", "mp3", "flac", "ogg")


@pytest.fixture(params=["encoders", "converter"])
def maker(request: pytest.FixtureRequest) -> None:
    """Let the formats be made here, or by Home Assistant where PyAV and numpy are missing."""
    if request.param == "converter":
        request.getfixturevalue("without_encoders")


@pytest.mark.usefixtures("maker", "account")
@pytest.mark.parametrize("audio_format", FORMATS)
async def test_a_file_holds_the_speech(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, media: Path, audio_format: str
) -> None:
    """In each format; the response tells where it is, how long it is and what it cost."""
    hass.config.internal_url = "http://home.test:8123"
    simulator.profile = Profile(first_audio_ms=60)
    response = await generate(hass, path=f"doors/front.{audio_format}")
    path = media / "doors" / f"front.{audio_format}"
    assert list(files_below(media)) == [f"doors/front.{audio_format}"]
    speech = await decoded(path.read_bytes(), RATE)
    url = response.pop("url")
    assert url.startswith("http://home.test:8123/api/tts_proxy/")
    async with (await hass_client()).get(url.removeprefix("http://home.test:8123")) as played:
        same = await decoded(await played.read(), RATE)
    # Encoders that lose something put a little silence around what they are given, and not all files tell how much.
    padding_s = 0.001 if audio_format in {"wav", "flac"} else 0.1
    if audio_format in {"wav", "flac"}:
        assert speech == same == COMPLETE
    assert len(same) == pytest.approx(len(speech), abs=2 * RATE * padding_s)
    assert response.pop("duration_s") == pytest.approx(len(COMPLETE) / 2 / RATE, abs=padding_s)
    assert response.pop("ttfa_ms") == 60
    (usage,) = (f["usage"] for e in (WHOLE, GROWING) for f in simulator.journal.sent(e) if "usage" in f)
    assert isinstance(usage, dict)
    assert response == {
        "media_content_id": f"media-source://media_source/local/doors/front.{audio_format}",
        "path": str(path),
        "subtitles_path": None,
        "format": audio_format,
        "cached": False,
        "characters": len(TEXT),
        "cost_cents": usage["cost_cents"],
        "words": None,
    }


@pytest.mark.usefixtures("account")
async def test_what_was_spoken_before_costs_nothing(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, media: Path
) -> None:
    """By any action: Home Assistant keeps it under the same key."""
    await fetch(hass_client, options={}, cache=True)
    response = await generate(hass, path="door.mp3")
    assert response["cached"] is True
    assert (response["characters"], response["cost_cents"], response["ttfa_ms"]) == (None, 0, None)
    assert response["duration_s"] == pytest.approx(SECONDS, abs=ENCODER_S)
    assert list(files_below(media)) == ["door.mp3"]
    assert times_spoken(simulator) == 1


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("cache", [True, False])
async def test_what_is_not_to_be_kept_is_not(hass: HomeAssistant, tts_cache: Path, media: Path, *, cache: bool) -> None:
    """On the disk; the file is."""
    response = await generate(hass, path="door.mp3", cache=cache)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(kept(tts_cache)) == cache
    assert list(files_below(media)) == ["door.mp3"]
    assert response["cached"] is False


@pytest.mark.usefixtures("account")
async def test_without_a_path_nothing_is_written(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, media: Path
) -> None:
    """The URL and the id can be played; without an address of its own Home Assistant tells the path alone."""
    await async_setup_component(hass, "media_source", {})
    hass.config.api = None
    response = await generate(hass, format="wav")
    assert response["path"] is None
    assert response["duration_s"] == SECONDS
    async with (await hass_client()).get(response["url"]) as played:
        assert (await played.read()).endswith(COMPLETE)
    assert files_below(media) == {}
    resolved = await async_resolve_media(hass, response["media_content_id"], None)
    async with (await hass_client()).get(resolved.url) as played:
        assert (await played.read()).endswith(COMPLETE)
    assert times_spoken(simulator) == 1


@pytest.mark.usefixtures("account", "media")
@pytest.mark.parametrize(
    ("data", "audio_format", "name"),
    [
        ({"path": "door"}, "mp3", "door.mp3"),
        ({"path": " door.FLAC "}, "flac", "door.FLAC"),
        ({"path": "door", "format": "ogg"}, "ogg", "door.ogg"),
        ({"path": "door.wav", "format": "wav"}, "wav", "door.wav"),
        ({"path": "door", "options": {"preferred_format": "wav"}}, "wav", "door.wav"),
        ({"path": "door.wav", "options": {"preferred_format": "mp3"}}, "wav", "door.wav"),
        ({}, "mp3", None),
    ],
)
async def test_the_format_is_what_fits_best(
    hass: HomeAssistant, data: dict[str, Any], audio_format: str, name: str | None
) -> None:
    """The one that is named, else that of the file's ending, else that of the voice."""
    response = await generate(hass, **data)
    assert response["format"] == audio_format
    assert (response["path"] and Path(response["path"]).name) == name


@pytest.mark.usefixtures("account")
async def test_a_file_is_replaced_when_told(hass: HomeAssistant, media: Path) -> None:
    """And only then."""
    await generate(hass, path="door.wav")
    with pytest.raises(HomeAssistantError, match="is there already"):
        await generate(hass, "Somebody else.", path="door.wav")
    assert files_below(media)["door.wav"].endswith(COMPLETE)
    await generate(hass, "Somebody else.", path="door.wav", overwrite=True)
    assert not files_below(media)["door.wav"].endswith(COMPLETE)


@pytest.mark.usefixtures("account")
async def test_chime_and_silence_belong_to_the_file(hass: HomeAssistant, media: Path) -> None:
    """And to its length."""
    response = await generate(hass, path="door.wav", lead_in_ms=250, tail_ms=500)
    assert response["duration_s"] == SECONDS + 0.75
    assert files_below(media)["door.wav"].endswith(bytes(12_000) + COMPLETE + bytes(24_000))


@pytest.mark.usefixtures("account", "media")
async def test_neither_path_nor_response_is_needed(hass: HomeAssistant, simulator: Simulator) -> None:
    """It is spoken in advance then, and an announcement of it begins at once."""
    await hass.services.async_call(DOMAIN, "generate", {"message": TEXT}, blocking=True)
    assert times_spoken(simulator) == 1
    assert (await generate(hass))["cached"] is True


@pytest.mark.usefixtures("account")
async def test_formats_are_known_in_any_letters(hass: HomeAssistant, media: Path) -> None:
    """As endings are."""
    response = await generate(hass, path="door.MP3", format=" MP3 ")
    assert response["format"] == "mp3"
    assert response["duration_s"] == pytest.approx(SECONDS, abs=ENCODER_S)
    assert list(files_below(media)) == ["door.MP3"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("audio_format", ["ulaw", "alaw"])
async def test_telephones_get_files_that_they_play(hass: HomeAssistant, media: Path, audio_format: str) -> None:
    """G.711 without a header: what ffmpeg makes of it is the speech."""
    response = await generate(hass, path=f"pbx/door.{audio_format}")
    assert (response["format"], response["duration_s"]) == (audio_format, pytest.approx(SECONDS, abs=0.001))
    file = media / "pbx" / f"door.{audio_format}"
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg, "-loglevel", "error", "-f", audio_format.replace("ulaw", "mulaw"), "-ar", "8000", "-i", str(file)),
        *("-f", "s16le", "pipe:1"),
        stdout=asyncio.subprocess.PIPE,
    )
    samples, _ = await process.communicate()
    meant = tone_pcm(TEXT, 8000)
    assert len(samples) == len(meant)
    difference = audioop.rms(audioop.add(samples, audioop.mul(meant, 2, -1), 2), 2)
    assert difference < 0.03 * audioop.rms(meant, 2)

"""The action `generate`: speech as a file and a URL, and what is known of it."""

import asyncio
from pathlib import Path
import shutil
from typing import Any, Final

import audioop
from homeassistant.components.media_source import async_resolve_media
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.folders import files_below, is_empty
from tests.generating import RATE, SECONDS, generate, media_folder, times_spoken
from tests.helpers import account_entry, set_up, voice_subentry
from tests.other_engine import OtherEngine
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.speaking import COMPLETE, GROWING, TEXT, WHOLE, decoded, fetch, given_up, kept

# Encoders add silence to fill up their frames.
ENCODER_S: Final = 0.1
FORMATS: Final = ("wav", "mp3", "flac", "ogg")


@pytest.fixture
def media(hass: HomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give Home Assistant a media folder."""
    return media_folder(hass, tmp_path_factory.mktemp("media"))


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


REFUSED: Final = {
    "ending of another format": ({"path": "door.mp3", "format": "wav"}, "path_ending"),
    "ending of no format": ({"path": "door.txt"}, "format_unknown"),
    "another ending beside a format": ({"path": "door.1", "format": "wav"}, "path_ending"),
    "format of other players": ({"options": {"preferred_format": "opus"}}, "format_unknown"),
    "way out": ({"path": "../door.mp3"}, "path_invalid"),
    "forbidden folder": ({"path": "/etc/door.mp3"}, "path_not_allowed"),
    "unknown media folder": ({"path": "media-source://media_source/nas/a.mp3"}, "media_folder_unknown"),
    "name that is taken": ({"path": "taken.mp3"}, "file_exists"),
    "subtitles that are taken": ({"path": "other.mp3", "subtitles": "srt"}, "file_exists"),
    "file where a folder should be": ({"path": "taken.mp3/door.mp3"}, "file_not_written"),
    "subtitles without a file": ({"subtitles": "vtt"}, "subtitles_without_path"),
    "no text": ({"message": "", "path": "door.mp3"}, "text_empty"),
}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("data", "key"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_refused_costs_nothing(
    hass: HomeAssistant, simulator: Simulator, media: Path, data: dict[str, Any], key: str
) -> None:
    """It is seen before anything is spoken, and nothing is touched."""
    (media / "taken.mp3").write_bytes(b"precious")
    (media / "other.srt").write_bytes(b"precious")
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, **data)
    assert error.value.translation_key == key
    assert str(error.value) != key
    assert files_below(media) == {"taken.mp3": b"precious", "other.srt": b"precious"}
    assert not simulator.journal.sockets


@pytest.mark.usefixtures("account", "media")
@pytest.mark.parametrize(
    "data", [{"format": "aac"}, {"subtitles": "ass"}, {"words": "some"}, {"file": "door.mp3"}, {"path": ["door.mp3"]}]
)
async def test_what_no_field_takes_is_refused(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """A misspelt field too."""
    with pytest.raises(probatio.Invalid):
        await generate(hass, **data)


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
async def test_one_of_two_calls_at_once_gets_the_file(hass: HomeAssistant, simulator: Simulator, media: Path) -> None:
    """The other one is told; it was spoken once for both."""
    results = await asyncio.gather(*(generate(hass, path="door.wav") for _ in range(2)), return_exceptions=True)
    (refused,) = (result for result in results if isinstance(result, HomeAssistantError))
    assert refused.translation_key == "file_exists"
    assert files_below(media)["door.wav"].endswith(COMPLETE)
    assert times_spoken(simulator) == 1


@pytest.mark.usefixtures("account")
async def test_chime_and_silence_belong_to_the_file(hass: HomeAssistant, media: Path) -> None:
    """And to its length."""
    response = await generate(hass, path="door.wav", lead_in_ms=250, tail_ms=500)
    assert response["duration_s"] == SECONDS + 0.75
    assert files_below(media)["door.wav"].endswith(bytes(12_000) + COMPLETE + bytes(24_000))


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("fault", "parameters", "key"),
    [
        (Fault.ERROR_FRAME, {"error": Failure.INSUFFICIENT_CREDITS}, "insufficient_credits"),
        (Fault.ERROR_FRAME, {"error": Failure.VOICE_NOT_FOUND}, "voice_not_found"),
        (Fault.HANDSHAKE_ERROR, {"status": 503}, "out_of_service"),
        (Fault.DROP, {"after_frames": 1}, "connection_lost"),
    ],
)
@pytest.mark.parametrize("audio_format", ["wav", "mp3"])
async def test_a_failure_reaches_the_caller_and_leaves_no_file(
    hass: HomeAssistant,
    simulator: Simulator,
    media: Path,
    fault: Fault,
    parameters: dict[str, Any],
    key: str,
    audio_format: str,
) -> None:
    """In the words of the account, however much of it was spoken."""
    simulator.faults.add(fault, times=2, **parameters)
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, path=f"new/door.{audio_format}", subtitles="srt")
    assert error.value.translation_key == key
    assert is_empty(media)


async def test_what_another_engine_spoke_is_no_file_of_this_voice(
    hass: HomeAssistant, other: OtherEngine, simulator: Simulator, media: Path
) -> None:
    """The caller is told."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=503, times=2)
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, path="door.mp3")
    assert error.value.translation_key == "fallback_spoke"
    assert other.said
    assert files_below(media) == {}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("path", ["door.wav", "door.mp3"])
async def test_a_call_that_is_given_up_leaves_no_file(
    hass: HomeAssistant, simulator: Simulator, media: Path, path: str
) -> None:
    """While it is spoken: Home Assistant hears it to the end, and the next call has it at once."""
    simulator.profile = Profile(speed=3)
    call = hass.async_create_task(generate(hass, path=f"new/{path}"))
    await simulator.journal.until(lambda journal: any("audio" in f for e in (WHOLE, GROWING) for f in journal.sent(e)))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert is_empty(media)
    assert (await generate(hass, path=path))["cached"] is True
    assert list(files_below(media)) == [path]
    assert times_spoken(simulator) == 1


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_without_a_converter_other_formats_are_not_made(
    hass: HomeAssistant, simulator: Simulator, media: Path
) -> None:
    """Of what is not made here; the caller is told which program is missing."""
    await async_setup_component(hass, "ffmpeg", {"ffmpeg": {"ffmpeg_bin": "/nowhere/ffmpeg"}})
    await set_up(hass, account_entry(simulator.url, voice_subentry("voice-1")))
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, path="door.ogg")
    assert error.value.translation_key == "conversion_failed"
    assert "ffmpeg" in str(error.value)
    assert files_below(media) == {}
    for path in ("door.mp3", "door.wav", "door.flac", "door.ulaw"):
        await generate(hass, path=path)
    assert len(files_below(media)) == 4
    await given_up()


@pytest.mark.usefixtures("account", "media")
async def test_what_is_kept_and_damaged_is_no_speech(hass: HomeAssistant, tts_cache: Path) -> None:
    """As after a power failure; the action that the error names mends it."""
    await generate(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    [file] = kept(tts_cache)
    await hass.services.async_call("tts", "clear_cache", blocking=True)
    file.write_bytes(b"")
    await hass.data[DATA_TTS_MANAGER].async_init_cache()
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, path="door.mp3")
    assert error.value.translation_key == "audio_unreadable"
    await hass.services.async_call("tts", "clear_cache", blocking=True)
    assert (await generate(hass, path="door.mp3"))["cached"] is False


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


@pytest.mark.usefixtures("account")
async def test_files_are_written_for_administrators_and_automations(
    hass: HomeAssistant, simulator: Simulator, media: Path, hass_admin_user: MockUser
) -> None:
    """Others may have a URL, at most; nothing is spoken for a file that is not to be."""
    guest = MockUser(name="Guest").add_to_hass(hass)
    guest.mock_policy({"entities": True})
    for user_id in (guest.id, "nobody"):
        with pytest.raises((Unauthorized, UnknownUser)):
            await generate(hass, context=Context(user_id=user_id), path="door.mp3")
    assert not simulator.journal.sockets
    assert is_empty(media)
    assert (await generate(hass, context=Context(user_id=guest.id)))["path"] is None
    for context in (Context(user_id=hass_admin_user.id), Context()):
        await generate(hass, context=context, path="door.mp3", overwrite=True)
    assert list(files_below(media)) == ["door.mp3"]

"""The action `generate` when it can't do as it is told: the caller hears why, and no file is left."""

import asyncio
from pathlib import Path
from typing import Any, Final

from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.folders import files_below, is_empty
from tests.generating import generate, times_spoken
from tests.helpers import account_entry, set_up, voice_subentry
from tests.other_engine import OtherEngine
from tests.simulator import Failure, Fault, Profile, Simulator
from tests.speaking import COMPLETE, GROWING, WHOLE, given_up, kept

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
async def test_one_of_two_calls_at_once_gets_the_file(hass: HomeAssistant, simulator: Simulator, media: Path) -> None:
    """The other one is told; it was spoken once for both."""
    results = await asyncio.gather(*(generate(hass, path="door.wav") for _ in range(2)), return_exceptions=True)
    (refused,) = (result for result in results if isinstance(result, HomeAssistantError))
    assert refused.translation_key == "file_exists"
    assert files_below(media)["door.wav"].endswith(COMPLETE)
    assert times_spoken(simulator) == 1


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

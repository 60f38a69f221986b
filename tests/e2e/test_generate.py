"""Files made by the action `generate` in a whole Home Assistant 2026.11."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.decoded import FFMPEG, decoded
from tests.home.journal import Journal, listening
from tests.home.speech import LOUDSPEAKER, add_speaker

from .conftest import Running, require

TEXT = "The washing machine in the cellar has finished. Somebody is standing at the front door with a parcel."
NATIVE_RATE = 24000
LOSSLESS = ("wav", "flac")
LONGEST_DELAY = NATIVE_RATE // 16


@pytest.fixture
async def journal(home: Home, running: Running) -> AsyncIterator[Journal]:
    """Add a voice, and let the simulator remember what it says from now on."""
    require(FFMPEG, "No ffmpeg here; scripts/setup ffmpeg installs it.")
    await add_speaker(home, running.service, "en", "Emily Carter")
    async with listening(home, running.service) as journal:
        yield journal


async def generate(home: Home, **data: Any) -> dict[str, Any]:
    """Call the action as an automation does, and return its response."""
    answer = await home.post("/api/services/kugelaudio/generate?return_response", {"message": TEXT, **data})
    response: dict[str, Any] = answer["service_response"]
    return response


def likeness(made: bytes, heard: bytes) -> float:
    """Return how much a decoded file sounds like what was made, where an encoder may have delayed it a little."""
    original, copy = (np.frombuffer(pcm, dtype=np.int16).astype(float) for pcm in (made, heard))
    copy = np.pad(copy, (0, LONGEST_DELAY))
    begin = NATIVE_RATE // 2
    delay = np.correlate(copy[: begin + LONGEST_DELAY], original[:begin], "valid").argmax()
    return float(np.corrcoef(original, copy[delay : delay + len(original)])[0, 1])


def content(path: Path) -> bytes:
    """Return what is in a file, which is on this machine, too."""
    return path.read_bytes()


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("audio_format", ["wav", "flac", "mp3", "ogg"])
async def test_a_file_of_each_format_holds_the_same_speech(home: Home, journal: Journal, audio_format: str) -> None:
    """It is played from the media folder, and lasts as long as the response says."""
    response = await generate(home, path=f"generated/{audio_format}/speech", format=audio_format, overwrite=True)
    path = Path(response["path"])
    assert path.name == f"speech.{audio_format}"
    pcm = await decoded(content(path), NATIVE_RATE)
    (made,) = await journal.spoken()
    assert likeness(made, pcm) > 0.99
    assert (pcm == made) is (audio_format in LOSSLESS)
    assert response["duration_s"] == pytest.approx(len(pcm) / 2 / NATIVE_RATE, abs=0.1)
    assert response["cached"] is False
    assert response["characters"] == len(TEXT)
    assert response["cost_cents"] > 0
    media = await home.command("media_source/resolve_media", media_content_id=response["media_content_id"])
    async with home.session.get(f"{home.url}{media['url']}") as played:
        assert await played.read() == content(path)
    async with home.session.get(response["url"]) as played:
        assert likeness(made, await decoded(await played.read(), NATIVE_RATE)) > 0.99


async def test_subtitles_lie_beside_their_audio(home: Home, journal: Journal) -> None:
    """A loudspeaker plays it; both files are whole, and nothing else is in their folder."""
    response = await generate(home, path="generated/subtitled.mp3", subtitles="srt", words=True, overwrite=True)
    path, beside = Path(response["path"]), Path(response["subtitles_path"])
    assert beside == path.with_suffix(".srt")
    lines = content(beside).decode().splitlines()
    assert " ".join(line for line in lines if line[:1].isalpha()) == TEXT
    assert [word["word"] for word in response["words"]] == TEXT.split()
    # Both are rounded to milliseconds.
    assert 1000 * response["duration_s"] + 1 >= response["words"][-1]["end_ms"] > 4000
    assert names(path.parent) == ["subtitled.mp3", "subtitled.srt"]
    assert len(await journal.spoken()) == 1
    before = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    target = {"entity_id": LOUDSPEAKER, "media_content_type": "music"}
    await home.call("media_player.play_media", {**target, "media_content_id": response["media_content_id"]})
    state = await home.wait_for(LOUDSPEAKER, lambda now: now.attributes["times_played"] > before, timeout_s=60)
    assert state.attributes["seconds"] == pytest.approx(response["duration_s"], abs=0.1)


async def test_what_is_refused_is_told_and_costs_nothing(home: Home, journal: Journal) -> None:
    """In words that tell what to do."""
    for path, word in (("/etc/speech.mp3", "allowlist_external_dirs"), ("../speech.mp3", "dot"), ("a.txt", "mp3")):
        with pytest.raises(HomeError, match=word):
            await generate(home, path=path)
    assert await journal.spoken() == []

"""When words are heard: in the response of `generate`, and as subtitles beside its file."""

from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.folders import files_below
from tests.generating import RATE, SECONDS, generate, times_spoken
from tests.simulator import Fault, Simulator, tone_pcm
from tests.speaking import TEXT

pytestmark = pytest.mark.usefixtures("account")

SRT: Final = """\
1
00:00:00,000 --> 00:00:{last}
The washing machine has finished.
"""
VTT: Final = """\
WEBVTT

00:00:00.000 --> 00:00:{last}
The washing machine has finished.
"""


def assert_timed(words: list[dict[str, Any]], text: str, seconds: float) -> None:
    """Check that the words of a text are told, one after the other, within the time that it takes."""
    assert [word["word"] for word in words] == text.split()
    assert all(word["start_ms"] < word["end_ms"] for word in words)
    assert all(one["end_ms"] <= other["start_ms"] for one, other in pairwise(words))
    assert words[-1]["end_ms"] == pytest.approx(1000 * seconds, abs=2)


@pytest.mark.parametrize("audio_format", ["wav", "mp3"])
async def test_words_are_told_with_their_times(hass: HomeAssistant, audio_format: str) -> None:
    """In milliseconds of the audio, whatever its format."""
    response = await generate(hass, words=True, format=audio_format)
    assert_timed(response["words"], TEXT, SECONDS)
    assert response["words"][0]["start_ms"] == 0


async def test_words_come_after_the_silence_in_front_of_them(hass: HomeAssistant) -> None:
    """As they are heard in the file."""
    response = await generate(hass, words=True, format="wav", lead_in_ms=750, tail_ms=500)
    assert response["words"][0]["start_ms"] == 750
    assert_timed(response["words"], TEXT, SECONDS + 0.75)


async def test_words_of_a_dialogue_are_told_too(hass: HomeAssistant) -> None:
    """Pauses count."""
    lines = [
        {"text": "Who is there?", "pause_ms": 400},
        {"voice": "Nathan Cole", "text": "The post."},
    ]
    response = await hass.services.async_call(
        "kugelaudio",
        "generate",
        {"dialogue": lines, "words": True, "format": "wav"},
        blocking=True,
        return_response=True,
    )
    assert response
    first_s, second_s = (len(tone_pcm(text, RATE)) / 2 / RATE for text in ("Who is there?", "The post."))
    assert_timed(response["words"], "Who is there? The post.", first_s + 0.4 + second_s)  # type: ignore[arg-type]  # words


@pytest.mark.parametrize(("subtitle_format", "text"), [("srt", SRT), ("vtt", VTT)])
async def test_subtitles_are_written_beside_the_audio(
    hass: HomeAssistant, media: Path, subtitle_format: str, text: str
) -> None:
    """With the same name; the response tells where."""
    response = await generate(hass, path="doors/front.wav", subtitles=subtitle_format)
    point = "," if subtitle_format == "srt" else "."
    last_ms = round(1000 * SECONDS)
    files = files_below(media)
    assert set(files) == {"doors/front.wav", f"doors/front.{subtitle_format}"}
    expected = text.format(last=f"{last_ms // 1000:02}{point}{last_ms % 1000:03}")
    assert files[f"doors/front.{subtitle_format}"].decode() == expected
    assert response["subtitles_path"] == str(media / "doors" / f"front.{subtitle_format}")
    assert response["words"] is None


async def test_words_are_asked_of_the_provider_every_time(
    hass: HomeAssistant, simulator: Simulator, media: Path
) -> None:
    """Home Assistant keeps the sound alone; what was made for them is not kept."""
    first = await generate(hass, path="one.mp3", subtitles="srt")
    again = await generate(hass, words=True)
    plain = await generate(hass)
    assert [response["cached"] for response in (first, again, plain)] == [False, False, False]
    assert times_spoken(simulator) == 3
    assert len(files_below(media)) == 2
    assert again["media_content_id"].startswith("media-source://tts/-stream-/")


async def test_without_times_there_are_no_subtitles(hass: HomeAssistant, simulator: Simulator, media: Path) -> None:
    """Over REST the provider tells none: no file is written, and the caller is told."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=426)
    with pytest.raises(HomeAssistantError) as error:
        await generate(hass, path="door.mp3", subtitles="srt")
    assert error.value.translation_key == "no_word_times"
    assert files_below(media) == {}
    response = await generate(hass, path="door.mp3", words=True)
    assert response["words"] == []
    assert list(files_below(media)) == ["door.mp3"]

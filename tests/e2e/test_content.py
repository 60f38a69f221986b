"""What is heard is what was to be said: compared sample by sample, and listened to by a speech recognition."""

import numpy as np
import pytest

from tests.home.assistant import add_assistant, ask, holds_all, tokens
from tests.home.client import Home
from tests.home.decoded import FFMPEG, decoded
from tests.home.journal import Journal
from tests.home.player import fetch_speech
from tests.home.recognizer import SAMPLE_RATE, recognized
from tests.home.speech import StoredVoice, add_speaker

from .conftest import Running, require

SENTENCES = (
    "The washing machine in the cellar has finished its work.",
    "The window in the bedroom upstairs is still wide open.",
    "Somebody is standing at the front door with a parcel.",
    "The battery of the smoke detector has to be changed.",
    "It will start to rain in the garden before the evening.",
    "The children should come down to the kitchen for dinner.",
    "The car in the garage is charged and ready to drive.",
    "The light in the hallway has been on since this morning.",
)
ANNOUNCEMENT = " ".join(SENTENCES[:2])
STORY = " ".join(SENTENCES[:6])
NATIVE_RATE = 24000
# LAME begins with a frame of its own and the delay of its filters, and fills up the last frame.
MP3_PADDING = range(4 * 576)


@pytest.fixture
async def speaker(home: Home, running: Running) -> StoredVoice:
    """Add a voice whose answers are not converted."""
    return await add_speaker(home, running.service, "en", "Emily Carter", format="wav")


@pytest.fixture
def ffmpeg() -> None:
    """Require the program that decodes what a media player gets."""
    require(FFMPEG, "No ffmpeg here; scripts/setup ffmpeg installs it.")


async def fetch_file(home: Home, speaker: StoredVoice, text: str, audio_format: str) -> bytes:
    """Return a text's speech as a media player gets it: a file in the format that it asked for."""
    await home.call("tts.clear_cache", {})
    request = {"engine_id": speaker.entity_id, "message": text, "options": {"preferred_format": audio_format}}
    url = (await home.post("/api/tts_get_url", request))["url"]
    assert url.endswith(f".{audio_format}")
    async with home.session.get(url) as response:
        response.raise_for_status()
        return await response.read()


@pytest.mark.parametrize("sample_rate", [16000, 22050, 24000])
async def test_announcement_arrives_to_the_last_sample(
    home: Home, journal: Journal, speaker: StoredVoice, sample_rate: int
) -> None:
    """At the rates of the provider that players and satellites ask for, also when it is played again."""
    speech = await fetch_speech(home, speaker.entity_id, ANNOUNCEMENT, options={"preferred_sample_rate": sample_rate})
    assert speech.format.sample_rate == sample_rate
    assert speech.seconds > 4
    assert await journal.spoken() == [speech.pcm]
    async with home.session.get(speech.url) as response:
        assert (await response.read()).endswith(speech.pcm)
    assert len(await journal.spoken()) == 1


@pytest.mark.usefixtures("ffmpeg")
async def test_announcement_as_flac_arrives_to_the_last_sample(
    home: Home, journal: Journal, speaker: StoredVoice
) -> None:
    """The conversion to a lossless format loses nothing."""
    pcm = await decoded(await fetch_file(home, speaker, ANNOUNCEMENT, "flac"), NATIVE_RATE)
    assert await journal.spoken() == [pcm]


@pytest.mark.usefixtures("ffmpeg")
async def test_announcement_as_mp3_is_complete(home: Home, journal: Journal, speaker: StoredVoice) -> None:
    """It is as long as what was made, but for the encoder's padding, and sounds the same."""
    pcm = await decoded(await fetch_file(home, speaker, ANNOUNCEMENT, "mp3"), NATIVE_RATE)
    (made,) = (np.frombuffer(pcm, dtype=np.int16).astype(float) for pcm in await journal.spoken())
    heard = np.frombuffer(pcm, dtype=np.int16).astype(float)
    longer = len(heard) - len(made)
    assert longer in MP3_PADDING
    delay = np.correlate(heard[: NATIVE_RATE + longer], made[:NATIVE_RATE], "valid").argmax()
    assert np.corrcoef(made, heard[delay : delay + len(made)])[0, 1] > 0.99


async def test_answer_of_a_language_model_arrives_to_the_last_sample(
    home: Home, journal: Journal, speaker: StoredVoice
) -> None:
    """Written at 40 words per second it is heard before its end is written, and nothing is lost between sentences."""
    pipeline = await add_assistant(home, speaker.entity_id)
    script = tokens(STORY, per_second=40)
    answer = await ask(home, pipeline, script)
    assert answer.arrivals[0].at_s < sum(part for part in script if isinstance(part, float))
    (made,) = await journal.spoken()
    assert holds_all(answer.pcm, made)


@pytest.mark.usefixtures("ffmpeg")
@pytest.mark.parametrize("sentence", SENTENCES[:4])
async def test_announcement_is_understood(home: Home, speaker: StoredVoice, sentence: str) -> None:
    """A listener tells it from others that are as long; so the test of each is the counter-test of the others."""
    pcm = await decoded(await fetch_file(home, speaker, sentence, "mp3"), SAMPLE_RATE)
    assert recognized(pcm, SENTENCES) == sentence

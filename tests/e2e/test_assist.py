"""Voice assistants in a whole Home Assistant 2026.11: the language model's words in, PCM out."""

import asyncio

import pytest

from tests.home.assistant import FAIL, Answer, add_assistant, ask, assert_whole, holds_all, tokens
from tests.home.client import Home
from tests.home.decoded import FFMPEG, decoded
from tests.home.journal import Journal
from tests.home.player import fetch_speech
from tests.home.processes import programs_of
from tests.home.speech import StoredVoice, add_speaker

from .conftest import Running, require

STORY = (
    "There was once a washing machine that lived in a cellar. It was proud of its work, and told everybody about it. "
    "One day it finished early, and nobody came. So it waited."
)


@pytest.fixture
async def speaker(home: Home, running: Running) -> StoredVoice:
    """Add a voice whose speech is not converted."""
    return await add_speaker(home, running.service, "en", "Emily Carter", format="wav")


@pytest.fixture
async def pipeline(home: Home, speaker: StoredVoice) -> str:
    """Add an assistant that speaks with it."""
    return await add_assistant(home, speaker.entity_id)


def silence_in(answer: Answer) -> int:
    """Return the bytes of all pieces that are nothing but silence."""
    return sum(len(arrival.pcm) for arrival in answer.arrivals if not any(arrival.pcm))


async def test_answer_is_spoken_while_it_is_written(home: Home, journal: Journal, pipeline: str) -> None:
    """The first word is heard before the last is written, and every sample arrives."""
    script = tokens(STORY, per_second=6)
    answer = await ask(home, pipeline, script)
    writing_s = sum(part for part in script if isinstance(part, float))
    assert answer.arrivals[0].at_s < writing_s
    assert "error" not in answer.events
    assert_whole(answer, *await journal.spoken())


async def test_tool_call_does_not_starve_the_satellite(home: Home, journal: Journal, pipeline: str) -> None:
    """What was said before it is heard before it ends; silence fills the rest; what follows is heard, too."""
    before = "Let me have a look at what the thermometer in the living room says at the moment, please."
    answer = await ask(home, pipeline, [*tokens(before), 6.0, *tokens("It is twenty one degrees.")])
    made = b"".join(await journal.spoken())
    assert len(answer.heard_until(6.0).strip(b"\0")) > 3 * answer.bytes_per_second
    # Without silence it would be six seconds; a busy machine may be late with it.
    assert answer.starved_s < 2
    assert len(answer.pcm) - silence_in(answer) == pytest.approx(len(made), abs=9600)
    assert holds_all(answer.pcm, made)
    assert any(answer.pcm[-answer.bytes_per_second :])


async def test_agent_that_fails_is_heard_as_far_as_it_came(home: Home, journal: Journal, pipeline: str) -> None:
    """Home Assistant leaves the text open then: what was said is spoken all the same, and the next answer, too."""
    with pytest.raises(TimeoutError):
        await ask(home, pipeline, [*tokens(STORY[:80], per_second=200), FAIL], patience_s=10)
    assert len(b"".join(await journal.spoken())) > 48000
    await journal.forget()
    answer = await ask(home, pipeline, tokens(STORY))
    assert_whole(answer, *await journal.spoken())


async def test_two_assistants_at_once_are_heard_apart(home: Home, journal: Journal, pipeline: str) -> None:
    """Each satellite hears its own answer, whole and nothing else."""
    other = STORY.replace("washing machine", "coffee machine").replace("cellar", "kitchen on the second floor")
    answers = await asyncio.gather(ask(home, pipeline, tokens(STORY)), ask(home, pipeline, tokens(other)))
    made = sorted(await journal.spoken(), key=len)
    for answer, speech in zip(answers, made, strict=True):
        assert_whole(answer, speech)


@pytest.mark.parametrize("sample_rate", [16000, 22050])
async def test_satellites_get_pcm_that_nobody_had_to_convert(
    home: Home, running: Running, speaker: StoredVoice, sample_rate: int
) -> None:
    """At the rates of ESPHome, VoIP and Wyoming satellites no ffmpeg runs."""
    wish = {"preferred_sample_rate": sample_rate, "preferred_sample_channels": 1, "preferred_sample_bytes": 2}
    async with programs_of(running.pid) as programs:
        heard = await fetch_speech(home, speaker.entity_id, STORY, options=wish)
    assert heard.format.sample_rate == sample_rate
    assert heard.seconds > 5
    assert not programs


@pytest.mark.parametrize(
    "wish",
    [
        {"preferred_format": "mp3"},
        {"preferred_format": "flac", "preferred_sample_rate": 48000, "preferred_sample_channels": 1},
        {"preferred_format": "wav", "preferred_sample_rate": 44100, "preferred_sample_channels": 2},
        {"preferred_format": "mp3", "preferred_sample_rate": 48000, "preferred_bitrate": 64},
    ],
    ids=lambda wish: "-".join(map(str, wish.values())),
)
async def test_players_get_what_they_ask_for_without_a_converter(
    home: Home, running: Running, journal: Journal, speaker: StoredVoice, wish: dict[str, str | int]
) -> None:
    """Whole, in any format that is made here."""
    require(FFMPEG, "No ffmpeg here; scripts/setup ffmpeg installs it.")
    request = {"engine_id": speaker.entity_id, "message": STORY, "options": wish}
    async with programs_of(running.pid) as programs:
        answer = await home.post("/api/tts_get_url", request)
        async with home.session.get(answer["url"]) as response:
            audio = await response.read()
    assert not programs
    [made] = await journal.spoken()
    seconds = len(await decoded(audio, 24000)) / 48000
    assert seconds == pytest.approx(len(made) / 48000, abs=0.1)

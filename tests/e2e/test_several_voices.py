"""Several voices in one message in a whole Home Assistant 2026.11: what each of them says arrives, and in its order."""

import pytest

from tests.home.assistant import add_assistant, ask, holds_all, tokens
from tests.home.client import Home
from tests.home.journal import Journal
from tests.home.player import fetch_speech
from tests.home.speech import StoredVoice, add_speaker

from .conftest import Running

VOICES = ("Samantha Ferris", "Nathan Cole", "Emily Carter", "Hans")


@pytest.fixture
async def speaker(home: Home, running: Running) -> StoredVoice:
    """Add a voice whose speech is not converted."""
    return await add_speaker(home, running.service, "en", "Emily Carter", format="wav")


async def test_dialogue_is_heard_without_a_gap(home: Home, speaker: StoredVoice, journal: Journal) -> None:
    """Twelve lines with four voices, nothing between them and nothing left out."""
    lines = [f"[voice:{VOICES[number % 4]}] This is line number {number}." for number in range(12)]
    heard = await fetch_speech(home, speaker.entity_id, " ".join(lines))
    made = await journal.contexts()
    assert len(made) == 12
    assert len(heard.pcm) == sum(map(len, made))
    assert all(line in heard.pcm for line in made)


async def test_language_model_changes_the_voice(home: Home, speaker: StoredVoice, journal: Journal) -> None:
    """While it still writes."""
    story = (
        "Once there was a washing machine, and it said: [voice:Nathan Cole] I have finished, and nobody comes! "
        "[voice:Emily Carter] So it waited until the morning."
    )
    answer = await ask(home, await add_assistant(home, speaker.entity_id), tokens(story, per_second=30))
    assert all(holds_all(answer.pcm, made) for made in await journal.spoken())
    assert sorted(map(str, await journal.voices())) == ["1072", "2005", "2005"]

"""A server of the oldest documents in a whole Home Assistant 2026.11: set up by its form alone, it speaks."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
import pytest_socket

from tests.home.assistant import add_assistant, ask, holds_all, tokens
from tests.home.client import Home
from tests.home.journal import Journal, listening
from tests.home.player import fetch_speech
from tests.home.simulator import KEY, Simulator
from tests.home.speech import Service, StoredVoice, add_second_speaker, add_speaker, hear_from_loudspeaker
from tests.ports import free_port

from .conftest import Running

TEXT = "The washing machine in the cellar has finished."
STORY = "There was once a washing machine. It finished early, and nobody came, so it waited until the morning."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(running: Running, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Run a server of that kind beside the other one."""
    assert running.pid
    pytest_socket.enable_socket()
    with Simulator(free_port(), "--provider", "seeds", log=tmp_path_factory.mktemp("seeds") / "log") as simulator:
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
        yield Service(KEY, simulator.url)


@pytest.fixture
async def journal(home: Home, service: Service) -> AsyncIterator[Journal]:
    """Let the server remember what it says from now on."""
    async with listening(home, service) as journal:
        yield journal


@pytest.fixture
async def speaker(home: Home, service: Service) -> StoredVoice:
    """Set up an account, and take what the form proposes."""
    return await add_speaker(home, service, "en", "Samantha Ferris")


async def test_announcements_are_heard_whole(home: Home, speaker: StoredVoice) -> None:
    """As WAV and as MP3, the first and those after it."""
    made = await fetch_speech(home, speaker.entity_id, TEXT)
    for _ in range(2):
        played = await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
        assert (played["http_status"], played["content_type"]) == (200, "audio/mpeg")
        assert abs(played["seconds"] - made.seconds) < 0.2


async def test_assistant_is_heard_whole(home: Home, service: Service, journal: Journal) -> None:
    """While it is written, one answer after the other."""
    speaker = await add_speaker(home, service, "en", "Samantha Ferris", format="wav")
    pipeline = await add_assistant(home, speaker.entity_id)
    for _ in range(2):
        answer = await ask(home, pipeline, tokens(STORY, per_second=30))
        assert "error" not in answer.events
        assert all(holds_all(answer.pcm, made) for made in await journal.spoken())
        await journal.forget()


async def test_dialogue_is_heard_whole(home: Home, speaker: StoredVoice, journal: Journal) -> None:
    """Each line by its own voice."""
    await add_second_speaker(home, speaker, "en", "Nathan Cole")
    lines = ["[voice:Nathan Cole] Who is there?", "[voice:Samantha Ferris] It is me.", "[voice:Nathan Cole] Come in."]
    heard = await fetch_speech(home, speaker.entity_id, " ".join(lines))
    made = await journal.contexts()
    assert (len(made), len(heard.pcm)) == (3, sum(map(len, made)))

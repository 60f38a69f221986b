"""Voice assistants in a whole Home Assistant 2026.11: the language model's words in, PCM out."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.home.assistant import FAIL, Answer, add_assistant, ask, tokens
from tests.home.client import Home
from tests.home.player import fetch_speech
from tests.home.speech import Speaker, add_speaker

from .conftest import Running

STORY = (
    "There was once a washing machine that lived in a cellar. It was proud of its work, and told everybody about it. "
    "One day it finished early, and nobody came. So it waited."
)
GROWING = "/ws/tts/stream"


@pytest.fixture
async def speaker(home: Home, running: Running) -> Speaker:
    """Add a voice whose speech is not converted."""
    await forget(home, running)
    return await add_speaker(home, running.service, "en", "Emily Carter", format="wav")


@pytest.fixture
async def pipeline(home: Home, speaker: Speaker) -> str:
    """Add an assistant that speaks with it."""
    return await add_assistant(home, speaker.entity_id)


async def journal(home: Home, running: Running) -> dict[str, Any]:
    """Return what the simulator saw and said."""
    async with home.session.get(f"{running.service.url}/_simulator/journal") as response:
        found: dict[str, Any] = await response.json()
        return found


async def forget(home: Home, running: Running) -> None:
    """Let the simulator forget what it saw and said."""
    async with home.session.delete(f"{running.service.url}/_simulator/journal") as response:
        response.raise_for_status()


async def spoken_bytes(home: Home, running: Running) -> int:
    """Return how much PCM the simulator made of growing texts."""
    found = await journal(home, running)
    frames = [sent["frame"] for socket in found["sockets"] if socket["path"] == GROWING for sent in socket["sent"]]
    return 2 * sum(int(frame["audio"]) for frame in frames if "audio" in frame)


def silence_in(answer: Answer) -> int:
    """Return the bytes of all pieces that are nothing but silence."""
    return sum(len(arrival.pcm) for arrival in answer.arrivals if not any(arrival.pcm))


def assert_whole(pcm: bytes, made: int) -> None:
    """Check that all that was made arrived, and hardly more: silence bridges the gaps between sentences."""
    assert 48000 < made <= len(pcm) <= made + 24000


async def test_answer_is_spoken_while_it_is_written(home: Home, running: Running, pipeline: str) -> None:
    """The first word is heard long before the last is written, and every sample arrives."""
    script = tokens(STORY, per_second=12)
    answer = await ask(home, pipeline, script)
    writing_s = sum(part for part in script if isinstance(part, float))
    assert answer.arrivals[0].at_s < writing_s / 2
    assert "error" not in answer.events
    assert_whole(answer.pcm, await spoken_bytes(home, running))


async def test_tool_call_does_not_starve_the_satellite(home: Home, running: Running, pipeline: str) -> None:
    """What was said before it is heard before it ends; silence fills the rest; what follows is heard, too."""
    before = "Let me have a look at what the thermometer in the living room says at the moment, please."
    answer = await ask(home, pipeline, [*tokens(before), 6.0, *tokens("It is twenty one degrees.")])
    made = await spoken_bytes(home, running)
    assert len(answer.heard_until(6.0).strip(b"\0")) > 3 * answer.bytes_per_second
    assert answer.starved_s < 0.2
    assert len(answer.pcm) - silence_in(answer) == pytest.approx(made, abs=9600)
    assert any(answer.pcm[-answer.bytes_per_second :])


async def test_agent_that_fails_is_heard_as_far_as_it_came(home: Home, running: Running, pipeline: str) -> None:
    """Home Assistant leaves the text open then: what was said is spoken all the same, and the next answer, too."""
    with pytest.raises(TimeoutError):
        await ask(home, pipeline, [*tokens(STORY[:80], per_second=200), FAIL], patience_s=6)
    assert await spoken_bytes(home, running) > 48000
    await forget(home, running)
    answer = await ask(home, pipeline, tokens(STORY))
    assert_whole(answer.pcm, await spoken_bytes(home, running))


async def test_two_assistants_at_once_are_heard_apart(home: Home, running: Running, pipeline: str) -> None:
    """Each satellite hears its own answer, whole."""
    other = STORY.replace("washing machine", "coffee machine").replace("cellar", "kitchen on the second floor")
    answers = await asyncio.gather(ask(home, pipeline, tokens(STORY)), ask(home, pipeline, tokens(other)))
    assert_whole(b"".join(answer.pcm for answer in answers), await spoken_bytes(home, running))
    assert len(answers[1].pcm) > len(answers[0].pcm)


@pytest.mark.parametrize("sample_rate", [16000, 22050])
async def test_satellites_get_pcm_that_nobody_had_to_convert(
    home: Home, running: Running, speaker: Speaker, sample_rate: int
) -> None:
    """At the rates of ESPHome, VoIP and Wyoming satellites no ffmpeg runs."""
    seen: set[str] = set()
    watching = asyncio.create_task(watch_children(running.pid, seen))
    wish = {"preferred_sample_rate": sample_rate, "preferred_sample_channels": 1, "preferred_sample_bytes": 2}
    heard = await fetch_speech(home, speaker.entity_id, STORY, options=wish)
    watching.cancel()
    assert heard.format.sample_rate == sample_rate
    assert heard.seconds > 5
    assert not seen


async def watch_children(pid: int, seen: set[str]) -> None:
    """Note the names of the programs that a process starts."""
    while True:
        seen.update(children_of(pid))
        await asyncio.sleep(0.002)


def children_of(pid: int) -> set[str]:
    """Return the names of the programs that a process has started and that run now."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return {Path(f"/proc/{child}/comm").read_text().strip() for child in children}

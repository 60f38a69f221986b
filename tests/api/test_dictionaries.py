"""Pronunciation dictionaries: listed, chosen, and heard in every way to speak."""

import asyncio
from dataclasses import replace

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import NotKugelAudioError
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import Dictionary, VoiceSettings
from tests.simulator import Simulator
from tests.simulator.dictionaries import CREATED_AT

from .conftest import ScriptedServer
from .speech import GROWING, LIMIT_S, WHOLE, tones
from .words import Way, by_context, by_turn, by_whole, timed

MULTI = "/ws/tts/multi"
GERMAN = VoiceSettings(voice_id="268", language="de", project_id=42)
TEXT = "KugelAudio und HA sind da."
# What the simulator's dictionaries make of it: "House" (7) is an active one for German, "Abbreviations" (9) is not.
SPOKEN: dict[tuple[int, ...] | None, str] = {
    None: "Kugel Audio und HA sind da.",
    (): "KugelAudio und HA sind da.",
    (9,): "KugelAudio und Home Assistant sind da.",
    (7, 9): "Kugel Audio und Home Assistant sind da.",
}


async def by_rest(
    client: KugelAudioClient, sentences: list[str], metrics: GenerationMetrics, voice: VoiceSettings
) -> bytes:
    """Speak over REST."""
    return b"".join([pcm async for pcm in client.generate(" ".join(sentences), voice, metrics, Deadline(LIMIT_S))])


every_way = pytest.mark.parametrize("speak", [by_whole, by_turn, by_context, by_rest])


async def test_dictionaries_are_listed(client: KugelAudioClient) -> None:
    """Those of the key's project, with its number, inactive ones too."""
    assert await client.dictionaries() == (
        Dictionary(id=7, name="House", language="de", is_active=True, project_id=42, updated_at=CREATED_AT),
        Dictionary(id=9, name="Abbreviations", language=None, is_active=False, project_id=42, updated_at=CREATED_AT),
    )


@pytest.mark.parametrize("answer", ["[]", "{}", '{"dictionaries": null}', "null"])
async def test_another_answer_is_no_list(session: ClientSession, scripted: ScriptedServer, answer: str) -> None:
    """A server that answers otherwise is no KugelAudio."""
    scripted.body = answer
    with pytest.raises(NotKugelAudioError):
        await KugelAudioClient(session, "ka_any", scripted.url).dictionaries()


@every_way
@pytest.mark.parametrize("ids", SPOKEN)
async def test_a_choice_is_heard(client: KugelAudioClient, speak: Way, ids: tuple[int, ...] | None) -> None:
    """All active ones, none, or exactly those that are asked for."""
    settings = replace(GERMAN, dictionary_ids=ids)
    assert await speak(client, [TEXT], GenerationMetrics(), settings) == tones([SPOKEN[ids]])


@every_way
@pytest.mark.parametrize("ids", SPOKEN)
async def test_nothing_is_asked_for_without_a_project(
    client: KugelAudioClient, simulator: Simulator, speak: Way, ids: tuple[int, ...] | None
) -> None:
    """The server would refuse a list of dictionaries without one; null takes an earlier one back."""
    settings = replace(GERMAN, project_id=None, dictionary_ids=ids)
    assert await speak(client, [TEXT], GenerationMetrics(), settings) == tones([TEXT])
    sent = [message for path in (WHOLE, GROWING, MULTI) for message in simulator.journal.received(path)]
    assert {message.get(name) for message in sent for name in ("project_id", "dictionary_ids")} <= {None}


@pytest.mark.parametrize(("speak", "path"), [(by_turn, GROWING), (by_context, MULTI)])
async def test_a_project_ends_with_its_utterance(
    client: KugelAudioClient, simulator: Simulator, speak: Way, path: str
) -> None:
    """A voice without one that speaks on the same socket has no dictionaries."""
    await speak(client, [TEXT], GenerationMetrics(), replace(GERMAN, dictionary_ids=(7, 9)))
    assert await speak(client, [TEXT], GenerationMetrics(), replace(GERMAN, project_id=None)) == tones([TEXT])
    assert len(simulator.journal.sockets_of(path)) == 1


@pytest.mark.parametrize(("speak", "path"), [(by_whole, WHOLE), (by_turn, GROWING), (by_context, MULTI)])
async def test_a_choice_ends_with_its_utterance(
    client: KugelAudioClient, simulator: Simulator, speak: Way, path: str
) -> None:
    """Also on a socket that keeps what it was told: the next one there has its own."""
    for ids in ((7, 9), None, (), None, (9,), None):
        settings = replace(GERMAN, dictionary_ids=ids)
        assert await speak(client, [TEXT], GenerationMetrics(), settings) == tones([SPOKEN[ids]])
    assert len(simulator.journal.sockets_of(path)) == 1


async def test_choices_at_the_same_time_do_not_meet(client: KugelAudioClient, simulator: Simulator) -> None:
    """On `/ws/tts/multi` they are the whole socket's, so each has one of its own."""
    heard = await asyncio.gather(
        *(by_context(client, [TEXT], GenerationMetrics(), replace(GERMAN, dictionary_ids=ids)) for ids in SPOKEN)
    )
    assert heard == [tones([spoken]) for spoken in SPOKEN.values()]
    assert len(simulator.journal.sockets_of(MULTI)) == len(SPOKEN)


async def test_timed_words_are_those_that_are_spoken(client: KugelAudioClient) -> None:
    """The server times what it says, not what was written."""
    metrics = GenerationMetrics()
    await by_turn(client, [TEXT], metrics, replace(GERMAN, word_timestamps=True))
    assert metrics.words == timed("Kugel Audio und HA sind da.")

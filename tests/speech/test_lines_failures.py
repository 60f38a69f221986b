"""Several voices in one utterance, when something goes wrong."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    NotFoundError,
    ServerError,
)
from custom_components.kugelaudio.speech.lines import Line
from custom_components.kugelaudio.speech.metrics import UtteranceMetrics
from tests.api.speech import VOICE
from tests.made_time import MadeTime
from tests.simulator import Fault, Profile, Simulator

from .dialogues import MULTI, SHORT, heard, messages_with, script, speaking, spoken, with_marker


async def test_a_line_that_fails_unheard_is_tried_again(client: KugelAudioClient, simulator: Simulator) -> None:
    """Whatever was heard before it: nothing of its own was."""
    simulator.faults.add(Fault.ERROR_FRAME, after_frames=2, path=MULTI, skip=1)
    lines = script(3)
    assert await heard(client, lines) == spoken(lines)


async def test_a_line_that_fails_amid_its_audio_ends_everything(client: KugelAudioClient, simulator: Simulator) -> None:
    """What was heard of it cannot be taken back."""
    simulator.profile = Profile(speed=2.0)
    simulator.faults.add(Fault.ERROR_FRAME, after_frames=2)
    with pytest.raises(ServerError):
        await heard(client, script(2))


async def test_a_line_that_nobody_can_speak_is_told_when_its_turn_comes(client: KugelAudioClient) -> None:
    """Lines before it are heard to their end; those after it are stopped."""
    lines = [SHORT[0], Line("Nobody says this.", replace(VOICE, voice_id="999999")), SHORT[1]]
    metrics = UtteranceMetrics(VOICE.sample_rate)
    with pytest.raises(NotFoundError):
        await heard(client, lines, metrics)
    assert metrics.audio_bytes == len(spoken(SHORT[:1]))


async def test_a_server_with_fewer_contexts_is_given_fewer(client: KugelAudioClient, simulator: Simulator) -> None:
    """A line that is refused waits for one of the others to end."""
    simulator.profile = Profile(max_contexts=2, first_audio_ms=20)
    lines = script(6)
    assert await heard(client, lines) == spoken(lines)


async def test_one_dialogue_that_fails_harms_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """An error that names a context is that context's alone; the socket carries the others to their end."""
    simulator.profile = Profile(first_audio_ms=20)
    failing = [Line("Nobody.", replace(VOICE, voice_id="999999")), Line("No.", VOICE)]
    results = await asyncio.gather(heard(client, SHORT[:2]), heard(client, failing), return_exceptions=True)
    assert results[0] == spoken(SHORT[:2])
    assert isinstance(results[1], NotFoundError)
    assert len(simulator.journal.sockets_of(MULTI)) == 1
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_an_abandoned_dialogue_is_stopped_at_the_server(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every context that has not ended is closed at once; the next dialogue hears only itself, on the same socket."""
    simulator.profile = Profile(speed=2.0)
    simulator.faults.add(Fault.LATE_AUDIO, times=None, frames=3)
    async with aclosing(speaking(client, script(8))) as speech:
        await anext(speech)
    stopped = {message["context_id"] for message in messages_with(simulator, "immediate")}
    assert len(stopped) == 8
    assert stopped == set(with_marker(simulator, "context_closed"))
    simulator.profile = Profile()
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_server_that_does_not_stop_loses_the_socket(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """Without the confirmation within 2 s, contexts of the abandoned dialogue may still be spoken there."""
    simulator.profile = Profile(speed=20.0)
    simulator.faults.add(Fault.NO_SESSION_CLOSED, times=None)
    async with aclosing(speaking(client, script(4))) as speech:
        await anext(speech)
        began = made_time.time()
    assert made_time.time() - began == pytest.approx(2, abs=0.1)
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_a_dialogue_that_does_not_stop_harms_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """The socket is used up, but not before those who speak on it have ended."""
    simulator.profile = Profile(speed=0.2)
    simulator.faults.add(Fault.NO_SESSION_CLOSED, times=2)
    abandoned = speaking(client, SHORT[:2])
    await anext(abandoned)
    other = asyncio.ensure_future(heard(client, SHORT[:2]))
    await asyncio.sleep(0.01)
    await abandoned.aclose()
    assert not other.done()
    assert await other == spoken(SHORT[:2])
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_a_dialogue_can_be_abandoned_while_the_socket_opens(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Another one that waits for the same handshake gets its socket."""
    simulator.profile = Profile(handshake_ms=40)
    first, second = (asyncio.ensure_future(heard(client, SHORT[:2])) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == spoken(SHORT[:2])
    assert first.cancelled()
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_handshake_for_which_nobody_waits_is_given_up(client: KugelAudioClient, simulator: Simulator) -> None:
    """Who leaves last does not wait for a server that never answers."""
    simulator.faults.add(Fault.HANDSHAKE_HANG)
    speaking = asyncio.ensure_future(heard(client, SHORT))
    await simulator.journal.until(lambda journal: bool(journal.handshakes))
    speaking.cancel()
    await asyncio.wait([speaking], timeout=0.5)
    assert speaking.cancelled()


async def test_a_refused_key_is_told(simulator: Simulator, session: ClientSession) -> None:
    """A handshake that fails fails all who wait for it."""
    client = KugelAudioClient(session, "ka_unknown", simulator.url)
    results = await asyncio.gather(heard(client, SHORT), heard(client, SHORT), return_exceptions=True)
    assert [type(result) for result in results] == [AuthenticationError, AuthenticationError]


async def test_closing_the_client_ends_a_dialogue_with_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nothing is left waiting, and nothing looks complete."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    speech = speaking(client, SHORT)
    await anext(speech)
    waiting = asyncio.ensure_future(anext(speech))
    await asyncio.sleep(0.01)
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await waiting
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await heard(client, SHORT)
    await simulator.journal.until(lambda journal: not journal.open_sockets())

"""Several voices in one utterance, when something goes wrong."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api import contexts, dialogue as dialogue_module
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.dialogue import Line
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    EmptyAudioError,
    InsufficientCreditsError,
    KugelAudioError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from tests.simulator import Fault, Profile, Simulator

from .dialogues import MULTI, SHORT, heard, messages_with, script, spoken, with_marker
from .speech import VOICE


@pytest.mark.parametrize(
    ("fault", "parameters", "error"),
    [
        (Fault.DROP, {}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1000}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1011}, ServerError),
        (Fault.CLOSE, {"code": 1012}, ServerRestartingError),
        (Fault.CLOSE, {"code": 4001}, AuthenticationError),
        (Fault.CLOSE, {"code": 4003}, InsufficientCreditsError),
        (Fault.CLOSE, {"code": 4029}, RateLimitedError),
        (Fault.CLOSE, {"code": 4500}, UnavailableError),
        (Fault.ERROR_FRAME, {}, ServerError),
        (Fault.ERROR_FRAME, {"session": True, "error": "model_unavailable"}, UnavailableError),
        (Fault.NOT_JSON, {}, ProtocolError),
        (Fault.NOT_OBJECT, {}, ProtocolError),
        (Fault.BINARY_FRAME, {}, ProtocolError),
        (Fault.INVALID_BASE64, {}, ProtocolError),
        (Fault.ODD_BYTES, {}, ProtocolError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_loss_raises_and_the_next_dialogue_works(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    parameters: dict[str, Any],
    error: type[KugelAudioError],
    after_frames: int,
) -> None:
    """Nothing that goes wrong makes a part of the lines look like all of them."""
    simulator.faults.add(fault, after_frames=after_frames, **parameters)
    with pytest.raises(error):
        await heard(client, SHORT[:2])
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])


async def test_a_line_that_fails_is_told_before_the_first_sound(client: KugelAudioClient, simulator: Simulator) -> None:
    """A voice that does not exist in the last line can still be answered with another engine."""
    simulator.profile = Profile(first_audio_ms=30)
    lines = [*SHORT, Line("Nobody says this.", replace(VOICE, voice_id="999999"))]
    async with aclosing(client.dialogue(lines, SpeechMetrics())) as speech:
        with pytest.raises(NotFoundError):
            await anext(speech)
    assert len(messages_with(simulator, "immediate")) == 3


async def test_a_line_without_a_sample_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end of all lines is not enough: each must be heard."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard(client, SHORT[:2])


async def test_a_silent_server_is_given_up(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a frame of any line, nothing is waited for."""
    monkeypatch.setattr(dialogue_module, "SILENCE_LIMIT_S", 0.05)
    simulator.faults.add(Fault.SILENCE, times=None, after_frames=1)
    with pytest.raises(TimedOutError, match="SERVER_SILENT"):
        await heard(client, SHORT)


async def test_a_line_that_the_server_gives_up_is_a_loss(client: KugelAudioClient, simulator: Simulator) -> None:
    """Its end will not come."""
    simulator.profile = Profile(context_idle_s=0.03)
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    with pytest.raises(ConnectionLostError, match="CONTEXT_TIMED_OUT"):
        await heard(client, SHORT)


async def test_a_server_with_fewer_contexts_says_so(client: KugelAudioClient, simulator: Simulator) -> None:
    """More than it takes are an error that may pass, not a part of the lines."""
    simulator.profile = Profile(max_contexts=2, first_audio_ms=20)
    with pytest.raises(RateLimitedError, match="TOO_MANY_CONTEXTS"):
        await heard(client, SHORT)


async def test_one_dialogue_that_fails_harms_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """An error that names a context is that context's alone; the socket carries the others to their end."""
    simulator.profile = Profile(first_audio_ms=20)
    failing = [Line("Nobody.", replace(VOICE, voice_id="999999"))]
    results = await asyncio.gather(heard(client, SHORT[:2]), heard(client, failing), return_exceptions=True)
    assert results[0] == spoken(SHORT[:2])
    assert isinstance(results[1], NotFoundError)
    assert len(simulator.journal.sockets_of(MULTI)) == 1
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_an_abandoned_dialogue_is_stopped_at_the_server(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every context that has not ended is closed at once; the next dialogue hears only itself, on the same socket."""
    simulator.profile = Profile(speed=20.0)
    simulator.faults.add(Fault.LATE_AUDIO, times=None, frames=3)
    async with aclosing(client.dialogue(script(8), SpeechMetrics())) as speech:
        await anext(speech)
    stopped = {message["context_id"] for message in messages_with(simulator, "immediate")}
    assert len(stopped) == 8
    assert stopped == set(with_marker(simulator, "context_closed"))
    simulator.profile = Profile()
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_server_that_does_not_stop_loses_the_socket(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the confirmation, contexts of the abandoned dialogue may still be spoken there."""
    monkeypatch.setattr(contexts, "_STOP_LIMIT_S", 0.03)
    simulator.profile = Profile(speed=20.0)
    simulator.faults.add(Fault.NO_SESSION_CLOSED, times=None)
    async with aclosing(client.dialogue(script(4), SpeechMetrics())) as speech:
        await anext(speech)
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_a_dialogue_that_does_not_stop_harms_no_other(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket is used up, but not before those who speak on it have ended."""
    monkeypatch.setattr(contexts, "_STOP_LIMIT_S", 0.02)
    simulator.profile = Profile(speed=5.0)
    simulator.faults.add(Fault.NO_SESSION_CLOSED)
    abandoned = client.dialogue(SHORT[:1], SpeechMetrics())
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
    speech = client.dialogue(SHORT, SpeechMetrics())
    await anext(speech)
    waiting = asyncio.ensure_future(anext(speech))
    await asyncio.sleep(0.01)
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await waiting
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await heard(client, SHORT)
    await simulator.journal.until(lambda journal: not journal.open_sockets())

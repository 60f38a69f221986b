"""Whole text over `/ws/tts/multi`."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    EmptyAudioError,
    InsufficientCreditsError,
    KugelAudioError,
    ProtocolError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.frames import first_context_text
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import VoiceSettings
from tests.made_time import MadeTime
from tests.simulator import SEEDS, Fault, Profile, Simulator, tone_pcm

from .speech import LIMIT_S, VOICE, heard_context

MULTI = "/ws/tts/multi"
LINE = "Who is there?"
SPOKEN = tone_pcm(LINE, 24000)
VOICE_2 = replace(VOICE, voice_id="1072", cfg_scale=1.5)


async def heard(client: KugelAudioClient, settings: VoiceSettings = VOICE) -> bytes:
    """Return the PCM of the line."""
    return await heard_context(client, LINE, settings)


async def test_a_text_is_sent_whole_and_its_context_closed(client: KugelAudioClient, simulator: Simulator) -> None:
    """The voice and its guidance are the context's own, all other settings are the socket's."""
    await heard(client, VOICE_2)
    first, last = simulator.journal.received(MULTI)
    context_id = first["context_id"]
    assert first == json.loads(first_context_text(LINE, str(context_id), VOICE_2))
    assert first["voice_settings"] == {"voice_id": 1072, "cfg_scale": 1.5, "max_new_tokens": 2048}
    assert last == {"close_context": True, "context_id": context_id}


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050])
async def test_the_sample_rate_is_the_servers_work(client: KugelAudioClient, sample_rate: int) -> None:
    """What is asked for arrives, without a conversion here."""
    assert await heard(client, replace(VOICE, sample_rate=sample_rate)) == tone_pcm(LINE, sample_rate)


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_FRAME, Fault.UNKNOWN_KEYS, Fault.BARE_AUDIO, Fault.NO_FINAL])
async def test_what_a_server_may_do_otherwise_is_understood(
    client: KugelAudioClient, simulator: Simulator, fault: Fault
) -> None:
    """Frames and keys of the future, and what older servers leave out."""
    simulator.faults.add(fault, times=None)
    assert await heard(client) == SPOKEN


@pytest.mark.usefixtures("made_time")
async def test_a_text_that_waits_for_the_server_is_kept_alive(client: KugelAudioClient, simulator: Simulator) -> None:
    """The server gives up contexts for which it hears nothing, also those that it has not begun to speak."""
    simulator.profile = Profile(first_audio_ms=25_000)
    assert await heard(client) == SPOKEN
    kept = [message for message in simulator.journal.received(MULTI) if message.get("text") == ""]
    assert len(kept) == 2
    assert all(message.keys() == {"text", "context_id"} for message in kept)


@pytest.mark.parametrize("profile", [Profile(), SEEDS])
async def test_a_context_is_closed_when_all_is_spoken(
    made_time: MadeTime, client: KugelAudioClient, simulator: Simulator, profile: Profile
) -> None:
    """The server says so, in one word or the other, and may drop what it has not made by then."""
    simulator.profile = replace(profile, close_drops_rest=True, speed=8, frame_ms=20)
    begin = made_time.time()
    assert await heard(client) == SPOKEN
    assert made_time.time() - begin < 1


@pytest.mark.usefixtures("made_time")
async def test_a_text_of_which_nothing_more_comes_is_not_kept_alive(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Its context is closed after two seconds of quiet; from then on the server expects nothing for it."""
    simulator.profile = Profile(speed=0.03, chunk_frames=())
    assert await heard(client) == SPOKEN
    assert "close_context" in simulator.journal.received(MULTI)[-1]


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
        (Fault.ODD_BYTES, {}, ConnectionLostError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_loss_raises_and_the_next_text_is_heard(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    parameters: dict[str, Any],
    error: type[KugelAudioError],
    after_frames: int,
) -> None:
    """Nothing that goes wrong makes a part of the audio look like all of it."""
    simulator.faults.add(fault, after_frames=after_frames, **parameters)
    with pytest.raises(error):
        await heard(client)
    assert await heard(client) == SPOKEN


async def test_a_text_without_a_sample_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end is not enough."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard(client)


@pytest.mark.parametrize(("after_frames", "limit_s"), [(0, LIMIT_S), (2, 10)])
async def test_a_silent_server_is_given_up(
    made_time: MadeTime, client: KugelAudioClient, simulator: Simulator, after_frames: int, limit_s: float
) -> None:
    """The first audio has its deadline, each further frame ten seconds."""
    simulator.faults.add(Fault.SILENCE, times=None, after_frames=after_frames)
    begin = made_time.time()
    with pytest.raises(TimedOutError, match="SERVER_SILENT"):
        await heard(client)
    assert made_time.time() - begin == pytest.approx(limit_s, abs=0.5)


@pytest.mark.usefixtures("made_time")
async def test_a_text_that_the_server_gives_up_is_a_loss(client: KugelAudioClient, simulator: Simulator) -> None:
    """Its end will not come."""
    simulator.profile = Profile(context_idle_s=8)
    simulator.faults.add(Fault.SILENCE, after_frames=0)
    with pytest.raises(ConnectionLostError, match="CONTEXT_TIMED_OUT"):
        await heard(client)


async def test_what_still_comes_of_a_context_that_has_ended_is_nobodys(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """One who leaves spoils nothing for the other on the socket."""
    simulator.profile = Profile(speed=8.0, frame_ms=40)
    simulator.faults.add(Fault.AUDIO_AFTER_INTERRUPTED)
    async with aclosing(client.speak_context(LINE * 3, VOICE_2, GenerationMetrics(), Deadline(LIMIT_S))) as leaving:
        await anext(leaving)
        staying = asyncio.create_task(heard(client))
    assert await staying == SPOKEN
    sent = simulator.journal.sent(MULTI)
    left_id = sent[0]["context_id"]
    ended_at = next(place for place, frame in enumerate(sent) if "context_closed" in frame)
    late = [frame["context_id"] for frame in sent[ended_at + 1 :] if "audio" in frame]
    assert (sent[ended_at]["context_id"], late.count(left_id), len(set(late))) == (left_id, 5, 2)
    assert len(simulator.journal.handshakes) == 1

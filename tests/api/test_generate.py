"""Speech over HTTP: a request of its own for each text."""

import asyncio
from contextlib import aclosing

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    ConnectionLostError,
    ConnectTimedOutError,
    EmptyAudioError,
    KugelAudioError,
    NotKugelAudioError,
    ProtocolError,
    SilentServerError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from tests.made_time import MadeTime
from tests.simulator import Fault, Profile, Simulator, tone_pcm

from .conftest import ScriptedServer
from .speech import LIMIT_S, TEXT, VOICE, heard_rest


async def test_a_connection_that_takes_too_long_is_worth_another_try(session: ClientSession) -> None:
    """Nothing was asked yet: somebody accepts, but never says hello."""
    held: list[object] = []
    server = await asyncio.start_server(lambda *streams: held.append(streams), "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = KugelAudioClient(session, "ka_any", url)
    with pytest.raises(ConnectTimedOutError) as raised:
        [pcm async for pcm in client.generate(TEXT, VOICE, GenerationMetrics(), Deadline(0.05))]
    assert raised.value.retryable
    server.close()
    server.close_clients()


async def test_generated_audio_is_whole(client: KugelAudioClient, simulator: Simulator) -> None:
    """Over REST, too, to the last sample, however TCP cuts it."""
    simulator.profile = Profile(speed=50.0)
    pieces = [pcm async for pcm in client.generate(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))]
    assert b"".join(pieces) == tone_pcm(TEXT, 24000)
    assert len(pieces) > 1
    assert all(len(piece) % 2 == 0 for piece in pieces)


async def test_half_a_sample_waits_for_its_other_half(session: ClientSession, scripted: ScriptedServer) -> None:
    """However small the pieces are that the network delivers."""
    scripted.pieces = [b"\1", b"\2\3", b"\4"]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    assert [pcm async for pcm in client.generate(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))] == [
        b"\1\2",
        b"\3\4",
    ]


async def test_generated_audio_is_passed_on_as_it_arrives(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first bytes are there long before the last."""
    simulator.profile = Profile(speed=2.0)
    started = asyncio.get_running_loop().time()
    async with aclosing(client.generate(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))) as audio:
        await anext(audio)
    assert asyncio.get_running_loop().time() - started < len(TEXT) * 0.06 / 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.DROP, ConnectionLostError),
        (Fault.ODD_BYTES, ConnectionLostError),
        (Fault.EMPTY_AUDIO, EmptyAudioError),
        (Fault.WRONG_SAMPLE_RATE, ProtocolError),
    ],
)
async def test_broken_generated_audio_raises(
    client: KugelAudioClient, simulator: Simulator, fault: Fault, error: type[KugelAudioError]
) -> None:
    """Nothing truncated looks complete."""
    simulator.faults.add(fault)
    with pytest.raises(error):
        await heard_rest(client)


@pytest.mark.parametrize(("after_frames", "limit_s", "waited_s"), [(2, 5, 10), (2, 30, 10), (0, 30, 30), (0, 5, 5)])
async def test_generated_audio_that_stops_is_not_waited_for_for_ever(
    client: KugelAudioClient,
    simulator: Simulator,
    made_time: MadeTime,
    after_frames: int,
    limit_s: float,
    waited_s: float,
) -> None:
    """A server that falls silent amid the audio for 10 s, or has not begun by the time that the first sound is due."""
    simulator.faults.add(Fault.SILENCE, after_frames=after_frames)
    began = made_time.time()
    with pytest.raises(SilentServerError):
        await heard_rest(client, limit_s=limit_s)
    assert made_time.time() - began == pytest.approx(waited_s, abs=0.5)


async def test_an_answer_that_is_no_audio_is_refused(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proxy's page must not be played."""
    simulator.faults.add(Fault.HTTP_HTML, status=200)
    with pytest.raises(NotKugelAudioError):
        await heard_rest(client)

"""Whole text over `/ws/tts` that the server refuses, or does not answer."""

import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    CannotConnectError,
    ConnectionLostError,
    InsufficientCreditsError,
    KugelAudioError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TimedOutError,
    UnavailableError,
    WebSocketRefusedError,
)
from tests.made_time import MadeTime
from tests.simulator import Fault, Simulator, tone_pcm

from .speech import LIMIT_S, TEXT, heard_whole


@pytest.mark.parametrize(("after_frames", "limit_s"), [(0, LIMIT_S), (2, 10)])
async def test_a_silent_server_is_given_up(
    made_time: MadeTime, client: KugelAudioClient, simulator: Simulator, after_frames: int, limit_s: float
) -> None:
    """The first audio has its deadline, each further frame ten seconds."""
    simulator.faults.add(Fault.SILENCE, after_frames=after_frames)
    begin = made_time.time()
    with pytest.raises(TimedOutError, match="SERVER_SILENT"):
        await heard_whole(client)
    assert made_time.time() - begin == pytest.approx(limit_s, abs=0.5)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, WebSocketRefusedError),
        (402, InsufficientCreditsError),
        (403, WebSocketRefusedError),
        (404, WebSocketRefusedError),
        (426, WebSocketRefusedError),
        (429, RateLimitedError),
        (500, ServerError),
        (503, UnavailableError),
    ],
)
async def test_a_refused_handshake_raises(
    client: KugelAudioClient, simulator: Simulator, status: int, error: type[KugelAudioError]
) -> None:
    """A key that REST takes is not refused by the server itself; other refusals mean what their status says."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, times=2, status=status, retry_after="7")
    with pytest.raises(error) as raised:
        await heard_whole(client)
    assert raised.value.status == status
    assert raised.value.request_id
    assert simulator.key not in repr(raised.value)


async def test_a_handshake_without_an_answer_times_out(
    client: KugelAudioClient, simulator: Simulator, made_time: MadeTime
) -> None:
    """A black hole is told apart from a refusal, after 3 s."""
    simulator.faults.add(Fault.HANDSHAKE_HANG)
    began = made_time.time()
    with pytest.raises(TimedOutError) as raised:
        await heard_whole(client)
    assert raised.value.code == "CONNECT_TIMED_OUT"
    assert made_time.time() - began == pytest.approx(3)


async def test_nobody_listening_cannot_connect(client: KugelAudioClient, simulator: Simulator) -> None:
    """A refused connection raises CannotConnectError."""
    await simulator.refuse()
    with pytest.raises(CannotConnectError):
        await heard_whole(client)
    await simulator.admit()
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize("code", [4001, 1013])
async def test_a_close_right_after_the_handshake_raises(
    client: KugelAudioClient, simulator: Simulator, code: int
) -> None:
    """A refusal may come after an accepted upgrade."""
    simulator.faults.add(Fault.ACCEPT_THEN_CLOSE, code=code)
    with pytest.raises((ConnectionLostError, ServerRestartingError)) as raised:
        await heard_whole(client)
    assert raised.value.status == code

"""What is noted of an utterance while it is spoken."""

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.feed import WholeText
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.stream import Turn
from tests.simulator import Fault, Simulator

from .conftest import ScriptedServer
from .speech import LIMIT_S, TEXT, VOICE, growing, heard_growing


async def test_audio_is_counted_from_its_first_byte() -> None:
    """The time of the first piece stays."""
    metrics = GenerationMetrics()
    assert metrics.heard(b"\0\0") == b"\0\0"
    first = metrics.first_audio_at
    assert first is not None
    metrics.heard(b"\0\0\0\0")
    assert (metrics.audio_bytes, metrics.first_audio_at) == (6, first)


async def test_acceptance_is_told_by_an_empty_piece(client: KugelAudioClient, simulator: Simulator) -> None:
    """Before any audio, for each chunk of the text; only the endpoint for growing text tells it."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=50)
    pieces = [pcm async for pcm in client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))]
    assert b"" not in pieces
    metrics = GenerationMetrics()
    turn = client.speak_turn(Turn(WholeText(TEXT)), VOICE, metrics, Deadline(LIMIT_S))
    accepted, *heard = [pcm async for pcm in turn]
    assert accepted == b""
    assert b"".join(heard) == b"".join(pieces)
    assert metrics.audio_bytes == len(b"".join(heard))


@pytest.mark.parametrize("frames", [[{"audio": "AAA=", "sr": 24000}]])
async def test_nothing_is_accepted_that_the_server_does_not_say(
    session: ClientSession, scripted: ScriptedServer, frames: list[dict[str, object]]
) -> None:
    """A server that does not announce its speech is heard all the same."""
    scripted.frames = [*frames, {"final": True}, {"session_closed": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    metrics = GenerationMetrics()
    assert await heard_growing(client, growing([TEXT], 0), metrics) == b"\0\0"
    assert metrics.endpoint == "ws/tts/stream"
    await client.close()

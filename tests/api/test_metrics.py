"""What is noted of an utterance while it is spoken."""

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from custom_components.kugelaudio.api.models import Usage
from tests.simulator import Fault, Simulator

from .conftest import ScriptedServer
from .speech import TEXT, VOICE, growing, heard_growing


def test_audio_is_counted_from_its_first_byte() -> None:
    """The time of the first piece stays."""
    metrics = SpeechMetrics()
    assert metrics.heard(b"\0\0") == b"\0\0"
    first = metrics.first_audio_at
    assert first is not None
    metrics.heard(b"\0\0\0\0")
    assert (metrics.audio_bytes, metrics.first_audio_at) == (6, first)


def test_the_way_to_the_server_is_noted_once_for_each_try() -> None:
    """Later turns of the same text change nothing, a second try does."""
    metrics = SpeechMetrics()
    metrics.admitted()
    metrics.connected()
    first = metrics.connected_at
    metrics.connected()
    assert metrics.connected_at == first
    metrics.retry()
    assert (metrics.connected_at, metrics.retries) == (None, 1)
    metrics.connected()
    assert metrics.connected_at is not None
    assert first is not None
    assert metrics.connected_at >= first
    assert metrics.admitted_at is not None


def test_usage_is_added_up() -> None:
    """A turn without one changes nothing; a cost that is not known makes the sum unknown."""
    metrics = SpeechMetrics()
    metrics.used(None)
    assert metrics.usage is None
    known = Usage(audio_seconds=1.0, characters=10, cost_cents=0.5)
    metrics.used(known)
    metrics.used(None)
    assert metrics.usage == known
    metrics.used(known)
    assert metrics.usage == Usage(audio_seconds=2.0, characters=20, cost_cents=1.0)
    metrics.used(Usage(audio_seconds=1.0))
    assert metrics.usage == Usage(audio_seconds=3.0)


async def test_acceptance_is_told_by_an_empty_piece(client: KugelAudioClient, simulator: Simulator) -> None:
    """Before any audio, for each chunk of the text; only the endpoint for growing text tells it."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=50)
    metrics = SpeechMetrics()
    pieces = [pcm async for pcm in client.speak(TEXT, VOICE, metrics)]
    assert b"" not in pieces
    heard = await heard_growing(client, growing([TEXT]), metrics)
    assert heard == b"".join(pieces)
    assert metrics.audio_bytes == 2 * len(heard)


@pytest.mark.parametrize("frames", [[{"audio": "AAA=", "sr": 24000}]])
async def test_nothing_is_accepted_that_the_server_does_not_say(
    session: ClientSession, scripted: ScriptedServer, frames: list[dict[str, object]]
) -> None:
    """A server that does not announce its speech is heard all the same."""
    scripted.frames = [*frames, {"final": True}, {"session_closed": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    metrics = SpeechMetrics()
    assert await heard_growing(client, growing([TEXT], 0), metrics) == b"\0\0"
    assert metrics.endpoint == "ws/tts/stream"
    await client.close()

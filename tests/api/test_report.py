"""What is noted of an utterance while it is spoken."""

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.models import Usage
from custom_components.kugelaudio.api.report import SpeechReport
from tests.simulator import Fault, Simulator

from .conftest import ScriptedServer
from .speech import TEXT, VOICE, growing, heard_growing


def test_audio_is_counted_from_its_first_byte() -> None:
    """The time of the first piece stays."""
    report = SpeechReport()
    assert report.heard(b"\0\0") == b"\0\0"
    first = report.first_audio_at
    assert first is not None
    report.heard(b"\0\0\0\0")
    assert (report.audio_bytes, report.first_audio_at) == (6, first)


def test_the_way_to_the_server_is_noted_once_for_each_try() -> None:
    """Later turns of the same text change nothing, a second try does."""
    report = SpeechReport()
    report.admitted()
    report.connected()
    first = report.connected_at
    report.connected()
    assert report.connected_at == first
    report.retry()
    assert (report.connected_at, report.retries) == (None, 1)
    report.connected()
    assert report.connected_at is not None
    assert first is not None
    assert report.connected_at >= first
    assert report.admitted_at is not None


def test_usage_is_added_up() -> None:
    """A turn without one changes nothing; a cost that is not known makes the sum unknown."""
    report = SpeechReport()
    report.used(None)
    assert report.usage is None
    known = Usage(audio_seconds=1.0, characters=10, cost_cents=0.5, model_id="kugel-3")
    report.used(known)
    report.used(None)
    assert report.usage == known
    report.used(known)
    assert report.usage == Usage(audio_seconds=2.0, characters=20, cost_cents=1.0, model_id="kugel-3")
    report.used(Usage(audio_seconds=1.0))
    assert report.usage == Usage(audio_seconds=3.0)


async def test_acceptance_is_told_by_an_empty_piece(client: KugelAudioClient, simulator: Simulator) -> None:
    """Before any audio, for each chunk of the text; only the endpoint for growing text tells it."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=50)
    report = SpeechReport()
    pieces = [pcm async for pcm in client.speak(TEXT, VOICE, report)]
    assert b"" not in pieces
    heard = await heard_growing(client, growing([TEXT]), report)
    assert heard == b"".join(pieces)
    assert report.audio_bytes == 2 * len(heard)


@pytest.mark.parametrize("frames", [[{"audio": "AAA=", "sr": 24000}]])
async def test_nothing_is_accepted_that_the_server_does_not_say(
    session: ClientSession, scripted: ScriptedServer, frames: list[dict[str, object]]
) -> None:
    """A server that does not announce its speech is heard all the same."""
    scripted.frames = [*frames, {"final": True}, {"session_closed": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    report = SpeechReport()
    assert await heard_growing(client, growing([TEXT], 0), report) == b"\0\0"
    assert report.endpoint == "ws/tts/stream"
    await client.close()

"""Frames that hold less than a sample, and those that end what is spoken, on every way to speak."""

from base64 import b64encode
from collections.abc import AsyncGenerator, Callable

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import ConnectionLostError
from custom_components.kugelaudio.api.feed import WholeText
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.stream import Turn

from .conftest import ScriptedServer
from .speech import LIMIT_S, TEXT, VOICE

type Frames = list[dict[str, object]]
type Way = Callable[[KugelAudioClient], AsyncGenerator[bytes]]


def whole(client: KugelAudioClient) -> AsyncGenerator[bytes]:
    """Speak over `/ws/tts`."""
    return client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))


def growing(client: KugelAudioClient) -> AsyncGenerator[bytes]:
    """Speak over `/ws/tts/stream`."""
    return client.speak_turn(Turn(WholeText(TEXT)), VOICE, GenerationMetrics(), Deadline(LIMIT_S))


def context(client: KugelAudioClient) -> AsyncGenerator[bytes]:
    """Speak over `/ws/tts/multi`."""
    return client.speak_context(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))


def audio(*pieces: bytes) -> Frames:
    """Return frames with audio."""
    return [{"audio": b64encode(piece).decode()} for piece in pieces]


@pytest.fixture
async def scripted_client(session: ClientSession, scripted: ScriptedServer) -> AsyncGenerator[KugelAudioClient]:
    """Provide a client of the server that sends what a test tells it to."""
    made = KugelAudioClient(session, "ka_any", scripted.url)
    yield made
    await made.close()


@pytest.mark.parametrize(("way", "end"), [(whole, "final"), (growing, "session_closed"), (context, "context_closed")])
async def test_half_a_sample_waits_for_the_other_half(
    scripted_client: KugelAudioClient, scripted: ScriptedServer, way: Way, end: str
) -> None:
    """An empty piece would say that the server has accepted the text."""
    scripted.frames = [*audio(b"\x01", b"\x02\x03", b"\x04"), {end: True}]
    assert [piece async for piece in way(scripted_client)] == [b"\x01\x02", b"\x03\x04"]


@pytest.mark.parametrize(
    ("way", "interruption"),
    [
        (whole, {"interrupted": True}),
        (growing, {"interrupted": True}),
        (context, {"interrupted": True}),
        (context, {"interrupted": True, "context_id": None}),
    ],
)
async def test_an_interruption_that_nobody_asked_for_is_a_loss(
    scripted_client: KugelAudioClient, scripted: ScriptedServer, way: Way, interruption: dict[str, object]
) -> None:
    """Of one context, or of the whole socket."""
    scripted.frames = [*audio(b"\x01\x02"), interruption]
    with pytest.raises(ConnectionLostError, match="INTERRUPTED"):
        [piece async for piece in way(scripted_client)]

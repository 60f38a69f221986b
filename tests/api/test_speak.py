"""Whole text over `/ws/tts`."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    EmptyAudioError,
    InsufficientCreditsError,
    InvalidRequestError,
    KugelAudioError,
    MissingVoiceError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TextTooLongError,
    UnavailableError,
)
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import VoiceSettings
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm

from .conftest import ScriptedServer
from .speech import LIMIT_S, TEXT, VOICE, WHOLE, heard_whole


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000])
async def test_all_audio_arrives_at_the_asked_rate(client: KugelAudioClient, sample_rate: int) -> None:
    """The PCM is what the server made, to the last sample."""
    assert await heard_whole(client, voice=replace(VOICE, sample_rate=sample_rate)) == tone_pcm(TEXT, sample_rate)


async def test_the_request_names_every_setting(client: KugelAudioClient, simulator: Simulator) -> None:
    """No setting is left to the server's defaults, which differ between endpoints."""
    voice = VoiceSettings(
        voice_id="1071",
        language="de",
        model_id="kugel-3",
        sample_rate=16000,
        speed=1.1,
        temperature=0.2,
        cfg_scale=1.5,
        normalize=False,
    )
    await heard_whole(client, voice=voice)
    assert simulator.journal.received(WHOLE) == [
        {
            "text": TEXT,
            "voice_id": 1071,
            "language": "de",
            "model_id": "kugel-3",
            "sample_rate": 16000,
            "speed": 1.1,
            "temperature": 0.2,
            "cfg_scale": 1.5,
            "normalize": False,
        }
    ]


async def test_the_end_reports_what_was_used(client: KugelAudioClient) -> None:
    """The usage of the end frame is known after the last audio."""
    metrics = GenerationMetrics()
    async for _ in client.speak(TEXT, VOICE, metrics, Deadline(LIMIT_S)):
        assert metrics.usage is None
    assert metrics.usage is not None
    assert metrics.usage.characters == len(TEXT)
    assert metrics.usage.audio_seconds == pytest.approx(len(TEXT) * 0.06)
    assert metrics.usage.cost_cents is not None


async def test_utterances_share_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """The second utterance needs no handshake."""
    for text in ("One.", "Two.", "Three."):
        assert await heard_whole(client, text) == tone_pcm(text, 24000)
    assert len(simulator.journal.sockets_of(WHOLE)) == 1


async def test_utterances_at_the_same_time_do_not_mix(client: KugelAudioClient, simulator: Simulator) -> None:
    """Each of them has a socket of its own."""
    texts = [f"Announcement number {number}." for number in range(5)]
    assert await asyncio.gather(*(heard_whole(client, text) for text in texts)) == [
        tone_pcm(text, 24000) for text in texts
    ]
    assert len(simulator.journal.sockets_of(WHOLE)) == 5


async def test_a_few_idle_sockets_are_kept_for_a_moment(client: KugelAudioClient, simulator: Simulator) -> None:
    """Rooms that speak again within a minute need no new ones; more than four are closed, and later all but one."""
    await asyncio.gather(*(heard_whole(client) for _ in range(6)))
    await simulator.journal.until(lambda journal: len(journal.open_sockets()) == 4)
    await asyncio.gather(*(heard_whole(client) for _ in range(4)))
    assert len(simulator.journal.sockets_of(WHOLE)) == 6
    await asyncio.sleep(59)
    assert len(simulator.journal.open_sockets()) == 4
    await asyncio.sleep(2)
    assert len(simulator.journal.open_sockets()) == 1


async def test_the_key_travels_in_a_header_only(client: KugelAudioClient, simulator: Simulator) -> None:
    """No URL ever holds the key."""
    await heard_whole(client)
    [socket] = simulator.journal.sockets_of(WHOLE)
    assert socket.auth == "bearer"
    assert socket.query == {}


async def test_the_first_audio_does_not_wait_for_the_last(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every frame is passed on at once: the server has not ended when the first one is there."""
    simulator.profile = Profile(speed=10.0)
    async with aclosing(client.speak(TEXT, VOICE, GenerationMetrics(), Deadline(LIMIT_S))) as audio:
        assert await anext(audio)
        assert not any("final" in frame for frame in simulator.journal.sent(WHOLE))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.INVALID_REQUEST, InvalidRequestError),
        (Failure.MISSING_VOICE_ID, MissingVoiceError),
        (Failure.UNAUTHORIZED, AuthenticationError),
        (Failure.FORBIDDEN, PermissionDeniedError),
        (Failure.PERMISSION_DENIED, PermissionDeniedError),
        (Failure.INSUFFICIENT_CREDITS, InsufficientCreditsError),
        (Failure.VOICE_NOT_FOUND, NotFoundError),
        (Failure.TEXT_TOO_LONG, TextTooLongError),
        (Failure.RATE_LIMITED, RateLimitedError),
        (Failure.TOO_MANY_CONTEXTS, RateLimitedError),
        (Failure.GENERATION_FAILED, ServerError),
        (Failure.EMPTY_AUDIO, EmptyAudioError),
        (Failure.MODEL_UNAVAILABLE, UnavailableError),
        (Failure.CATALOGUE_UNAVAILABLE, UnavailableError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
@pytest.mark.parametrize("style", ["new", "old"])
async def test_an_error_frame_raises_its_error(
    client: KugelAudioClient,
    simulator: Simulator,
    failure: Failure,
    error: type[KugelAudioError],
    after_frames: int,
    style: str,
) -> None:
    """Every row of the provider's table, before and amid the audio, in its new and old shape."""
    simulator.faults.add(Fault.ERROR_FRAME, error=failure, after_frames=after_frames, style=style)
    expected = _OLD_STYLE.get(failure, error) if style == "old" else error
    if expected is AuthenticationError and not after_frames:
        # REST takes the key, so it is to be sent in the other way.
        expected = ConnectionLostError
    with pytest.raises(expected) as raised:
        await heard_whole(client)
    assert type(raised.value) is expected
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


# The old shape tells less: it knows neither these codes nor a status.
_OLD_STYLE: dict[Failure, type[KugelAudioError]] = {
    Failure.MISSING_VOICE_ID: InvalidRequestError,
    Failure.FORBIDDEN: AuthenticationError,
    Failure.TOO_MANY_CONTEXTS: ServerError,
    Failure.EMPTY_AUDIO: ServerError,
    Failure.MODEL_UNAVAILABLE: ServerError,
    Failure.CATALOGUE_UNAVAILABLE: ServerError,
}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1000, ConnectionLostError),
        (1001, ConnectionLostError),
        (1011, ServerError),
        (1012, ServerRestartingError),
        (1013, ServerRestartingError),
        (4000, ServerError),
        (4001, AuthenticationError),
        (4003, InsufficientCreditsError),
        (4029, RateLimitedError),
        (4500, UnavailableError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_close_before_the_end_raises(
    client: KugelAudioClient, simulator: Simulator, code: int, error: type[KugelAudioError], after_frames: int
) -> None:
    """No close makes truncated audio look complete, not even a normal one."""
    simulator.faults.add(Fault.CLOSE, code=code, after_frames=after_frames)
    if error is AuthenticationError and not after_frames:
        # REST takes the key, so it is to be sent in the other way.
        error = ConnectionLostError
    with pytest.raises(error) as raised:
        await heard_whole(client)
    assert type(raised.value) is error
    assert raised.value.status == code
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (Fault.DROP, ConnectionLostError, "CONNECTION_LOST"),
        (Fault.NOT_JSON, ProtocolError, "INVALID_JSON"),
        (Fault.NOT_OBJECT, ProtocolError, "INVALID_JSON"),
        (Fault.BINARY_FRAME, ProtocolError, "BINARY_FRAME"),
        (Fault.INVALID_BASE64, ProtocolError, "INVALID_BASE64"),
        (Fault.ODD_BYTES, ConnectionLostError, "ODD_BYTE_COUNT"),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 1])
async def test_garbage_and_loss_raise(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    error: type[KugelAudioError],
    code: str,
    after_frames: int,
) -> None:
    """What is no valid frame ends the utterance with the client's own error, and the next one works."""
    simulator.faults.add(fault, after_frames=after_frames)
    with pytest.raises(error) as raised:
        await heard_whole(client)
    assert raised.value.code == code
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_FRAME, Fault.UNKNOWN_KEYS, Fault.BARE_AUDIO, Fault.NO_USAGE])
async def test_what_newer_and_older_servers_send_is_fine(
    client: KugelAudioClient, simulator: Simulator, fault: Fault
) -> None:
    """Unknown frames and keys are ignored, and only the audio itself is needed."""
    simulator.faults.add(fault)
    assert await heard_whole(client) == tone_pcm(TEXT, 24000)


async def test_less_audio_than_the_server_has_made_is_no_whole(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end tells how much it was: a little silence may be trimmed, but half a second that is missing raises."""
    simulator.faults.add(Fault.TRUNCATED)
    heard = await heard_whole(client)
    complete = tone_pcm(TEXT, 24000)
    assert complete.startswith(heard)
    assert 0.1 < (len(complete) - len(heard)) / 48_000 < 0.3
    simulator.faults.add(Fault.TRUNCATED, frames=3)
    with pytest.raises(ConnectionLostError, match="TRUNCATED"):
        await heard_whole(client)
    assert await heard_whole(client) == complete


async def test_no_audio_at_all_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end without a sample raises."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard_whole(client)


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        ([{"audio": "AAA=", "sr": 16000}], ProtocolError("UNEXPECTED_SAMPLE_RATE")),
        ([{"audio": "AAA=", "enc": "mulaw"}], ProtocolError("UNEXPECTED_ENCODING")),
        ([{"audio": "AAA="}, {"interrupted": True}], ConnectionLostError("INTERRUPTED")),
    ],
)
async def test_audio_that_would_sound_wrong_or_stop_short_raises(
    session: ClientSession, scripted: ScriptedServer, frames: list[dict[str, object]], error: KugelAudioError
) -> None:
    """Another rate, another encoding, and an interruption that nobody asked for."""
    scripted.frames = frames
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(type(error), match=error.code):
        await heard_whole(client)

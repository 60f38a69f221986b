"""Growing text over `/ws/tts/stream`, when something goes wrong."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    ConnectionLostError,
    EmptyAudioError,
    KugelAudioError,
    ServerError,
    TextFailedError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.speak import SILENCE_LIMIT_S
from tests.made_time import MadeTime
from tests.simulator import Fault, Profile, Simulator

from .conftest import ScriptedServer
from .speech import (
    DELTAS,
    GROWING,
    LIMIT_S,
    AsWritten,
    growing,
    heard_growing,
    heard_turn,
    spoken_chunks,
    tones,
    turn_of,
)


async def test_text_on_its_way_into_an_ended_turn_is_an_error(session: ClientSession, scripted: ScriptedServer) -> None:
    """It can't be known whether it was spoken, so the utterance does not end as if it were."""
    scripted.frames = [{"generation_started": True}, {"audio": "AAA="}, {"session_closed": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(ConnectionLostError, match="TURN_ENDED_EARLY"):
        await heard_growing(client, growing(["Hello.", " there"], 0.5))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.DROP, ConnectionLostError),
        (Fault.CLOSE, ConnectionLostError),
        (Fault.ERROR_FRAME, ServerError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_loss_raises_and_the_next_utterance_works(
    client: KugelAudioClient, simulator: Simulator, fault: Fault, error: type[KugelAudioError], after_frames: int
) -> None:
    """Nothing that ends the connection makes truncated audio look complete."""
    simulator.faults.add(fault, after_frames=after_frames, code=1000)
    with pytest.raises(error):
        await heard_growing(client, growing(DELTAS))
    simulator.journal.clear()
    assert await heard_growing(client, growing(DELTAS)) == tones(spoken_chunks(simulator))


async def test_no_audio_at_all_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end without a sample raises."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard_growing(client, growing(DELTAS))


async def test_a_silent_server_is_given_up_only_after_the_text(
    made_time: MadeTime, client: KugelAudioClient, simulator: Simulator
) -> None:
    """The model's silence is not the server's: the clock starts with the end of the text, or of a sentence."""
    simulator.faults.add(Fault.SILENCE)
    said: list[str] = []

    async def slow() -> AsyncGenerator[str]:
        for delta in DELTAS:
            yield delta
            said.append(delta)
            await asyncio.sleep(3)

    begin = made_time.time()
    with pytest.raises(TimedOutError, match="SERVER_SILENT"):
        await heard_growing(client, slow())
    assert said == DELTAS
    # The first sentence ends with the third delta.
    assert made_time.time() - begin == pytest.approx(6 + LIMIT_S, abs=1)


@pytest.mark.usefixtures("made_time")
@pytest.mark.parametrize("silence_s", [9, 11])
async def test_only_silence_gives_a_server_up(session: ClientSession, scripted: ScriptedServer, silence_s: int) -> None:
    """However long it speaks, nothing ends it; ten seconds without a frame do."""
    audio: list[dict[str, object]] = [{"audio": "AAA="}] * 5
    scripted.frames = [*audio, {"final": True}, {"session_closed": True}]
    scripted.pause_s = silence_s
    client = KugelAudioClient(session, "ka_any", scripted.url)
    if silence_s > SILENCE_LIMIT_S:
        with pytest.raises(TimedOutError, match="SERVER_SILENT"):
            await heard_growing(client, growing(["Hello."], 0))
    else:
        assert await heard_growing(client, growing(["Hello."], 0)) == bytes(10)
    await client.close()


async def test_an_old_server_without_final_is_understood(client: KugelAudioClient, simulator: Simulator) -> None:
    """`session_closed` alone ends a turn."""
    simulator.faults.add(Fault.NO_FINAL)
    assert await heard_growing(client, growing(["Hello."])) == tones(["Hello."])


@pytest.mark.usefixtures("made_time")
async def test_a_missing_session_closed_ends_the_turn_and_the_socket(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """`final` is enough after a while, but the socket on which the rest may still come is not used again."""
    simulator.faults.add(Fault.NO_SESSION_CLOSED)
    assert await heard_growing(client, growing(["Hello."])) == tones(["Hello."])
    assert await heard_growing(client, growing(["Again."])) == tones(["Again."])
    assert len(simulator.journal.sockets_of(GROWING)) == 2


async def test_an_error_after_final_is_raised(session: ClientSession, scripted: ScriptedServer) -> None:
    """Until the turn is closed, it can still fail."""
    scripted.frames = [
        {"audio": "AAA="},
        {"final": True},
        {"warning": "late"},
        {"error": "no", "error_code": "MODEL_UNAVAILABLE", "code": 503},
    ]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(UnavailableError):
        await heard_growing(client, growing(["Hello."], 0))


async def test_an_interruption_that_nobody_asked_for_is_a_loss(
    session: ClientSession, scripted: ScriptedServer
) -> None:
    """The turn did not end, it was cut."""
    scripted.frames = [{"audio": "AAA="}, {"interrupted": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(ConnectionLostError, match="INTERRUPTED"):
        await heard_growing(client, growing(["Hello."], 0))


async def test_a_stale_session_closed_ends_no_turn(session: ClientSession, scripted: ScriptedServer) -> None:
    """One that comes before anything of this turn belongs to an earlier one."""
    scripted.frames = [
        {"session_closed": True, "total_audio_seconds": 0},
        {"generation_started": True, "chunk_id": 0, "text": "Hello."},
        {"audio": "AAA="},
        {"final": True},
        {"session_closed": True},
    ]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    assert await heard_growing(client, growing(["Hello."], 0)) == b"\0\0"


async def test_a_second_session_closed_reaches_no_other_utterance(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The socket on which something unexpected waits is replaced."""
    simulator.faults.add(Fault.TWO_SESSION_CLOSED)
    for text in ("One.", "Two.", "Three."):
        assert await heard_growing(client, growing([text])) == tones([text])


async def test_a_writer_that_fails_is_told_after_what_it_wrote(client: KugelAudioClient) -> None:
    """What was written before the failure is spoken, then the failure is raised: nothing may be kept."""

    async def failing() -> AsyncGenerator[str]:
        yield "Before it "
        yield "fails."
        await asyncio.sleep(0)
        raise RuntimeError("the model broke")

    async with TextFeed(failing(), AsWritten()) as feed:
        await feed.begin()
        assert await heard_turn(client, feed) == tones(["Before it fails."])
        assert not await feed.has_words(LIMIT_S)
        with pytest.raises(TextFailedError):
            feed.check()


async def test_an_abandoned_utterance_is_cancelled_at_the_server(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Who stops listening pays for no more, and no frame of it reaches the next utterance."""
    simulator.profile = Profile(speed=5.0)
    async with (
        TextFeed(growing(DELTAS, 0.02), AsWritten()) as feed,
        aclosing(turn_of(client, feed)) as audio,
    ):
        await feed.begin()
        await anext(audio)
    assert simulator.journal.received(GROWING)[-1] == {"cancel": True}
    simulator.profile = Profile()
    assert await heard_growing(client, growing(["Next."])) == tones(["Next."])
    assert len(simulator.journal.sockets_of(GROWING)) == 1

"""Growing text over `/ws/tts/stream`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import override

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api import feed as feed_module, stream
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    ConnectionLostError,
    EmptyAudioError,
    EmptyTextError,
    KugelAudioError,
    ServerError,
    TextFailedError,
    TextStalledError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.models import SpeechReport
from tests.simulator import Fault, Profile, Simulator

from .conftest import ScriptedServer
from .speech import GROWING, VOICE, AsWritten, growing, heard_growing, spoken_chunks, tones

DELTAS = ["The wash", "ing machine", " has finished. ", "Shall I", " tell you", " more?"]


def flushes(simulator: Simulator) -> int:
    """Return how often the client ended a turn."""
    return sum("flush" in message and bool(message["flush"]) for message in simulator.journal.received(GROWING))


async def test_everything_said_is_heard(client: KugelAudioClient, simulator: Simulator) -> None:
    """All chunks that the server makes of the text arrive whole and in order."""
    pcm = await heard_growing(client, growing(DELTAS), SpeechReport())
    assert "".join(spoken_chunks(simulator)).replace(" ", "") == "".join(DELTAS).replace(" ", "")
    assert pcm == tones(spoken_chunks(simulator))


async def test_deltas_leave_as_they_come(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first delta carries the whole configuration; none is split or held; one flush, no close."""
    await heard_growing(client, growing(DELTAS), SpeechReport())
    first, *others, last = simulator.journal.received(GROWING)
    assert first == {"text": DELTAS[0], "flush": False, **VOICE.as_json()}
    assert [message["text"] for message in others] == DELTAS[1:]
    assert last == {"flush": True}


async def test_audio_comes_while_the_text_is_still_written(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first audio is there before the last delta."""
    written: list[str] = []

    async def slow() -> AsyncGenerator[str]:
        for delta in ("It is done. ", "Really", " done."):
            written.append(delta)
            yield delta
            await asyncio.sleep(0.05)

    async with TextFeed(slow(), AsWritten()) as feed, aclosing(client.stream(feed, VOICE, SpeechReport())) as audio:
        await anext(audio)
        assert len(written) < 3
    assert simulator.journal.sockets_of(GROWING)


async def test_utterances_share_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """A turn that is over leaves a socket for the next."""
    for _ in range(3):
        await heard_growing(client, growing(DELTAS, 0), SpeechReport())
    assert len(simulator.journal.sockets_of(GROWING)) == 1
    assert flushes(simulator) == 3


async def test_utterances_at_the_same_time_never_share_a_turn(client: KugelAudioClient, simulator: Simulator) -> None:
    """Each has a socket of its own, and gets its own audio."""
    texts = [["Number one", " speaks."], ["The second", " one", " speaks, too."]]
    heard = await asyncio.gather(*(heard_growing(client, growing(deltas), SpeechReport()) for deltas in texts))
    assert heard == [tones(["".join(deltas)]) for deltas in texts]
    assert len(simulator.journal.sockets_of(GROWING)) == 2


async def test_usage_of_the_turn_is_reported(client: KugelAudioClient, simulator: Simulator) -> None:
    """The frame that closes the turn tells what it cost."""
    report = SpeechReport()
    await heard_growing(client, growing(DELTAS), report)
    assert report.usage is not None
    assert report.usage.audio_seconds == pytest.approx(0.06 * len("".join(spoken_chunks(simulator))))


async def test_a_pause_in_the_text_makes_two_turns_and_one_utterance(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool call in mid-sentence neither ends the speech nor leaves words behind; usage is summed up."""
    monkeypatch.setattr(stream, "_STALL_S", 0.05)
    report = SpeechReport()

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look"
        yield " that up. "
        await asyncio.sleep(0.2)
        yield " "
        yield "It is"
        yield " warm."

    pcm = await heard_growing(client, pausing(), report)
    assert [chunk.strip() for chunk in spoken_chunks(simulator)] == ["Let me look that up.", "It is warm."]
    assert pcm == tones(spoken_chunks(simulator))
    assert flushes(simulator) == 2
    assert len(simulator.journal.sockets_of(GROWING)) == 1
    assert report.usage is not None
    assert report.usage.audio_seconds == pytest.approx(len(pcm) / 48000)


async def test_a_turn_that_the_server_ends_first_loses_nothing(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with less patience than the client: the rest is spoken in another turn."""
    monkeypatch.setattr(stream, "_IN_FLIGHT_S", 0.02)
    simulator.profile = Profile(idle_turn_s=0.05)

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look that up."
        await asyncio.sleep(0.15)
        yield "It is warm."

    pcm = await heard_growing(client, pausing(), SpeechReport())
    assert pcm == tones(["Let me look that up.", "It is warm."])


async def test_text_on_its_way_into_an_ended_turn_is_an_error(session: ClientSession, scripted: ScriptedServer) -> None:
    """It can't be known whether it was spoken, so the utterance does not end as if it were."""
    scripted.frames = [{"generation_started": True}, {"audio": "AAA="}, {"session_closed": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(ConnectionLostError, match="TURN_ENDED_EARLY"):
        await heard_growing(client, growing(["Hello", " there"], 0.5), SpeechReport())


async def test_text_longer_than_the_limit_makes_more_turns(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every turn stays below the server's limit, and is cut between words where there are any."""
    monkeypatch.setattr(stream, "MAX_TEXT_LENGTH", 22)
    monkeypatch.setattr(stream, "LONGEST_PIECE", 10)
    monkeypatch.setattr(feed_module, "LONGEST_PIECE", 10)
    await heard_growing(client, growing(["One two three four five. Incomprehensible."], 0), SpeechReport())
    texts = [message.get("text", "|") for message in simulator.journal.received(GROWING)]
    assert texts == ["One two ", "three ", "|", "four ", "five. ", "Incomprehe", "|", "nsible.", "|"]


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
        await heard_growing(client, growing(DELTAS), SpeechReport())
    simulator.journal.clear()
    assert await heard_growing(client, growing(DELTAS), SpeechReport()) == tones(spoken_chunks(simulator))


async def test_no_audio_at_all_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end without a sample raises."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard_growing(client, growing(DELTAS), SpeechReport())


async def test_a_silent_server_is_given_up_only_after_the_text(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model's silence is not the server's: the clock starts with the flush."""
    monkeypatch.setattr(stream, "_POLL_S", 0.02)
    monkeypatch.setattr(stream, "SILENCE_LIMIT_S", 0.05)
    simulator.faults.add(Fault.SILENCE)
    said: list[str] = []

    async def slow() -> AsyncGenerator[str]:
        for delta in DELTAS:
            yield delta
            said.append(delta)
            await asyncio.sleep(0.03)

    with pytest.raises(TimedOutError):
        await heard_growing(client, slow(), SpeechReport())
    assert said == DELTAS


async def test_a_server_that_takes_its_time_is_not_given_up(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it speaks: only silence counts, and only since the last frame."""
    monkeypatch.setattr(stream, "_POLL_S", 0.01)
    monkeypatch.setattr(stream, "SILENCE_LIMIT_S", 0.08)
    simulator.profile = Profile(speed=6.0)
    pcm = await heard_growing(client, growing(["The washing machine has finished."], 0), SpeechReport())
    assert pcm == tones(["The washing machine has finished."])


async def test_an_old_server_without_final_is_understood(client: KugelAudioClient, simulator: Simulator) -> None:
    """`session_closed` alone ends a turn."""
    simulator.faults.add(Fault.NO_FINAL)
    assert await heard_growing(client, growing(["Hello."]), SpeechReport()) == tones(["Hello."])


async def test_a_missing_session_closed_ends_the_turn_and_the_socket(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`final` is enough after a while, but the socket on which the rest may still come is not used again."""
    monkeypatch.setattr(stream, "_SESSION_CLOSED_S", 0.05)
    simulator.faults.add(Fault.NO_SESSION_CLOSED)
    assert await heard_growing(client, growing(["Hello."]), SpeechReport()) == tones(["Hello."])
    assert await heard_growing(client, growing(["Again."]), SpeechReport()) == tones(["Again."])
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
        await heard_growing(client, growing(["Hello."], 0), SpeechReport())


async def test_an_interruption_that_nobody_asked_for_is_a_loss(
    session: ClientSession, scripted: ScriptedServer
) -> None:
    """The turn did not end, it was cut."""
    scripted.frames = [{"audio": "AAA="}, {"interrupted": True}]
    client = KugelAudioClient(session, "ka_any", scripted.url)
    with pytest.raises(ConnectionLostError, match="INTERRUPTED"):
        await heard_growing(client, growing(["Hello."], 0), SpeechReport())


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
    assert await heard_growing(client, growing(["Hello."], 0), SpeechReport()) == b"\0\0"


async def test_a_second_session_closed_reaches_no_other_utterance(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The socket on which something unexpected waits is replaced."""
    simulator.faults.add(Fault.TWO_SESSION_CLOSED)
    for text in ("One.", "Two.", "Three."):
        assert await heard_growing(client, growing([text]), SpeechReport()) == tones([text])


async def test_a_writer_that_fails_is_told_after_what_it_wrote(client: KugelAudioClient) -> None:
    """What was written before the failure is spoken, then the failure is raised: nothing may be kept."""

    async def failing() -> AsyncGenerator[str]:
        yield "Before it "
        yield "fails."
        await asyncio.sleep(0)
        raise RuntimeError("the model broke")

    async with TextFeed(failing(), AsWritten()) as feed, aclosing(client.stream(feed, VOICE, SpeechReport())) as audio:
        assert await anext(audio) + await anext(audio) == tones(["Before it fails."])[: 2 * 9600]
        with pytest.raises(TextFailedError):
            [pcm async for pcm in audio]


async def test_a_text_that_never_ends_is_given_up(client: KugelAudioClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation agent that failed may leave its text open for ever."""
    monkeypatch.setattr(stream, "_STALL_S", 0.02)
    monkeypatch.setattr(stream, "IDLE_LIMIT_S", 0.05)

    async def endless() -> AsyncGenerator[str]:
        yield "And then"
        await asyncio.Event().wait()

    with pytest.raises(TextStalledError):
        await heard_growing(client, endless(), SpeechReport())


@pytest.mark.parametrize("deltas", [[], ["", " ", "\n"]])
async def test_nothing_to_say_is_an_error(client: KugelAudioClient, simulator: Simulator, deltas: list[str]) -> None:
    """Blanks alone are not sent, for they would be billed as a turn."""
    with pytest.raises(EmptyTextError):
        await heard_growing(client, growing(deltas), SpeechReport())
    assert not simulator.journal.sockets


async def test_an_abandoned_utterance_is_cancelled_at_the_server(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Who stops listening pays for no more, and no frame of it reaches the next utterance."""
    simulator.profile = Profile(speed=5.0)
    async with (
        TextFeed(growing(DELTAS, 0.02), AsWritten()) as feed,
        aclosing(client.stream(feed, VOICE, SpeechReport())) as audio,
    ):
        await anext(audio)
    assert simulator.journal.received(GROWING)[-1] == {"cancel": True}
    simulator.profile = Profile()
    assert await heard_growing(client, growing(["Next."]), SpeechReport()) == tones(["Next."])
    assert len(simulator.journal.sockets_of(GROWING)) == 1


class Cautious(AsWritten):
    """A filter that holds everything back."""

    held = ""

    @override
    def feed(self, delta: str) -> str:
        """Hold the delta back."""
        self.held += delta
        return ""

    @override
    def finish(self) -> str:
        """Let it go."""
        held, self.held = self.held, ""
        return held


async def test_a_pause_releases_what_a_filter_holds_back(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said before a tool call is heard before it ends, to the last letter."""
    monkeypatch.setattr(stream, "IDLE_LIMIT_S", 0.1)
    monkeypatch.setattr(feed_module, "IDLE_LIMIT_S", 0.1)

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me see."
        await asyncio.sleep(0.3)
        yield "It is done."

    async with TextFeed(pausing(), Cautious()) as feed, aclosing(client.stream(feed, VOICE, SpeechReport())) as audio:
        await feed.begin()
        await anext(audio)
        assert spoken_chunks(simulator) == ["Let me see."]


async def test_the_whole_text_can_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """For endpoints that take no growing text."""
    async with TextFeed(growing(DELTAS), AsWritten()) as feed:
        assert await feed.whole() == "".join(DELTAS)
    monkeypatch.setattr(feed_module, "IDLE_LIMIT_S", 0.01)
    async with TextFeed(growing(["Never", " ending"], 5), AsWritten()) as feed:
        with pytest.raises(TextStalledError):
            await feed.whole()

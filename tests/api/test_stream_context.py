"""Growing text through contexts of `/ws/tts/multi`."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.kugelaudio.api import contexts, dialogue as dialogue_module, feed as feed_module
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.dialogue import Line
from custom_components.kugelaudio.api.errors import (
    ConnectionLostError,
    EmptyAudioError,
    EmptyTextError,
    KugelAudioError,
    NotFoundError,
    ServerError,
    ServerRestartingError,
    TextFailedError,
    TextStalledError,
    TimedOutError,
)
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.models import VoiceSettings
from custom_components.kugelaudio.api.report import SpeechReport
from tests.simulator import Fault, Profile, Simulator

from .speech import VOICE, AsWritten, growing, tones

MULTI = "/ws/tts/multi"
DELTAS = ["The wash", "ing machine", " has finished. ", "Shall I", " tell you", " more?"]
SENTENCES = ["The washing machine has finished.", "Shall I tell you more?"]


async def heard(
    client: KugelAudioClient,
    deltas: AsyncGenerator[str],
    report: SpeechReport | None = None,
    voice: VoiceSettings = VOICE,
) -> bytes:
    """Return the PCM of a growing text."""
    async with TextFeed(deltas, AsWritten()) as feed:
        await feed.begin()
        return b"".join([pcm async for pcm in client.stream_context(feed, voice, report or SpeechReport())])


async def pausing(before: str, pause_s: float, after: str) -> AsyncGenerator[str]:
    """Yield two deltas with a pause between them, as a language model does that calls a tool."""
    yield before
    await asyncio.sleep(pause_s)
    yield after


async def test_everything_said_is_heard(client: KugelAudioClient) -> None:
    """All sentences of the text arrive whole and in order, and the usage is reported."""
    report = SpeechReport()
    pcm = await heard(client, growing(DELTAS), report)
    assert pcm == tones(SENTENCES)
    assert report.endpoint == "ws/tts/multi"
    assert report.usage is not None
    assert report.usage.audio_seconds == pytest.approx(len(pcm) / 48000)


async def test_deltas_leave_as_they_come(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first carries the whole configuration; none is split or held; the end is told once."""
    await heard(client, growing(DELTAS, 0.05))
    first, *others, flush, close = simulator.journal.received(MULTI)
    context_id = first["context_id"]
    assert (first["text"], first["flush"], first["voice_settings"]) == (
        DELTAS[0],
        False,
        {"voice_id": 1071, "cfg_scale": 2.0},
    )
    assert others == [{"text": delta, "context_id": context_id} for delta in DELTAS[1:]]
    assert flush == {"flush": True, "context_id": context_id}
    assert close == {"close_context": True, "context_id": context_id}


async def test_audio_comes_while_the_text_is_still_written(client: KugelAudioClient) -> None:
    """The first audio is there before the last delta."""
    async with (
        TextFeed(growing(["It is done. ", "Really", " done."], 0.03), AsWritten()) as feed,
        aclosing(client.stream_context(feed, VOICE, SpeechReport())) as speech,
    ):
        await anext(speech)
        assert not feed.has_ended


async def test_utterances_at_the_same_time_share_a_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """One handshake for all of them, and each gets its own audio, beside a dialogue, too."""
    simulator.profile = Profile(handshake_ms=10, first_audio_ms=5)
    texts = [["Number one", " speaks."], ["The second", " one", " speaks, too."], ["And", " a third."]]

    async def lines() -> bytes:
        return b"".join([pcm async for pcm in client.dialogue([Line("Four.", VOICE)], SpeechReport())])

    results = await asyncio.gather(*(heard(client, growing(deltas, 0.01)) for deltas in texts), lines())
    assert results == [*(tones(["".join(deltas)]) for deltas in texts), tones(["Four."])]
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_an_utterance_that_begins_later_pays_for_no_handshake(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """It joins the socket on which another one speaks."""
    started = asyncio.ensure_future(heard(client, pausing("The first one.", 0.05, " Still speaks.")))
    await simulator.journal.until(lambda journal: bool(journal.sent(MULTI)))
    assert await heard(client, growing(["Second."])) == tones(["Second."])
    assert not started.done()
    assert await started == tones(["The first one.", "Still speaks."])
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_utterances_follow_each_other_on_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """A context that is over leaves a socket for the next."""
    for _ in range(3):
        assert await heard(client, growing(DELTAS, 0)) == tones(SENTENCES)
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_pause_in_the_text_ends_nothing(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said before a tool call is spoken meanwhile, and the context kept alive until it goes on."""
    monkeypatch.setattr(dialogue_module, "_STALL_S", 0.02)
    monkeypatch.setattr(contexts, "_KEEP_ALIVE_S", 0.03)
    simulator.profile = Profile(context_idle_s=0.1)
    assert await heard(client, pausing("Let me look", 0.25, "It is warm.")) == tones(["Let me look", "It is warm."])
    received = simulator.journal.received(MULTI)
    assert [message["text"] for message in received if message.get("text")] == ["Let me look", "It is warm."]
    assert sum(bool(message.get("flush")) for message in received) == 2
    assert sum(message.get("text") == "" for message in received) > 4
    assert len({message["context_id"] for message in received}) == 1


async def test_a_text_beyond_the_limit_goes_on_in_another_context(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every context stays below the server's limit, and nothing is lost between them."""
    monkeypatch.setattr(dialogue_module, "MAX_TEXT_LENGTH", 22)
    monkeypatch.setattr(feed_module, "LONGEST_PIECE", 10)
    report = SpeechReport()
    pcm = await heard(client, growing(["One two three four five six seven."], 0), report)
    assert pcm == tones(["One two three", "four five six seven."])
    assert report.usage is not None
    assert report.usage.audio_seconds == pytest.approx(len(pcm) / 48000)
    assert len({message["context_id"] for message in simulator.journal.received(MULTI)}) == 2


@pytest.mark.parametrize(
    ("fault", "parameters", "error"),
    [
        (Fault.DROP, {}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1000}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1012}, ServerRestartingError),
        (Fault.ERROR_FRAME, {}, ServerError),
        (Fault.ERROR_FRAME, {"session": True}, ServerError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_loss_raises_and_the_next_utterance_works(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    parameters: dict[str, Any],
    error: type[KugelAudioError],
    after_frames: int,
) -> None:
    """Nothing that ends the context or the socket makes truncated audio look complete."""
    simulator.faults.add(fault, after_frames=after_frames, **parameters)
    with pytest.raises(error):
        await heard(client, growing(DELTAS))
    assert await heard(client, growing(DELTAS)) == tones(SENTENCES)


async def test_a_session_error_fails_all_who_share_the_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """And none of them is left waiting."""
    simulator.faults.add(Fault.ERROR_FRAME, session=True, after_frames=1)
    texts = [["It is done. "], ["So", " it", " is. "]]
    results = await asyncio.gather(*(heard(client, growing(deltas, 0.03)) for deltas in texts), return_exceptions=True)
    assert [type(result) for result in results] == [ServerError, ServerError]


async def test_an_error_of_one_harms_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """An unknown voice is the problem of whoever asked for it."""
    unknown = VoiceSettings(voice_id="999999", language="en")
    results = await asyncio.gather(
        heard(client, growing(DELTAS)), heard(client, growing(DELTAS), voice=unknown), return_exceptions=True
    )
    assert results[0] == tones(SENTENCES)
    assert isinstance(results[1], NotFoundError)
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_silent_server_is_given_up_only_after_the_text(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model's silence is not the server's: the clock starts with the end of the text."""
    monkeypatch.setattr(dialogue_module, "_POLL_S", 0.01)
    monkeypatch.setattr(dialogue_module, "SILENCE_LIMIT_S", 0.03)
    simulator.faults.add(Fault.SILENCE)
    said: list[str] = []

    async def slow() -> AsyncGenerator[str]:
        for delta in DELTAS:
            yield delta
            said.append(delta)
            await asyncio.sleep(0.02)

    with pytest.raises(TimedOutError):
        await heard(client, slow())
    assert said == DELTAS


async def test_no_audio_at_all_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end without a sample raises."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard(client, growing(DELTAS))


async def test_a_writer_that_fails_is_told_after_what_it_wrote(client: KugelAudioClient) -> None:
    """What was written before the failure is spoken, then the failure is raised: nothing may be kept."""

    async def failing() -> AsyncGenerator[str]:
        yield "Before it fails."
        raise RuntimeError("the model broke")

    async with (
        TextFeed(failing(), AsWritten()) as feed,
        aclosing(client.stream_context(feed, VOICE, SpeechReport())) as speech,
    ):
        assert await anext(speech) == tones(["Before it fails."])[:9600]
        with pytest.raises(TextFailedError):
            [pcm async for pcm in speech]


async def test_a_text_that_never_ends_is_given_up(client: KugelAudioClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation agent that failed may leave its text open for ever."""
    monkeypatch.setattr(dialogue_module, "_STALL_S", 0.02)
    monkeypatch.setattr(dialogue_module, "IDLE_LIMIT_S", 0.05)

    async def endless() -> AsyncGenerator[str]:
        yield "And then"
        await asyncio.Event().wait()

    with pytest.raises(TextStalledError):
        await heard(client, endless())


@pytest.mark.parametrize("deltas", [[], ["", " ", "\n"]])
async def test_nothing_to_say_is_an_error(
    client: KugelAudioClient, simulator: Simulator, deltas: Sequence[str]
) -> None:
    """Blanks alone open no socket."""
    with pytest.raises(EmptyTextError):
        await heard(client, growing(deltas))
    async with TextFeed(growing(deltas), AsWritten()) as feed:
        with pytest.raises(EmptyAudioError):
            [pcm async for pcm in client.stream_context(feed, VOICE, SpeechReport())]
    assert not simulator.journal.sockets


async def test_an_abandoned_utterance_is_stopped_at_the_server(client: KugelAudioClient, simulator: Simulator) -> None:
    """Only its own context is closed; the others on the socket speak on."""
    simulator.profile = Profile(speed=20.0, late_frames=3)
    other = asyncio.ensure_future(heard(client, growing(DELTAS, 0.02)))
    async with (
        TextFeed(growing(DELTAS, 0.02), AsWritten()) as feed,
        aclosing(client.stream_context(feed, VOICE, SpeechReport())) as speech,
    ):
        await anext(speech)
    assert sum("immediate" in message for message in simulator.journal.received(MULTI)) == 1
    assert await other == tones(SENTENCES)
    assert await heard(client, growing(["Next."])) == tones(["Next."])
    assert len(simulator.journal.sockets_of(MULTI)) == 1


class Improvised:
    """A server that answers a new context with frames of its own, and nothing else."""

    def __init__(self, *frames: dict[str, object]) -> None:
        """Keep the frames: they get the new context's id, unless they name another, or None for none at all."""
        self._frames = frames
        application = web.Application()
        application.router.add_get("/ws/tts/multi", self._serve)
        self.server = TestServer(application, host="127.0.0.1")

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        context_id = (await socket.receive_json())["context_id"]
        for frame in self._frames:
            merged = {"context_id": context_id, **frame}
            await socket.send_json({key: value for key, value in merged.items() if value is not None})
        await socket.receive_str()
        await socket.receive()
        return socket


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([{"audio": "AAA="}, {"context_closed": True}], "CONTEXT_CLOSED_EARLY"),
        ([{"audio": "AAA="}, {"interrupted": True}], "INTERRUPTED"),
        ([{"audio": "AAA="}, {"interrupted": True, "context_id": None}], "INTERRUPTED"),
        ([{"audio": "AAA="}, {"context_timeout": True}], "CONTEXT_TIMED_OUT"),
    ],
)
async def test_an_end_that_nobody_asked_for_is_a_loss(
    session: ClientSession, frames: list[dict[str, object]], code: str
) -> None:
    """The text was not spoken to its end, so the utterance does not end as if it were."""
    improvised = Improvised(*frames)
    await improvised.server.start_server()
    client = KugelAudioClient(session, "ka_any", str(improvised.server.make_url("")))
    with pytest.raises(ConnectionLostError, match=code):
        await heard(client, growing(["Hello", " there"], 0.2))
    await client.close()
    await improvised.server.close()


async def test_frames_of_nobody_are_dropped(session: ClientSession) -> None:
    """A greeting of an old server, a context that nobody knows: nothing of it is heard."""
    improvised = Improvised(
        {"session_started": True, "session_id": "s", "context_id": None},
        {"audio": "AQE=", "context_id": "of the past"},
        {"error": "unknown context", "error_code": "VALIDATION_ERROR", "context_id": "of the past"},
        {"context_timeout": True, "context_id": "of the past"},
        {"interrupted": True, "context_id": "of the past"},
        {"audio": "AAA="},
        {"final": True},
        {"context_closed": True},
    )
    await improvised.server.start_server()
    client = KugelAudioClient(session, "ka_any", str(improvised.server.make_url("")))
    pcm = [piece async for piece in client.dialogue([Line("Hello.", VOICE)], SpeechReport())]
    assert pcm == [b"\0\0"]
    await client.close()
    await improvised.server.close()

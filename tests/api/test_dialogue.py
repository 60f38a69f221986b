"""Several voices in one utterance over `/ws/tts/multi`."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.kugelaudio.api import contexts, dialogue as dialogue_module
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.dialogue import Line
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    EmptyAudioError,
    EmptyTextError,
    InsufficientCreditsError,
    InvalidRequestError,
    KugelAudioError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TimedOutError,
    UnavailableError,
)
from custom_components.kugelaudio.api.models import SpeechReport
from tests.simulator import Fault, Profile, Simulator, tone_pcm

from .speech import VOICE, heard_whole

MULTI = "/ws/tts/multi"
VOICES = [replace(VOICE, voice_id=voice_id, cfg_scale=cfg) for voice_id, cfg in (("1071", 2.0), ("1072", 1.5))]
VOICES += [replace(VOICE, voice_id=voice_id) for voice_id in ("5004", "hans")]
SHORT = [
    Line("Knock knock.", VOICES[0]),
    Line("Who is there?", VOICES[1]),
    Line("A doorbell. With a button.", VOICES[0]),
]


def script(length: int) -> list[Line]:
    """Return lines of different texts and lengths, spoken in turn by four voices."""
    return [Line(f"Line number {number}{' again' * (number % 3)}.", VOICES[number % 4]) for number in range(length)]


def spoken(lines: Sequence[Line]) -> bytes:
    """Return the PCM that the server makes of lines of one sentence each."""
    return b"".join(tone_pcm(line.text, line.settings.sample_rate, line.settings.speed) for line in lines)


async def heard(client: KugelAudioClient, lines: Sequence[Line], report: SpeechReport | None = None) -> bytes:
    """Return the PCM of a dialogue."""
    return b"".join([pcm async for pcm in client.dialogue(lines, report or SpeechReport())])


def with_marker(simulator: Simulator, marker: str) -> list[str]:
    """Return the contexts for which the server told something, in the order in which it did."""
    return [str(frame["context_id"]) for frame in simulator.journal.sent(MULTI) if marker in frame]


def messages_with(simulator: Simulator, key: str) -> list[dict[str, object]]:
    """Return what the client sent with a certain key."""
    return [message for message in simulator.journal.received(MULTI) if key in message]


def most_at_once(simulator: Simulator) -> int:
    """Return how many contexts were open at the same time."""
    changes = [("context_created" in frame) - ("context_closed" in frame) for frame in simulator.journal.sent(MULTI)]
    return max(sum(changes[: end + 1]) for end in range(len(changes)))


async def test_twelve_lines_of_four_voices_are_one_utterance(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every sample of every line arrives, in the order of the lines, over one socket."""
    lines = script(12)
    assert await heard(client, lines) == spoken(lines)
    assert len(simulator.journal.sockets_of(MULTI)) == 1
    assert len(set(with_marker(simulator, "context_closed"))) == 12


async def test_a_line_is_sent_whole_and_its_context_closed(client: KugelAudioClient, simulator: Simulator) -> None:
    """The voice and its guidance are the context's own, all other settings are the socket's."""
    await heard(client, [Line("Who is there?", VOICES[1])])
    first, last = simulator.journal.received(MULTI)
    context_id = first["context_id"]
    shared = {name: value for name, value in VOICE.as_json().items() if name not in {"voice_id", "cfg_scale"}}
    own = {"voice_id": 1072, "cfg_scale": 1.5}
    assert first == {
        "text": "Who is there?",
        "context_id": context_id,
        "flush": True,
        **shared,
        "voice_settings": own,
    }
    assert last == {"close_context": True, "context_id": context_id}


async def test_a_line_of_several_sentences_is_one_line(client: KugelAudioClient) -> None:
    """The server speaks it in chunks, the next line waits for all of them."""
    assert await heard(client, SHORT) == b"".join(
        tone_pcm(text, 24000) for text in ("Knock knock.", "Who is there?", "A doorbell.", "With a button.")
    )


async def test_more_lines_than_contexts_are_spoken(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes 20 at once; a further line begins when one has ended."""
    monkeypatch.setattr(dialogue_module, "_CHARACTERS_AHEAD", 10_000)
    simulator.profile = Profile(first_audio_ms=10)
    lines = script(25)
    assert await heard(client, lines) == spoken(lines)
    assert most_at_once(simulator) == 20
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_only_so_much_is_made_ahead(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a slow listener has not heard yet waits in memory, so long lines are not all made at the start."""
    monkeypatch.setattr(dialogue_module, "_CHARACTERS_AHEAD", 30)
    lines = [Line(f"This line has thirty letters {number}", VOICE) for number in range(6)]
    async with aclosing(client.dialogue(lines, SpeechReport())) as speech:
        pcm = await anext(speech)
        await asyncio.sleep(0.03)
        assert len(with_marker(simulator, "context_created")) == 2
        pcm += b"".join([piece async for piece in speech])
    assert pcm == spoken(lines)


async def test_a_later_line_that_is_ready_first_waits_for_its_turn(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """The order is the script's, not the server's."""
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=40)
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert with_marker(simulator, "context_closed") == with_marker(simulator, "context_created")[::-1]


async def test_the_first_audio_waits_for_no_other_line(client: KugelAudioClient, simulator: Simulator) -> None:
    """A frame of the current line is passed on at once."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    async with aclosing(client.dialogue(SHORT, SpeechReport())) as speech:
        assert await anext(speech) == spoken(SHORT)[:9600]


async def test_the_usage_of_all_lines_is_summed_up(client: KugelAudioClient) -> None:
    """One utterance has one bill."""
    report = SpeechReport()
    pcm = await heard(client, SHORT, report)
    assert report.endpoint == "ws/tts/multi"
    assert report.usage is not None
    assert report.usage.audio_seconds == pytest.approx(len(pcm) / 48000)
    assert report.usage.characters == sum(len(line.text) for line in SHORT) - 1


async def test_dialogues_follow_each_other_on_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """A dialogue that is over leaves a socket for the next."""
    for lines in (script(3), script(2), script(4)):
        assert await heard(client, lines) == spoken(lines)
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_dialogues_at_the_same_time_share_a_socket_and_nothing_else(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Each hears its own lines only; both pay for one handshake."""
    simulator.profile = Profile(handshake_ms=20, first_audio_ms=10)
    scripts = [script(5), [Line(f"Other {number}.", VOICES[number % 3]) for number in range(6)]]
    assert await asyncio.gather(*(heard(client, lines) for lines in scripts)) == [spoken(lines) for lines in scripts]
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_full_socket_gets_a_second_one_beside_it(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nobody waits for the contexts of somebody else."""
    simulator.profile = Profile(first_audio_ms=20)
    scripts = [script(15), script(14)]
    assert await asyncio.gather(*(heard(client, lines) for lines in scripts)) == [spoken(lines) for lines in scripts]
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_settings_of_the_whole_socket_change_no_other_line(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Speed and language of one line must not reach another that is spoken at the same time."""
    simulator.profile = Profile(first_audio_ms=10)
    fast = replace(VOICE, speed=1.2, language="de")
    lines = [Line(f"Line {number}.", settings) for number, settings in enumerate((VOICE, fast) * 3)]
    assert await heard(client, lines) == spoken(lines)
    languages = [
        {message["language"] for record in socket.received if "language" in (message := record.message)}
        for socket in simulator.journal.sockets_of(MULTI)
    ]
    assert languages == [{"en"}, {"de"}]


async def test_lines_of_different_sample_rates_are_refused(client: KugelAudioClient, simulator: Simulator) -> None:
    """One stream of samples has one rate."""
    lines = [Line("One.", VOICE), Line("Two.", replace(VOICE, sample_rate=16000))]
    with pytest.raises(InvalidRequestError, match="MIXED_SAMPLE_RATES"):
        await heard(client, lines)
    assert not simulator.journal.sockets


@pytest.mark.parametrize("lines", [[], [Line("One.", VOICE), Line(" \n", VOICE)]])
async def test_nothing_to_say_is_an_error(client: KugelAudioClient, simulator: Simulator, lines: list[Line]) -> None:
    """A line without words is told before any other is billed."""
    with pytest.raises(EmptyTextError):
        await heard(client, lines)
    assert not simulator.journal.sockets


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050])
async def test_the_sample_rate_is_the_servers_work(client: KugelAudioClient, sample_rate: int) -> None:
    """What is asked for arrives, without a conversion here."""
    lines = [Line(line.text, replace(line.settings, sample_rate=sample_rate)) for line in SHORT[:2]]
    assert await heard(client, lines) == spoken(lines)


@pytest.mark.parametrize(
    ("fault", "parameters", "error"),
    [
        (Fault.DROP, {}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1000}, ConnectionLostError),
        (Fault.CLOSE, {"code": 1011}, ServerError),
        (Fault.CLOSE, {"code": 1012}, ServerRestartingError),
        (Fault.CLOSE, {"code": 4001}, AuthenticationError),
        (Fault.CLOSE, {"code": 4003}, InsufficientCreditsError),
        (Fault.CLOSE, {"code": 4029}, RateLimitedError),
        (Fault.CLOSE, {"code": 4500}, UnavailableError),
        (Fault.ERROR_FRAME, {}, ServerError),
        (Fault.ERROR_FRAME, {"session": True, "error": "model_unavailable"}, UnavailableError),
        (Fault.NOT_JSON, {}, ProtocolError),
        (Fault.NOT_OBJECT, {}, ProtocolError),
        (Fault.BINARY_FRAME, {}, ProtocolError),
        (Fault.INVALID_BASE64, {}, ProtocolError),
        (Fault.ODD_BYTES, {}, ProtocolError),
    ],
)
@pytest.mark.parametrize("after_frames", [0, 2])
async def test_a_loss_raises_and_the_next_dialogue_works(
    client: KugelAudioClient,
    simulator: Simulator,
    fault: Fault,
    parameters: dict[str, Any],
    error: type[KugelAudioError],
    after_frames: int,
) -> None:
    """Nothing that goes wrong makes a part of the lines look like all of them."""
    simulator.faults.add(fault, after_frames=after_frames, **parameters)
    with pytest.raises(error):
        await heard(client, SHORT[:2])
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_FRAME, Fault.UNKNOWN_KEYS, Fault.BARE_AUDIO, Fault.NO_FINAL])
async def test_what_a_server_may_do_otherwise_is_understood(
    client: KugelAudioClient, simulator: Simulator, fault: Fault
) -> None:
    """Frames and keys of the future, and what older servers leave out."""
    simulator.faults.add(fault, times=None)
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])


async def test_a_line_that_fails_is_told_before_the_first_sound(client: KugelAudioClient, simulator: Simulator) -> None:
    """A voice that does not exist in the last line can still be answered with another engine."""
    simulator.profile = Profile(first_audio_ms=30)
    lines = [*SHORT, Line("Nobody says this.", replace(VOICE, voice_id="999999"))]
    async with aclosing(client.dialogue(lines, SpeechReport())) as speech:
        with pytest.raises(NotFoundError):
            await anext(speech)
    assert len(messages_with(simulator, "immediate")) == 3


async def test_a_line_without_a_sample_is_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """A proper end of all lines is not enough: each must be heard."""
    simulator.faults.add(Fault.EMPTY_AUDIO)
    with pytest.raises(EmptyAudioError):
        await heard(client, SHORT[:2])


async def test_a_silent_server_is_given_up(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a frame of any line, nothing is waited for."""
    monkeypatch.setattr(dialogue_module, "SILENCE_LIMIT_S", 0.05)
    simulator.faults.add(Fault.SILENCE, times=None, after_frames=1)
    with pytest.raises(TimedOutError, match="SERVER_SILENT"):
        await heard(client, SHORT)


async def test_lines_that_wait_for_the_server_are_kept_alive(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server gives up contexts for which it hears nothing, also those that it has not begun to speak."""
    monkeypatch.setattr(contexts, "_KEEP_ALIVE_S", 0.02)
    simulator.profile = Profile(context_idle_s=0.1, first_audio_ms=200)
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    kept = [message for message in simulator.journal.received(MULTI) if message.get("text") == ""]
    assert {message["context_id"] for message in kept} == set(with_marker(simulator, "context_created"))
    assert all(message.keys() == {"text", "context_id"} for message in kept)


async def test_a_line_that_is_being_spoken_is_not_kept_alive(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its context is closed with its first sample; from then on the server expects nothing for it."""
    monkeypatch.setattr(contexts, "_KEEP_ALIVE_S", 0.01)
    simulator.profile = Profile(speed=10.0)
    assert await heard(client, SHORT[:1]) == spoken(SHORT[:1])
    assert "close_context" in simulator.journal.received(MULTI)[-1]


async def test_a_line_that_the_server_gives_up_is_a_loss(client: KugelAudioClient, simulator: Simulator) -> None:
    """Its end will not come."""
    simulator.profile = Profile(context_idle_s=0.03)
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    with pytest.raises(ConnectionLostError, match="CONTEXT_TIMED_OUT"):
        await heard(client, SHORT)


async def test_a_server_with_fewer_contexts_says_so(client: KugelAudioClient, simulator: Simulator) -> None:
    """More than it takes are an error that may pass, not a part of the lines."""
    simulator.profile = Profile(max_contexts=2, first_audio_ms=20)
    with pytest.raises(RateLimitedError, match="TOO_MANY_CONTEXTS"):
        await heard(client, SHORT)


async def test_one_dialogue_that_fails_harms_no_other(client: KugelAudioClient, simulator: Simulator) -> None:
    """An error that names a context is that context's alone; the socket carries the others to their end."""
    simulator.profile = Profile(first_audio_ms=20)
    failing = [Line("Nobody.", replace(VOICE, voice_id="999999"))]
    results = await asyncio.gather(heard(client, SHORT[:2]), heard(client, failing), return_exceptions=True)
    assert results[0] == spoken(SHORT[:2])
    assert isinstance(results[1], NotFoundError)
    assert len(simulator.journal.sockets_of(MULTI)) == 1
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_an_abandoned_dialogue_is_stopped_at_the_server(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every context that has not ended is closed at once; the next dialogue hears only itself, on the same socket."""
    simulator.profile = Profile(speed=20.0)
    simulator.faults.add(Fault.LATE_AUDIO, times=None, frames=3)
    async with aclosing(client.dialogue(script(8), SpeechReport())) as speech:
        await anext(speech)
    stopped = {message["context_id"] for message in messages_with(simulator, "immediate")}
    assert len(stopped) == 8
    assert stopped == set(with_marker(simulator, "context_closed"))
    simulator.profile = Profile()
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_server_that_does_not_stop_loses_the_socket(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the confirmation, contexts of the abandoned dialogue may still be spoken there."""
    monkeypatch.setattr(contexts, "_STOP_LIMIT_S", 0.03)
    simulator.profile = Profile(speed=20.0)
    simulator.faults.add(Fault.NO_SESSION_CLOSED, times=None)
    async with aclosing(client.dialogue(script(4), SpeechReport())) as speech:
        await anext(speech)
    simulator.faults.clear()
    assert await heard(client, script(3)) == spoken(script(3))
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_a_dialogue_that_does_not_stop_harms_no_other(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket is used up, but not before those who speak on it have ended."""
    monkeypatch.setattr(contexts, "_STOP_LIMIT_S", 0.02)
    simulator.profile = Profile(speed=5.0)
    simulator.faults.add(Fault.NO_SESSION_CLOSED)
    abandoned = client.dialogue(SHORT[:1], SpeechReport())
    await anext(abandoned)
    other = asyncio.ensure_future(heard(client, SHORT[:2]))
    await asyncio.sleep(0.01)
    await abandoned.aclose()
    assert not other.done()
    assert await other == spoken(SHORT[:2])
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets_of(MULTI)) == 2


async def test_a_dialogue_can_be_abandoned_while_the_socket_opens(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Another one that waits for the same handshake gets its socket."""
    simulator.profile = Profile(handshake_ms=40)
    first, second = (asyncio.ensure_future(heard(client, SHORT[:2])) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == spoken(SHORT[:2])
    assert first.cancelled()
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_a_handshake_for_which_nobody_waits_is_given_up(client: KugelAudioClient, simulator: Simulator) -> None:
    """Who leaves last does not wait for a server that never answers."""
    simulator.faults.add(Fault.HANDSHAKE_HANG)
    speaking = asyncio.ensure_future(heard(client, SHORT))
    await simulator.journal.until(lambda journal: bool(journal.handshakes))
    speaking.cancel()
    await asyncio.wait([speaking], timeout=0.5)
    assert speaking.cancelled()


async def test_a_refused_key_is_told(simulator: Simulator, session: ClientSession) -> None:
    """A handshake that fails fails all who wait for it."""
    client = KugelAudioClient(session, "ka_unknown", simulator.url)
    results = await asyncio.gather(heard(client, SHORT), heard(client, SHORT), return_exceptions=True)
    assert [type(result) for result in results] == [AuthenticationError, AuthenticationError]


async def test_closing_the_client_ends_a_dialogue_with_an_error(client: KugelAudioClient, simulator: Simulator) -> None:
    """Nothing is left waiting, and nothing looks complete."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    speech = client.dialogue(SHORT, SpeechReport())
    await anext(speech)
    waiting = asyncio.ensure_future(anext(speech))
    await asyncio.sleep(0.01)
    await client.close()
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await waiting
    with pytest.raises(ConnectionLostError, match="CLIENT_CLOSED"):
        await heard(client, SHORT)
    await simulator.journal.until(lambda journal: not journal.open_sockets())


def test_a_line_does_not_show_its_words() -> None:
    """What is logged of it tells nothing of what is spoken."""
    assert SHORT[0].text not in repr(SHORT[0])


async def test_other_endpoints_have_sockets_of_their_own(client: KugelAudioClient, simulator: Simulator) -> None:
    """A warm socket of `/ws/tts` speaks no dialogue."""
    await heard_whole(client)
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets) == 2

"""Several voices in one utterance over `/ws/tts/multi`."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.speech import lines as lines_module
from custom_components.kugelaudio.speech.lines import Line
from custom_components.kugelaudio.speech.metrics import UtteranceMetrics
from tests.api.speech import VOICE, heard_whole
from tests.simulator import Fault, Profile, Simulator, tone_pcm

from .dialogues import MULTI, SHORT, VOICES, heard, most_at_once, script, speaking, spoken, with_marker


async def test_twelve_lines_of_four_voices_are_one_utterance(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every sample of every line arrives, in the order of the lines, over one socket."""
    lines = script(12)
    assert await heard(client, lines) == spoken(lines)
    assert len(simulator.journal.sockets_of(MULTI)) == 1
    assert len(set(with_marker(simulator, "context_closed"))) == 12


async def test_a_line_of_several_sentences_is_one_line(client: KugelAudioClient) -> None:
    """The server speaks it in chunks, the next line waits for all of them."""
    assert await heard(client, SHORT) == b"".join(
        tone_pcm(text, 24000) for text in ("Knock knock.", "Who is there?", "A doorbell.", "With a button.")
    )


async def test_more_lines_than_contexts_are_spoken(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes 20 at once; a further line begins when one has ended."""
    monkeypatch.setattr(lines_module, "_CHARACTERS_AHEAD", 10_000)
    simulator.profile = Profile(first_audio_ms=10)
    lines = script(25)
    assert await heard(client, lines) == spoken(lines)
    assert most_at_once(simulator) == 20
    assert len(simulator.journal.sockets_of(MULTI)) == 1


async def test_only_so_much_is_made_ahead(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a slow listener has not heard yet waits in memory, so long lines are not all made at the start."""
    monkeypatch.setattr(lines_module, "_CHARACTERS_AHEAD", 30)
    lines = [Line(f"This line has thirty letters {number}", VOICE) for number in range(6)]
    async with aclosing(speaking(client, lines)) as speech:
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
    async with aclosing(speaking(client, SHORT)) as speech:
        assert await anext(speech) == spoken(SHORT)[:9600]


async def test_a_line_that_takes_long_is_not_forgotten_by_the_server(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """It gives up a context of which it hears nothing for 20 s, so it hears of it before."""
    lines = script(3)
    simulator.faults.add(Fault.SLOW_FIRST_AUDIO, delay_ms=25_000)
    assert await heard(client, lines) == spoken(lines)
    assert len(with_marker(simulator, "context_created")) == len(lines)
    assert with_marker(simulator, "context_timeout") == []


async def test_the_usage_of_all_lines_is_summed_up(client: KugelAudioClient) -> None:
    """One utterance has one bill."""
    metrics = UtteranceMetrics(VOICE.sample_rate)
    pcm = await heard(client, SHORT, metrics)
    assert metrics.endpoint == "ws/tts/multi"
    assert metrics.usage is not None
    assert metrics.usage.audio_seconds == pytest.approx(len(pcm) / 48000)
    assert metrics.usage.characters == sum(len(line.text) for line in SHORT) - 1


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


def test_a_line_does_not_show_its_words() -> None:
    """What is logged of it tells nothing of what is spoken."""
    assert SHORT[0].text not in repr(SHORT[0])


async def test_other_endpoints_have_sockets_of_their_own(client: KugelAudioClient, simulator: Simulator) -> None:
    """A warm socket of `/ws/tts` speaks no dialogue."""
    await heard_whole(client)
    assert await heard(client, SHORT[:2]) == spoken(SHORT[:2])
    assert len(simulator.journal.sockets) == 2

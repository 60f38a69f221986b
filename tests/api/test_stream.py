"""Growing text over `/ws/tts/stream`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import override

import pytest

from custom_components.kugelaudio.api import feed as feed_module, stream
from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.errors import (
    EmptyTextError,
    TextStalledError,
)
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from tests.simulator import Profile, Simulator

from .speech import DELTAS, GROWING, VOICE, AsWritten, growing, heard_growing, spoken_chunks, tones


def flushes(simulator: Simulator) -> int:
    """Return how often the client ended a turn."""
    return sum("flush" in message and bool(message["flush"]) for message in simulator.journal.received(GROWING))


async def test_everything_said_is_heard(client: KugelAudioClient, simulator: Simulator) -> None:
    """All chunks that the server makes of the text arrive whole and in order."""
    pcm = await heard_growing(client, growing(DELTAS), SpeechMetrics())
    assert "".join(spoken_chunks(simulator)).replace(" ", "") == "".join(DELTAS).replace(" ", "")
    assert pcm == tones(spoken_chunks(simulator))


async def test_deltas_leave_as_they_come(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first delta carries the whole configuration; none is split or held; one flush, no close."""
    await heard_growing(client, growing(DELTAS, 0.05), SpeechMetrics())
    first, *others, last = simulator.journal.received(GROWING)
    assert first == {"text": DELTAS[0], "flush": False, **VOICE.as_json(), "word_timestamps": False}
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

    async with TextFeed(slow(), AsWritten()) as feed, aclosing(client.stream(feed, VOICE, SpeechMetrics())) as audio:
        await anext(audio)
        assert len(written) < 3
    assert simulator.journal.sockets_of(GROWING)


async def test_utterances_share_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """A turn that is over leaves a socket for the next."""
    for _ in range(3):
        await heard_growing(client, growing(DELTAS, 0), SpeechMetrics())
    assert len(simulator.journal.sockets_of(GROWING)) == 1
    assert flushes(simulator) == 3


async def test_utterances_at_the_same_time_never_share_a_turn(client: KugelAudioClient, simulator: Simulator) -> None:
    """Each has a socket of its own, and gets its own audio."""
    texts = [["Number one", " speaks."], ["The second", " one", " speaks, too."]]
    heard = await asyncio.gather(*(heard_growing(client, growing(deltas), SpeechMetrics()) for deltas in texts))
    assert heard == [tones(["".join(deltas)]) for deltas in texts]
    assert len(simulator.journal.sockets_of(GROWING)) == 2


async def test_usage_of_the_turn_is_reported(client: KugelAudioClient, simulator: Simulator) -> None:
    """The frame that closes the turn tells what it cost."""
    metrics = SpeechMetrics()
    await heard_growing(client, growing(DELTAS), metrics)
    assert metrics.usage is not None
    assert metrics.usage.audio_seconds == pytest.approx(0.06 * len("".join(spoken_chunks(simulator))))


async def test_a_pause_in_the_text_makes_two_turns_and_one_utterance(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool call in mid-sentence neither ends the speech nor leaves words behind; usage is summed up."""
    monkeypatch.setattr(stream, "_STALL_S", 0.05)
    metrics = SpeechMetrics()

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look"
        yield " that up. "
        await asyncio.sleep(0.2)
        yield " "
        yield "It is"
        yield " warm."

    pcm = await heard_growing(client, pausing(), metrics)
    assert [chunk.strip() for chunk in spoken_chunks(simulator)] == ["Let me look that up.", "It is warm."]
    assert pcm == tones(spoken_chunks(simulator))
    assert flushes(simulator) == 2
    assert len(simulator.journal.sockets_of(GROWING)) == 1
    assert metrics.usage is not None
    assert metrics.usage.audio_seconds == pytest.approx(len(pcm) / 48000)


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

    pcm = await heard_growing(client, pausing(), SpeechMetrics())
    assert pcm == tones(["Let me look that up.", "It is warm."])


async def test_text_longer_than_the_limit_makes_more_turns(
    client: KugelAudioClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every turn stays below the server's limit, and is cut between words where there are any."""
    monkeypatch.setattr(stream, "MAX_TEXT_LENGTH", 22)
    monkeypatch.setattr(stream, "LONGEST_PIECE", 10)
    monkeypatch.setattr(feed_module, "LONGEST_PIECE", 10)
    await heard_growing(client, growing(["One two three four five. Incomprehensible."], 0), SpeechMetrics())
    texts = [message.get("text", "|") for message in simulator.journal.received(GROWING)]
    assert texts == ["One two ", "three ", "|", "four ", "five. ", "Incomprehe", "|", "nsible.", "|"]


@pytest.mark.parametrize("deltas", [[], ["", " ", "\n"]])
async def test_nothing_to_say_is_an_error(client: KugelAudioClient, simulator: Simulator, deltas: list[str]) -> None:
    """Blanks alone are not sent, for they would be billed as a turn."""
    with pytest.raises(EmptyTextError):
        await heard_growing(client, growing(deltas), SpeechMetrics())
    assert not simulator.journal.sockets


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

    async with TextFeed(pausing(), Cautious()) as feed, aclosing(client.stream(feed, VOICE, SpeechMetrics())) as audio:
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

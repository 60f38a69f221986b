"""Growing text over `/ws/tts/stream`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
import json
from typing import override

import pytest

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.errors import (
    EmptyTextError,
    TextStalledError,
)
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.frames import first_text
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.stream import Turn
from tests.simulator import Profile, Simulator

from .speech import (
    DELTAS,
    GROWING,
    LIMIT_S,
    VOICE,
    AsWritten,
    growing,
    heard_growing,
    heard_turn,
    spoken_chunks,
    tones,
    turn_of,
)


def flushes(simulator: Simulator) -> int:
    """Return how often the client ended a turn."""
    return sum("flush" in message and bool(message["flush"]) for message in simulator.journal.received(GROWING))


@pytest.mark.usefixtures("made_time")
async def test_everything_said_is_heard(client: KugelAudioClient, simulator: Simulator) -> None:
    """All chunks that the server makes of the text arrive whole and in order."""
    pcm = await heard_growing(client, growing(DELTAS))
    assert "".join(spoken_chunks(simulator)).replace(" ", "") == "".join(DELTAS).replace(" ", "")
    assert pcm == tones(spoken_chunks(simulator))


@pytest.mark.usefixtures("made_time")
async def test_deltas_leave_as_they_come(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first delta carries the whole configuration; none is split or held; one flush, no close."""
    await heard_growing(client, growing(DELTAS, 0.05))
    first, *others, last = simulator.journal.received(GROWING)
    assert first == json.loads(first_text(DELTAS[0], VOICE))
    assert None not in first.values()
    assert [message["text"] for message in others] == DELTAS[1:]
    assert last == {"flush": True}


@pytest.mark.usefixtures("made_time")
async def test_audio_comes_while_the_text_is_still_written(client: KugelAudioClient, simulator: Simulator) -> None:
    """The first audio is there before the last delta."""
    written: list[str] = []

    async def slow() -> AsyncGenerator[str]:
        for delta in ("It is done. ", "Really", " done."):
            written.append(delta)
            yield delta
            await asyncio.sleep(0.05)

    async with TextFeed(slow(), AsWritten()) as feed, aclosing(turn_of(client, feed)) as audio:
        await feed.begin()
        await anext(audio)
        assert len(written) < 3
    assert simulator.journal.sockets_of(GROWING)


async def test_utterances_share_one_warm_socket(client: KugelAudioClient, simulator: Simulator) -> None:
    """A turn that is over leaves a socket for the next."""
    for _ in range(3):
        await heard_growing(client, growing(DELTAS, 0))
    assert len(simulator.journal.sockets_of(GROWING)) == 1
    assert flushes(simulator) == 3


async def test_utterances_at_the_same_time_never_share_a_turn(client: KugelAudioClient, simulator: Simulator) -> None:
    """Each has a socket of its own, and gets its own audio."""
    texts = [["Number one", " speaks."], ["The second", " one", " speaks, too."]]
    heard = await asyncio.gather(*(heard_growing(client, growing(deltas)) for deltas in texts))
    assert heard == [tones(["".join(deltas)]) for deltas in texts]
    assert len(simulator.journal.sockets_of(GROWING)) == 2


async def test_usage_of_the_turn_is_reported(client: KugelAudioClient, simulator: Simulator) -> None:
    """The frame that closes the turn tells what it cost."""
    metrics = GenerationMetrics()
    async with TextFeed(growing(DELTAS), AsWritten()) as feed:
        await feed.begin()
        await heard_turn(client, feed, metrics)
    assert metrics.usage is not None
    assert metrics.usage.audio_seconds == pytest.approx(0.06 * len("".join(spoken_chunks(simulator))))


@pytest.mark.usefixtures("made_time")
async def test_a_pause_in_the_text_makes_two_turns_and_one_utterance(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """A tool call in mid-sentence neither ends the speech nor leaves words behind."""

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look"
        yield " that up. "
        await asyncio.sleep(4.5)
        yield " "
        yield "It is"
        yield " warm."

    pcm = await heard_growing(client, pausing())
    assert [chunk.strip() for chunk in spoken_chunks(simulator)] == ["Let me look that up.", "It is warm."]
    assert pcm == tones(spoken_chunks(simulator))
    assert flushes(simulator) == 2
    assert len(simulator.journal.sockets_of(GROWING)) == 1


@pytest.mark.usefixtures("made_time")
async def test_a_short_pause_ends_no_turn(client: KugelAudioClient, simulator: Simulator) -> None:
    """The server itself waits five seconds for more; up to four are left to the language model."""

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look"
        await asyncio.sleep(3.9)
        yield " that up."

    assert await heard_growing(client, pausing()) == tones(spoken_chunks(simulator))
    assert flushes(simulator) == 1


@pytest.mark.usefixtures("made_time")
async def test_a_turn_that_the_server_ends_first_loses_nothing(client: KugelAudioClient, simulator: Simulator) -> None:
    """A server with less patience than the client: the rest is spoken in another turn."""
    simulator.profile = Profile(idle_turn_s=2.0)

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me look that up."
        await asyncio.sleep(3.5)
        yield "It is warm."

    pcm = await heard_growing(client, pausing())
    assert pcm == tones(["Let me look that up.", "It is warm."])


@pytest.mark.usefixtures("made_time")
async def test_a_long_text_ends_its_turn_at_a_sentence(client: KugelAudioClient, simulator: Simulator) -> None:
    """Every turn stays below the limit: it ends with a sentence of its second half, else between words."""
    deltas = ["One two. ", "Three four five. ", "Six seven eight ", "nine ten ", "eleven.", " Incomprehensibilities"]
    async with TextFeed(growing(deltas, 0.1), AsWritten()) as feed:
        await feed.begin()
        while await feed.has_words(LIMIT_S):
            await heard_turn(client, feed, characters=40)
    texts = [message.get("text", "|") for message in simulator.journal.received(GROWING)]
    assert texts == [
        *("One two. ", "Three four five. ", "|"),
        *("Six seven eight ", "nine ten ", "|"),
        *("eleven.", " Incomprehensibiliti", "|"),
        *("es", "|"),
    ]


@pytest.mark.usefixtures("made_time")
async def test_others_go_first_where_a_sentence_ends_or_a_text_pauses(
    client: KugelAudioClient, simulator: Simulator
) -> None:
    """Whoever waits for a slot is not kept by a language model that writes, or looks something up."""

    async def writing() -> AsyncGenerator[str]:
        yield "It is done. "
        await asyncio.sleep(0.1)
        yield "And now"
        await asyncio.sleep(0.7)
        yield " more."

    heard = b""
    async with TextFeed(writing(), AsWritten()) as feed:
        while await feed.has_words(LIMIT_S):
            turn = client.speak_turn(
                Turn(feed, others_wait=lambda: True), VOICE, GenerationMetrics(), Deadline(LIMIT_S)
            )
            heard += b"".join([pcm async for pcm in turn])
    texts = [message.get("text", "|") for message in simulator.journal.received(GROWING)]
    assert texts == ["It is done. ", "|", "And now", "|", " more.", "|"]
    assert heard == tones(spoken_chunks(simulator))


@pytest.mark.parametrize("deltas", [[], ["", " ", "\n"]])
async def test_nothing_to_say_is_an_error(client: KugelAudioClient, simulator: Simulator, deltas: list[str]) -> None:
    """Blanks alone are not sent, for they would be billed as a turn."""
    with pytest.raises(EmptyTextError):
        await heard_growing(client, growing(deltas))
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

    @override
    def release(self) -> str:
        """Let it go."""
        return self.finish()


@pytest.mark.usefixtures("made_time")
async def test_a_pause_releases_what_a_filter_holds_back(client: KugelAudioClient, simulator: Simulator) -> None:
    """What was said before a tool call is heard before it ends, to the last letter."""

    async def pausing() -> AsyncGenerator[str]:
        yield "Let me "
        await asyncio.sleep(0.1)
        yield "see."
        await asyncio.sleep(2)
        yield "It is done."

    async with TextFeed(pausing(), Cautious()) as feed, aclosing(turn_of(client, feed)) as audio:
        assert await feed.has_words(0.3)
        await anext(audio)
        assert spoken_chunks(simulator) == ["Let me see."]


@pytest.mark.usefixtures("made_time")
async def test_the_whole_text_can_be_waited_for() -> None:
    """For endpoints that take no growing text; a text that nobody ends is given up after a minute."""
    async with TextFeed(growing(DELTAS), AsWritten()) as feed:
        assert await feed.whole() == "".join(DELTAS)
    async with TextFeed(growing(["Never", " ending"], 61), AsWritten()) as feed:
        with pytest.raises(TextStalledError):
            await feed.whole()
    async with TextFeed(growing(["Slow", "ly"], 59), AsWritten()) as feed:
        assert await feed.whole() == "Slowly"

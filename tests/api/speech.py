"""What the tests of speaking share."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import VoiceSettings
from custom_components.kugelaudio.api.stream import Turn
from tests.simulator import Simulator, tone_pcm

TEXT = "The washing machine has finished."
VOICE = VoiceSettings(voice_id="1071", language="en")
LIMIT_S = 30.0
WHOLE = "/ws/tts"
GROWING = "/ws/tts/stream"
DELTAS = ["The wash", "ing machine", " has finished. ", "Shall I", " tell you", " more?"]


class AsWritten:
    """A filter that changes nothing: what the integration makes of a text is not the client's matter."""

    def feed(self, delta: str) -> str:
        """Return the delta."""
        return delta

    def finish(self) -> str:
        """Return nothing: nothing was held back."""
        return ""

    def release(self) -> str:
        """Return nothing, either."""
        return ""


async def growing(deltas: Iterable[str], pause_s: float = 0.005) -> AsyncGenerator[str]:
    """Yield deltas as a language model does, one after the other."""
    for delta in deltas:
        yield delta
        await asyncio.sleep(pause_s)


async def heard_whole(client: KugelAudioClient, text: str = TEXT, voice: VoiceSettings = VOICE) -> bytes:
    """Return the PCM of a whole text."""
    return b"".join([pcm async for pcm in client.speak(text, voice, GenerationMetrics(), Deadline(LIMIT_S))])


async def heard_context(client: KugelAudioClient, text: str = TEXT, voice: VoiceSettings = VOICE) -> bytes:
    """Return the PCM of a text that is spoken beside others."""
    audio = client.speak_context(text, voice, GenerationMetrics(), Deadline(LIMIT_S))
    return b"".join([pcm async for pcm in audio])


async def heard_rest(client: KugelAudioClient, text: str = TEXT, limit_s: float = LIMIT_S) -> bytes:
    """Return the PCM of a text over REST."""
    return b"".join([pcm async for pcm in client.generate(text, VOICE, GenerationMetrics(), Deadline(limit_s))])


def turn_of(client: KugelAudioClient, feed: TextFeed) -> AsyncGenerator[bytes]:
    """Return the PCM of what a growing text holds, as it comes."""
    return client.speak_turn(Turn(feed), VOICE, GenerationMetrics(), Deadline(LIMIT_S))


async def heard_turn(
    client: KugelAudioClient, feed: TextFeed, metrics: GenerationMetrics | None = None, characters: int = 10_000
) -> bytes:
    """Return the PCM of what a growing text holds until it pauses."""
    turn = client.speak_turn(Turn(feed, characters), VOICE, metrics or GenerationMetrics(), Deadline(LIMIT_S))
    return b"".join([pcm async for pcm in turn])


async def heard_growing(
    client: KugelAudioClient, deltas: AsyncGenerator[str], metrics: GenerationMetrics | None = None
) -> bytes:
    """Return the PCM of a growing text, turn after turn."""
    heard = b""
    async with TextFeed(deltas, AsWritten()) as feed:
        await feed.begin()
        while await feed.has_words(LIMIT_S):
            heard += await heard_turn(client, feed, metrics)
        feed.check()
    return heard


def spoken_chunks(simulator: Simulator) -> list[str]:
    """Return the chunks of growing text that the server says it speaks."""
    return [str(frame["text"]) for frame in simulator.journal.sent(GROWING) if "generation_started" in frame]


def tones(chunks: Iterable[str]) -> bytes:
    """Return the PCM that the server makes of chunks of text."""
    return b"".join(tone_pcm(chunk, VOICE.sample_rate) for chunk in chunks)

"""What the tests of speaking share."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from custom_components.kugelaudio.api.models import VoiceSettings
from tests.simulator import Simulator, tone_pcm

TEXT = "The washing machine has finished."
VOICE = VoiceSettings(voice_id="1071", language="en")
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


async def growing(deltas: Iterable[str], pause_s: float = 0.005) -> AsyncGenerator[str]:
    """Yield deltas as a language model does, one after the other."""
    for delta in deltas:
        yield delta
        await asyncio.sleep(pause_s)


async def heard_whole(client: KugelAudioClient, text: str = TEXT, voice: VoiceSettings = VOICE) -> bytes:
    """Return the PCM of a whole text."""
    return b"".join([pcm async for pcm in client.speak(text, voice, SpeechMetrics())])


async def heard_growing(client: KugelAudioClient, deltas: AsyncGenerator[str], metrics: SpeechMetrics) -> bytes:
    """Return the PCM of a growing text."""
    async with TextFeed(deltas, AsWritten()) as feed:
        await feed.begin()
        return b"".join([pcm async for pcm in client.stream(feed, VOICE, metrics)])


def spoken_chunks(simulator: Simulator) -> list[str]:
    """Return the chunks of growing text that the server says it speaks."""
    return [str(frame["text"]) for frame in simulator.journal.sent(GROWING) if "generation_started" in frame]


def tones(chunks: Iterable[str]) -> bytes:
    """Return the PCM that the server makes of chunks of text."""
    return b"".join(tone_pcm(chunk, VOICE.sample_rate) for chunk in chunks)

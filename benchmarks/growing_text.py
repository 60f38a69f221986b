"""Which endpoint carries growing text: turns on `/ws/tts/stream` or contexts on `/ws/tts/multi`.

    scripts/benchmark growing_text

Utterances that begin at the same time, on a client with warm sockets, against a simulator whose handshake takes
200 ms and whose first audio 60 ms. The figures are the time from the first delta to the first PCM.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
import platform
from statistics import median
import time

import aiohttp

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.models import VoiceSettings
from custom_components.kugelaudio.api.report import SpeechReport
from custom_components.kugelaudio.text import SpokenText
from tests.simulator import Profile, Simulator

ROUNDS = 15
HANDSHAKE_MS = 200
FIRST_AUDIO_MS = 60
VOICE = VoiceSettings(voice_id="1071", language="en")

type Speak = Callable[[TextFeed, VoiceSettings, SpeechReport], AsyncGenerator[bytes]]


async def deltas() -> AsyncGenerator[str]:
    """Write a sentence as a language model does, 40 words a second."""
    for word in ("The washing machine has finished.", " It", " took", " an", " hour."):
        yield word
        await asyncio.sleep(0.025)


async def first_pcm_ms(speak: Speak) -> float:
    """Speak once; returns the time to the first PCM."""
    started = time.monotonic()
    first = 0.0
    async with TextFeed(deltas(), SpokenText()) as feed, aclosing(speak(feed, VOICE, SpeechReport())) as speech:
        async for pcm in speech:
            if pcm and not first:
                first = time.monotonic()
    return (first - started) * 1000


async def measure(name: str, speak: Speak) -> None:
    """Print the medians of one endpoint, alone and in company."""
    await first_pcm_ms(speak)
    for together in (1, 2, 5):
        rounds = [await asyncio.gather(*(first_pcm_ms(speak) for _ in range(together))) for _ in range(ROUNDS)]
        times = [value for values in rounds for value in values]
        print(f"{name:<8} {together} at once: median {median(times):6.1f} ms, worst {max(times):6.1f} ms")  # noqa: T201 - the result


async def main() -> None:
    """Measure both in one run, on this machine."""
    print(f"{platform.machine()}, {platform.system()} {platform.release()}")  # noqa: T201 - the result
    profile = Profile(handshake_ms=HANDSHAKE_MS, first_audio_ms=FIRST_AUDIO_MS, speed=12.0)
    async with Simulator(profile=profile, sound="tone") as simulator, aiohttp.ClientSession() as session:
        client = KugelAudioClient(session, simulator.key, simulator.url)
        await measure("stream", client.stream)
        await measure("contexts", client.stream_context)
        await client.close()


if __name__ == "__main__":
    asyncio.run(main())

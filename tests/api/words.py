"""What the tests of word times share: the simulator's tone is 60 ms for each character."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
import re

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.dialogue import Line
from custom_components.kugelaudio.api.feed import TextFeed
from custom_components.kugelaudio.api.metrics import SpeechMetrics
from custom_components.kugelaudio.api.models import VoiceSettings, Word

from .speech import VOICE, AsWritten, growing

CHARACTER_MS = 60
TIMED = replace(VOICE, word_timestamps=True)
SENTENCES = ["The washing machine has finished.", "Shall I tell you more?", "No."]

type Way = Callable[[KugelAudioClient, Sequence[str], SpeechMetrics, VoiceSettings], Awaitable[bytes]]


def timed(*chunks: str | int) -> tuple[Word, ...]:
    """Return the words of chunks that are heard one after the other; a number is silence in milliseconds."""
    words: list[Word] = []
    begin_ms = 0
    for chunk in chunks:
        if isinstance(chunk, int):
            begin_ms += chunk
            continue
        words += (
            Word(found[0], begin_ms + CHARACTER_MS * found.start(), begin_ms + CHARACTER_MS * found.end())
            for found in re.finditer(r"\S+", chunk)
        )
        begin_ms += CHARACTER_MS * len(chunk)
    return tuple(words)


async def by_whole(
    client: KugelAudioClient, sentences: Sequence[str], metrics: SpeechMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts`."""
    return await _heard(client.speak(" ".join(sentences), settings, metrics))


async def by_turn(
    client: KugelAudioClient, sentences: Sequence[str], metrics: SpeechMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts/stream`."""
    async with TextFeed(growing([" ".join(sentences)], 0), AsWritten()) as feed:
        return await _heard(client.stream(feed, settings, metrics))


async def by_context(
    client: KugelAudioClient, sentences: Sequence[str], metrics: SpeechMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts/multi`."""
    return await _heard(client.dialogue([Line(" ".join(sentences), settings)], metrics))


async def _heard(speech: AsyncGenerator[bytes]) -> bytes:
    return b"".join([pcm async for pcm in speech])

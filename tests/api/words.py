"""What the tests of word times share: the simulator's tone is 60 ms for each character."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
import re

from custom_components.kugelaudio.api.client import KugelAudioClient
from custom_components.kugelaudio.api.deadline import Deadline
from custom_components.kugelaudio.api.feed import WholeText
from custom_components.kugelaudio.api.metrics import GenerationMetrics
from custom_components.kugelaudio.api.models import VoiceSettings, Word
from custom_components.kugelaudio.api.stream import Turn

from .speech import LIMIT_S, VOICE

CHARACTER_MS = 60
TIMED = replace(VOICE, word_timestamps=True)
SENTENCES = ["The washing machine has finished.", "Shall I tell you more?", "No."]

type Way = Callable[[KugelAudioClient, Sequence[str], GenerationMetrics, VoiceSettings], Awaitable[bytes]]


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
    client: KugelAudioClient, sentences: Sequence[str], metrics: GenerationMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts`."""
    return await _heard(client.speak(" ".join(sentences), settings, metrics, Deadline(LIMIT_S)))


async def by_turn(
    client: KugelAudioClient, sentences: Sequence[str], metrics: GenerationMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts/stream`."""
    turn = Turn(WholeText(" ".join(sentences)))
    return await _heard(client.speak_turn(turn, settings, metrics, Deadline(LIMIT_S)))


async def by_context(
    client: KugelAudioClient, sentences: Sequence[str], metrics: GenerationMetrics, settings: VoiceSettings = TIMED
) -> bytes:
    """Speak over `/ws/tts/multi`."""
    return await _heard(client.speak_context(" ".join(sentences), settings, metrics, Deadline(LIMIT_S)))


async def _heard(speech: AsyncGenerator[bytes]) -> bytes:
    return b"".join([pcm async for pcm in speech])

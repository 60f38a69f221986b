"""Speech at one loudness, whoever speaks: each voice by what is known of it, from one utterance to the next."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from ..api.models import VoiceSettings
from ..api.pcm import BYTES_PER_SAMPLE
from ..sound.loudness import Leveller, Loudness
from .memory import AccountMemory

type Level = Callable[[VoiceSettings, AsyncGenerator[bytes]], AsyncGenerator[bytes]]

# A piece of this length takes less than a millisecond of a processor of today, and less than five of a small computer.
_PIECE_MS: Final = 100
# What was heard of a voice long ago counts no more than that much.
_LONGEST_KNOWN_S: Final = 60.0
_LEAST_KNOWN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class KnownLoudness:
    """How loud a voice is by itself, and in how much speech that was measured."""

    lufs: float
    heard_s: float

    def after(self, lufs: float, heard_s: float) -> KnownLoudness:
        """Return what is known after some more was heard."""
        both_s = self.heard_s + heard_s
        mean_lufs = (self.lufs * self.heard_s + lufs * heard_s) / both_s
        return KnownLoudness(round(mean_lufs, 2), round(min(both_s, _LONGEST_KNOWN_S), 1))


class Levelling:
    """Brings all that is said in one utterance to the loudness that is wanted."""

    def __init__(self, memory: AccountMemory, wanted: Loudness, sample_rate: int) -> None:
        """Begin with nothing said, `sample_rate` in Hz."""
        self._memory = memory
        self._wanted = wanted
        self._sample_rate = sample_rate
        self._piece_bytes = sample_rate * _PIECE_MS // 1000 * BYTES_PER_SAMPLE
        self._levellers: dict[str, Leveller] = {}
        self._before: dict[str, KnownLoudness | None] = {}

    def of_voice(self, settings: VoiceSettings, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Return what a voice says in one go; with another model it may be louder or softer."""
        return self.of(f"{settings.model_id}/{settings.voice_id}", speech)

    async def of(self, speaker: str, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Yield what somebody says in one go, all samples of it; the last five milliseconds come at the end."""
        leveller = None if self._wanted.is_as_it_comes else self._leveller(speaker)
        async with aclosing(speech):
            async for pcm in speech:
                if leveller is None or not pcm:
                    yield pcm
                    continue
                for at in range(0, len(pcm), self._piece_bytes):
                    yield leveller.process(pcm[at : at + self._piece_bytes])
                    if at + self._piece_bytes < len(pcm):
                        await asyncio.sleep(0)
        if leveller is not None:
            yield leveller.finish()

    def _leveller(self, speaker: str) -> Leveller:
        """Return who levels a speaker, and goes on where this one spoke before in the same utterance."""
        if speaker not in self._levellers:
            known = self._before[speaker] = self._memory.recall(_fact(speaker), KnownLoudness)
            known_lufs = None if known is None else known.lufs
            self._levellers[speaker] = Leveller(self._sample_rate, self._wanted, known_lufs=known_lufs)
        return self._levellers[speaker]

    def remember(self) -> None:
        """Keep how loud everybody was that spoke."""
        for speaker, leveller in self._levellers.items():
            lufs, heard_s = leveller.measured_lufs, leveller.heard_s
            if lufs is not None and heard_s >= _LEAST_KNOWN_S:
                before = self._before[speaker] or KnownLoudness(0.0, 0.0)
                self._memory.keep(_fact(speaker), before.after(lufs, heard_s))


def _fact(speaker: str) -> str:
    return f"loudness {speaker}"

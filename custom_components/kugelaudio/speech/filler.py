"""Silence where a growing text leaves a gap, so that no player gives up waiting."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from ..api.pcm import BYTES_PER_SAMPLE

# Satellites close a stream that brings no byte for about five seconds.
_FIRST_BYTE_S: Final = 3.0
_LONGEST_GAP_S: Final = 3.5
_RESERVE_S: Final = 0.2
# Frames of audio may be shorter than the reserve; silence between two of them would tear a word apart.
_PATIENCE_S: Final = 0.5
_PIECE_S: Final = 0.05


class Filler:
    """Knows how far a player has come that plays at once what it gets, and keeps it going.

    Not for a text that is complete: the silence would be kept with the speech.
    """

    def __init__(self, sample_rate: int) -> None:
        """Begin with a player that has nothing, `sample_rate` in Hz."""
        self._now = asyncio.get_running_loop().time
        self._bytes_per_s = sample_rate * BYTES_PER_SAMPLE
        self._silence = bytes(round(_PIECE_S * sample_rate) * BYTES_PER_SAMPLE)
        self._sent_at = self._now()
        self._played_out_at = self._sent_at
        self._needed_at = self._sent_at + _FIRST_BYTE_S

    @property
    def left_to_play_s(self) -> float:
        """Return how long a player still plays what it has."""
        return max(0.0, self._played_out_at - self._now())

    async def around(self, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Yield all pieces at once, and silence at the pace of time while a player has nothing left and more will come.

        Before the first audio the silence begins after 3 s, later when a player has but 200 ms left and nothing came
        for half a second. It ends with the gap. A player that still has much to play gets a breath of it every 3.5 s.
        """
        coming = asyncio.ensure_future(anext(speech, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=max(0.0, self._needed_at - self._now()))
                pcm = coming.result() if done else self._silence
                if pcm is None:
                    return
                if done:
                    coming = asyncio.ensure_future(anext(speech, None))
                if pcm:
                    self._sent(pcm, is_speech=bool(done))
                yield pcm
        finally:
            coming.cancel()
            await asyncio.wait({coming})
            await speech.aclose()

    def _sent(self, pcm: bytes, *, is_speech: bool) -> None:
        """Note what a player gets now, and when it needs more."""
        self._sent_at = self._now()
        self._played_out_at = max(self._played_out_at, self._sent_at) + len(pcm) / self._bytes_per_s
        needed_at = max(self._played_out_at - _RESERVE_S, self._sent_at + _PATIENCE_S if is_speech else 0.0)
        self._needed_at = min(needed_at, self._sent_at + _LONGEST_GAP_S)

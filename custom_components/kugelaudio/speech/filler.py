"""Silence where a growing text leaves a gap, so that no player gives up waiting."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from ..api.pcm import BYTES_PER_SAMPLE

# Satellites close a stream that brings no byte for about five seconds.
_FIRST_BYTE_S: Final = 3.0
_RESERVE_S: Final = 0.2
# Frames of audio may be shorter than the reserve; silence between two of them would tear a word apart.
_PATIENCE_S: Final = 0.5
_PIECE_S: Final = 0.05


async def with_filler(speech: AsyncGenerator[bytes], sample_rate: int) -> AsyncGenerator[bytes]:
    """Yield all pieces at once, and silence at the pace of time while a player has nothing left and more will come.

    Before the first audio the silence begins after 3 s, later when a player has but 200 ms left and nothing came for
    half a second. It ends with the gap.
    Not for a text that is complete: the silence would be kept with the speech.
    """
    now = asyncio.get_running_loop().time
    silence = bytes(round(_PIECE_S * sample_rate) * BYTES_PER_SAMPLE)
    played_out_at = now()
    needed_at = played_out_at + _FIRST_BYTE_S
    coming = asyncio.ensure_future(anext(speech, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=max(0.0, needed_at - now()))
            pcm = coming.result() if done else silence
            if pcm is None:
                return
            if done:
                coming = asyncio.ensure_future(anext(speech, None))
            if not pcm:
                yield pcm
                continue
            played_out_at = max(played_out_at, now()) + len(pcm) / (sample_rate * BYTES_PER_SAMPLE)
            needed_at = max(played_out_at - _RESERVE_S, now() + _PATIENCE_S if done else 0.0)
            yield pcm
    finally:
        coming.cancel()
        await asyncio.wait({coming})
        await speech.aclose()

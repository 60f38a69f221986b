"""A chime in front of the words, and a dialogue.

scripts/benchmark doorbell
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time
from typing import Final

import numpy as np

from tests.home.child import HomeError
from tests.home.speech import LOUDSPEAKER
from tests.home.wav import WavReader

from .command import alone, tell
from .fetch import WAV, Format, announcement, fetch
from .results import Section, Table, Target, Times
from .stage import FIRST_AUDIO_MS, Stage

SLOW_MS: Final = 500
LIMIT_MS: Final = 50
GAP_LIMIT_MS: Final = 30
VOICES: Final = ("Samantha Ferris", "Nathan Cole", "Emily Carter", "Hans")
LINES: Final = 12
DIALOGUES: Final = 5
CHIME: Final = Format("wav with a chime", {**WAV.options, "chime": "ding_dong"})
TEXT: Final = (
    f"The provider takes {SLOW_MS} ms to its first audio. Times are those from the request, or from the action, to the "
    "first byte at the player; the loudspeaker of `scripts/demo` starts a decoder before it asks for the URL."
)
DIALOGUE: Final = (
    f"{LINES} lines with {len(VOICES)} voices in one message; the provider takes {FIRST_AUDIO_MS} ms to each line's "
    "first audio. The longest silence in the audio, and how long a player that starts with the first byte has nothing "
    "to play:"
)
# Tones cross zero all the time, but do not stay there.
_SILENT: Final = 64


async def measure(stage: Stage) -> Section:
    """Ring, then talk."""
    tell("doorbell")
    async with _first_audio(stage, SLOW_MS):
        times = {
            "WAV": Times.of([(await fetch(stage, stage.ours, WAV)).first_ms for _ in range(stage.options.runs)]),
            CHIME.name: Times.of([await _first_ms(stage) for _ in range(stage.options.runs)]),
            "kugelaudio.announce with a chime, at the loudspeaker": Times.of(
                [await _announced_ms(stage) for _ in range(stage.options.runs)]
            ),
        }
    talks = [await _talk(stage) for _ in range(DIALOGUES)]
    gap_ms, starved_ms = (max(values) for values in zip(*talks, strict=True))
    await stage.forget()
    return Section(
        "Doorbell and dialogue",
        TEXT,
        (
            Table(("", "first byte"), tuple((name, str(found)) for name, found in times.items())),
            Table(("longest silence", "starved"), ((f"{gap_ms:.0f} ms", f"{starved_ms:.0f} ms"),), DIALOGUE),
        ),
        (
            *(
                Target(f"doorbell: {name}, first byte", found.median, LIMIT_MS, " ms")
                for name, found in times.items()
                if "chime" in name
            ),
            Target("dialogue: longest silence", gap_ms, GAP_LIMIT_MS, " ms"),
            Target("dialogue: player starved", starved_ms, GAP_LIMIT_MS, " ms"),
        ),
    )


@asynccontextmanager
async def _first_audio(stage: Stage, after_ms: float) -> AsyncIterator[None]:
    """Let the provider take another time to its first audio."""
    url = f"{stage.simulator_url}/_simulator/profile"
    for value in (after_ms, FIRST_AUDIO_MS):
        async with stage.session.patch(url, json={"first_audio_ms": value}) as response:
            response.raise_for_status()
        if value == after_ms:
            yield


async def _first_ms(stage: Stage) -> float:
    """Return when a player gets the first byte of the chime."""
    return (await fetch(stage, stage.ours, CHIME)).first_ms


async def _announced_ms(stage: Stage) -> float:
    """Return when the loudspeaker gets the first byte of an announcement."""
    before = (await stage.home.state(LOUDSPEAKER)).attributes["times_played"]
    text = announcement(next(stage.numbers))
    data = {"entity_id": LOUDSPEAKER, "message": text, "voice": stage.ours.entity_id, "format": "wav", "cache": False}
    begun = time.time()
    await stage.home.call("kugelaudio.announce", {**data, "chime": "ding_dong"})
    state = await stage.home.wait_for(LOUDSPEAKER, lambda now: now.attributes["times_played"] > before, timeout_s=60)
    return (float(state.attributes["first_byte_at"]) - begun) * 1000


async def _talk(stage: Stage) -> tuple[float, float]:
    """Return the longest silence of a dialogue, and how long a player had nothing to play, in milliseconds."""
    number = next(stage.numbers)
    lines = (f"[voice:{VOICES[line % len(VOICES)]}] {announcement(100 * number + line)}." for line in range(LINES))
    request = {"engine_id": stage.ours.entity_id, "message": " ".join(lines), "cache": False, "options": WAV.options}
    url = (await stage.home.post("/api/tts_get_url", request))["url"]
    reader = WavReader()
    starved_s = 0.0
    plays_until: float | None = None
    async with stage.session.get(url) as response:
        response.raise_for_status()
        async for piece in response.content.iter_any():
            before = len(reader.pcm)
            reader.feed(piece)
            if reader.format is None or len(reader.pcm) == before:
                continue
            now = time.perf_counter()
            begin = now if plays_until is None else max(plays_until, now)
            starved_s += 0.0 if plays_until is None else begin - plays_until
            plays_until = begin + (len(reader.pcm) - before) / reader.format.bytes_per_second
    if reader.format is None:
        raise HomeError("The answer held no speech.")
    return _longest_silence_s(reader.pcm, reader.format.sample_rate) * 1000, starved_s * 1000


def _longest_silence_s(pcm: bytes | bytearray, sample_rate: int) -> float:
    """Return the longest time for which the sound stays near zero."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > _SILENT)
    return float(np.diff(loud).max()) / sample_rate


if __name__ == "__main__":
    alone(measure)

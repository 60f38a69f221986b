"""One utterance of a soak: what is to be said, and what became of it."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from random import Random
import time
from typing import Any

from tests.home.assistant import holds_all
from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.wav import WavReader
from tests.simulator import tone_pcm

from .mp3 import mp3_samples

WORDS = ("light", "water", "clock", "radio", "house", "plant", "table", "chair", "phone", "music")
LETTERS_OF_A_DELTA = 9
SECONDS_BETWEEN_DELTAS = 0.02
PATIENCE_S = 150
REFUSED_FOR_S = 90


class Kind(StrEnum):
    """How speech is asked for."""

    WAV = "whole text, wav"
    SATELLITE = "whole text, wav at 16 kHz"
    MP3 = "whole text, mp3"
    GROWING = "growing text, wav"


OPTIONS: dict[Kind, dict[str, Any]] = {
    Kind.WAV: {"preferred_format": "wav"},
    Kind.SATELLITE: {
        "preferred_format": "wav",
        "preferred_sample_rate": 16000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    Kind.MP3: {"preferred_format": "mp3"},
}


class End(StrEnum):
    """How an utterance ended, as Home Assistant itself sees it."""

    WHOLE = "ended normally"
    BROKEN = "failed"
    STUCK = "never ended"


@dataclass(slots=True)
class Utterance:
    """A text, and what was heard of it. Times are seconds of `time.monotonic`."""

    number: int
    kind: Kind
    engine: str
    text: str
    began_at: float = field(default_factory=time.monotonic)
    ended_at: float = 0.0
    end: End = End.STUCK
    is_complete: bool = False
    is_its_own: bool = True
    outcomes: tuple[str, ...] = ()

    def judge(self, data: bytes) -> None:
        """Compare what was heard with the text's own sound."""
        if self.kind is Kind.MP3:
            made = len(tone_pcm(self.text, 24_000)) // 2
            self.is_complete = mp3_samples(data) >= made
            return
        reader = WavReader()
        reader.feed(data)
        heard = bytes(reader.pcm)
        made_pcm = tone_pcm(self.text, reader.format.sample_rate if reader.format else 24_000)
        if self.kind is Kind.GROWING:
            # Where the provider kept the listener waiting there is silence in between.
            self.is_complete = holds_all(heard, made_pcm)
            return
        self.is_complete = heard == made_pcm
        self.is_its_own = made_pcm.startswith(heard)


def text_of(number: int, length: int) -> str:
    """Return a text of its own, with a number in front that core's log shows, and no blank that a cut could lose."""
    random = Random(number)  # noqa: S311 - no secret
    text = f"{number:06}"
    while len(text) < length:
        text += f",{random.choice(WORDS)}"
    return text[:length].rstrip(",").ljust(length, "x")


async def speak(home: Home, utterance: Utterance) -> None:
    """Let an utterance be spoken, hear it to its end, and learn from Home Assistant whether that was all of it.

    Home Assistant ends the answer to a player in the same way whether the speech broke off or not. But it keeps what
    is complete, and answers a second request for the rest with an error.
    """
    async with asyncio.timeout(PATIENCE_S):
        url = await _asked(home, utterance)
        _, data = await _fetched(home, url)
        status, again = await _fetched(home, url)
    utterance.ended_at = time.monotonic()
    utterance.end = End.WHOLE if status == HTTPStatus.OK else End.BROKEN
    utterance.judge(data)
    if utterance.end is End.WHOLE and again != data:
        utterance.is_complete = False


async def _fetched(home: Home, url: str) -> tuple[int, bytes]:
    async with home.session.get(url) as response:
        return response.status, await response.read()


async def _asked(home: Home, utterance: Utterance) -> str:
    """Return the URL of the speech; while the account is being reloaded there is none."""
    deadline = time.monotonic() + REFUSED_FOR_S
    while True:
        try:
            return await (_dictated if utterance.kind is Kind.GROWING else _requested)(home, utterance)
        except HomeError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


async def _requested(home: Home, utterance: Utterance) -> str:
    request = {
        "engine_id": utterance.engine,
        "message": utterance.text,
        "cache": False,
        "options": OPTIONS[utterance.kind],
    }
    return str((await home.post("/api/tts_get_url", request))["url"])


async def _dictated(home: Home, utterance: Utterance) -> str:
    text = utterance.text
    deltas = [text[start : start + LETTERS_OF_A_DELTA] for start in range(0, len(text), LETTERS_OF_A_DELTA)]
    order = {"engine": utterance.engine, "deltas": deltas, "pause_s": SECONDS_BETWEEN_DELTAS, "ends": True}
    answer = await home.post("/api/services/inspector/dictate?return_response", order)
    return f"{home.url}{answer['service_response']['url']}"

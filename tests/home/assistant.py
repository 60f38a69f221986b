"""Voice assistants: a pipeline with a conversation agent that follows a script, heard as a satellite hears it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
import json
import time

import numpy as np

from .child import HomeError
from .client import Home
from .flow import add_account
from .player import pcm_arrivals
from .wav import WavFormat

AGENT = "conversation.storyteller"
FAIL = "!fail"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Some PCM that reached the satellite, and when, in seconds since the agent was asked."""

    at_s: float
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A spoken answer as it reached the satellite."""

    arrivals: tuple[Arrival, ...]
    format: WavFormat
    events: tuple[str, ...]
    url: str = ""

    @property
    def pcm(self) -> bytes:
        """Return everything that was heard."""
        return b"".join(arrival.pcm for arrival in self.arrivals)

    @property
    def bytes_per_second(self) -> int:
        """Return the bytes of one second of it."""
        return self.format.bytes_per_second

    @property
    def seconds(self) -> float:
        """Return how long the answer lasts."""
        return len(self.pcm) / self.bytes_per_second

    @property
    def played_out_at_s(self) -> float:
        """Return when a player that began with the first byte has played the last."""
        played_out_at_s = 0.0
        for arrival in self.arrivals:
            played_out_at_s = max(played_out_at_s, arrival.at_s) + len(arrival.pcm) / self.bytes_per_second
        return played_out_at_s

    @property
    def starved_s(self) -> float:
        """Return how long such a player had nothing to play."""
        return self.played_out_at_s - self.arrivals[0].at_s - self.seconds

    def heard_until(self, at_s: float) -> bytes:
        """Return what had arrived by a time."""
        return b"".join(arrival.pcm for arrival in self.arrivals if arrival.at_s <= at_s)


async def add_assistant(home: Home, tts_engine: str, language: str = "en", stt_engine: str | None = None) -> str:
    """Add the agent and a pipeline that speaks, and perhaps hears, with these engines; returns the pipeline's id."""
    if not await home.command("config_entries/get", domain="storyteller"):
        await add_account(home, "storyteller", {})
    pipeline = await home.command(
        "assist_pipeline/pipeline/create",
        name=f"Storyteller {time.time_ns()}",
        language=language,
        conversation_engine=AGENT,
        conversation_language="*",
        stt_engine=stt_engine,
        stt_language=language if stt_engine else None,
        tts_engine=tts_engine,
        tts_language=language,
        tts_voice=None,
        wake_word_entity=None,
        wake_word_id=None,
    )
    return str(pipeline["id"])


async def ask(home: Home, pipeline: str, script: Sequence[str | float], *, patience_s: float = 60) -> Answer:
    """Let the agent say a script, and fetch the speech from the beginning of the run, as a satellite may."""
    started = time.monotonic()
    kinds: list[str] = []
    async with (
        asyncio.timeout(patience_s),
        home.events(
            "assist_pipeline/run",
            start_stage="intent",
            end_stage="tts",
            pipeline=pipeline,
            input={"text": json.dumps(script)},
        ) as events,
    ):
        url = ""
        async for event in events:
            kinds.append(event["type"])
            if event["type"] == "run-start":
                url = event["data"]["tts_output"]["url"]
                break
        hearing = asyncio.create_task(_hear(home, url, started))
        try:
            async for event in events:
                kinds.append(event["type"])
                if event["type"] == "run-end":
                    break
            arrivals, wav = await hearing
        finally:
            hearing.cancel()
    return Answer(arrivals, wav, tuple(kinds), f"{home.url}{url}")


async def _hear(home: Home, url: str, started: float) -> tuple[tuple[Arrival, ...], WavFormat]:
    arrivals: list[Arrival] = []
    form: WavFormat | None = None
    async for wav, pcm in pcm_arrivals(home, f"{home.url}{url}"):
        form = wav
        arrivals.append(Arrival(time.monotonic() - started, pcm))
    if form is None:
        raise HomeError("The answer held no speech.")
    return tuple(arrivals), form


def holds_all(heard: bytes, made: bytes) -> bool:
    """Tell whether every sample that was made was heard, in its order, with nothing but silence in between."""
    heard_samples, made_samples = (np.frombuffer(pcm, dtype="<i2") for pcm in (heard, made))
    heard_at, made_at = map(np.flatnonzero, (heard_samples, made_samples))
    if not np.array_equal(heard_samples[heard_at], made_samples[made_at]):
        return False
    heard_gaps = np.diff(heard_at, prepend=-1, append=len(heard_samples))
    return bool((heard_gaps >= np.diff(made_at, prepend=-1, append=len(made_samples))).all())


def assert_whole(answer: Answer, made: bytes) -> None:
    """Check that every sample that was made arrived, in its place; silence may bridge the gaps."""
    assert 48000 < len(made) <= len(answer.pcm)
    assert holds_all(answer.pcm, made)


def tokens(text: str, per_second: float = 40) -> list[str | float]:
    """Return a script that says a text word by word, at the pace of a language model."""
    script: list[str | float] = []
    for number, word in enumerate(text.split(" ")):
        script += [f" {word}" if number else word, 1 / per_second]
    return script

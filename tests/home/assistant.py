"""Voice assistants: a pipeline with a conversation agent that follows a script, heard as a satellite hears it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
import json
import time

from .client import Home
from .flow import add_account
from .player import pcm_arrivals

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
    bytes_per_second: int
    events: tuple[str, ...]

    @property
    def pcm(self) -> bytes:
        """Return everything that was heard."""
        return b"".join(arrival.pcm for arrival in self.arrivals)

    @property
    def starved_s(self) -> float:
        """Return how long a player that began with the first byte had nothing to play."""
        starved_s = 0.0
        played_out_at = self.arrivals[0].at_s
        for arrival in self.arrivals:
            starved_s += max(0.0, arrival.at_s - played_out_at)
            played_out_at = max(played_out_at, arrival.at_s) + len(arrival.pcm) / self.bytes_per_second
        return starved_s

    def heard_until(self, at_s: float) -> bytes:
        """Return what had arrived by a time."""
        return b"".join(arrival.pcm for arrival in self.arrivals if arrival.at_s <= at_s)


async def add_assistant(home: Home, tts_engine: str, language: str = "en") -> str:
    """Add the agent and a pipeline that speaks with this engine; returns the pipeline's id."""
    if not await home.command("config_entries/get", domain="storyteller"):
        await add_account(home, "storyteller", {})
    pipeline = await home.command(
        "assist_pipeline/pipeline/create",
        name=f"Storyteller {time.time_ns()}",
        language=language,
        conversation_engine=AGENT,
        conversation_language="*",
        stt_engine=None,
        stt_language=None,
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
            arrivals, bytes_per_second = await hearing
        finally:
            hearing.cancel()
    return Answer(arrivals, bytes_per_second, tuple(kinds))


async def _hear(home: Home, url: str, started: float) -> tuple[tuple[Arrival, ...], int]:
    arrivals: list[Arrival] = []
    bytes_per_second = 0
    async for wav, pcm in pcm_arrivals(home, f"{home.url}{url}"):
        bytes_per_second = wav.bytes_per_second
        arrivals.append(Arrival(time.monotonic() - started, pcm))
    return tuple(arrivals), bytes_per_second


def tokens(text: str, per_second: float = 40) -> list[str | float]:
    """Return a script that says a text word by word, at the pace of a language model."""
    script: list[str | float] = []
    for number, word in enumerate(text.split(" ")):
        script += [f" {word}" if number else word, 1 / per_second]
    return script

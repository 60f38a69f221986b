"""A voice assistant's answer as a satellite hears it, with the moments that core tells of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
import json
import re
import time
from typing import Any, Final

import numpy as np

from tests.home.player import pcm_arrivals

from .engines import Engine
from .stage import Stage

TOKENS_PER_S: Final = 40
_TOKEN: Final = re.compile(r"\s?\S{1,4}|\s$")
_PATIENCE_S: Final = 60
_BLOCK_S: Final = 0.02
_LOUDEST_SILENCE: Final = 64


@dataclass(frozen=True, slots=True)
class Arrival:
    """Some PCM that reached the satellite, and when: seconds of the clock that core's events show."""

    at: float
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A spoken answer, its deltas, and the moment at which core began to hand them to the engine."""

    deltas_at: tuple[float, ...]
    handed_over_at: float
    arrivals: tuple[Arrival, ...]
    bytes_per_second: int

    @property
    def first_ms(self) -> float:
        """Return the time from the first delta to the first audio."""
        return (self.arrivals[0].at - self.deltas_at[0]) * 1000

    @property
    def last_ms(self) -> float:
        """Return the time from the first delta to the last audio."""
        return (self.arrivals[-1].at - self.deltas_at[0]) * 1000

    @property
    def after_hand_over_ms(self) -> float:
        """Return the time from core's first text for the engine to the first audio."""
        return (self.arrivals[0].at - self.handed_over_at) * 1000

    @property
    def starved_s(self) -> float:
        """Return how long a player that began with the first byte had nothing to play."""
        starved_s = 0.0
        played_out_at = self.arrivals[0].at
        for arrival in self.arrivals:
            starved_s += max(0.0, arrival.at - played_out_at)
            played_out_at = max(played_out_at, arrival.at) + len(arrival.pcm) / self.bytes_per_second
        return starved_s

    def speech_s(self, before: float = float("inf")) -> float:
        """Return the seconds of audio that arrived before a moment and are no silence."""
        return self._seconds(before) - self.silence_s(before)

    def silence_s(self, before: float = float("inf")) -> float:
        """Return the seconds of silence that arrived before a moment."""
        samples = np.frombuffer(self._pcm(before), np.int16)
        block = round(self.bytes_per_second / 2 * _BLOCK_S)
        blocks = np.abs(samples[: len(samples) // block * block].astype(np.int32)).reshape(-1, block)
        return float((blocks.max(axis=1) < _LOUDEST_SILENCE).sum()) * _BLOCK_S

    def _seconds(self, before: float) -> float:
        return len(self._pcm(before)) / self.bytes_per_second

    def _pcm(self, before: float) -> bytes:
        pcm = b"".join(arrival.pcm for arrival in self.arrivals if arrival.at < before)
        return pcm[: len(pcm) & ~1]


def tokens(text: str) -> list[str | float]:
    """Return a script that says a text token by token, four characters each at most, as a language model does."""
    return [part for token in _TOKEN.findall(text) for part in (token, 1 / TOKENS_PER_S)][:-1]


async def ask(stage: Stage, engine: Engine, script: Sequence[str | float]) -> Answer:
    """Let the agent say a script, and fetch the speech from the beginning of the run."""
    deltas_at: list[float] = []
    handed_over_at = 0.0
    question = {"pipeline": engine.pipeline, "text": json.dumps(script)}
    async with (
        asyncio.timeout(_PATIENCE_S),
        stage.home.events("benchmark_engines/ask", **question) as events,
        asyncio.TaskGroup() as tasks,
    ):
        async for event in events:
            match event["type"]:
                case "run-start":
                    hearing = tasks.create_task(_hear(stage, event["data"]["tts_output"]["url"]))
                case "intent-progress" if event["data"].get("tts_start_streaming"):
                    handed_over_at = _moment(event)
                case "intent-progress" if "content" in event["data"].get("chat_log_delta", {}):
                    deltas_at.append(_moment(event))
                case "run-end":
                    break
    arrivals, bytes_per_second = hearing.result()
    return Answer(tuple(deltas_at), handed_over_at, arrivals, bytes_per_second)


def _moment(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["timestamp"]).timestamp()


async def _hear(stage: Stage, url: str) -> tuple[tuple[Arrival, ...], int]:
    arrivals: list[Arrival] = []
    bytes_per_second = 0
    async for wav, pcm in pcm_arrivals(stage.home, f"{stage.home.url}{url}"):
        bytes_per_second = wav.bytes_per_second
        arrivals.append(Arrival(time.time(), pcm))
    return tuple(arrivals), bytes_per_second

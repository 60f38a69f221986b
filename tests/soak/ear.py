"""What the event entities of the voices tell of each utterance."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Any

from tests.home.client import Home

OUTCOMES = ("spoken", "failed", "fallback")


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and when it came, in seconds of `time.monotonic`."""

    at: float
    entity_id: str
    outcome: str
    error: str | None
    characters: int


class Ear:
    """Collects the events as Home Assistant publishes them."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.told: list[Told] = []
        self._shown: set[tuple[str, ...]] = set()
        self._news = asyncio.Event()

    def hear(self, event: dict[str, Any]) -> None:
        """Take note of a changed state; after a reload Home Assistant shows the last event again."""
        state = event["data"]["new_state"]
        if state is None or (outcome := state["attributes"].get("event_type")) not in OUTCOMES:
            return
        attributes = state["attributes"]
        told = Told(
            at=time.monotonic(),
            entity_id=state["entity_id"],
            outcome=outcome,
            error=attributes["error"],
            characters=attributes["characters"],
        )
        shown = (state["entity_id"], state["state"], outcome, str(attributes["audio_seconds"]))
        if shown in self._shown:
            return
        self._shown.add(shown)
        self.told.append(told)
        self._news.set()

    def of(self, entity_id: str, characters: int, since: float) -> tuple[str, ...]:
        """Return the outcomes of the utterances of one voice with so many characters."""
        return tuple(
            told.outcome
            for told in self.told
            if (told.entity_id, told.characters) == (entity_id, characters) and told.at >= since
        )

    async def wait_for(self, entity_id: str, characters: int, since: float, patience_s: float) -> tuple[str, ...]:
        """Return these outcomes once there are some, or none after a while."""
        deadline = time.monotonic() + patience_s
        while not (outcomes := self.of(entity_id, characters, since)) and time.monotonic() < deadline:
            self._news.clear()
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + 0.2):
                    await self._news.wait()
            except TimeoutError:
                pass
        return outcomes


@asynccontextmanager
async def listening(home: Home) -> AsyncIterator[Ear]:
    """Listen to all voices meanwhile."""
    ear = Ear()
    async with home.events("subscribe_events", event_type="state_changed") as events:

        async def listen() -> None:
            async for event in events:
                if event["data"]["entity_id"].startswith("event."):
                    ear.hear(event)

        listener = asyncio.create_task(listen())
        try:
            yield ear
        finally:
            listener.cancel()
            await asyncio.wait([listener])

"""One announcement at one player: from the order to the moment at which nothing of it is heard any more."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final

from homeassistant.components.media_player.const import MediaPlayerState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event

from ..exceptions import failure
from .speech import Speech, TargetStream
from .states import look_at

# Who has not asked for the speech by then will not: players ask within some tenths of a second.
FETCH_LIMIT_S: Final = 15.0
# For a player whose state says nothing: what players were seen to take from the first byte to the first sample.
_MARGIN_S: Final = 1.0
# A player may still be heard so long after its time; then its state tells of something else.
_LINGER_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.2
_ACTIVE: Final = frozenset({MediaPlayerState.PLAYING.value, MediaPlayerState.BUFFERING.value})


def is_active(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether something can be heard of a player, as far as its state tells."""
    state = hass.states.get(entity_id)
    return state is not None and state.state in _ACTIVE


def is_there(state: State | None) -> bool:
    """Tell whether a player is reachable, by its state."""
    return state is not None and state.state != STATE_UNAVAILABLE


def check_there(hass: HomeAssistant, entity_id: str) -> None:
    """Raise HomeAssistantError if a player is not reachable."""
    if not is_there(hass.states.get(entity_id)):
        raise failure("target_unavailable")


class Margins:
    """How long after its length each player was seen to end."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._measured_s: dict[str, float] = {}

    def margin_s(self, entity_id: str) -> float:
        """Return how long to wait for a player whose state says nothing."""
        return self._measured_s.get(entity_id, _MARGIN_S)

    def measured(self, entity_id: str, late_s: float) -> None:
        """Take note of how late a player has ended; the longest of them counts, forgotten slowly."""
        self._measured_s[entity_id] = max(late_s, (late_s + 3 * self._measured_s.get(entity_id, late_s)) / 4)


class Playback:
    """Watches a player from the order to the end of what it plays."""

    def __init__(
        self,
        hass: HomeAssistant,
        entity_id: str,
        speech: Speech,
        stream: TargetStream,
        margins: Margins,
        *,
        trusts_state: bool,
    ) -> None:
        """Take what is to be watched; `trusts_state` says that the state tells of the announcement, not of music."""
        self._hass = hass
        self._entity_id = entity_id
        self._speech = speech
        self._fetch = stream.fetch
        self._margins = margins
        self._trusts_state = trusts_state
        self._was_active = False
        self._obeyed_at = 0.0
        self._has_ended = asyncio.Event()

    async def until_ended(self, order: Awaitable[object]) -> None:
        """Give the order, and wait until the player is silent; raises what the order raises.

        Raises HomeAssistantError if the player is not there any more by then.
        """
        forget = async_track_state_change_event(self._hass, [self._entity_id], self._seen)
        try:
            await order
            self._obeyed_at = self._now
            if await self._is_fetched():
                await _first(self._until_silent(), self._has_ended.wait())
        finally:
            forget()
        check_there(self._hass, self._entity_id)

    @callback
    def _seen(self, event: Event[EventStateChangedData]) -> None:
        """Look at a new state of the player."""
        state = event.data["new_state"]
        if state is not None and state.state in _ACTIVE:
            self._was_active = True
        elif is_there(state) and self._trusts_state and self._was_active and self._fetch.begun.is_set():
            self._has_ended.set()

    async def _is_fetched(self) -> bool:
        """Wait for the first byte; who does not ask for it will not get it."""
        try:
            async with asyncio.timeout(FETCH_LIMIT_S):
                await self._fetch.asked.wait()
        except TimeoutError:
            return False
        # A provider may be slow. Speech that has failed before its first byte never comes.
        await _first(self._fetch.begun.wait(), self._speech.has_ended.wait())
        return not (self._speech.is_lost and not self._fetch.begun.is_set())

    async def _until_silent(self) -> None:
        """Wait as long as the speech plays from its first byte on; then until the player's state tells its end.

        Where the state does not tell, wait as long as it is handed over, and a margin.
        """
        await self._speech.has_ended.wait()
        length_s = self._speech.length_s or 0.0
        begun_at = self._fetch.first_at or self._now
        if self._trusts_state:
            # Players that are polled show only when they are asked that they play.
            await self._sleep_until(begun_at + length_s / 2)
            await self._look()
        await self._sleep_until(begun_at + length_s)
        if self._trusts_state:
            await self._look()
        if self._was_active and self._trusts_state:
            await self._until_inactive(begun_at + length_s)
        elif self._obeyed_at < begun_at + length_s:
            await self._fetch.idle.wait()
            await asyncio.sleep(self._margins.margin_s(self._entity_id))

    async def _until_inactive(self, due_at: float) -> None:
        """Wait for the end as the player's state tells it, and take note of how late that is."""
        given_up_at = due_at + _LINGER_S
        while is_active(self._hass, self._entity_id) and self._now < given_up_at:
            if not self._fetch.idle.is_set():
                given_up_at = self._now + _LINGER_S
            await asyncio.sleep(_LOOK_EVERY_S)
            await self._look()
        self._margins.measured(self._entity_id, self._now - due_at)

    async def _look(self) -> None:
        """Have Home Assistant ask the player for its state."""
        await look_at(self._hass, self._entity_id)
        self._was_active = self._was_active or is_active(self._hass, self._entity_id)

    @property
    def _now(self) -> float:
        """Return the time of the loop."""
        return self._hass.loop.time()

    async def _sleep_until(self, moment: float) -> None:
        """Wait for a moment on the clock of the loop."""
        await asyncio.sleep(max(0.0, moment - self._now))


async def _first(*waits: Awaitable[object]) -> None:
    """Wait until the first of several has come, and let go of the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

"""Waiting for what an entity's state tells."""

import asyncio
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Final

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.helpers.event import async_track_state_change_event

from .ears import members_of

# Who has not told its state by then may never do so; what it told last has to do.
_LOOK_LIMIT_S: Final = 5.0


async def look_at(hass: HomeAssistant, entity_id: str) -> None:
    """Have Home Assistant ask an entity for its state; that of a group is its members'."""
    members = [one for one in members_of(hass, entity_id) if hass.states.get(one)]
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_LIMIT_S):
            await asyncio.gather(*(async_update_entity(hass, one) for one in {entity_id, *members}))


async def until_left(hass: HomeAssistant, entity_id: str, states: Container[str], limit_s: float) -> bool:
    """Wait until an entity is in none of these states; returns whether it has left them within the limit."""
    return await _until(hass, entity_id, lambda state: state is None or state.state not in states, limit_s)


async def until_one_of(hass: HomeAssistant, entity_id: str, states: Container[str], limit_s: float) -> bool:
    """Wait until an entity is in one of these states; returns whether it is within the limit."""
    return await _until(hass, entity_id, lambda state: state is not None and state.state in states, limit_s)


async def _until(hass: HomeAssistant, entity_id: str, is_so: Callable[[State | None], bool], limit_s: float) -> bool:
    """Wait until something is true of an entity's state; returns whether it is within the limit."""
    has_come = asyncio.Event()

    @callback
    def look(_: Event[EventStateChangedData] | None = None) -> None:
        if is_so(hass.states.get(entity_id)):
            has_come.set()

    forget = async_track_state_change_event(hass, [entity_id], look)
    look()
    try:
        async with asyncio.timeout(limit_s):
            await has_come.wait()
    except TimeoutError:
        return False
    finally:
        forget()
    return True

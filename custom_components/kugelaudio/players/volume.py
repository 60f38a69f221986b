"""Volumes that announcements have changed are debts: paid when all is said, or when Home Assistant starts again."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_VOLUME_LEVEL,
    DATA_COMPONENT,
    MediaPlayerEntityFeature,
)
from homeassistant.const import SERVICE_VOLUME_SET, STATE_UNAVAILABLE, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback, split_entity_id
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .calls import order_player
from .ears import is_group
from .kinds import forgets_volume, highest_level, supports
from .playback import is_active
from .states import look_at

_VERSION: Final = 1
# Players round: some have 15 steps. Whoever turns the knob turns it further than that.
_STEP: Final = 0.035
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Debt:
    """What a player's volume was before, and what an announcement has made of it; both 0 to 1."""

    before: float
    made: float


class Volumes:
    """Sets volumes for announcements, and puts back what nobody has changed since.

    A debt is on disk before the volume is set, so that it outlives Home Assistant.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without debts."""
        self._hass = hass
        self._store: Store[dict[str, dict[str, float]]] = Store(hass, _VERSION, f"{DOMAIN}.volumes")
        self._debts: dict[str, Debt] = {}
        self._saving = asyncio.Lock()

    async def set(self, ears: Iterable[str], volume: int | None, *, was_active: bool) -> None:
        """Set the volume (0 to 100) for an announcement, or put back what the one before has changed.

        `was_active` tells whether anything was playing before.
        """
        if volume is None:
            await self.put_back(ears)
        level = None if volume is None else volume / _PERCENT
        adjustable = self._adjustable(ears)
        await asyncio.gather(*(self._set(entity_id, level, was_active=was_active) for entity_id in adjustable))

    async def put_back(self, ears: Iterable[str]) -> None:
        """Pay the debts to these players; who is not there, or would forget it, is paid later."""
        await asyncio.gather(*map(self._pay, self._debts.keys() & set(ears)))

    async def pay_all(self) -> None:
        """Pay what Home Assistant still owed when it ended."""
        self._debts = {entity_id: Debt(**debt) for entity_id, debt in (await self._store.async_load() or {}).items()}
        await self.put_back(tuple(self._debts))

    async def _pay(self, entity_id: str) -> None:
        """Put back the volume of a player, unless somebody has changed it since."""
        level = await self._level(entity_id)
        if level is None or not self._can_be_paid(entity_id):
            self._pay_later(entity_id)
            return
        debt = self._debts.get(entity_id)
        if debt is not None and abs(level - debt.made) <= _STEP:
            await self._order(entity_id, debt.before)
        elif debt is not None and forgets_volume(self._hass, entity_id):
            await self._order(entity_id, level)
        # Others may have paid meanwhile, or owe again.
        if debt is not None and self._debts.get(entity_id) is debt:
            del self._debts[entity_id]
            await self._save()

    async def _set(self, entity_id: str, wanted: float | None, *, was_active: bool) -> None:
        """Set the volume of a player whose volume is known; one that forgets it is told it again."""
        forgets = forgets_volume(self._hass, entity_id)
        if wanted is None and not forgets:
            return
        before = await self._level(entity_id)
        if before is None:
            return
        if before or was_active or not forgets or entity_id in self._debts:
            await self._owe(entity_id, before, before if wanted is None else wanted)
        elif wanted is not None:
            await self._order(entity_id, wanted)

    async def _owe(self, entity_id: str, level: float, wanted: float) -> None:
        """Set the volume of a player, and owe it what it was before somebody but us changed it."""
        debt = self._debts.get(entity_id)
        before = level if debt is None or abs(level - debt.made) > _STEP else debt.before
        self._debts[entity_id] = Debt(before, wanted)
        await self._save()
        await self._order(entity_id, wanted)
        # It may have made something else of it, or show it later.
        made = await self._level(entity_id)
        if made and made != level:
            self._debts[entity_id] = Debt(before, made)
            await self._save()

    def _adjustable(self, ears: Iterable[str]) -> list[str]:
        """Return the players whose volume can be set; of a group its members, for it would make all of them alike."""
        return [
            entity_id
            for entity_id in sorted(ears)
            if split_entity_id(entity_id)[0] == Platform.MEDIA_PLAYER
            and not is_group(self._hass, entity_id)
            and supports(self._hass, entity_id, MediaPlayerEntityFeature.VOLUME_SET)
        ]

    async def _level(self, entity_id: str) -> float | None:
        """Return the volume of a player as it is now."""
        await look_at(self._hass, entity_id)
        return self._shown(entity_id)

    def _shown(self, entity_id: str) -> float | None:
        """Return the volume of a player that is there.

        A state of a player that is off, as MPD is while it is silent, has none.
        """
        state = self._hass.states.get(entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            return None
        player = self._hass.data[DATA_COMPONENT].get_entity(entity_id)
        level = player.volume_level if player else state.attributes.get(ATTR_MEDIA_VOLUME_LEVEL)
        return None if level is None else float(level)

    async def _order(self, entity_id: str, level: float) -> None:
        """Set the volume of a player; one that refuses is told of in the log."""
        taken = min(level, highest_level(self._hass, entity_id))
        await order_player(self._hass, SERVICE_VOLUME_SET, entity_id, **{ATTR_MEDIA_VOLUME_LEVEL: taken})

    async def _save(self) -> None:
        """Write the debts to disk now: Home Assistant may end without a word."""
        async with self._saving:
            if self._debts:
                await self._store.async_save({entity_id: asdict(debt) for entity_id, debt in self._debts.items()})
            else:
                await self._store.async_remove()

    def _can_be_paid(self, entity_id: str) -> bool:
        """Tell whether a player takes a volume now, and keeps it for what it plays next."""
        would_forget = is_active(self._hass, entity_id) and forgets_volume(self._hass, entity_id)
        return self._shown(entity_id) is not None and not would_forget

    @callback
    def _pay_later(self, entity_id: str) -> None:
        """Pay as soon as the player is there, and silent if it forgets what it is told meanwhile."""

        async def look(event: Event[EventStateChangedData]) -> None:
            if self._can_be_paid(event.data["entity_id"]):
                forget()
                await self.put_back([entity_id])

        forget = async_track_state_change_event(self._hass, [entity_id], look)

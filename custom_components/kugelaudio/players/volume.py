"""Volumes that announcements have changed are debts: paid when all is said, or when Home Assistant starts again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_VOLUME_LEVEL,
    DOMAIN as MEDIA_PLAYER,
    MediaPlayerEntityFeature,
)
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_VOLUME_SET, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, LOGGER
from .ears import is_group
from .kinds import supports
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

    async def set(self, ears: Iterable[str], volume: int | None) -> None:
        """Set the volume (0 to 100) for an announcement, or put back what the one before has changed."""
        if volume is None:
            await self.put_back(ears)
            return
        for entity_id in self._adjustable(ears):
            before = await self._level(entity_id)
            if before is not None:
                await self._set(entity_id, before, volume / _PERCENT)

    async def put_back(self, ears: Iterable[str]) -> None:
        """Pay the debts to these players; who is not there is paid later."""
        for entity_id in self._debts.keys() & set(ears):
            level = await self._level(entity_id)
            if level is None:
                self._pay_later(entity_id)
                continue
            debt = self._debts[entity_id]
            if abs(level - debt.made) <= _STEP:
                await self._order(entity_id, debt.before)
            del self._debts[entity_id]
            await self._save()

    async def pay_all(self) -> None:
        """Pay what Home Assistant still owed when it ended."""
        self._debts = {entity_id: Debt(**debt) for entity_id, debt in (await self._store.async_load() or {}).items()}
        await self.put_back(tuple(self._debts))

    async def _set(self, entity_id: str, before: float, wanted: float) -> None:
        """Set the volume of a player, and owe it what it was before somebody but us changed it."""
        debt = self._debts.get(entity_id)
        if debt is not None and abs(before - debt.made) <= _STEP:
            before = debt.before
        self._debts[entity_id] = Debt(before, wanted)
        await self._save()
        await self._order(entity_id, wanted)
        # It may have made something else of it.
        self._debts[entity_id] = Debt(before, await self._level(entity_id) or wanted)
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
        state = self._hass.states.get(entity_id)
        level = state.attributes.get(ATTR_MEDIA_VOLUME_LEVEL) if state else None
        return None if level is None else float(level)

    async def _order(self, entity_id: str, level: float) -> None:
        """Set the volume of a player; one that refuses is told of in the log."""
        order: Mapping[str, object] = {ATTR_ENTITY_ID: entity_id, ATTR_MEDIA_VOLUME_LEVEL: level}
        try:
            await self._hass.services.async_call(MEDIA_PLAYER, SERVICE_VOLUME_SET, dict(order), blocking=True)
        except HomeAssistantError as err:
            LOGGER.warning("Volume of %s was not set: %s", entity_id, err)

    async def _save(self) -> None:
        """Write the debts to disk now: Home Assistant may end without a word."""
        if self._debts:
            await self._store.async_save({entity_id: asdict(debt) for entity_id, debt in self._debts.items()})
        else:
            await self._store.async_remove()

    @callback
    def _pay_later(self, entity_id: str) -> None:
        """Pay as soon as the player is there."""

        async def look(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state is not None and ATTR_MEDIA_VOLUME_LEVEL in state.attributes:
                forget()
                await self.put_back([entity_id])

        forget = async_track_state_change_event(self._hass, [entity_id], look)

"""Which entities are heard in the same place."""

from typing import Final

from homeassistant.components.media_player.const import ATTR_GROUP_MEMBERS
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

_OTHER: Final = {
    Platform.MEDIA_PLAYER.value: Platform.ASSIST_SATELLITE.value,
    Platform.ASSIST_SATELLITE.value: Platform.MEDIA_PLAYER.value,
}


def ears_of(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    """Return all entities that are heard where this one is: itself, and what it is one loudspeaker with.

    That is whom it has as members or is joined with, and the satellite or the player of the same device.
    """
    found: set[str] = set()
    waiting = [entity_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [*members_of(hass, one), *_same_device(hass, one)]
    return frozenset(found)


def members_of(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the players of a group that somebody has made, or that this one is joined with."""
    state = hass.states.get(entity_id)
    if state is None or state.domain != Platform.MEDIA_PLAYER:
        return []
    named = [*state.attributes.get(ATTR_ENTITY_ID, ()), *(state.attributes.get(ATTR_GROUP_MEMBERS) or ())]
    return [str(one) for one in named]


def is_group(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether this is only a name for others, such as a group of Home Assistant's."""
    state = hass.states.get(entity_id)
    return state is not None and ATTR_ENTITY_ID in state.attributes


def _same_device(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the players of a satellite's device, the satellite of a player's: zones of an amplifier are several."""
    registry = er.async_get(hass)
    entry = registry.async_get(entity_id)
    if entry is None or entry.device_id is None:
        return []
    other = _OTHER.get(entry.domain)
    return [one.entity_id for one in er.async_entries_for_device(registry, entry.device_id) if one.domain == other]

"""What was playing before an announcement, and how it goes on."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.media_player.const import (
    ATTR_INPUT_SOURCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_DURATION,
    ATTR_MEDIA_POSITION,
    ATTR_MEDIA_POSITION_UPDATED_AT,
    ATTR_MEDIA_SEEK_POSITION,
    DOMAIN as MEDIA_PLAYER,
    SERVICE_PLAY_MEDIA,
    SERVICE_SELECT_SOURCE,
    MediaPlayerEntityFeature,
    MediaType,
)
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_MEDIA_SEEK
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .calls import call_entity, order_player
from .kinds import supports
from .memory import MediaMemory, PlayedMedia
from .playback import is_active
from .states import look_at

# A player that takes longer to begin again stays at the beginning.
_BEGIN_LIMIT_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Music:
    """What a player was playing; its position is None where it cannot be gone back to, as in a live stream."""

    content: PlayedMedia | None
    source: str | None
    position_s: float | None


def playing_on(hass: HomeAssistant, entity_id: str, memory: MediaMemory) -> Music | None:
    """Return what a player is playing, as it tells or as Home Assistant has told it to; None if it is silent."""
    state = hass.states.get(entity_id)
    if state is None or not is_active(hass, entity_id):
        return None
    told = state.attributes
    content = memory.ordered(entity_id, state.last_changed)
    if content_id := told.get(ATTR_MEDIA_CONTENT_ID):
        content = PlayedMedia(str(content_id), str(told.get(ATTR_MEDIA_CONTENT_TYPE) or MediaType.MUSIC))
    source = told.get(ATTR_INPUT_SOURCE)
    position_s = told.get(ATTR_MEDIA_POSITION)
    is_finite = bool(told.get(ATTR_MEDIA_DURATION)) and float(told[ATTR_MEDIA_DURATION]) > 0
    if position_s is None or not is_finite or not supports(hass, entity_id, MediaPlayerEntityFeature.SEEK):
        return Music(content, source, None)
    updated_at = told.get(ATTR_MEDIA_POSITION_UPDATED_AT)
    since_s = (dt_util.utcnow() - updated_at).total_seconds() if isinstance(updated_at, datetime) else 0.0
    return Music(content, source, float(position_s) + since_s)


async def play_again(hass: HomeAssistant, entity_id: str, music: Music) -> bool:
    """Play what was playing, from where it was; returns whether that is known at all.

    Raises what the player raises, and HomeAssistantError if it takes too long.
    """
    if music.content is not None:
        order: dict[str, object] = {
            ATTR_ENTITY_ID: entity_id,
            ATTR_MEDIA_CONTENT_ID: music.content.content_id,
            ATTR_MEDIA_CONTENT_TYPE: music.content.content_type,
        }
        await call_entity(hass, MEDIA_PLAYER, SERVICE_PLAY_MEDIA, order)
        if music.position_s is not None and await _has_begun(hass, entity_id):
            # One that does not go there plays from the beginning.
            await order_player(hass, SERVICE_MEDIA_SEEK, entity_id, **{ATTR_MEDIA_SEEK_POSITION: music.position_s})
        return True
    if music.source is not None and supports(hass, entity_id, MediaPlayerEntityFeature.SELECT_SOURCE):
        order = {ATTR_ENTITY_ID: entity_id, ATTR_INPUT_SOURCE: music.source}
        await call_entity(hass, MEDIA_PLAYER, SERVICE_SELECT_SOURCE, order)
        return True
    return False


async def _has_begun(hass: HomeAssistant, entity_id: str) -> bool:
    """Wait until a player plays; only then it can be sent to a position."""
    try:
        async with asyncio.timeout(_BEGIN_LIMIT_S):
            while True:
                await look_at(hass, entity_id)
                state = hass.states.get(entity_id)
                if state is not None and is_active(hass, entity_id) and state.attributes.get(ATTR_MEDIA_DURATION):
                    return True
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        return False

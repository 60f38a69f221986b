"""What Home Assistant has told each player to play: VLC and others do not tell it themselves."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    DOMAIN as MEDIA_PLAYER,
    SERVICE_PLAY_MEDIA,
)
from homeassistant.const import ATTR_DOMAIN, ATTR_ENTITY_ID, ATTR_SERVICE, EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback

_KEPT: Final = 100
# A player that is polled shows so late that it plays.
_SHOWN_WITHIN: Final = timedelta(seconds=30)
_MEDIA: Final = "media"


@dataclass(frozen=True, slots=True)
class PlayedMedia:
    """What a player plays."""

    content_id: str
    content_type: str


@dataclass(frozen=True, slots=True)
class _Order:
    """What a player was told to play, and when."""

    media: PlayedMedia
    given_at: datetime


class MediaMemory:
    """Remembers the last order to each player that was no announcement."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen to all orders from now on."""
        self._ordered: OrderedDict[str, _Order] = OrderedDict()
        hass.bus.async_listen(EVENT_CALL_SERVICE, self._called)

    def ordered(self, entity_id: str, playing_since: datetime) -> PlayedMedia | None:
        """Return what a player was told to play, if it has not begun to play something else since."""
        order = self._ordered.get(entity_id)
        return order.media if order and playing_since <= order.given_at + _SHOWN_WITHIN else None

    @callback
    def _called(self, event: Event) -> None:
        """Take note of an order to play."""
        if event.data[ATTR_DOMAIN] != MEDIA_PLAYER or event.data[ATTR_SERVICE] != SERVICE_PLAY_MEDIA:
            return
        order = event.data["service_data"]
        media = order.get(_MEDIA) if isinstance(order.get(_MEDIA), dict) else order
        named = order.get(ATTR_ENTITY_ID)
        if order.get(ATTR_MEDIA_ANNOUNCE) or not named or not media.get(ATTR_MEDIA_CONTENT_ID):
            return
        played = PlayedMedia(str(media[ATTR_MEDIA_CONTENT_ID]), str(media.get(ATTR_MEDIA_CONTENT_TYPE, "music")))
        for entity_id in [named] if isinstance(named, str) else named:
            self._ordered[entity_id] = _Order(played, event.time_fired)
            self._ordered.move_to_end(entity_id)
        while len(self._ordered) > _KEPT:
            self._ordered.popitem(last=False)

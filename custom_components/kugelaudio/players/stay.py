"""What announcements have interrupted at a player, from the first of a row to the end of the last."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState
from homeassistant.const import SERVICE_MEDIA_STOP, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import HomeAssistant

from ..exceptions import failure, readable
from .calls import order_player
from .kinds import supports
from .memory import MediaMemory
from .music import Music, play_again, playing_on
from .playback import is_active
from .states import look_at, until_left
from .volume import Volumes

_SWITCHED_OFF: Final = frozenset({MediaPlayerState.OFF.value, "standby"})
# One that never says that it is on is tried all the same.
_TURN_ON_LIMIT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Resumed:
    """Whether the music goes on, None if there was none; and why it does not."""

    is_so: bool | None = None
    because: str | None = None


@dataclass(slots=True)
class Stay:
    """One player during a row of announcements; `gives_way` tells that they replace what it plays."""

    entity_id: str
    ears: frozenset[str]
    gives_way: bool
    has_begun: bool = False
    was_active: bool = False
    music: Music | None = None
    was_turned_on: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def begin(self, hass: HomeAssistant, memory: MediaMemory, *, resume: bool, turn_on: bool) -> None:
        """Take note of what is interrupted, and turn on the player if that is wanted.

        Who is broken off before it is known has interrupted nothing: the next one takes note of it.
        """
        if self.gives_way:
            await look_at(hass, self.entity_id)
        state = hass.states.get(self.entity_id)
        self.was_active = is_active(hass, self.entity_id)
        if resume and self.gives_way:
            self.music = playing_on(hass, self.entity_id, memory)
        self.has_begun = True
        if turn_on and state is not None and state.state in _SWITCHED_OFF:
            self.was_turned_on = True
            await order_player(hass, SERVICE_TURN_ON, self.entity_id)
            await until_left(hass, self.entity_id, _SWITCHED_OFF, _TURN_ON_LIMIT_S)

    async def hush(self, hass: HomeAssistant) -> None:
        """Stop what plays before the volume of an announcement is set.

        It would be heard at that volume, and VLC forgets a volume that was set when it replaces what it plays.
        """
        if not self.gives_way or not supports(hass, self.entity_id, MediaPlayerEntityFeature.STOP):
            return
        # An announcement that was broken off may still be heard.
        await look_at(hass, self.entity_id)
        if self.was_active or is_active(hass, self.entity_id):
            await order_player(hass, SERVICE_MEDIA_STOP, self.entity_id)

    async def end(self, hass: HomeAssistant, volumes: Volumes) -> Resumed:
        """Put back the volume, then the music; turn off what was turned on. Tells of the music."""
        await volumes.put_back(self.ears)
        if self.was_turned_on:
            await order_player(hass, SERVICE_TURN_OFF, self.entity_id)
        await look_at(hass, self.entity_id)
        # Somebody may have begun to play something else.
        if self.music is None or is_active(hass, self.entity_id):
            return Resumed()
        try:
            if await play_again(hass, self.entity_id, self.music):
                return Resumed(is_so=True)
        except Exception as err:  # noqa: BLE001 - whatever a player raises, it is left
            return Resumed(is_so=False, because=readable(err))
        return Resumed(is_so=False, because=str(failure("music_unknown")))

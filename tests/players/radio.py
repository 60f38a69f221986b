"""A player without announcing of its own: it has a knob, plays one thing, and knows nothing of what was before."""

from typing import Any, override

from homeassistant.components.media_player.const import MediaPlayerEntityFeature, MediaPlayerState, MediaType
from homeassistant.util import dt as dt_util

from tests.listeners import Player

RADIO = "media_player.radio"
SONG = "http://example.com/song.mp3"
# Somebody else's announcement, which this one does not fetch.
DING = "http://example.com/ding.mp3"


class Radio(Player):
    """It notes what is done to it; announcements play as long as `released` is not set."""

    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.SEEK
        | MediaPlayerEntityFeature.SELECT_SOURCE
        | MediaPlayerEntityFeature.STOP
        | MediaPlayerEntityFeature.TURN_OFF
        | MediaPlayerEntityFeature.TURN_ON
        | MediaPlayerEntityFeature.VOLUME_SET
    )
    _attr_volume_level: float | None = 0.3

    def __init__(self, entity_id: str, **how: Any) -> None:
        """Begin with nothing done, and silent."""
        super().__init__(entity_id, **how)
        self._attr_source_list = ["Tuner"]
        self.done: list[tuple[Any, ...]] = []
        self.refuses: BaseException | None = None
        self.tells_content = True
        self.duration_s: int | None = 200

    @property
    def volume(self) -> float | None:
        """Return where the knob is."""
        return self._attr_volume_level

    def play(self, content_id: str | None = SONG, *, position_s: float = 40.0) -> None:
        """Play music, and tell what it is where that is told."""
        self._attr_media_content_id = content_id if self.tells_content else None
        self._attr_media_content_type = MediaType.MUSIC
        self._attr_media_duration = self.duration_s
        self._attr_media_position = round(position_s)
        self._attr_media_position_updated_at = dt_util.utcnow()
        self.show(MediaPlayerState.PLAYING)

    def tune(self) -> None:
        """Play what comes from a source."""
        self._attr_source = "Tuner"
        self._attr_media_content_id = None
        self.show(MediaPlayerState.PLAYING)

    def turn_knob(self, level: float | None) -> None:
        """Turn the knob by hand."""
        self._attr_volume_level = level
        self.async_write_ha_state()

    def vanish(self, *, is_gone: bool) -> None:
        """Be away, or back again."""
        self._attr_available = not is_gone
        self.async_write_ha_state()

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Play music at once, announcements to their end."""
        if kwargs.get("announce") and media_id == DING:
            return
        if kwargs.get("announce"):
            self._attr_media_content_id = None
            self.done.append(("announce", self._attr_volume_level))
            await super().async_play_media(media_type, media_id, **kwargs)
            return
        if self.refuses is not None:
            raise self.refuses
        self.done.append(("play", media_id, str(media_type)))
        self.play(media_id, position_s=0)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Turn the knob."""
        if self.refuses is not None:
            raise self.refuses
        self.done.append(("volume", volume))
        self.turn_knob(volume)

    @override
    async def async_media_stop(self) -> None:
        """Fall silent."""
        self.done.append(("stop",))
        self.show(MediaPlayerState.IDLE)

    @override
    async def async_media_seek(self, position: float) -> None:
        """Go on elsewhere."""
        if self.refuses is not None:
            raise self.refuses
        self.done.append(("seek", round(position)))

    @override
    async def async_select_source(self, source: str) -> None:
        """Listen to another source."""
        self.done.append(("source", source))
        self.tune()

    @override
    async def async_turn_on(self) -> None:
        """Wake up."""
        if self.refuses is not None:
            raise self.refuses
        self.done.append(("on",))
        self.show(MediaPlayerState.IDLE)

    @override
    async def async_turn_off(self) -> None:
        """Sleep."""
        self.done.append(("off",))
        self.show(MediaPlayerState.OFF)


class Forgetful(Radio):
    """A player that begins everything as VLC does: at a volume of its own, unless one was set while it was silent.

    Until it has played anything it shows 0.
    """

    OWN_VOLUME = 0.512
    _attr_volume_level = 0.0

    def __init__(self, entity_id: str, **how: Any) -> None:
        """Begin with nothing set."""
        super().__init__(entity_id, **how)
        self._next: float | None = None

    @override
    async def async_play_media(self, media_type: MediaType | str, media_id: str, **kwargs: Any) -> None:
        """Forget the volume."""
        self._attr_volume_level = self.OWN_VOLUME if self._next is None else self._next
        self._next = None
        await super().async_play_media(media_type, media_id, **kwargs)

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Keep the volume for the next thing, if nothing is being played."""
        await super().async_set_volume_level(volume)
        if self.state is MediaPlayerState.IDLE:
            self._next = volume

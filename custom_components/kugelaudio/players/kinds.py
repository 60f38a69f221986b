"""What players of each integration do with an announcement by themselves, as of Home Assistant 2026.11.

None of them is let out of the line. Only the server of Music Assistant is known to make announcements wait for each
other; a clip on Sonos breaks off the one before it, and OwnTone, Bang & Olufsen and ESPHome do not say what they do. In
our line all of them can be urgent, replaced and stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.components.media_player.const import MediaPlayerEntityFeature
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class OwnVolume:
    """The name by which an integration takes a volume with an announcement, and its largest value."""

    name: str
    largest: float


_OWN_VOLUMES: Final = {
    "bang_olufsen": OwnVolume("overlay_absolute_volume", 100),
    "music_assistant": OwnVolume("announce_volume", 100),
    "sonos": OwnVolume("volume", 100),
    "squeezebox": OwnVolume("announce_volume", 1.0),
}
# It sets the volume of announcements to what its own options say.
_SETS_VOLUME: Final = frozenset({"forked_daapd"})
# VLC plays everything as loud as it is, unless its volume was set while it was silent: that is the volume of the next
# thing it plays, and of nothing after it. Until it has played anything at all it shows 0.
_FORGETS_VOLUME: Final = frozenset({"vlc_telnet"})
# Its library refuses the loudest there is.
_HIGHEST_LEVEL: Final = {"vlc_telnet": 0.998}


def platform_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the integration of an entity."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.platform if entry else None


def volume_extra(hass: HomeAssistant, entity_id: str, volume: int) -> Mapping[str, float] | None:
    """Return how a player is told the volume (0 to 100) of an announcement; None if it has to be set and put back."""
    platform = platform_of(hass, entity_id)
    if platform in _SETS_VOLUME:
        return {}
    own = _OWN_VOLUMES.get(platform or "")
    # Some of them take 0 for no volume at all.
    return None if own is None else {own.name: max(volume, 1) * own.largest / _PERCENT}


def forgets_volume(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether a player has to be told its volume before each thing that it plays."""
    return platform_of(hass, entity_id) in _FORGETS_VOLUME


def highest_level(hass: HomeAssistant, entity_id: str) -> float:
    """Return the loudest volume that a player takes, 0 to 1."""
    return _HIGHEST_LEVEL.get(platform_of(hass, entity_id) or "", 1.0)


def announces(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether a player goes on by itself with what it played before an announcement."""
    return supports(hass, entity_id, MediaPlayerEntityFeature.MEDIA_ANNOUNCE)


def supports(hass: HomeAssistant, entity_id: str, feature: MediaPlayerEntityFeature) -> bool:
    """Tell whether a player has a feature."""
    state = hass.states.get(entity_id)
    return state is not None and bool(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & feature)

"""Who is to hear an announcement: the players and satellites of entities, devices, areas, floors and labels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.components.media_player.const import MediaPlayerEntityFeature
from homeassistant.const import ATTR_SUPPORTED_FEATURES, ENTITY_MATCH_ALL, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import SelectedEntities, TargetSelection, async_extract_referenced_entity_ids

from ..const import LOGGER
from ..exceptions import invalid
from ..players.ears import is_group, members_of

# `AssistSatelliteEntityFeature.ANNOUNCE`: an import of it would bring the whole of Assist along.
_SATELLITE_ANNOUNCE: Final = 1
_NEEDED_FEATURE: Final = {
    Platform.ASSIST_SATELLITE.value: _SATELLITE_ANNOUNCE,
    Platform.MEDIA_PLAYER.value: MediaPlayerEntityFeature.PLAY_MEDIA.value,
}


class TargetProblem(StrEnum):
    """Why a target cannot play, by the word for it in translations."""

    CANNOT_PLAY = "target_cannot_play"
    NOT_THERE = "target_not_there"
    UNAVAILABLE = "target_unavailable"


_NO_PLAYER: Final = (TargetProblem.CANNOT_PLAY, TargetProblem.NOT_THERE)


@dataclass(frozen=True, slots=True)
class Target:
    """A player or satellite that is to play an announcement, or whatever else was named for one."""

    entity_id: str
    problem: TargetProblem | None

    @property
    def is_satellite(self) -> bool:
        """Tell whether it is a satellite."""
        return split_entity_id(self.entity_id)[0] == Platform.ASSIST_SATELLITE.value


def find_targets(hass: HomeAssistant, selection: Mapping[str, Any]) -> list[Target]:
    """Return all targets, each once: those that are named, and those that can play of what else is named.

    Raises ServiceValidationError if there is none; it says what of the named places and devices does not exist.
    """
    wanted = TargetSelection(dict(selection))
    if not wanted.has_any_target:
        raise invalid("target_missing")
    selected = async_extract_referenced_entity_ids(hass, wanted)
    selected.log_missing(set(), LOGGER)
    named = [Target(entity_id, _problem(hass, entity_id)) for entity_id in sorted(selected.referenced)]
    others = selected.indirectly_referenced - selected.referenced
    if ENTITY_MATCH_ALL in wanted.entity_ids:
        others |= _everybody(hass, wanted)
    found = [
        Target(entity_id, problem)
        for entity_id in sorted(others)
        if hass.states.get(entity_id) and (problem := _problem(hass, entity_id)) not in _NO_PLAYER
    ]
    targets = [*named, *_heard_once(hass, named, found)]
    if not targets:
        raise _empty(selected)
    members = _members_of(hass, targets)
    return [target for target in targets if target.entity_id not in members]


def _members_of(hass: HomeAssistant, targets: Iterable[Target]) -> set[str]:
    """Return those who play what groups among the targets play."""
    groups = [one.entity_id for one in targets if one.problem is None and is_group(hass, one.entity_id)]
    return {member for group in groups for member in members_of(hass, group)}


def _everybody(hass: HomeAssistant, wanted: TargetSelection) -> set[str]:
    """Return all players and satellites that are shown, but for those that are excluded."""
    exclude = getattr(wanted, "exclude", None)
    excluded = async_extract_referenced_entity_ids(hass, exclude) if exclude else SelectedEntities()
    registry = er.async_get(hass)
    known = {entity_id: registry.async_get(entity_id) for entity_id in hass.states.async_entity_ids(_NEEDED_FEATURE)}
    shown = {entity_id for entity_id, entry in known.items() if entry is None or entry.hidden_by is None}
    return shown - excluded.referenced - excluded.indirectly_referenced


def _empty(selected: SelectedEntities) -> ServiceValidationError:
    """Return what says that nobody can play, and which of the names does not exist."""
    missing = {
        *(selected.missing_areas | selected.missing_floors),
        *(selected.missing_labels | selected.missing_devices),
    }
    if missing:
        return invalid("target_unknown", names=", ".join(sorted(missing)))
    return invalid("target_empty")


def _problem(hass: HomeAssistant, entity_id: str) -> TargetProblem | None:
    """Return why an entity cannot play an announcement."""
    state = hass.states.get(entity_id)
    if state is None:
        return TargetProblem.UNAVAILABLE if er.async_get(hass).async_get(entity_id) else TargetProblem.NOT_THERE
    features, needed = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0), _NEEDED_FEATURE.get(state.domain, 0)
    is_unavailable = state.state == STATE_UNAVAILABLE
    # Some, as MPD, tell what they can do only while they are there.
    if needed and not features and is_unavailable:
        return TargetProblem.UNAVAILABLE
    if not features & needed:
        return TargetProblem.CANNOT_PLAY
    return TargetProblem.UNAVAILABLE if is_unavailable else None


def _heard_once(hass: HomeAssistant, named: Iterable[Target], found: Iterable[Target]) -> Iterator[Target]:
    """Yield those found, but of a device that is a satellite and a player one only: the named one, or the satellite."""
    registry = er.async_get(hass)

    def device_of(target: Target) -> str | None:
        entry = registry.async_get(target.entity_id)
        return entry.device_id if entry else None

    heard = {(device_of(target), target.is_satellite) for target in named if target.problem is None}
    for target in sorted(found, key=lambda target: not target.is_satellite):
        device = device_of(target)
        if device is not None and (device, not target.is_satellite) in heard:
            continue
        if target.problem is None:
            heard.add((device, target.is_satellite))
        yield target

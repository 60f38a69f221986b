"""How an announcement behaves among others and beside music, as the fields of an action say it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import probatio

from ..players.order import Manners
from ..players.turns import Priority

_PRIORITY: Final = "priority"
_RESUME: Final = "resume"
_SAME: Final = "same"
_TAG: Final = "tag"
_TURN_ON: Final = "turn_on"
_VALID_FOR: Final = "valid_for"
_VOLUME: Final = "volume"

_REPLACE: Final = "replace"
_KEEP: Final = "keep"
_PRIORITIES: Final = {priority.name.lower(): priority for priority in Priority}
# Nobody wants to hear a reminder of minor weight after that.
_LOW_IS_VALID_FOR: Final = timedelta(minutes=2)

MANNERS: Final = {
    probatio.Optional(_PRIORITY, default=Priority.NORMAL.name.lower()): probatio.In(_PRIORITIES),
    probatio.Optional(_VALID_FOR): cv.positive_time_period,
    probatio.Optional(_TAG): cv.string,
    probatio.Optional(_SAME, default=_REPLACE): probatio.In((_REPLACE, _KEEP)),
    probatio.Optional(_VOLUME): probatio.All(probatio.Coerce(int), probatio.Range(min=0, max=100)),
    probatio.Optional(_RESUME, default=True): cv.boolean,
    probatio.Optional(_TURN_ON, default=False): cv.boolean,
}


def manners_of(data: Mapping[str, Any]) -> Manners:
    """Return what the fields of MANNERS say."""
    priority = _PRIORITIES[data[_PRIORITY]]
    valid_for = data.get(_VALID_FOR, _LOW_IS_VALID_FOR if priority is Priority.LOW else None)
    return Manners(
        priority=priority,
        valid_for_s=valid_for.total_seconds() if valid_for else None,
        tag=data.get(_TAG),
        replaces=data[_SAME] == _REPLACE,
        volume=data.get(_VOLUME),
        resume=data[_RESUME],
        turn_on=data[_TURN_ON],
    )

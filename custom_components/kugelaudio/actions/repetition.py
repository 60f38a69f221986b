"""Saying it again: how often, how soon, and until when."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import CONF_ENTITY_ID, CONF_STATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
import probatio

from ..players.states import until_one_of

_REPEAT: Final = "repeat"
_REPEAT_EVERY: Final = "repeat_every"
_UNTIL: Final = "until"
_MOST: Final = 100
_DEFAULT_EVERY_S: Final = 30

REPETITION: Final = {
    probatio.Optional(_REPEAT): probatio.All(probatio.Coerce(int), probatio.Range(min=1, max=_MOST)),
    probatio.Optional(_REPEAT_EVERY, default=_DEFAULT_EVERY_S): cv.positive_time_period,
    probatio.Optional(_UNTIL): probatio.Schema(
        {
            probatio.Required(CONF_ENTITY_ID): cv.entity_id,
            probatio.Required(CONF_STATE): probatio.All(cv.ensure_list, [cv.string]),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often something is said at most, how long after its end it is said again, and the state that ends it."""

    times: int
    every_s: float
    entity_id: str | None
    states: frozenset[str]

    async def goes_on(self, hass: HomeAssistant, said: int) -> bool:
        """Wait until it is time to say it again; returns whether it is to be said again at all."""
        if said >= self.times:
            return False
        if self.entity_id is None:
            await asyncio.sleep(self.every_s)
            return True
        return not await until_one_of(hass, self.entity_id, self.states, self.every_s)


def repetition_of(data: Mapping[str, Any]) -> Repetition:
    """Return what the fields of REPETITION say; until something happens is as often as is allowed."""
    until = data.get(_UNTIL)
    times = data.get(_REPEAT, 1 if until is None else _MOST)
    every_s = data[_REPEAT_EVERY].total_seconds()
    if until is None:
        return Repetition(times, every_s, None, frozenset())
    return Repetition(times, every_s, until[CONF_ENTITY_ID], frozenset(until[CONF_STATE]))

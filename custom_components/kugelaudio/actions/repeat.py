"""The actions `repeat` and `stop`: what was said last once more, and silence."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import TargetSelection
import probatio

from ..exceptions import invalid
from ..players.loudspeakers import loudspeakers
from .manners import MANNERS, manners_of
from .results import TargetResult, check_targets
from .targets import Target, find_targets
from .turn import play

REPEAT_SCHEMA: Final = probatio.Schema({**MANNERS, **cv.ENTITY_SERVICE_FIELDS})
STOP_SCHEMA: Final = probatio.Schema({**cv.ENTITY_SERVICE_FIELDS})


async def repeat(call: ServiceCall) -> ServiceResponse:
    """Say once more what was said last; raises HomeAssistantError if nobody has heard it."""
    targets = _targets(call)
    results: dict[str, TargetResult] = {}
    if targets is not None:
        results = {target.entity_id: TargetResult.prevented(target.problem) for target in targets if target.problem}
    said = loudspeakers(call.hass).said(None if targets is None else _able(targets))
    if not said and not results:
        raise invalid("nothing_to_repeat")
    manners = manners_of(call.data)
    orders = [order.again(manners=manners, context=call.context) for order in said]
    played = await asyncio.gather(*(play(call.hass, order) for order in orders))
    results |= {order.entity_id: result for order, result in zip(orders, played, strict=True)}
    check_targets(results)
    return {"targets": {entity_id: result.as_json() for entity_id, result in results.items()}}


async def stop(call: ServiceCall) -> ServiceResponse:
    """Silence what is being announced, and dismiss what waits."""
    targets = _targets(call)
    named = None if targets is None else [target.entity_id for target in targets]
    return {"stopped": loudspeakers(call.hass).stop(named)}


def _targets(call: ServiceCall) -> list[Target] | None:
    """Return the targets of a call, None if it names none."""
    return find_targets(call.hass, call.data) if _has_target(call.data) else None


def _has_target(data: Mapping[str, Any]) -> bool:
    """Tell whether anything is named."""
    return TargetSelection(dict(data)).has_any_target


def _able(targets: Iterable[Target]) -> list[str]:
    """Return the targets that can play."""
    return [target.entity_id for target in targets if not target.problem]

"""The action `announce`: a message is spoken once, and played by every player and satellite that is to hear it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
import probatio

from ..const import CONF_CHIME, CONF_FORMAT, CONF_MARKS
from ..players.loudspeakers import loudspeakers
from ..players.order import Order
from ..players.speaking import limit_s
from ..players.speech import Speech
from ..players.turns import Dismissal
from ..sound.chimes import NO_CHIME
from ..speech.record import UtteranceObserver, observed
from ..text import without_marks, without_tags
from ..voices.options import FORMATS
from .call import FIELDS, SpokenCall, spoken_call
from .manners import MANNERS, manners_of
from .repetition import REPETITION, repetition_of
from .results import SpeechResult, TargetResult, check_targets, unheard
from .targets import Target, find_targets
from .turn import play

_EXTRA: Final = "extra"
_PREANNOUNCE: Final = "preannounce"

SCHEMA: Final = probatio.Schema(
    {
        **FIELDS,
        **MANNERS,
        **REPETITION,
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(CONF_FORMAT): probatio.In(FORMATS),
        probatio.Optional(_EXTRA, default=dict): dict,
        probatio.Optional(_PREANNOUNCE): cv.boolean,
    }
)


async def announce(call: ServiceCall) -> ServiceResponse:
    """Announce a message, as often as is wanted; raises HomeAssistantError if nobody has heard it."""
    spoken = await spoken_call(call, _wish(call.data))
    targets = find_targets(call.hass, call.data)
    results = {target.entity_id: TargetResult.prevented(target.problem) for target in targets if target.problem}
    able = [target for target in targets if not target.problem]
    if not able:
        raise unheard(results)
    observer = UtteranceObserver()
    # All targets play this one speech: it is made once, whether Home Assistant keeps it or not.
    speech = Speech(spoken.create_stream())
    media_content_id = spoken.media_content_id
    with observed(observer):
        speech.stream.async_set_message(spoken.message)
    orders = [_order(call, target, spoken, speech) for target in able]
    played = await _heard(call.hass, speech, orders, limit_s(spoken.message))
    told = SpeechResult(observer, speech)
    results |= played
    if speech.failure is not None:
        raise speech.failure
    check_targets(results)
    times = 1
    while going_on := [order for order in orders if not _has_enough(played[order.entity_id])]:
        pause = repetition_of(call.data).goes_on(call.hass, times)
        wanted = await loudspeakers(call.hass).rest([order.entity_id for order in going_on], pause)
        if not (orders := [order.again() for order in going_on if order.entity_id in wanted]):
            break
        played = await _play(call.hass, orders)
        results |= played
        times += 1
    return {
        "targets": {entity_id: result.as_json() for entity_id, result in results.items()},
        "speech": told.as_json(),
        "media_content_id": media_content_id,
        "times": times,
    }


def _wish(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option that announcements have a field of their own for."""
    return {ATTR_PREFERRED_FORMAT: data[CONF_FORMAT]} if CONF_FORMAT in data else {}


async def _heard(hass: HomeAssistant, speech: Speech, orders: list[Order], limit_s: float) -> dict[str, TargetResult]:
    """Read the speech to its end while all targets play it; what all of them have stopped is not waited for."""
    reading = asyncio.create_task(speech.read(limit_s))
    try:
        played = await _play(hass, orders)
        if not all(map(_has_enough, played.values())):
            await reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])
    return played


async def _play(hass: HomeAssistant, orders: Iterable[Order]) -> dict[str, TargetResult]:
    """Have all targets play, each when it is its turn; returns what became of it."""
    orders = tuple(orders)
    results = await asyncio.gather(*(play(hass, order) for order in orders))
    return {order.entity_id: result for order, result in zip(orders, results, strict=True)}


def _has_enough(result: TargetResult) -> bool:
    """Tell whether somebody has had enough of it at a target, or has something newer to say."""
    return result.result in {Dismissal.STOPPED.value, Dismissal.REPLACED.value}


def _order(call: ServiceCall, target: Target, spoken: SpokenCall, speech: Speech) -> Order:
    """Return what a target is told to play; the display of a satellite shows the message."""
    return Order(
        entity_id=target.entity_id,
        speech=speech,
        limit_s=limit_s(spoken.message),
        manners=manners_of(call.data),
        words=_words(spoken),
        preannounce=call.data.get(_PREANNOUNCE, spoken.option(CONF_CHIME) == NO_CHIME),
        extra=call.data[_EXTRA],
        context=call.context,
    )


def _words(spoken: SpokenCall) -> str:
    """Return a message as it is to be read."""
    return without_tags(without_marks(spoken.message) if spoken.option(CONF_MARKS) else spoken.message)

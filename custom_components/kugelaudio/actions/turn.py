"""An order of an action, played when it is its turn."""

from homeassistant.core import HomeAssistant

from ..players.loudspeakers import loudspeakers
from ..players.order import Order
from .results import TargetResult


async def play(hass: HomeAssistant, order: Order) -> TargetResult:
    """Have a target play when it is its turn, and wait for the end; whatever it raises becomes its result."""
    try:
        return TargetResult.of(await loudspeakers(hass).play(order))
    except Exception as err:  # noqa: BLE001 - whatever a target raises, the others go on
        return TargetResult.failed(err)

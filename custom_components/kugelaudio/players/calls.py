"""What players and satellites are told to do: one that never comes back to it holds nobody up for ever."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from homeassistant.components.media_player.const import DOMAIN as MEDIA_PLAYER
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, callback

from ..const import LOGGER
from ..exceptions import failure, readable

# Televisions need some seconds to wake up.
CALL_LIMIT_S: Final = 30.0
# For a call that is given up to put away what it holds; one that does not end even then is left alone.
_END_LIMIT_S: Final = 5.0


async def call_entity(
    hass: HomeAssistant,
    domain: str,
    action: str,
    data: Mapping[str, object],
    *,
    limit_s: float | None = CALL_LIMIT_S,
    context: Context | None = None,
) -> None:
    """Have an entity do something, and wait until it has.

    Raises what the entity raises, and HomeAssistantError if it takes too long.
    """
    call = hass.async_create_background_task(
        hass.services.async_call(domain, action, dict(data), blocking=True, context=context), "kugelaudio call"
    )
    try:
        await asyncio.wait([call], timeout=limit_s)
        if not call.done():
            raise failure("target_timed_out")
        call.result()
    finally:
        if not call.done():
            call.cancel()
            call.add_done_callback(_ended)
            await asyncio.wait([call], timeout=_END_LIMIT_S)


async def order_player(hass: HomeAssistant, action: str, entity_id: str, **data: object) -> None:
    """Have a player do something without which an announcement is still heard; a refusal is told in the log."""
    try:
        await call_entity(hass, MEDIA_PLAYER, action, {ATTR_ENTITY_ID: entity_id, **data})
    except Exception as err:  # noqa: BLE001 - whatever a player raises, the announcement goes on
        LOGGER.warning("%s did not obey %s: %s", entity_id, action, readable(err))


@callback
def _ended(call: asyncio.Task[object]) -> None:
    """Take note of how a call has ended that nobody waits for any more."""
    with suppress(asyncio.CancelledError):
        call.exception()

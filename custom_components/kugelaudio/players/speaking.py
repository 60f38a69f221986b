"""`tts.speak` in the line of all announcements."""

import asyncio
from collections.abc import Mapping
from typing import Final

from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.const import ENTITY_MATCH_ALL, STATE_UNAVAILABLE, Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.group import expand_entity_ids

from ..const import LOGGER
from ..exceptions import readable
from .loudspeakers import loudspeakers
from .order import Order
from .speech import Speech

# A target may take as long as the message lasts at a slow pace, and five minutes more.
_PATIENCE_S: Final = 300.0
_PATIENCE_PER_CHARACTER_S: Final = 0.1


def limit_s(message: str) -> float:
    """Return how long a message may take to be made, or to be played once."""
    return _PATIENCE_S + _PATIENCE_PER_CHARACTER_S * len(message)


async def speak(
    hass: HomeAssistant,
    engine: str,
    players: list[str] | str,
    message: str,
    *,
    cache: bool,
    language: str | None,
    options: Mapping[str, object] | None,
    context: Context | None,
) -> None:
    """Speak on players, each when it is its turn; returns when all of them have begun, and leaves out who is not there.

    Raises what the first player raises that refuses.
    """
    states = {entity_id: hass.states.get(entity_id) for entity_id in _named(hass, players)}
    there = [entity_id for entity_id, state in states.items() if state is not None and state.state != STATE_UNAVAILABLE]
    if not there:
        return
    stream = hass.data[DATA_TTS_MANAGER].async_create_result_stream(
        engine=engine, use_file_cache=cache, language=language, options=dict(options) if options else None
    )
    stream.async_set_message(message)
    speech = Speech(stream)
    limit = limit_s(message)
    hass.async_create_background_task(speech.read(limit), "kugelaudio speech")
    orders = [Order(entity_id=one, speech=speech, limit_s=limit, context=context) for one in there]
    await asyncio.gather(*(_begun(hass, order) for order in orders))


def _named(hass: HomeAssistant, players: list[str] | str) -> list[str]:
    """Return the players that are named, each once: all of them, none, or some and the members of old groups."""
    if players == ENTITY_MATCH_ALL:
        return hass.states.async_entity_ids(Platform.MEDIA_PLAYER)
    return [] if isinstance(players, str) else expand_entity_ids(hass, players)


async def _begun(hass: HomeAssistant, order: Order) -> None:
    """Play in the background, and return as soon as the player has the order; raises what keeps it from that."""
    playing = hass.async_create_background_task(_play(hass, order), "kugelaudio announcement")
    taken = asyncio.ensure_future(order.taken.wait())
    try:
        await asyncio.wait([playing, taken], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        playing.cancel()
        raise
    finally:
        taken.cancel()
    if playing.done():
        playing.result()


async def _play(hass: HomeAssistant, order: Order) -> None:
    """Play; raises what keeps the player from taking the order, and tells the log of what comes later."""
    try:
        await loudspeakers(hass).play(order)
    except Exception as err:
        if not order.taken.is_set():
            raise
        LOGGER.warning("Announcement was not played by %s: %s", order.entity_id, readable(err))

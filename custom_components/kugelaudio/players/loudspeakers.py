"""All loudspeakers of a home: who may use them next, and how they are left."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components.media_player.const import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_EXTRA,
    DOMAIN as MEDIA_PLAYER,
    SERVICE_PLAY_MEDIA,
    MediaPlayerEntityFeature,
    MediaType,
)
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_MEDIA_STOP, Platform
from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.start import async_at_started

from ..const import DOMAIN
from ..exceptions import failure
from .calls import call_entity, order_player
from .ears import ears_of
from .fetching import FetchWatch
from .kinds import announces, forgets_volume, supports, volume_extra
from .memory import MediaMemory
from .order import Order, Played
from .playback import Margins, Playback, check_there
from .speech import TargetStream, open_stream
from .states import until_left
from .stay import Resumed, Stay
from .turns import Dismissal, DismissedError, Priority, Ticket, Turns
from .volume import Volumes

_MS_PER_S: Final = 1000
# States of a satellite; an import of their names would bring the whole of Assist along.
_CONVERSING: Final = frozenset({"listening", "processing", "responding"})
# Whoever speaks with a satellite is not interrupted for so long; one that never becomes idle is tried all the same.
_CONVERSATION_LIMIT_S: Final = 60.0


@dataclass(slots=True)
class _Attempt:
    """When an order was begun for the first time, on the clock of the loop, and what the target has fetched last."""

    begun_at: float | None = None
    stream: TargetStream | None = None

    @property
    def is_fetched(self) -> bool:
        """Tell whether anything of the speech went to the target."""
        return self.stream is not None and self.stream.fetch.begun.is_set()


class Loudspeakers:
    """Plays orders, one after the other where they would be heard at the same time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nobody playing."""
        self._hass = hass
        self._turns = Turns()
        self._margins = Margins()
        self._memory = MediaMemory(hass)
        self._volumes = Volumes(hass)
        self._fetching = FetchWatch(hass)
        self._stays: dict[str, Stay] = {}
        self._said: dict[str, Order] = {}

    async def pay_debts(self) -> None:
        """Put back what was not put back when Home Assistant ended."""
        await self._volumes.pay_all()

    async def play(self, order: Order) -> Played:
        """Play when it is the order's turn, and leave everything as it was when nobody else follows.

        Raises HomeAssistantError if the target does, or if it takes too long; whatever else a target raises, too.
        """
        manners = order.manners
        ticket = Ticket(
            ears=ears_of(self._hass, order.entity_id),
            priority=manners.priority,
            tag=manners.tag,
            replaces=manners.replaces,
            valid_for_s=manners.valid_for_s,
        )
        asked_at = self._hass.loop.time()
        attempt = _Attempt()
        try:
            played = await self._turns.run(ticket, lambda: self._play(order, ticket.ears, attempt))
        except DismissedError as err:
            is_stopped = err.dismissal is Dismissal.STOPPED and attempt.begun_at is not None
            left = await self._leave(order, ticket.ears, stops=is_stopped)
            played = Played(is_fetched=attempt.is_fetched, dismissal=err.dismissal)
        except asyncio.CancelledError:
            self._hass.async_create_background_task(
                self._leave(order, ticket.ears, stops=attempt.begun_at is not None), "kugelaudio loudspeaker"
            )
            raise
        except Exception:
            await self._leave(order, ticket.ears, stops=False)
            raise
        else:
            left = await self._leave(order, ticket.ears, stops=False)
        waited_ms = None if attempt.begun_at is None else _MS_PER_S * (attempt.begun_at - asked_at)
        return replace(played, waited_ms=waited_ms, resumed=left.is_so, not_resumed_because=left.because)

    @callback
    def stop(self, entity_ids: Iterable[str] | None = None) -> int:
        """Dismiss all that plays and waits at these, or anywhere; returns how many there were."""
        if entity_ids is None:
            return self._turns.stop()
        return self._turns.stop(ear for entity_id in entity_ids for ear in ears_of(self._hass, entity_id))

    async def rest(self, entity_ids: Iterable[str], pause: Coroutine[Any, Any, bool]) -> frozenset[str]:
        """Wait between two times; returns at which of these it goes on, none if `pause` says so."""
        return await self._turns.rest({entity_id: ears_of(self._hass, entity_id) for entity_id in entity_ids}, pause)

    @callback
    def said(self, entity_ids: Iterable[str] | None = None) -> list[Order]:
        """Return what each of these has said last, or the last one anywhere at all who said it; empty if there is none.

        Who has said nothing yet says what was said last.
        """
        if not self._said:
            return []
        last = next(reversed(self._said.values()))
        if entity_ids is None:
            return [order for order in self._said.values() if order.speech is last.speech]
        return [self._said.get(entity_id) or replace(last, entity_id=entity_id) for entity_id in entity_ids]

    async def _play(self, order: Order, ears: frozenset[str], attempt: _Attempt) -> Played:
        """Play now; raises what the target raises."""
        if attempt.begun_at is None:
            attempt.begun_at = self._hass.loop.time()
        if order.speech.failure is not None:
            raise order.speech.failure
        # The last one that was begun stands last.
        self._said.pop(order.entity_id, None)
        self._said[order.entity_id] = order
        try:
            async with asyncio.timeout(order.limit_s):
                if split_entity_id(order.entity_id)[0] == Platform.ASSIST_SATELLITE:
                    await self._on_satellite(order, ears, attempt)
                else:
                    await self._on_player(order, ears, attempt)
        except TimeoutError:
            raise failure("target_timed_out") from None
        if not order.speech.is_lost:
            self._fetching.noted(order.entity_id, is_fetched=attempt.is_fetched)
        return Played(is_fetched=attempt.is_fetched)

    async def _on_satellite(self, order: Order, ears: frozenset[str], attempt: _Attempt) -> None:
        """Have a satellite play, which says when it has; one that is listening or answering is waited for."""
        if order.manners.priority is not Priority.URGENT:
            await until_left(self._hass, order.entity_id, _CONVERSING, _CONVERSATION_LIMIT_S)
        await self._volumes.set(ears, order.manners.volume, was_active=False)
        stream = attempt.stream = open_stream(self._hass, order.speech)
        data = {
            ATTR_ENTITY_ID: order.entity_id,
            "message": order.words,
            "media_id": stream.media_source_id,
            "preannounce": order.preannounce,
        }
        order.taken.set()
        await call_entity(self._hass, Platform.ASSIST_SATELLITE, "announce", data, limit_s=None, context=order.context)

    async def _on_player(self, order: Order, ears: frozenset[str], attempt: _Attempt) -> None:
        """Have a player play, and wait until it is silent."""
        hass, entity_id, manners = self._hass, order.entity_id, order.manners
        check_there(hass, entity_id)
        is_own = announces(hass, entity_id)
        stay = self._stays.setdefault(entity_id, Stay(entity_id, ears, gives_way=not is_own))
        async with stay.lock:
            if not stay.has_begun:
                await stay.begin(hass, self._memory, resume=manners.resume, turn_on=manners.turn_on)
            extra = None if manners.volume is None else volume_extra(hass, entity_id, manners.volume)
            if extra is None and (manners.volume is not None or forgets_volume(hass, entity_id)):
                await stay.hush(hass)
            volume = manners.volume if extra is None else None
            await self._volumes.set(ears, volume, was_active=stay.was_active)
        stream = attempt.stream = open_stream(hass, order.speech)
        playback = Playback(
            hass, entity_id, order.speech, stream, self._margins, trusts_state=not (is_own and stay.was_active)
        )
        await playback.until_ended(self._give(order, stream, {**(extra or {}), **order.extra}))

    async def _give(self, order: Order, stream: TargetStream, extra: dict[str, object]) -> None:
        """Tell a player to play."""
        data = {
            ATTR_ENTITY_ID: order.entity_id,
            ATTR_MEDIA_CONTENT_ID: stream.media_source_id,
            ATTR_MEDIA_CONTENT_TYPE: MediaType.MUSIC,
            ATTR_MEDIA_ANNOUNCE: True,
            ATTR_MEDIA_EXTRA: extra,
        }
        await call_entity(self._hass, MEDIA_PLAYER, SERVICE_PLAY_MEDIA, data, limit_s=None, context=order.context)
        order.taken.set()

    async def _leave(self, order: Order, ears: frozenset[str], *, stops: bool) -> Resumed:
        """Leave all players that nobody else wants as they were; tells of the music of the order's own player."""
        own = self._stays.get(order.entity_id)
        has_begun = own is not None and own.has_begun
        if stops and has_begun and supports(self._hass, order.entity_id, MediaPlayerEntityFeature.STOP):
            await order_player(self._hass, SERVICE_MEDIA_STOP, order.entity_id)
        told = Resumed()
        for stay in [stay for stay in self._stays.values() if stay.ears & ears]:
            async with stay.lock:
                if self._turns.is_wanted(stay.ears) or self._stays.get(stay.entity_id) is not stay:
                    continue
                left = await stay.end(self._hass, self._volumes)
                del self._stays[stay.entity_id]
            if stay.entity_id == order.entity_id:
                told = left
        if not self._turns.is_wanted(ears):
            await self._volumes.put_back(ears)
        return told


@singleton(f"{DOMAIN}_loudspeakers")
@callback
def loudspeakers(hass: HomeAssistant) -> Loudspeakers:
    """Return the loudspeakers of the home: they belong to no account."""
    return Loudspeakers(hass)


@callback
def async_open_loudspeakers(hass: HomeAssistant) -> None:
    """Listen to what players are told from now on, and pay what was owed to them when Home Assistant ended."""
    home = loudspeakers(hass)

    async def pay(hass: HomeAssistant) -> None:
        hass.async_create_background_task(home.pay_debts(), "kugelaudio volumes")

    async_at_started(hass, pay)

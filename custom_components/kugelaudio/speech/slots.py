"""How many generations of an account are made at the same time: as many as are chosen, else as its plan allows."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from random import uniform
from time import time
from typing import Final

from ..api.errors import CannotConnectError, ConnectTimedOutError, RateLimitedError, TooManyConnectionsError
from .plan import TIERS, LearnedPlan

AUTOMATIC: Final = "automatic"
HIGHEST_LIMIT: Final = 100
# Where nothing was refused yet: what the second plan allows, and then one more each time when that many worked.
_FIRST_TRY: Final = 5
_HIGHEST_TRY: Final = TIERS[-1].at_once
# A plan may have been changed.
_TRY_AGAIN_AFTER_S: Final = 24 * 3600.0
_LOWERED_S: Final = 60.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 8.0
_MINUTE_S: Final = 60.0
_LONG_WAIT_S: Final = 1.0
_JITTER: Final = 0.25
# A generation takes one request when it starts; these never did.
_NOT_STARTED: Final = (CannotConnectError, ConnectTimedOutError, RateLimitedError)


def spread(pause_s: float) -> float:
    """Return a pause that is a little longer: homes that were refused together do not come back together."""
    return pause_s * uniform(1.0, 1.0 + _JITTER)  # noqa: S311 - spreads load, guards nothing


def chosen_limit(stored: str | int | None) -> int | None:
    """Return how many may be made at once by what is stored for an account; None is Automatic."""
    return None if stored is None or stored == AUTOMATIC else int(stored)


@dataclass(slots=True, eq=False)
class Ticket:
    """The place of a generation in the queue. One that somebody waits to hear goes before those made ahead."""

    number: int
    since: float
    is_awaited: bool = False
    turn: asyncio.Future[None] | None = field(default=None, repr=False)
    admitted_at: float = 0.0

    @property
    def rank(self) -> tuple[bool, int]:
        """Return what the queue is sorted by."""
        return not self.is_awaited, self.number


class GenerationSlots:
    """Hands out slots in order, learns from refusals how many there are, and keeps the pace of the plan."""

    def __init__(self, chosen: int | None = None, learned: LearnedPlan | None = None) -> None:
        """Begin with nobody; None is Automatic."""
        self.learned = learned or LearnedPlan()
        self.on_learned: Callable[[LearnedPlan], None] = lambda _: None
        self.on_long_wait: Callable[[], None] = lambda: None
        self._now = asyncio.get_running_loop().time
        self._numbers = count()
        self._waiting: list[Ticket] = []
        self._running = 0
        self._starts: deque[float] = deque()
        self._pause_s = _FIRST_PAUSE_S
        self._paused_until = 0.0
        self._lowered_to = HIGHEST_LIMIT
        self._lowered_until = 0.0
        self._waking: asyncio.TimerHandle | None = None
        self.choose(chosen)

    def choose(self, chosen: int | None) -> None:
        """Take over how many may be made at once; None is Automatic."""
        self._chosen = chosen
        self._ceiling = self.learned.at_once or _FIRST_TRY
        self._admit()

    @property
    def now_allowed(self) -> int:
        """Return how many may be made at the same time now."""
        if self._chosen is not None:
            return min(self._chosen, self._lowered_to) if self._now() < self._lowered_until else self._chosen
        has_forgotten = self.learned.at_once == self._ceiling and time() >= self.learned.learned_at + _TRY_AGAIN_AFTER_S
        return min(self._ceiling + has_forgotten, _HIGHEST_TRY)

    def others_wait(self) -> bool:
        """Tell whether somebody waits for a slot."""
        return bool(self._waiting)

    def ticket(self, *, is_awaited: bool) -> Ticket:
        """Return a place at the end of the queue."""
        return Ticket(next(self._numbers), self._now(), is_awaited)

    @asynccontextmanager
    async def hold(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for a slot, and hold it until the server has sent its last byte."""
        await self._wait(ticket)
        level, known = self._running, self.learned
        try:
            yield
        except _NOT_STARTED as err:
            with suppress(ValueError):
                self._starts.remove(ticket.admitted_at)
            # Before the slot goes to the next one, who would be refused as well.
            if isinstance(err, RateLimitedError):
                self._refused(err)
            raise
        else:
            self._paused_until = 0.0
            if known is self.learned:
                self._worked(level)
        finally:
            self._release()

    async def _wait(self, ticket: Ticket) -> None:
        turn = ticket.turn = asyncio.get_running_loop().create_future()
        self._waiting.append(ticket)
        self._admit()
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._release()
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
                self._forget_pause()
            raise

    def _forget_pause(self) -> None:
        """Let the next one try at once where all who were refused have given up."""
        if not self._waiting and not self._running:
            self._paused_until = 0.0
            self._pause_s = _FIRST_PAUSE_S

    def _release(self) -> None:
        self._running -= 1
        self._admit()

    def _admit(self) -> None:
        """Let those in that there is room for, the first in the queue first."""
        while self._waiting and self._running < self.now_allowed and self._may_start():
            ticket = min(self._waiting, key=lambda waiting: waiting.rank)
            self._waiting.remove(ticket)
            if ticket.turn is not None and not ticket.turn.done():
                self._running += 1
                ticket.admitted_at = self._now()
                self._starts.append(ticket.admitted_at)
                ticket.turn.set_result(None)
                self._tell_of_wait(ticket)

    def _may_start(self) -> bool:
        """Tell whether the next one may start at once; else look again when it may."""
        begin = max(self._paused_until, self._minute_is_over_at())
        if begin <= self._now():
            return True
        if self._waking is not None:
            self._waking.cancel()
        self._waking = asyncio.get_running_loop().call_at(begin, self._admit)
        return False

    def _minute_is_over_at(self) -> float:
        """Return when the plan allows another request: so many a minute."""
        tier = self.learned.tier if self._chosen is None else None
        if tier is None:
            self._starts.clear()
            return 0.0
        while self._starts and self._starts[0] <= self._now() - _MINUTE_S:
            self._starts.popleft()
        return (
            self._starts[-tier.requests_per_minute] + _MINUTE_S
            if len(self._starts) >= tier.requests_per_minute
            else 0.0
        )

    def _tell_of_wait(self, ticket: Ticket) -> None:
        if ticket.is_awaited and self.learned.at_once is not None and self._now() - ticket.since > _LONG_WAIT_S:
            self.on_long_wait()

    def _worked(self, level: int) -> None:
        """Take note that as many were made at once: one more may be tried, where more than known of have worked."""
        self._pause_s = _FIRST_PAUSE_S
        known = self.learned.at_once or self._ceiling - 1
        if self._chosen is not None or level <= known:
            return
        self._ceiling = min(level + 1, _HIGHEST_TRY)
        if self.learned.at_once is not None:
            self._learn(replace(self.learned, at_once=level))

    def _refused(self, refusal: RateLimitedError) -> None:
        """Let fewer be made at once; where one was alone, or too many sockets are open, let all wait for a while.

        That is as long as the server says, else longer each time.
        """
        if self._running > 1 and not isinstance(refusal, TooManyConnectionsError):
            self._lower(self._running - 1)
            return
        # Whoever is to come back at once, and is refused again, would not stop asking.
        pause_s = refusal.retry_after_s or self._pause_s
        if not refusal.retry_after_s:
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._paused_until = self._now() + spread(pause_s)

    def may_wait(self, refusal: RateLimitedError, left_s: float) -> bool:
        """Tell whether one that was refused, and has given its slot back, can wait for another one.

        While others are made it waits for one of them to end; else nobody waits beyond the time that is left.
        """
        if self._running and not isinstance(refusal, TooManyConnectionsError):
            return True
        if self._paused_until - self._now() > left_s:
            self._paused_until = 0.0
            self._admit()
            return False
        return True

    def _lower(self, to: int) -> None:
        if self._chosen is not None:
            self._lowered_to, self._lowered_until = to, self._now() + _LOWERED_S
            return
        self._ceiling = to
        self._learn(replace(self.learned, at_once=to, learned_at=time()))

    def learn_characters(self, characters: int) -> None:
        """Take note of how long a text may be."""
        self._learn(replace(self.learned, characters=characters, learned_at=time()))

    def learn_connections(self, connections: int) -> None:
        """Take note of how many sockets may be open."""
        self._learn(replace(self.learned, connections=connections, learned_at=time()))

    def _learn(self, learned: LearnedPlan) -> None:
        self.learned = learned
        self.on_learned(learned)

    def close(self) -> None:
        """Stop the timer."""
        if self._waking is not None:
            self._waking.cancel()

"""Who may be heard next: a line for everything that shares a loudspeaker."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import count
from typing import Any, Final


class Priority(IntEnum):
    """Who goes first: the lower the sooner."""

    URGENT = 0
    NORMAL = 1
    LOW = 2


class Dismissal(StrEnum):
    """Why somebody who was in line is not heard."""

    REPLACED = "replaced"
    EXPIRED = "expired"
    STOPPED = "stopped"


class DismissedError(Exception):
    """Raised in whoever is not heard."""

    def __init__(self, dismissal: Dismissal) -> None:
        """Keep the reason."""
        super().__init__(dismissal)
        self.dismissal = dismissal


@dataclass(eq=False, slots=True, kw_only=True)
class Ticket:
    """A place in the line; `ears` are all entities that are heard where it is to be heard."""

    ears: frozenset[str]
    priority: Priority = Priority.NORMAL
    tag: str | None = None
    replaces: bool = True
    valid_for_s: float | None = None
    number: int = 0
    is_broken_off: bool = False
    is_stopped: bool = False
    dismissal: Dismissal | None = None
    called: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    cancel: Callable[[], object] | None = field(default=None, repr=False)

    @property
    def rank(self) -> tuple[Priority, int]:
        """Return what is smaller for who goes first."""
        return self.priority, self.number


@dataclass(eq=False, slots=True)
class _Rest:
    """The pause between two times of the same; `ears` are those of each target at which it goes on."""

    ears: dict[str, frozenset[str]]
    pause: asyncio.Future[bool]


class Turns:
    """One line for a whole home; who shares no ear with anybody before it does not wait."""

    def __init__(self) -> None:
        """Begin with nobody in line."""
        self._numbers: Final = count(1)
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._resting: list[_Rest] = []

    def is_wanted(self, ears: Iterable[str]) -> bool:
        """Tell whether anybody plays or waits to play at one of these."""
        return any(ticket.ears.intersection(ears) for ticket in (*self._running, *self._waiting))

    async def run[Result](self, ticket: Ticket, play: Callable[[], Awaitable[Result]]) -> Result:
        """Play when it is the ticket's turn, and again from the beginning if something urgent breaks it off.

        Raises DismissedError if it is not heard, or not to its end.
        """
        ticket.number = next(self._numbers)
        self._replace(ticket)
        limit_s = ticket.valid_for_s
        while True:
            await self._wait(ticket, limit_s)
            limit_s = None
            playing = asyncio.ensure_future(play())
            ticket.cancel = playing.cancel
            if ticket.is_broken_off or ticket.is_stopped:
                playing.cancel()
            try:
                await asyncio.wait([playing])
            except asyncio.CancelledError:
                playing.cancel()
                await asyncio.wait([playing])
                raise
            finally:
                ticket.cancel = None
                self._leave(ticket)
            if not playing.cancelled() or not (ticket.is_stopped or ticket.is_broken_off):
                return await playing
            if ticket.is_stopped:
                raise DismissedError(Dismissal.STOPPED)
            ticket.is_broken_off = False

    def stop(self, ears: Iterable[str] | None = None) -> int:
        """Dismiss all that plays and waits at these, or anywhere; returns how many there were."""
        chosen = None if ears is None else frozenset(ears)
        waiting, running = (
            [ticket for ticket in line if chosen is None or ticket.ears & chosen]
            for line in (self._waiting, self._running)
        )
        for ticket in waiting:
            self._dismiss(ticket, Dismissal.STOPPED)
        for ticket in running:
            ticket.is_stopped = True
            if ticket.cancel is not None:
                ticket.cancel()
        return len(waiting) + len(running) + self._stop_resting(chosen)

    def _stop_resting(self, chosen: frozenset[str] | None) -> int:
        """Let nothing be said again at these, or anywhere; returns how many there were."""
        stopped = 0
        for rest in self._resting:
            for name in [name for name, ears in rest.ears.items() if chosen is None or ears & chosen]:
                del rest.ears[name]
                stopped += 1
            if not rest.ears:
                rest.pause.cancel()
        return stopped

    async def rest(self, ears: Mapping[str, frozenset[str]], pause: Coroutine[Any, Any, bool]) -> frozenset[str]:
        """Wait before the same is said again; returns at which targets it is, none if `pause` says so."""
        rest = _Rest(dict(ears), asyncio.ensure_future(pause))
        self._resting.append(rest)
        try:
            await asyncio.wait([rest.pause])
        finally:
            self._resting.remove(rest)
            rest.pause.cancel()
        goes_on = not rest.pause.cancelled() and rest.pause.result()
        return frozenset(rest.ears) if goes_on else frozenset()

    def _replace(self, ticket: Ticket) -> None:
        """Take the place of what says the same and still waits."""
        if ticket.tag is None or not ticket.replaces:
            return
        for older in tuple(self._waiting):
            if older.tag == ticket.tag and older.ears == ticket.ears:
                ticket.number = min(ticket.number, older.number)
                self._dismiss(older, Dismissal.REPLACED)

    async def _wait(self, ticket: Ticket, limit_s: float | None) -> None:
        """Wait for the ticket's turn; raises DismissedError if it comes too late or not at all."""
        ticket.called.clear()
        self._waiting.append(ticket)
        self._call()
        if ticket.priority is Priority.URGENT:
            self._break_off(ticket)
        try:
            async with asyncio.timeout(limit_s):
                await ticket.called.wait()
        except TimeoutError:
            self._leave(ticket)
            raise DismissedError(Dismissal.EXPIRED) from None
        except asyncio.CancelledError:
            self._leave(ticket)
            raise
        if ticket.dismissal is not None:
            raise DismissedError(ticket.dismissal)

    def _leave(self, ticket: Ticket) -> None:
        """Leave the line, wherever in it; whoever waited for this one may be next."""
        for line in (self._waiting, self._running):
            if ticket in line:
                line.remove(ticket)
        self._call()

    def _call(self) -> None:
        """Call everybody who need not wait any longer."""
        before = [ticket.ears for ticket in self._running]
        for ticket in sorted(self._waiting, key=lambda ticket: ticket.rank):
            if not any(ears & ticket.ears for ears in before):
                self._waiting.remove(ticket)
                self._running.append(ticket)
                ticket.called.set()
            before.append(ticket.ears)

    def _break_off(self, urgent: Ticket) -> None:
        """Break off what plays where something urgent is to be heard; it will be played again."""
        if urgent in self._running:
            return
        for ticket in self._running:
            if ticket.priority is not Priority.URGENT and ticket.ears & urgent.ears:
                ticket.is_broken_off = True
                if ticket.cancel is not None:
                    ticket.cancel()

    def _dismiss(self, ticket: Ticket, dismissal: Dismissal) -> None:
        """Send somebody away who still waits."""
        self._waiting.remove(ticket)
        ticket.dismissal = dismissal
        ticket.called.set()

"""What each account is doing, measured against its plan.

A generation is a whole text on ``/ws/tts`` or over REST, a turn of ``/ws/tts/stream``, or what a
context of ``/ws/tts/multi`` says up to a flush. It takes one request and holds a slot from the moment
in which it is accepted until the server has made its last byte, whether or not the client has read it.
A connection holds its slot from the upgrade to the close.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from .clock import now
from .errors import ApiError, Failure
from .plans import Plan

MINUTE_S = 60.0
A_MOMENT_S = 1


class LimitError(ApiError):
    """Refuse what is more than the plan allows."""

    def __init__(self, plan: Plan, wait_s: int) -> None:
        """Tell how long to wait, if the plan's server tells such things."""
        super().__init__(Failure.RATE_LIMITED, retry_after=wait_s if plan.tells_retry_after else None)


class Slot:
    """Hold a place among those that the plan allows, until it is released."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        """Keep how to give the place back."""
        self._give_back = give_back
        self.held = True

    def release(self) -> None:
        """Give the place back; once is enough."""
        if self.held:
            self.held = False
            self._give_back()


@dataclass(slots=True)
class Account:
    """Count what an account does now, the most that it did at once, and what it was refused."""

    generations: int = 0
    connections: int = 0
    peak_generations: int = 0
    peak_connections: int = 0
    refused_generations: int = 0
    refused_connections: int = 0
    requests: deque[float] = field(default_factory=deque)

    def end_generation(self) -> None:
        """Count a generation out."""
        self.generations -= 1

    def end_connection(self) -> None:
        """Count a connection out."""
        self.connections -= 1


class Meter:
    """Admit generations and connections as long as the plan of their account allows it."""

    def __init__(self, plan: Plan) -> None:
        """Begin with nothing under way."""
        self.plan = plan
        self._accounts: dict[str, Account] = {}

    def account(self, key: str) -> Account:
        """Return the counts of the account of a key."""
        return self._accounts.setdefault(key, Account())

    def wait_s(self, key: str) -> int | None:
        """Return for how long no generation is admitted; none if one is admitted now."""
        account = self.account(key)
        while account.requests and account.requests[0] <= now() - MINUTE_S:
            account.requests.popleft()
        limit = self.plan.requests_per_minute
        if limit is not None and len(account.requests) >= limit:
            return max(A_MOMENT_S, ceil(account.requests[0] + MINUTE_S - now()))
        limit = self.plan.generations
        return A_MOMENT_S if limit is not None and account.generations >= limit else None

    def generation(self, key: str) -> Slot:
        """Admit a generation or refuse it."""
        account = self.account(key)
        if (wait_s := self.wait_s(key)) is not None:
            account.refused_generations += 1
            raise LimitError(self.plan, wait_s)
        account.requests.append(now())
        account.generations += 1
        account.peak_generations = max(account.peak_generations, account.generations)
        return Slot(account.end_generation)

    def connection(self, key: str) -> Slot:
        """Admit a connection or refuse it."""
        account = self.account(key)
        limit = self.plan.connections
        if limit is not None and account.connections >= limit:
            account.refused_connections += 1
            raise LimitError(self.plan, A_MOMENT_S)
        account.connections += 1
        account.peak_connections = max(account.peak_connections, account.connections)
        return Slot(account.end_connection)

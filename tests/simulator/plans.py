"""The provider's published plans: how much an account may do at a time, and how more is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Name the ways in which a WebSocket refuses a generation that is too much."""

    FRAME = "frame"
    FRAME_AND_CLOSE = "frame_and_close"
    CLOSE = "close"
    UPGRADE = "upgrade"
    """As ``FRAME``; and while nothing more may be made, no socket is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold the limits of an account (``None``: there is none) and what a refusal tells."""

    requests_per_minute: int | None = None
    generations: int | None = None
    connections: int | None = None
    characters: int | None = None

    refusal: Refusal = Refusal.FRAME
    tells_retry_after: bool = True


UNLIMITED = Plan()
TIERS = {
    1: Plan(requests_per_minute=60, generations=1, connections=10, characters=2_000),
    2: Plan(requests_per_minute=300, generations=5, connections=50, characters=15_800),
    3: Plan(requests_per_minute=600, generations=10, connections=100, characters=15_800),
    4: Plan(requests_per_minute=1_200, generations=20, connections=200, characters=15_800),
}

"""What an account's plan allows: published by the provider, and learned from its refusals."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tier:
    """One of the provider's plans; source: its page "Rate limits and tiers"."""

    number: int
    requests_per_minute: int
    at_once: int
    connections: int
    characters: int


TIERS: Final = (
    Tier(1, 60, 1, 10, 2_000),
    Tier(2, 300, 5, 50, 15_800),
    Tier(3, 600, 10, 100, 15_800),
    Tier(4, 1_200, 20, 200, 15_800),
)
# How long a text may be, the longest first: of plans, models, older servers, and whatever else there is.
LENGTHS: Final = (15_800, 10_000, 5_000, 4_096, 2_000, 1_000, 500, 250)


@dataclass(frozen=True, slots=True)
class LearnedPlan:
    """What the server has refused so far, None where nothing was; `learned_at` is a Unix time in seconds."""

    at_once: int | None = None
    connections: int | None = None
    characters: int | None = None
    learned_at: float = 0.0

    @property
    def tier(self) -> Tier | None:
        """Return the plan that allows no more at once, None while none is known."""
        if self.at_once is None:
            return None
        return next((tier for tier in TIERS if self.at_once <= tier.at_once), None)

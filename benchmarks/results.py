"""What a scenario finds: tables, and ratios with their targets."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import override


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of the same thing, done again and again."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Collection[float]) -> Times:
        """Keep the values."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """Return the one in the middle."""
        return median(self.values)

    @property
    def p95(self) -> float:
        """Return the smallest one that 95 % do not exceed."""
        return sorted(self.values)[ceil(0.95 * len(self.values)) - 1]

    @override
    def __str__(self) -> str:
        """Return median and 95th percentile."""
        return f"{self.median:.0f} / {self.p95:.0f}" if self.values else "nothing"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of this integration, and what it must not exceed."""

    name: str
    value: float
    limit: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Tell whether the figure, as exact as it is printed, is within the limit."""
        return float(f"{self.value:.2f}") <= self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with a name each, and what stands above them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """All that one scenario found."""

    title: str
    text: str
    tables: tuple[Table, ...]
    targets: tuple[Target, ...] = ()

"""The time of the records: CLOCK_MONOTONIC, the same in all processes of a machine."""

from time import CLOCK_MONOTONIC, clock_gettime


def now() -> float:
    """Return the time in seconds; freezegun leaves this clock alone."""
    return clock_gettime(CLOCK_MONOTONIC)

"""The time of the records and of all waiting: that of the running loop, so that a made clock drives both."""

import asyncio


def now() -> float:
    """Return the time in seconds: CLOCK_MONOTONIC, the same in all processes, unless the loop's clock was replaced."""
    return asyncio.get_running_loop().time()

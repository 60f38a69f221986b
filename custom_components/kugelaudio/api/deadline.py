"""Until when the first sound has to be there."""

import asyncio


class Deadline:
    """One moment for all that comes before the first audio: waiting for a slot, connecting, asking, a second try.

    Time is that of the running loop.
    """

    def __init__(self, limit_s: float) -> None:
        """Begin to count."""
        self._now = asyncio.get_running_loop().time
        self._limit_s = limit_s
        self.restart()

    def restart(self) -> None:
        """Count from now on: what came before was nobody's delay but the text's, or that of who is heard first."""
        self._at = self._now() + self._limit_s

    @property
    def left_s(self) -> float:
        """Return how much time is left, never less than none."""
        return max(0.0, self._at - self._now())

    @property
    def has_passed(self) -> bool:
        """Tell whether nothing is left."""
        return self._now() >= self._at

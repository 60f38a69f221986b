"""How the turns of `/ws/tts/stream` end on a server."""

from enum import StrEnum


class TurnEnd(StrEnum):
    """What ends a turn: a flush, or with the oldest servers only that the session is closed."""

    UNKNOWN = "unknown"
    FLUSH = "flush"
    CLOSE = "close"


class TurnEnds:
    """What was seen of it, for all turns of an account."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._seen = TurnEnd.UNKNOWN

    @property
    def are_unknown(self) -> bool:
        """Tell whether no turn has ended yet."""
        return self._seen is TurnEnd.UNKNOWN

    @property
    def need_close(self) -> bool:
        """Tell whether nothing but a close ends a turn."""
        return self._seen is TurnEnd.CLOSE

    def saw(self, end: TurnEnd) -> None:
        """Take note of what has ended a turn."""
        self._seen = end

"""What a loudspeaker is asked to do, and what it tells when it is done."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

from homeassistant.core import Context

from .speech import Speech
from .turns import Dismissal, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How an announcement behaves among others, and beside what a player is playing. Volumes are 0 to 100."""

    priority: Priority = Priority.NORMAL
    valid_for_s: float | None = None
    tag: str | None = None
    replaces: bool = True
    volume: int | None = None
    resume: bool = True
    turn_on: bool = False


class Changes(TypedDict, total=False):
    """What may be different when something is said again."""

    manners: Manners
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An announcement for one player or satellite; `words` are for a display.

    `limit_s` is how long one playing may take. `taken` is set as soon as the player has the order.
    """

    entity_id: str
    speech: Speech
    limit_s: float
    manners: Manners = field(default_factory=Manners)
    words: str = field(default="", repr=False)
    preannounce: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
    context: Context | None = None
    taken: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def again(self, **changes: Unpack[Changes]) -> Order:
        """Return the same once more, with changes."""
        return replace(self, taken=asyncio.Event(), **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of it: whether the target has fetched it, or why it was not played, or not to its end.

    `resumed` is None where no music was playing, or where more announcements follow.
    """

    is_fetched: bool = False
    dismissal: Dismissal | None = None
    waited_ms: float | None = None
    resumed: bool | None = None
    not_resumed_because: str | None = None

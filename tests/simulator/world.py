"""What the parts of the simulator know of each other."""

from typing import Protocol

from .journal import Journal
from .keys import KeyKind
from .meter import Meter
from .profile import Profile
from .strikes import FaultPlan
from .synthesis import Synthesizer


class World(Protocol):
    """Offer what every part of the simulator needs to know."""

    profile: Profile
    faults: FaultPlan
    journal: Journal
    meter: Meter
    synthesizer: Synthesizer
    draining: bool
    withdrawn: set[int]

    def kind_of(self, key: str) -> KeyKind | None:
        """Return what a key may do."""

"""The faults that are to happen, and when they do."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .faults import ONCE, Fault


@dataclass(slots=True, kw_only=True)
class Strike:
    """Hold one fault that is to happen, with its parameters."""

    fault: Fault
    times: int | None = 1
    path: str = ""
    skip: int = 0
    parameters: dict[str, object] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """Return a parameter as a number."""
        return float(str(self.parameters.get(name, default)))

    def suits(self, path: str) -> bool:
        """Tell whether the fault may strike an endpoint."""
        if not self.path:
            return True
        return path == self.path if path.startswith("/ws/") else path.startswith(self.path)

    @property
    def after_frames(self) -> int:
        """Return how many audio frames go out before the fault strikes."""
        return int(self.number("after_frames", 0))

    @property
    def at_end(self) -> bool:
        """Tell whether the fault strikes after all audio."""
        return bool(self.parameters.get("at_end"))

    def names(self, names: Iterable[str]) -> set[str]:
        """Return which of some fields the fault strikes: all, unless it has names."""
        wanted = self.parameters.get("names")
        return set(names) & set(wanted) if isinstance(wanted, list | tuple) else set(names)

    def fields(self, default: dict[str, object]) -> dict[str, object]:
        """Return the fields that the fault puts into a frame."""
        fields = self.parameters.get("fields", default)
        if not isinstance(fields, dict):
            raise TypeError("fields must be an object")
        return fields


class FaultPlan:
    """Keep the faults to come."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._strikes: list[Strike] = []

    def add(
        self,
        fault: Fault | str,
        times: int | None = 1,
        *,
        path: str = "",
        skip: int = 0,
        **parameters: object,
    ) -> None:
        """Plan a fault for the next occasions that suit it, after those that it lets pass."""
        self._strikes.append(Strike(fault=Fault(fault), times=times, path=path, skip=skip, parameters=parameters))

    def clear(self) -> None:
        """Forget all planned faults."""
        self._strikes.clear()

    @property
    def pending(self) -> list[Fault]:
        """Return the names of the faults that have not struck out yet."""
        return [strike.fault for strike in self._strikes]

    def take(self, kinds: frozenset[Fault], path: str) -> list[Strike]:
        """Return the faults that strike this occasion and count them."""
        suiting = [strike for strike in self._strikes if strike.fault in kinds and strike.suits(path)]
        taken = [strike for strike in suiting if not strike.skip]
        for strike in suiting:
            strike.skip = max(0, strike.skip - 1)
        for strike in taken:
            if strike.times is not None:
                strike.times -= 1
        self._strikes = [strike for strike in self._strikes if strike.times != 0]
        return taken


class Struck:
    """Hold the faults of speech taken for one utterance."""

    def __init__(self, strikes: list[Strike]) -> None:
        """Keep the faults that have not happened yet."""
        self._strikes = strikes

    def find(self, fault: Fault) -> Strike | None:
        """Return a fault of the whole utterance if it was planned."""
        return next((strike for strike in self._strikes if strike.fault is fault), None)

    def at(self, fault: Fault, frames: int) -> Strike | None:
        """Return a fault of the audio frame that comes after so many."""
        strikes = (strike for strike in self._strikes if strike.fault is fault and not strike.at_end)
        return next((strike for strike in strikes if strike.after_frames == frames), None)

    def at_end(self, fault: Fault) -> Strike | None:
        """Return a fault of the frame that bills."""
        return next((strike for strike in self._strikes if strike.fault is fault and strike.at_end), None)

    def due(self, frames: int, *, ended: bool = False) -> list[Strike]:
        """Return the faults that strike once, now that so many frames are out."""
        due = [
            strike
            for strike in self._strikes
            if strike.fault in ONCE and (ended if strike.at_end else strike.after_frames <= frames)
        ]
        self._strikes = [strike for strike in self._strikes if strike not in due]
        return due

"""What faults make of the numbers and fields of a frame."""

from itertools import cycle
from math import ceil, inf, nan

from .faults import Fault
from .settings import NATIVE_RATE
from .strikes import Strike, Struck

ENDS = frozenset({"final", "is_final", "session_closed", "context_closed"})
KEPT = frozenset({"context_id"})
MAD_USAGE: dict[str, object] = {"audio_seconds": 1e300, "characters": -5, "cost_cents": -1e300}
PER_SECOND = {"total_samples": NATIVE_RATE, "dur_ms": 1_000, "total_audio_seconds": 1}

type Frame = dict[str, object]


def distorted(frame: Frame, struck: Struck) -> Frame:
    """Return a frame as the faults of its utterance have it."""
    if ENDS & frame.keys():
        if off := struck.find(Fault.TOTALS_OFF):
            frame = _shifted(frame, off.number("seconds", 0.5))
        frame |= _usage(frame.get("usage"), struck)
        if strike := struck.find(Fault.NOT_FINITE):
            frame = _not_finite(frame, strike)
    if strike := struck.find(Fault.NULLS):
        frame = _with_nulls(frame, strike)
    return frame


def _shifted(frame: Frame, seconds: float) -> Frame:
    return frame | {
        name: type(value)(value + seconds * per_second)
        for name, per_second in PER_SECOND.items()
        if isinstance(value := frame.get(name), int | float)
    }


def _usage(usage: object, struck: Struck) -> Frame:
    if not isinstance(usage, dict):
        return {}
    if struck.find(Fault.USAGE_ROUNDED_UP):
        usage = usage | {"audio_seconds": ceil(usage["audio_seconds"])}
    if strike := struck.find(Fault.MAD_USAGE):
        usage = usage | strike.fields(MAD_USAGE)
    return {"usage": usage}


def _not_finite(frame: Frame, strike: Strike) -> Frame:
    numbers = cycle((nan, inf, -inf))

    def spoiled(fields: Frame) -> Frame:
        struck = strike.names(fields)
        return {
            name: spoiled(value)
            if isinstance(value, dict)
            else next(numbers)
            if name in struck and isinstance(value, int | float) and not isinstance(value, bool)
            else value
            for name, value in fields.items()
        }

    return spoiled(frame)


def _with_nulls(frame: Frame, strike: Strike) -> Frame:
    if strike.parameters.get("inner"):
        return {
            name: {inner: None if inner in strike.names(value) else value[inner] for inner in value}
            if isinstance(value, dict)
            else value
            for name, value in frame.items()
        }
    first = next(iter(frame))
    struck = strike.names(frame.keys() - KEPT - {first})
    return {name: None if name in struck else value for name, value in frame.items()}

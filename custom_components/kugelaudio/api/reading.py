"""Reads values out of the server's JSON: what is no such value is absent."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

# What lies beyond is no number of an utterance, but a mistake of the server.
LONGEST_S: Final = 86_400.0
_HIGHEST_COUNT: Final = 10_000_000
_HIGHEST_SAMPLE_RATE: Final = 192_000


def text(data: Mapping[str, Any], key: str) -> str | None:
    """Return a text that is not empty, or None for anything else."""
    value = data.get(key)
    return value if isinstance(value, str) and value else None


def identifier(data: Mapping[str, Any], *keys: str) -> str | None:
    """Return the first of these fields that is an id, texts and numbers alike; None when there is none."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def number(value: object) -> float | None:
    """Return a finite JSON number, or None for anything else."""
    try:
        return value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None
    except OverflowError:
        return None


def amount(value: object, highest: float) -> float | None:
    """Return a number from nothing to `highest`, or None for anything else."""
    found = number(value)
    return found if found is not None and 0 <= found <= highest else None


def seconds(value: object) -> float | None:
    """Return a length in seconds; None when it is no such length."""
    return amount(value, LONGEST_S)


def hertz(value: object) -> int | None:
    """Return a sample rate in Hz; None when it is no such rate."""
    found = amount(value, _HIGHEST_SAMPLE_RATE)
    return int(found) if found else None


def count(value: object) -> int | None:
    """Return how many; None when it is no such number."""
    found = amount(value, _HIGHEST_COUNT)
    return None if found is None else int(found)


def integer(value: object) -> int | None:
    """Return a JSON integer, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def content(answer: object) -> object:
    """Return what an answer is about: old servers wrap it in an envelope, `data` beside `meta`."""
    if isinstance(answer, Mapping) and isinstance(data := answer.get("data"), Mapping | list):
        return data
    return answer


def items(answer: object, name: str) -> list[object] | None:
    """Return a list by its name, or the one that an envelope holds without a name; None when there is no such list."""
    found = content(answer)
    if isinstance(found, Mapping):
        found = found.get(name)
    elif found is answer:
        return None
    return found if isinstance(found, list) else None


def total(answer: object) -> int | None:
    """Return how many items there are on all pages, from beside their list or from beside the envelope's data."""
    places = (content(answer), answer, answer.get("meta") if isinstance(answer, Mapping) else None)
    totals = (count(place.get("total")) for place in places if isinstance(place, Mapping))
    return next((total for total in totals if total is not None), None)


def request_id_of(answer: object) -> str | None:
    """Return the request's number that stands in the envelope of an answer."""
    meta = answer.get("meta") if isinstance(answer, Mapping) else None
    return text(meta, "request_id") if isinstance(meta, Mapping) else None

"""The catalogue as it is kept over restarts: what it holds as JSON, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from ..api.models import Dictionary, Model, Voice
from .catalogue import Catalogue


def catalogue_to_json(catalogue: Catalogue) -> dict[str, Any]:
    """Return what is to be stored of a catalogue."""
    return {field.name: [asdict(item) for item in getattr(catalogue, field.name)] for field in fields(catalogue)}


def catalogue_from_json(data: Mapping[str, Any]) -> Catalogue | None:
    """Return a catalogue that was stored, None for what another version has stored otherwise."""
    try:
        return Catalogue(
            voices=tuple(_read(Voice, item) for item in data["voices"]),
            models=tuple(_read(Model, item) for item in data["models"]),
            dictionaries=tuple(_read(Dictionary, item) for item in data["dictionaries"]),
        )
    except AttributeError, KeyError, TypeError:
        return None


def _read[Item](kind: type[Item], data: Mapping[str, Any]) -> Item:
    """Return an item; raises TypeError or AttributeError for another shape."""
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})

"""Pronunciation dictionaries: what is stored of them for a voice, and what a call asks for."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig

from ..api.models import Dictionary, VoiceSettings
from ..const import CONF_DICTIONARIES
from ..exceptions import invalid

ACTIVE: Final = "active"
_NONE: Final = "none"


def dictionaries_selector(dictionaries: Iterable[Dictionary]) -> SelectSelector:
    """Return the choice among dictionaries; all active ones are a choice of their own."""
    options = [
        SelectOptionDict(value=ACTIVE, label=ACTIVE),
        *(SelectOptionDict(value=str(dictionary.id), label=_label(dictionary)) for dictionary in dictionaries),
    ]
    return SelectSelector(SelectSelectorConfig(options=options, multiple=True, translation_key=CONF_DICTIONARIES))


def selected(stored: str | list[str], dictionaries: Iterable[Dictionary]) -> list[str]:
    """Return what is selected in the form for what is stored; what is gone is not."""
    return [ACTIVE] if stored == ACTIVE else [text for text in map(_id, dictionaries) if text in stored]


def version(dictionaries: Iterable[Dictionary]) -> str:
    """Return what changes when dictionaries change: speech that is kept was pronounced by those of its time."""
    return ";".join(f"{item.id} {item.is_active} {item.updated_at}" for item in dictionaries)


def with_dictionaries(
    settings: VoiceSettings, asked: object, dictionaries: tuple[Dictionary, ...], *, is_stored: bool
) -> VoiceSettings:
    """Return the settings with the dictionaries that are asked for, by id or name; raises ServiceValidationError.

    What is stored for a voice and gone by now is passed over. Where none can be listed there is nothing to choose.
    """
    if not dictionaries:
        return settings
    texts = _texts(asked)
    ids: tuple[int, ...] | None = None
    if texts != [ACTIVE]:
        found = [(text, _find(text, dictionaries)) for text in texts]
        if not is_stored and (missing := [text for text, dictionary in found if dictionary is None]):
            names = ", ".join(dictionary.name for dictionary in dictionaries)
            raise invalid("dictionary_not_found", dictionary=missing[0], dictionaries=names)
        ids = tuple(dict.fromkeys(dictionary.id for _, dictionary in found if dictionary is not None))
    return replace(settings, project_id=dictionaries[0].project_id, dictionary_ids=ids)


def _texts(asked: object) -> list[str]:
    """Return what is asked for as a list of ids and names."""
    texts = [str(item).strip().casefold() for item in (asked if isinstance(asked, list) else [asked])]
    return [] if texts == [_NONE] else texts


def _id(dictionary: Dictionary) -> str:
    return str(dictionary.id)


def _name(dictionary: Dictionary) -> str:
    return dictionary.name.strip().casefold()


def _find(wanted: str, dictionaries: tuple[Dictionary, ...]) -> Dictionary | None:
    """Return the dictionary with this id, else the first with this name."""
    for text in (_id, _name):
        for dictionary in dictionaries:
            if text(dictionary) == wanted:
                return dictionary
    return None


def _label(dictionary: Dictionary) -> str:
    """Return the name of a dictionary, and its language if it is for one only."""
    return " · ".join(filter(None, (dictionary.name, dictionary.language)))

"""What an account can speak with: its voices, models and dictionaries, found and sorted for people."""

from collections.abc import Iterable
from dataclasses import dataclass
import re
from typing import Final

from ..api.models import MAX_TEXT_LENGTH, Dictionary, Model, Voice
from .language_tags import server_language

_WITH_ID: Final = re.compile(r".*\(([^()]+)\)\s*", re.DOTALL)
_LEGACY_MODELS: Final = frozenset({"kugel-1", "kugel-1-turbo", "kugel-2", "kugel-2-turbo", "kugel-2.5"})


def _id(voice: Voice) -> str:
    return voice.id


def _handle(voice: Voice) -> str:
    return voice.handle or ""


def _name(voice: Voice) -> str:
    return voice.name


def choice(voice: Voice) -> str:
    """Return how a voice is called where it is chosen: names are not unique, ids alone say nothing."""
    return voice.id if voice.name == voice.id else unmistakable(voice)


def unmistakable(voice: Voice) -> str:
    """Return what names this voice only: also its id alone may mean an entity's own voice, which had it before."""
    return f"{voice.name} ({voice.id})"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The voices, models and pronunciation dictionaries of one account on one endpoint."""

    voices: tuple[Voice, ...]
    models: tuple[Model, ...]
    dictionaries: tuple[Dictionary, ...] = ()

    def voices_for(self, language: str) -> list[Voice]:
        """Return the voices that speak a supported language, own ones first, then by name."""
        code = server_language(language) or language
        return sorted_for_people(voice for voice in self.voices if voice.speaks(code))

    def find_voice(self, named: str) -> Voice | None:
        """Return the voice with this id or handle, else the first with this name, alone or with its id behind it."""
        wanted = named.strip().casefold()
        for text in (_id, _handle, unmistakable, _name):
            for voice in self.voices:
                if wanted and text(voice).casefold() == wanted:
                    return voice
        # Assistants store names with ids, and names change.
        return self.find_voice(with_id[1]) if (with_id := _WITH_ID.fullmatch(named)) else None

    def max_characters(self, model_id: str) -> int:
        """Return how long a text may be for a model."""
        known = next((model.max_input_length for model in self.models if model.id == model_id), MAX_TEXT_LENGTH)
        return min(known, MAX_TEXT_LENGTH) if known > 0 else MAX_TEXT_LENGTH

    def has_model(self, model_id: str) -> bool:
        """Tell whether a model can be asked for: the older ones are not listed, but are still accepted."""
        return model_id in _LEGACY_MODELS or any(model.id == model_id for model in self.models)


NOTHING_KNOWN: Final = Catalogue((), ())


def sorted_for_people(voices: Iterable[Voice]) -> list[Voice]:
    """Return own voices first, then by name."""
    return sorted(voices, key=lambda voice: (not voice.is_own, voice.name.casefold(), voice.id))

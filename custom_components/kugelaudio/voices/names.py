"""Who can be called by name: the voices of this home, as their owner calls them, and those of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from homeassistant.config_entries import ConfigSubentry

from ..api.errors import UnknownNameError
from ..api.models import VoiceSettings
from ..const import CONF_VOICE
from .catalogue import Catalogue

_PROPOSALS: Final = 3


@dataclass(frozen=True, slots=True)
class VoiceNames:
    """The voices of an account by their names."""

    own: Mapping[str, str]
    catalogue: Catalogue

    @classmethod
    def of(cls, voices: list[ConfigSubentry], catalogue: Catalogue) -> VoiceNames:
        """Return the names of an account with these stored voices."""
        return cls({voice.title: voice.data[CONF_VOICE] for voice in voices}, catalogue)

    @property
    def renamed(self) -> str:
        """Return whom only this home calls so: an announcement that names them is made anew when that changes."""
        known = ((title, self.catalogue.find_voice(title), voice_id) for title, voice_id in self.own.items())
        return "; ".join(
            sorted(f"{title}={voice_id}" for title, voice, voice_id in known if not voice or voice.id != voice_id)
        )

    def voice_id(self, named: str) -> str | None:
        """Return the id of the voice that is called so in this home, else of the catalogue's; None for nobody."""
        wanted = named.strip().casefold()
        for title, voice_id in self.own.items():
            if title.casefold() == wanted:
                return voice_id
        voice = self.catalogue.find_voice(named)
        return None if voice is None else voice.id

    def speaking(self, named: str, settings: VoiceSettings) -> VoiceSettings:
        """Return the settings with another voice, in its own language if it does not speak theirs.

        Raises UnknownNameError, which proposes names that are close.
        """
        voice_id = self.voice_id(named)
        if voice_id is None:
            raise UnknownNameError.calling(named, self._close_to(named))
        voice = self.catalogue.find_voice(voice_id)
        language = settings.language if voice is None or voice.speaks(settings.language) else voice.languages[0]
        return replace(settings, voice_id=voice_id, language=language)

    def _close_to(self, named: str) -> list[str]:
        """Return names that are nearly the same, the nearest first."""
        names = {name.casefold(): name for name in (*(voice.name for voice in self.catalogue.voices), *self.own)}
        first_names = {name.partition(" ")[0]: name for name in names}
        wanted = named.strip().casefold()
        close = get_close_matches(wanted, [*names, *first_names], _PROPOSALS)
        return list(dict.fromkeys(names[first_names.get(match, match)] for match in close))

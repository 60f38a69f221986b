"""Who can be called by name: the voices of this home, as their owner calls them, and those of the catalogue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..api.errors import UnknownNameError
from ..api.models import VoiceSettings
from ..const import DOMAIN, LOGGER, SUBENTRY_VOICE
from .catalogue import Catalogue
from .own_voice import OWN_VOICE, OwnVoice

_PROPOSALS: Final = 3


@dataclass(frozen=True, slots=True)
class HomeVoice:
    """A voice of this home: its entity and device may be called otherwise than itself, and each name counts."""

    own: OwnVoice
    names: tuple[str, ...]
    entity_id: str | None

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry, stored: ConfigSubentry) -> Self:
        """Return a stored voice with its names: that of its entity, that of its device, and its own."""
        entities = er.async_get(hass)
        entity_id = entities.async_get_entity_id(Platform.TTS, DOMAIN, stored.subentry_id)
        entity = entities.async_get(entity_id) if entity_id else None
        device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, stored.subentry_id), entry.entry_id)
        known = (
            entity and (entity.name or entity.original_name),
            device and (device.name_by_user or device.name),
            stored.title,
        )
        return cls(OwnVoice.of(stored.data), tuple(dict.fromkeys(name.strip() for name in known if name)), entity_id)

    def is_called(self, wanted: str) -> bool:
        """Tell whether the voice is meant by what was asked for, in small letters."""
        ids = {self.entity_id, self.own.voice_id.casefold()}
        return wanted in ids or any(name.casefold() == wanted for name in self.names)


@dataclass(frozen=True, slots=True)
class VoiceNames:
    """The voices of an account by their names."""

    own: tuple[HomeVoice, ...]
    catalogue: Catalogue

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry, catalogue: Catalogue) -> Self:
        """Return the names of an account with its stored voices."""
        return cls(
            tuple(HomeVoice.of(hass, entry, voice) for voice in entry.get_subentries_of_type(SUBENTRY_VOICE)), catalogue
        )

    @property
    def renamed(self) -> str:
        """Return whom only this home calls so: an announcement that names them is made anew when that changes."""
        return "; ".join(sorted(f"{name}={voice_id}" for name, voice_id in self._only_here()))

    def _only_here(self) -> Iterator[tuple[str, str]]:
        """Yield the names that the catalogue does not know for the same voice, each with its voice's id."""
        for voice in self.own:
            for name in voice.names:
                known = self.catalogue.find_voice(name)
                if known is None or known.id != voice.own.voice_id:
                    yield name, voice.own.voice_id
            if voice.own.former_ids and voice.entity_id:
                yield voice.entity_id, voice.own.voice_id

    def voice_id(self, named: str, preferred: str | None = None) -> str | None:
        """Return the id of the voice that is called so in this home, else of the catalogue's; None for nobody.

        Of several voices of one name it is the preferred one, else the first.
        """
        wanted = named.strip().casefold()
        called = [voice.own.voice_id for voice in self.own if voice.is_called(wanted)]
        if called:
            return preferred if preferred in called else called[0]
        voice = self.catalogue.find_voice(named)
        return None if voice is None else voice.id

    def speaking(self, named: str, settings: VoiceSettings, *, lenient: bool = False) -> VoiceSettings:
        """Return the settings with another voice, in its own language if it does not speak theirs.

        Raises UnknownNameError, which proposes names that are close. Where that is lenient, an unknown name means the
        voice that was asked, and the log says so: language models make names up.
        """
        if named.strip().casefold() == OWN_VOICE:
            return settings
        voice_id = self.voice_id(named, settings.voice_id)
        if voice_id is None and lenient:
            LOGGER.warning("A text that was being written calls for a voice that nobody has; the one asked goes on")
            return settings
        if voice_id is None:
            raise UnknownNameError.calling(named, self._close_to(named))
        voice, language = self.catalogue.find_voice(voice_id), settings.language
        if voice and language and not voice.speaks(language):
            language = voice.languages[0]
        return replace(settings, voice_id=voice_id, language=language)

    def _close_to(self, named: str) -> list[str]:
        """Return names that are nearly the same, the nearest first; where there are none, those of this home."""
        at_home = [name for voice in self.own for name in voice.names]
        names = {name.casefold(): name for name in (*(voice.name for voice in self.catalogue.voices), *at_home)}
        close = _close(named.strip().casefold(), names)
        return list(dict.fromkeys(names[match] for match in close)) or list(dict.fromkeys(at_home))[:_PROPOSALS]


def _close(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the names that are nearly what is wanted, or whose first word is."""
    first_names = {name.partition(" ")[0]: name for name in names}
    return [first_names.get(match, match) for match in get_close_matches(wanted, [*names, *first_names], _PROPOSALS)]

"""The voice of an entity under a word that stays when it is set to another one: assistants store what is offered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ..const import CONF_FORMER_VOICES, CONF_VOICE

# Every entity offers its own voice by this word, so it also survives a change of the engine.
OWN_VOICE: Final = "default"


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """The voice that an entity is set to, and those that it was set to before.

    Earlier releases offered the own voice by its id: assistants that were set up then still ask for that.
    """

    voice_id: str
    former_ids: tuple[str, ...]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Return what is stored for a voice."""
        return cls(stored[CONF_VOICE], tuple(stored.get(CONF_FORMER_VOICES, ())))

    def is_meant_by(self, named: str) -> bool:
        """Tell whether a call that names a voice so wants the entity's own."""
        return named.strip().casefold() == OWN_VOICE or named.strip() in {self.voice_id, *self.former_ids}


def revoiced(stored: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be stored instead for a voice that is changed, with the ids that it had before.

    A voice of 1.0.0 is left without such a list as long as it is the same: speech that is kept of it stays valid.
    """
    known = dict.fromkeys((*stored.get(CONF_FORMER_VOICES, ()), stored[CONF_VOICE]))
    former = [voice_id for voice_id in known if voice_id != data[CONF_VOICE]]
    rest = {name: value for name, value in data.items() if name != CONF_FORMER_VOICES}
    return {**rest, CONF_FORMER_VOICES: former} if former or CONF_FORMER_VOICES in stored else rest

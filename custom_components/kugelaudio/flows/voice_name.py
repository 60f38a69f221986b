"""What a voice is called in Home Assistant: a name that the user gave, else that of the provider's voice."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..api.models import Voice
from ..const import CONF_VOICE, DOMAIN, SUBENTRY_VOICE
from ..voices.catalogue import Catalogue
from .errors import FormError


def suggested_name(stored: ConfigSubentry, catalogue: Catalogue) -> dict[str, Any]:
    """Return the name that the form of a stored voice shows: none where it is that of the provider's voice."""
    voice = catalogue.find_voice(stored.data[CONF_VOICE])
    return {} if voice is not None and voice.name == stored.title else {CONF_NAME: stored.title}


def free_name(hass: HomeAssistant, typed: str, voice: Voice, stored: ConfigSubentry | None) -> str:
    """Return the name for a voice of this home; raises FormError where another one has it.

    Marks, lists of entities and assistants tell voices apart by it. A name that a voice has already it may keep.
    """
    name = typed.strip() or voice.name
    if stored is not None and name == stored.title:
        return name
    if name.casefold() in {title.casefold() for title in _titles_of_others(hass, stored)}:
        raise FormError(CONF_NAME, "name_taken", taken=name)
    return name


def _titles_of_others(hass: HomeAssistant, stored: ConfigSubentry | None) -> list[str]:
    """Return what all other voices are called, those of other accounts too."""
    return [
        voice.title
        for entry in hass.config_entries.async_entries(DOMAIN)
        for voice in entry.get_subentries_of_type(SUBENTRY_VOICE)
        if stored is None or voice.subentry_id != stored.subentry_id
    ]

"""What the catalogue tells of a voice, in the words of the home's language."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..api.models import Voice
from ..const import DOMAIN


async def trait_words(hass: HomeAssistant) -> dict[str, str]:
    """Return the words for what the catalogue says of a voice, by the catalogue's own terms."""
    return await choice_words(hass, "voice_trait")


async def choice_words(hass: HomeAssistant, choice: str) -> dict[str, str]:
    """Return the words for what can be chosen, as the forms show it."""
    prefix = f"component.{DOMAIN}.selector.{choice}.options."
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    return {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}


async def common_word(hass: HomeAssistant, key: str) -> str:
    """Return one of our own words in the home's language."""
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    return texts[f"component.{DOMAIN}.common.{key}"]


def voice_label(voice: Voice, words: Mapping[str, str], languages: str = "") -> str:
    """Return name, languages and traits of a voice; a term without a translation stands as it came."""
    quality = f"{voice.quality}_quality" if voice.quality else None
    traits = [words.get(trait, trait) for trait in (voice.sex, voice.category, quality) if trait]
    own = words["own"] if voice.is_own else None
    return " · ".join(part for part in (voice.name, own, languages, *traits) if part)

"""The forms in which a voice is chosen and set, shared by the account's flow and the voices' own."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    LanguageSelector,
    LanguageSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations
import probatio

from .api.client import KugelAudioClient
from .api.errors import NotFoundError
from .api.models import DEFAULT_MODEL, Model, Voice
from .catalogue import SUPPORTED_LANGUAGES, Catalogue, choice
from .const import CONF_CLEAN, CONF_FALLBACK, CONF_FORMAT, CONF_LANGUAGE, CONF_MODEL, CONF_NORMALIZE, CONF_VOICE, DOMAIN
from .settings import DEFAULT_FORMAT, FORMATS, RANGES

SECTION_ADVANCED: Final = "advanced"
_LISTED_LANGUAGES: Final = 4
_LISTED_SAMPLES: Final = 40

LANGUAGE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_LANGUAGE): LanguageSelector(
            LanguageSelectorConfig(languages=SUPPORTED_LANGUAGES, native_name=True)
        )
    }
)

_ADVANCED_SCHEMA: Final = probatio.Schema(
    {
        **{
            probatio.Required(name, default=limits.default): NumberSelector(
                NumberSelectorConfig(
                    min=limits.minimum, max=limits.maximum, step=limits.step, mode=NumberSelectorMode.SLIDER
                )
            )
            for name, limits in RANGES.items()
        },
        probatio.Required(CONF_NORMALIZE, default=True): BooleanSelector(),
        probatio.Required(CONF_CLEAN, default=True): BooleanSelector(),
    }
)


async def voice_schema(
    hass: HomeAssistant, catalogue: Catalogue, language: str, own_entity_id: str | None = None
) -> probatio.Schema:
    """Return the form of a voice that is to speak a language; it cannot be its own fallback."""
    own = [] if own_entity_id is None else [own_entity_id]
    return probatio.Schema(
        {
            probatio.Required(CONF_VOICE): await voice_selector(hass, catalogue, language),
            probatio.Required(CONF_MODEL, default=DEFAULT_MODEL): model_selector(_with_default(catalogue.models)),
            probatio.Required(CONF_FORMAT, default=DEFAULT_FORMAT): SelectSelector(
                SelectSelectorConfig(
                    options=list(FORMATS), translation_key=CONF_FORMAT, mode=SelectSelectorMode.DROPDOWN
                )
            ),
            probatio.Optional(CONF_FALLBACK): EntitySelector(
                EntitySelectorConfig(domain=Platform.TTS, exclude_entities=own)
            ),
            probatio.Required(SECTION_ADVANCED): section(_ADVANCED_SCHEMA, {"collapsed": True}),
        }
    )


async def voice_selector(hass: HomeAssistant, catalogue: Catalogue, language: str) -> SelectSelector:
    """Return the choice among the voices for a language, with what the catalogue tells of each."""
    words = await _trait_words(hass)
    return _select(
        # A field that takes typed values, too, shows the value of what was picked, not its label.
        SelectOptionDict(value=choice(voice), label=_voice_label(voice, words))
        for voice in catalogue.voices_for(language)
    )


def model_selector(models: Iterable[Model]) -> SelectSelector:
    """Return the choice among models."""
    return _select(SelectOptionDict(value=model.id, label=model.name) for model in models)


def suggested_values(stored: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Return what is stored for a voice in the shape of its form."""
    voice = catalogue.find_voice(stored[CONF_VOICE])
    return {**stored, CONF_VOICE: choice(voice) if voice else stored[CONF_VOICE], SECTION_ADVANCED: stored}


def stored_values(user_input: Mapping[str, Any], voice: Voice, language: str) -> dict[str, Any]:
    """Return what is to be stored for a voice that was chosen in the form."""
    values = {name: value for name, value in user_input.items() if name != SECTION_ADVANCED}
    return {
        **values,
        **user_input[SECTION_ADVANCED],
        CONF_MODEL: values[CONF_MODEL].strip() or DEFAULT_MODEL,
        CONF_VOICE: voice.id,
        CONF_LANGUAGE: language,
    }


async def chosen_voice(client: KugelAudioClient, catalogue: Catalogue, named: str) -> Voice:
    """Return the voice that was picked or typed, by id, handle or name; raises NotFoundError."""
    if not (wanted := named.strip()):
        raise NotFoundError
    return catalogue.find_voice(wanted) or await client.voice(wanted)


def sample_links(catalogue: Catalogue, language: str) -> str:
    """Return links to the samples of the voices for a language, as Markdown."""
    voices = catalogue.voices_for(language)
    links = [f"[{_plain(voice.name)}]({voice.sample_url})" for voice in voices if voice.sample_url]
    return " · ".join(links[:_LISTED_SAMPLES]) or "-"


def _select(options: Iterable[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=list(options), custom_value=True, sort=False, mode=SelectSelectorMode.DROPDOWN)
    )


def _with_default(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Return the models with the default one among them."""
    if any(model.id == DEFAULT_MODEL for model in models):
        return models
    return (Model(id=DEFAULT_MODEL, name=DEFAULT_MODEL), *models)


async def _trait_words(hass: HomeAssistant) -> dict[str, str]:
    """Return the words for what the catalogue says of a voice, by the catalogue's own terms."""
    prefix = f"component.{DOMAIN}.selector.voice_trait.options."
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    return {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}


def _voice_label(voice: Voice, words: Mapping[str, str]) -> str:
    """Return name, languages and traits of a voice; a term without a translation stands as it came."""
    languages = ", ".join(voice.languages[:_LISTED_LANGUAGES])
    if (more := len(voice.languages) - _LISTED_LANGUAGES) > 0:
        languages = f"{languages} +{more}"
    quality = f"{voice.quality}_quality" if voice.quality else None
    traits = [words.get(trait, trait) for trait in (voice.sex, voice.category, quality) if trait]
    own = words["own"] if voice.is_own else None
    return " · ".join(part for part in (voice.name, own, languages, *traits) if part)


def _plain(text: str) -> str:
    """Return a text without what Markdown takes for the end of a link's name."""
    return text.replace("[", "(").replace("]", ")")

"""The forms in which a voice is chosen and set, shared by the account's flow and the voices' own."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    LanguageSelector,
    LanguageSelectorConfig,
    MediaSelector,
    MediaSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..api.client import KugelAudioClient
from ..api.errors import KugelAudioError, NotFoundError
from ..api.models import DEFAULT_MODEL, Model, Voice
from ..const import (
    CONF_CHIME,
    CONF_CLEAN,
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_FORMAT,
    CONF_LANGUAGE,
    CONF_MARKS,
    CONF_MODEL,
    CONF_NORMALIZE,
    CONF_VOICE,
)
from ..exceptions import flow_error
from ..sound.chimes import CHIMES, NO_CHIME, is_chime
from ..voices.catalogue import SUPPORTED_LANGUAGES, Catalogue, choice
from ..voices.dictionaries import ACTIVE, dictionaries_selector, selected
from ..voices.settings import DEFAULT_FORMAT, FORMATS, RANGES, SILENCES
from .labels import trait_words, voice_label

SECTION_ADVANCED: Final = "advanced"
SECTION_AROUND: Final = "around"
_CHIME_FILE: Final = "chime_file"
_OWN_FILE: Final = "own_file"
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
        probatio.Required(CONF_MARKS, default=True): BooleanSelector(),
    }
)
_AROUND_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_CHIME, default=NO_CHIME): SelectSelector(
            SelectSelectorConfig(
                options=[NO_CHIME, *CHIMES, _OWN_FILE], translation_key=CONF_CHIME, mode=SelectSelectorMode.DROPDOWN
            )
        ),
        probatio.Optional(_CHIME_FILE): MediaSelector(MediaSelectorConfig(accept=["audio/*"])),
        **{
            probatio.Required(name, default=limits.default): probatio.All(
                NumberSelector(
                    NumberSelectorConfig(
                        min=limits.minimum,
                        max=limits.maximum,
                        step=limits.step,
                        mode=NumberSelectorMode.BOX,
                        unit_of_measurement="ms",
                    )
                ),
                probatio.Coerce(int),
            )
            for name, limits in SILENCES.items()
        },
    }
)


class FormError(Exception):
    """What is wrong with a form that was filled in."""

    def __init__(self, field: str, word: str) -> None:
        """Keep where it is shown, and the key of its text. Fields in a section show none: theirs stands on top."""
        super().__init__(word)
        self.shown = {field: word}


async def voice_schema(
    hass: HomeAssistant,
    catalogue: Catalogue,
    language: str,
    own_entity_id: str | None = None,
    *,
    is_refused: bool = False,
) -> probatio.Schema:
    """Return the form of a voice that is to speak a language; it cannot be its own fallback.

    What was wrong with a form that is shown again may be in a section, so all are open then.
    """
    look: SectionConfig = {"collapsed": not is_refused}
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
            probatio.Required(SECTION_AROUND): section(_AROUND_SCHEMA, look),
            probatio.Required(SECTION_ADVANCED): section(_advanced_schema(catalogue), look),
        }
    )


def _advanced_schema(catalogue: Catalogue) -> probatio.Schema:
    """Return the settings of the sound, with the choice among dictionaries where there are any."""
    if not catalogue.dictionaries:
        return _ADVANCED_SCHEMA
    selector = dictionaries_selector(catalogue.dictionaries)
    return _ADVANCED_SCHEMA.extend({probatio.Required(CONF_DICTIONARIES, default=[ACTIVE]): selector})


async def voice_selector(hass: HomeAssistant, catalogue: Catalogue, language: str) -> SelectSelector:
    """Return the choice among the voices for a language, with what the catalogue tells of each."""
    words = await trait_words(hass)
    return _select(
        # A field that takes typed values, too, shows the value of what was picked, not its label.
        SelectOptionDict(value=choice(voice), label=_with_languages(voice, words))
        for voice in catalogue.voices_for(language)
    )


def model_selector(models: Iterable[Model]) -> SelectSelector:
    """Return the choice among models."""
    return _select(SelectOptionDict(value=model.id, label=model.name) for model in models)


def suggested_values(stored: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Return what is stored for a voice in the shape of its form."""
    voice = catalogue.find_voice(stored[CONF_VOICE])
    return {
        **stored,
        CONF_VOICE: choice(voice) if voice else stored[CONF_VOICE],
        SECTION_AROUND: {**stored, **_suggested_chime(stored.get(CONF_CHIME, NO_CHIME))},
        SECTION_ADVANCED: {
            **stored,
            CONF_DICTIONARIES: selected(stored.get(CONF_DICTIONARIES, ACTIVE), catalogue.dictionaries),
        },
    }


async def read_form(
    client: KugelAudioClient, catalogue: Catalogue, user_input: Mapping[str, Any], language: str
) -> tuple[str, dict[str, Any]]:
    """Return the name of the voice that was chosen, and what is to be stored for it; raises FormError."""
    try:
        voice = await chosen_voice(client, catalogue, user_input[CONF_VOICE])
    except KugelAudioError as err:
        raise FormError(CONF_VOICE, flow_error(err)) from err
    sections = {SECTION_AROUND, SECTION_ADVANCED}
    values = {name: value for name, value in user_input.items() if name not in sections}
    around = dict(user_input[SECTION_AROUND])
    file = around.pop(_CHIME_FILE, None)
    return voice.name, {
        **values,
        **around,
        **_advanced(user_input[SECTION_ADVANCED]),
        CONF_CHIME: _chosen_chime(around[CONF_CHIME], file),
        CONF_MODEL: values[CONF_MODEL].strip() or DEFAULT_MODEL,
        CONF_VOICE: voice.id,
        CONF_LANGUAGE: language,
    }


def _advanced(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be stored of the sound's settings; raises FormError."""
    chosen = values.get(CONF_DICTIONARIES, [])
    if chosen == [ACTIVE]:
        return {**values, CONF_DICTIONARIES: ACTIVE}
    if ACTIVE in chosen:
        raise FormError("base", "dictionaries_mixed")
    return {**values}


def _suggested_chime(stored: str) -> dict[str, Any]:
    """Return the fields that stand for a stored chime."""
    if stored in {NO_CHIME, *CHIMES}:
        return {CONF_CHIME: stored}
    # The frontend shows the title.
    file = {"media_content_id": stored, "media_content_type": "audio/*"}
    return {CONF_CHIME: _OWN_FILE, _CHIME_FILE: {**file, "metadata": {"title": stored.rsplit("/", 1)[-1]}}}


def _chosen_chime(named: str, file: Mapping[str, Any] | None) -> str:
    """Return what is to be stored for a chime; raises FormError where the file is missing or none of this home's."""
    if named != _OWN_FILE:
        return named
    chosen = str((file or {}).get("media_content_id", ""))
    if not is_chime(chosen):
        raise FormError("base", "chime_file")
    return chosen


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


def _with_languages(voice: Voice, words: Mapping[str, str]) -> str:
    """Return name, languages and traits of a voice."""
    languages = ", ".join(voice.languages[:_LISTED_LANGUAGES])
    if (more := len(voice.languages) - _LISTED_LANGUAGES) > 0:
        languages = f"{languages} +{more}"
    return voice_label(voice, words, languages)


def _plain(text: str) -> str:
    """Return a text without what Markdown takes for the end of a link's name."""
    return text.replace("[", "(").replace("]", ")")

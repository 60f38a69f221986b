"""The forms in which a voice is chosen and set, shared by the account's flow and the voices' own."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import SectionConfig, section
from homeassistant.helpers.selector import (
    BooleanSelector,
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
    TextSelector,
)
import probatio

from ..api.client import KugelAudioClient
from ..api.models import DEFAULT_MODEL
from ..const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_CHIME_FOR_ANSWERS,
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_FALLBACK_AFTER,
    CONF_FORMAT,
    CONF_FORMER_VOICES,
    CONF_GAIN,
    CONF_LANGUAGE,
    CONF_LOUDNESS,
    CONF_MAX_NEW_TOKENS,
    CONF_MODEL,
    CONF_VOICE,
)
from ..sound.chimes import CHIMES, NO_CHIME, is_chime
from ..voices.catalogue import Catalogue, choice
from ..voices.dictionaries import ACTIVE, dictionaries_selector, selected
from ..voices.language_tags import SUPPORTED_LANGUAGES
from ..voices.options import AS_IT_COMES, FORMATS, GAIN_DB, LOUDNESS, RANGES, SILENCES, SWITCHES, TOKENS, read_loudness
from ..voices.settings import DEFAULT_FORMAT, FALLBACK_AFTER_S
from .errors import FormError
from .voice_choice import (
    chosen_model,
    chosen_voice,
    fallback_selector,
    model_choice,
    model_selector,
    offered_models,
    proposed_model,
    voice_selector,
)
from .voice_name import free_name, suggested_name

SECTION_ADVANCED: Final = "advanced"
SECTION_AROUND: Final = "around"
# Each chime, and the field of the file that it may be.
_CHIME_FILES: Final = {CONF_CHIME: "chime_file", CONF_CHIME_AFTER: "chime_after_file"}
_OWN_FILE: Final = "own_file"

LANGUAGE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_LANGUAGE): LanguageSelector(
            LanguageSelectorConfig(languages=SUPPORTED_LANGUAGES, native_name=True)
        )
    }
)


def _chime_fields(chime: str) -> dict[probatio.Marker, object]:
    """Return the choice among chimes, and that of a file."""
    selector = SelectSelector(
        SelectSelectorConfig(
            options=[NO_CHIME, *CHIMES, _OWN_FILE], translation_key=CONF_CHIME, mode=SelectSelectorMode.DROPDOWN
        )
    )
    return {
        probatio.Required(chime, default=NO_CHIME): selector,
        probatio.Optional(_CHIME_FILES[chime]): MediaSelector(MediaSelectorConfig(accept=["audio/*"])),
    }


_LEVELS_LUFS: Final = range(round(LOUDNESS.minimum), round(LOUDNESS.maximum) + 1)
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
        probatio.Required(CONF_LOUDNESS, default=str(LOUDNESS.default)): SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=AS_IT_COMES, label=AS_IT_COMES),
                    *(SelectOptionDict(value=str(lufs), label=f"{lufs} LUFS") for lufs in _LEVELS_LUFS),
                ],
                translation_key=CONF_LOUDNESS,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        probatio.Required(CONF_GAIN, default=GAIN_DB.default): NumberSelector(
            NumberSelectorConfig(
                min=GAIN_DB.minimum,
                max=GAIN_DB.maximum,
                step=GAIN_DB.step,
                mode=NumberSelectorMode.SLIDER,
                unit_of_measurement="dB",
            )
        ),
        **{probatio.Required(name, default=default): BooleanSelector() for name, default in SWITCHES.items()},
        probatio.Required(CONF_MAX_NEW_TOKENS, default=TOKENS.default): probatio.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=TOKENS.minimum, max=TOKENS.maximum, step=TOKENS.step, mode=NumberSelectorMode.BOX
                )
            ),
            probatio.Coerce(int),
        ),
    }
)
_AROUND_SCHEMA: Final = probatio.Schema(
    {
        **_chime_fields(CONF_CHIME),
        **_chime_fields(CONF_CHIME_AFTER),
        probatio.Required(CONF_CHIME_FOR_ANSWERS, default=False): BooleanSelector(),
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


async def voice_schema(
    hass: HomeAssistant,
    catalogue: Catalogue,
    language: str,
    own_entity_id: str | None = None,
    *,
    wrong: str | None = None,
) -> probatio.Schema:
    """Return the form of a voice that is to speak a language; it cannot be its own fallback.

    What was wrong with a form that is shown again is a field, or a section: that one is open then.
    """
    models = offered_models(catalogue.models)
    return probatio.Schema(
        {
            probatio.Optional(CONF_NAME): TextSelector(),
            probatio.Required(CONF_VOICE): await voice_selector(hass, catalogue, language),
            probatio.Required(CONF_MODEL, default=model_choice(proposed_model(models), models)): model_selector(models),
            probatio.Required(CONF_FORMAT, default=DEFAULT_FORMAT): SelectSelector(
                SelectSelectorConfig(
                    options=list(FORMATS), translation_key=CONF_FORMAT, mode=SelectSelectorMode.DROPDOWN
                )
            ),
            probatio.Optional(CONF_FALLBACK): fallback_selector(own_entity_id),
            probatio.Required(CONF_FALLBACK_AFTER, default=FALLBACK_AFTER_S.default): NumberSelector(
                NumberSelectorConfig(
                    min=FALLBACK_AFTER_S.minimum,
                    max=FALLBACK_AFTER_S.maximum,
                    step=FALLBACK_AFTER_S.step,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement="s",
                )
            ),
            probatio.Required(SECTION_AROUND): section(_AROUND_SCHEMA, _look(SECTION_AROUND, wrong)),
            probatio.Required(SECTION_ADVANCED): section(_advanced_schema(catalogue), _look(SECTION_ADVANCED, wrong)),
        }
    )


def _look(name: str, wrong: str | None) -> SectionConfig:
    return {"collapsed": name != wrong}


def _advanced_schema(catalogue: Catalogue) -> probatio.Schema:
    """Return the settings of the sound, with the choice among dictionaries where there are any."""
    if not catalogue.dictionaries:
        return _ADVANCED_SCHEMA
    selector = dictionaries_selector(catalogue.dictionaries)
    return _ADVANCED_SCHEMA.extend({probatio.Required(CONF_DICTIONARIES, default=[ACTIVE]): selector})


def suggested_values(subentry: ConfigSubentry, catalogue: Catalogue) -> dict[str, Any]:
    """Return what is stored for a voice in the shape of its form."""
    stored = subentry.data
    voice = catalogue.find_voice(stored[CONF_VOICE])
    return {
        **stored,
        **suggested_name(subentry, catalogue),
        CONF_VOICE: choice(voice) if voice else stored[CONF_VOICE],
        CONF_MODEL: model_choice(stored.get(CONF_MODEL, DEFAULT_MODEL), catalogue.models),
        SECTION_AROUND: {
            **stored,
            **_suggested_chime(stored, CONF_CHIME),
            **_suggested_chime(stored, CONF_CHIME_AFTER),
        },
        SECTION_ADVANCED: {
            **stored,
            CONF_LOUDNESS: str(stored.get(CONF_LOUDNESS, AS_IT_COMES)),
            CONF_DICTIONARIES: selected(stored.get(CONF_DICTIONARIES, ACTIVE), catalogue.dictionaries),
        },
    }


async def read_form(
    hass: HomeAssistant,
    client: KugelAudioClient,
    catalogue: Catalogue,
    user_input: Mapping[str, Any],
    language: str,
    *,
    subentry: ConfigSubentry | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return what a voice is called, and what is to be stored for it; raises FormError.

    `subentry` is the voice that is changed, None for a new one.
    """
    voice = await chosen_voice(client, catalogue, user_input[CONF_VOICE])
    name = free_name(hass, user_input.get(CONF_NAME, ""), voice, subentry)
    outside = {CONF_NAME, SECTION_AROUND, SECTION_ADVANCED}
    values = {name: value for name, value in user_input.items() if name not in outside}
    around = dict(user_input[SECTION_AROUND])
    files = {chime: around.pop(field, None) for chime, field in _CHIME_FILES.items()}
    return name, {
        **values,
        **around,
        **_advanced(user_input[SECTION_ADVANCED]),
        **{chime: _chosen_chime(around[chime], file) for chime, file in files.items()},
        CONF_MODEL: chosen_model(catalogue.models, values[CONF_MODEL]),
        CONF_VOICE: voice.id,
        CONF_FORMER_VOICES: [],
        CONF_LANGUAGE: language,
    }


def _advanced(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be stored of the sound's settings; raises FormError."""
    values = {**values, CONF_LOUDNESS: read_loudness(CONF_LOUDNESS, values[CONF_LOUDNESS])}
    chosen = values.get(CONF_DICTIONARIES, [])
    if chosen == [ACTIVE]:
        return {**values, CONF_DICTIONARIES: ACTIVE}
    if ACTIVE in chosen:
        raise FormError(SECTION_ADVANCED, "dictionaries_mixed", is_section=True)
    return values


def _suggested_chime(stored: Mapping[str, Any], chime: str) -> dict[str, Any]:
    """Return the fields that stand for a stored chime."""
    named = stored.get(chime, NO_CHIME)
    if named in {NO_CHIME, *CHIMES}:
        return {chime: named}
    # The frontend shows the title.
    file = {"media_content_id": named, "media_content_type": "audio/*"}
    return {chime: _OWN_FILE, _CHIME_FILES[chime]: {**file, "metadata": {"title": named.rsplit("/", 1)[-1]}}}


def _chosen_chime(named: str, file: Mapping[str, Any] | None) -> str:
    """Return what is to be stored for a chime; raises FormError where the file is missing or none of this home's."""
    if named != _OWN_FILE:
        return named
    chosen = str((file or {}).get("media_content_id", ""))
    if not is_chime(chosen):
        raise FormError(SECTION_AROUND, "chime_file", is_section=True)
    return chosen

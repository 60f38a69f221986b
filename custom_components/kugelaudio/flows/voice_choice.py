"""The choice among the voices, models and engines: what is offered first, how it is called, and what was meant."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ..api.client import KugelAudioClient
from ..api.errors import KugelAudioError, NotFoundError, PermissionDeniedError
from ..api.models import DEFAULT_MODEL, Model, Voice
from ..const import CONF_VOICE
from ..voices.catalogue import Catalogue, choice
from ..voices.language_tags import server_language
from ..voices.languages import language_name
from .errors import FormError, server_error
from .labels import common_word, trait_words, voice_label

_LISTED_LANGUAGES: Final = 4
_LISTED_SAMPLES: Final = 5
_PROPOSALS: Final = 3


def proposed_voices(catalogue: Catalogue, language: str) -> list[Voice]:
    """Return the voices for a language: the first is what somebody gets who chooses none.

    Own ones that name it, those it is the first language of, others that speak it, and those that name none; in each
    group those with a sample before others.
    """
    code = server_language(language)

    def rank(voice: Voice) -> int:
        if code not in voice.languages:
            return 3
        if voice.is_own:
            return 0
        return 1 if voice.languages[0] == code else 2

    # What comes in is in the order of the alphabet, which a sort keeps.
    return sorted(catalogue.voices_for(language), key=lambda voice: (rank(voice), not voice.sample_url))


async def voice_selector(hass: HomeAssistant, catalogue: Catalogue, language: str) -> SelectSelector:
    """Return the choice among the voices for a language, with what the catalogue tells of each."""
    words = await trait_words(hass)
    return _select(
        # A field that takes typed values, too, shows the value of what was picked, not its label.
        SelectOptionDict(value=choice(voice), label=_with_languages(voice, words))
        for voice in proposed_voices(catalogue, language)
    )


async def chosen_voice(client: KugelAudioClient, catalogue: Catalogue, named: str) -> Voice:
    """Return the voice that was picked or typed, by id, handle, name, or how only its name begins; raises FormError."""
    if not (wanted := named.strip()):
        raise FormError(CONF_VOICE, "voice_not_found")
    if (listed := catalogue.find_voice(wanted)) is not None:
        return listed
    try:
        return await client.voice(wanted)
    except PermissionDeniedError:
        # The key may speak, but not look: whether it is there shows when it speaks.
        return Voice(id=wanted, name=wanted)
    except NotFoundError as err:
        return _voice_like(catalogue, wanted, err)
    except KugelAudioError as err:
        raise FormError(CONF_VOICE, server_error(err, client.url)) from err


async def sample_links(hass: HomeAssistant, catalogue: Catalogue, language: str) -> str:
    """Return links to the samples of the first voices for a language, as Markdown."""
    sample_of = await common_word(hass, "sample_of")
    voices = [voice for voice in proposed_voices(catalogue, language) if voice.sample_url][:_LISTED_SAMPLES]
    return " · ".join(f"[{sample_of.format(voice=_plain(voice.name))}]({voice.sample_url})" for voice in voices) or "-"


def model_choice(model_id: str, models: Iterable[Model]) -> str:
    """Return how a model is called where it is chosen."""
    name = model_name(model_id, models)
    return model_id if name == model_id else f"{name} ({model_id})"


def model_name(model_id: str, models: Iterable[Model]) -> str:
    """Return the name of a model, its id where it is not listed."""
    return next((model.name for model in models if model.id == model_id), model_id)


def model_selector(models: Iterable[Model]) -> SelectSelector:
    """Return the choice among models."""
    known = tuple(models)
    return _select(SelectOptionDict(value=model_choice(model.id, known), label=model.name) for model in known)


def chosen_model(models: tuple[Model, ...], named: str) -> str:
    """Return the id of the model that was picked or typed; one that is not listed is taken as it is."""
    wanted = named.strip()
    ids = {text: model.id for model in models for text in (model.id, model.name, model_choice(model.id, models))}
    return ids.get(wanted, wanted) or proposed_model(models)


def offered_models(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Return the models among which can be chosen: those of the server, the newest one where it lists none."""
    return models or (Model(id=DEFAULT_MODEL, name=DEFAULT_MODEL),)


def proposed_model(models: tuple[Model, ...]) -> str:
    """Return the id of the model that is proposed: the newest one if it is offered, else the first."""
    ids = [model.id for model in offered_models(models)]
    return DEFAULT_MODEL if DEFAULT_MODEL in ids else ids[0]


def fallback_selector(own_entity_id: str | None) -> EntitySelector:
    """Return the choice among engines; a voice cannot be its own fallback."""
    own = [] if own_entity_id is None else [own_entity_id]
    return EntitySelector(EntitySelectorConfig(domain=Platform.TTS, exclude_entities=own))


def _voice_like(catalogue: Catalogue, wanted: str, error: NotFoundError) -> Voice:
    """Return the only voice whose name begins so; raises FormError that proposes names that are close."""
    begun = wanted.casefold()
    alike = [voice for voice in catalogue.voices if voice.name.casefold().startswith(begun)]
    if len(alike) == 1:
        return alike[0]
    close = [voice.name for voice in alike] or _close_names(catalogue, begun)
    if not close:
        raise FormError(CONF_VOICE, "voice_not_found") from error
    raise FormError(CONF_VOICE, "voice_not_found_close", close=", ".join(close[:_PROPOSALS])) from error


def _close_names(catalogue: Catalogue, wanted: str) -> list[str]:
    """Return the names of voices that are nearly what was typed, or whose first word is."""
    names = {voice.name.casefold(): voice.name for voice in catalogue.voices}
    first_names = {folded.partition(" ")[0]: name for folded, name in names.items()}
    known = first_names | names
    return list(dict.fromkeys(known[match] for match in get_close_matches(wanted, known, _PROPOSALS)))


def _select(options: Iterable[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=list(options), custom_value=True, sort=False, mode=SelectSelectorMode.DROPDOWN)
    )


def _with_languages(voice: Voice, words: Mapping[str, str]) -> str:
    """Return name, languages and traits of a voice."""
    languages = ", ".join(map(language_name, voice.languages[:_LISTED_LANGUAGES]))
    if (more := len(voice.languages) - _LISTED_LANGUAGES) > 0:
        languages = f"{languages} +{more}"
    return voice_label(voice, words, languages)


def _plain(text: str) -> str:
    """Return a text without what Markdown takes for the end of a link's name."""
    return text.replace("[", "(").replace("]", ")")

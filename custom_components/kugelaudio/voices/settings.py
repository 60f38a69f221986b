"""The settings of a voice: what is stored for it, and how one utterance is to sound."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT

from ..api.models import DEFAULT_MODEL, VoiceSettings
from ..const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_CLEAN,
    CONF_DICTIONARIES,
    CONF_FORMAT,
    CONF_FORMER_VOICES,
    CONF_GAIN,
    CONF_GUIDANCE,
    CONF_LANGUAGE_BY_SERVER,
    CONF_LEAD_IN,
    CONF_LOUDNESS,
    CONF_MARKS,
    CONF_MAX_NEW_TOKENS,
    CONF_MODEL,
    CONF_NORMALIZE,
    CONF_SPEAKER_PREFIX,
    CONF_SPEED,
    CONF_TAIL,
    CONF_TEMPERATURE,
    CONF_VOICE,
)
from ..exceptions import invalid
from ..sound.chimes import NO_CHIME
from ..sound.loudness import Loudness
from .dictionaries import ACTIVE
from .language_tags import SUPPORTED_LANGUAGES, server_language
from .options import (
    AS_IT_COMES,
    FORMATS,
    GAIN_DB,
    RANGES,
    SILENCES,
    SWITCHES,
    TOKENS,
    Range,
    read_boolean,
    read_chime,
    read_loudness,
    read_text,
)
from .wanted_format import FORMAT_OPTIONS, WantedFormat

FALLBACK_AFTER_S: Final = Range(1, 10, 0.5, 3)
# What every player plays, and what Home Assistant itself sends where nothing is asked for.
DEFAULT_FORMAT: Final = FORMATS[0]
# What came after 1.0.0 is in the cache key only where it differs from this: speech that was kept before stays valid.
_ADDED: Final = {
    CONF_MAX_NEW_TOKENS: TOKENS.default,
    CONF_SPEAKER_PREFIX: SWITCHES[CONF_SPEAKER_PREFIX],
    CONF_LANGUAGE_BY_SERVER: SWITCHES[CONF_LANGUAGE_BY_SERVER],
    CONF_CHIME_AFTER: NO_CHIME,
    CONF_LOUDNESS: AS_IT_COMES,
    CONF_GAIN: GAIN_DB.default,
}
# Nobody can ask for it: the voice that is meant where a call asks for the entity's own.
_OWN_VOICE_ID: Final = "own_voice_id"

SUPPORTED_OPTIONS: Final = [
    *(CONF_VOICE, CONF_MODEL, *RANGES, *SWITCHES, CONF_MAX_NEW_TOKENS, CONF_CHIME, *SILENCES, CONF_DICTIONARIES),
    *(CONF_CHIME_AFTER, CONF_LOUDNESS, CONF_GAIN),
    *FORMAT_OPTIONS,
]


def default_options(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything stored for a voice that changes its sound: Home Assistant makes its cache key of it."""
    added = {name: stored.get(name, default) for name, default in _ADDED.items()}
    return {
        CONF_VOICE: stored[CONF_VOICE],
        CONF_MODEL: stored.get(CONF_MODEL, DEFAULT_MODEL),
        **{name: stored.get(name, limits.default) for name, limits in (RANGES | SILENCES).items()},
        CONF_NORMALIZE: stored.get(CONF_NORMALIZE, True),
        CONF_CLEAN: stored.get(CONF_CLEAN, True),
        CONF_MARKS: stored.get(CONF_MARKS, True),
        CONF_CHIME: stored.get(CONF_CHIME, NO_CHIME),
        CONF_DICTIONARIES: stored.get(CONF_DICTIONARIES, ACTIVE),
        ATTR_PREFERRED_FORMAT: stored.get(CONF_FORMAT, DEFAULT_FORMAT),
        **{name: value for name, value in added.items() if value != _ADDED[name]},
        # Voices of 1.0.0 have none until they are changed.
        **({_OWN_VOICE_ID: stored[CONF_VOICE]} if CONF_FORMER_VOICES in stored else {}),
    }


def without_chimes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a voice that has no chimes."""
    return {name: value for name, value in options.items() if name != CONF_CHIME_AFTER} | {CONF_CHIME: NO_CHIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceSettings:
    """How one utterance is to sound, and how Home Assistant is to get it.

    `language` is that of the message, also where it is left to the server.
    """

    voice: VoiceSettings
    language: str
    wanted: WantedFormat
    # Whether Home Assistant starts a conversion when it reads the header.
    is_converted: bool = False
    clean: bool
    marks: bool
    chime: str
    chime_after: str
    lead_in_ms: int
    tail_ms: int
    loudness: Loudness

    def with_words(self) -> UtteranceSettings:
        """Return the same with a wish to know when each word is heard."""
        return replace(self, voice=replace(self.voice, word_timestamps=True))


def settings_from_options(options: Mapping[str, Any], language: str) -> UtteranceSettings:
    """Return the checked settings of one utterance; raises ServiceValidationError naming the wrong option."""
    wanted = WantedFormat.of(options)
    added = {**_ADDED, **{name: options[name] for name in _ADDED if name in options}}
    code = _server_language(language)
    is_by_server = read_boolean(CONF_LANGUAGE_BY_SERVER, added[CONF_LANGUAGE_BY_SERVER])
    max_new_tokens = int(TOKENS.read(CONF_MAX_NEW_TOKENS, added[CONF_MAX_NEW_TOKENS]))
    voice = VoiceSettings(
        voice_id=read_text(CONF_VOICE, options[CONF_VOICE]),
        language=None if is_by_server else code,
        model_id=read_text(CONF_MODEL, options[CONF_MODEL]),
        sample_rate=wanted.server_rate,
        speed=_number(options, CONF_SPEED),
        temperature=_number(options, CONF_TEMPERATURE),
        cfg_scale=_number(options, CONF_GUIDANCE),
        normalize=read_boolean(CONF_NORMALIZE, options[CONF_NORMALIZE]),
        max_new_tokens=None if max_new_tokens == TOKENS.default else max_new_tokens,
        speaker_prefix=None if read_boolean(CONF_SPEAKER_PREFIX, added[CONF_SPEAKER_PREFIX]) else False,
    )
    return UtteranceSettings(
        voice=voice,
        language=code,
        wanted=wanted,
        clean=read_boolean(CONF_CLEAN, options[CONF_CLEAN]),
        marks=read_boolean(CONF_MARKS, options[CONF_MARKS]),
        chime=read_chime(CONF_CHIME, options[CONF_CHIME]),
        chime_after=read_chime(CONF_CHIME_AFTER, added[CONF_CHIME_AFTER]),
        lead_in_ms=int(_number(options, CONF_LEAD_IN)),
        tail_ms=int(_number(options, CONF_TAIL)),
        loudness=_loudness(added[CONF_LOUDNESS], added[CONF_GAIN]),
    )


def _loudness(wanted: object, gain_db: object) -> Loudness:
    level = read_loudness(CONF_LOUDNESS, wanted)
    return Loudness(level if isinstance(level, int) else None, GAIN_DB.read(CONF_GAIN, gain_db))


def _server_language(tag: str) -> str:
    """Return the server's code of a language; raises ServiceValidationError that lists those that are spoken."""
    if (code := server_language(tag)) is None:
        raise invalid("language_unknown", language=tag, languages=", ".join(SUPPORTED_LANGUAGES))
    return code


def _number(options: Mapping[str, Any], option: str) -> float:
    return (RANGES | SILENCES)[option].read(option, options[option])

"""The settings of a voice: names, ranges, defaults, and the check of what a call asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT, ATTR_PREFERRED_SAMPLE_RATE

from ..api.models import DEFAULT_MODEL, VoiceSettings
from ..const import (
    CONF_CHIME,
    CONF_CLEAN,
    CONF_DICTIONARIES,
    CONF_FORMAT,
    CONF_GUIDANCE,
    CONF_LEAD_IN,
    CONF_MARKS,
    CONF_MODEL,
    CONF_NORMALIZE,
    CONF_SPEED,
    CONF_TAIL,
    CONF_TEMPERATURE,
    CONF_VOICE,
)
from ..exceptions import invalid
from ..sound.chimes import CHIMES, NO_CHIME, is_chime
from ..sound.wav import Container, container_for, native_sample_rate
from .catalogue import server_language
from .dictionaries import ACTIVE


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that the server accepts for a setting."""

    minimum: float
    maximum: float
    step: float
    default: float


RANGES: Final = {
    CONF_SPEED: Range(0.8, 1.2, 0.05, 1.0),
    CONF_TEMPERATURE: Range(0.0, 1.0, 0.05, 0.4),
    CONF_GUIDANCE: Range(1.2, 2.5, 0.1, 2.0),
}
SILENCES: Final = {
    CONF_LEAD_IN: Range(0, 5000, 50, 0),
    CONF_TAIL: Range(0, 5000, 50, 0),
}
# What Home Assistant's converter makes of every format without complaint.
_LOWEST_RATE: Final = 8000
_HIGHEST_RATE: Final = 48000
FORMATS: Final = ("mp3", "wav", "flac")
# What every player plays, and what Home Assistant itself sends where nothing is asked for.
DEFAULT_FORMAT: Final = "mp3"

# Home Assistant keeps the wished format to itself unless it is named here. It converts all the same.
SUPPORTED_OPTIONS: Final = [
    *(CONF_VOICE, CONF_MODEL, *RANGES, CONF_NORMALIZE, CONF_CLEAN, CONF_MARKS, CONF_CHIME, *SILENCES),
    CONF_DICTIONARIES,
    *(ATTR_PREFERRED_FORMAT, ATTR_PREFERRED_SAMPLE_RATE),
]


def default_options(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything stored for a voice that changes its sound: Home Assistant makes its cache key of it."""
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
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceSettings:
    """How one utterance is to sound, and how Home Assistant is to get it."""

    voice: VoiceSettings
    preferred_format: str
    preferred_rate: int | None
    clean: bool
    marks: bool
    chime: str
    lead_in_ms: int
    tail_ms: int

    @property
    def container(self) -> Container:
        """Return how Home Assistant gets the audio."""
        return container_for(self.preferred_format, self.preferred_rate)

    @property
    def is_converted(self) -> bool:
        """Tell whether Home Assistant starts a conversion when it reads the header."""
        return self.preferred_format != self.container.extension

    def with_words(self) -> UtteranceSettings:
        """Return the same with a wish to know when each word is heard."""
        return replace(self, voice=replace(self.voice, word_timestamps=True))


def settings_from_options(options: Mapping[str, Any], language: str) -> UtteranceSettings:
    """Return the checked settings of one utterance; raises ServiceValidationError naming the wrong option."""
    preferred_rate = _sample_rate(options)
    voice = VoiceSettings(
        voice_id=_text(options, CONF_VOICE),
        language=server_language(language),
        model_id=_text(options, CONF_MODEL),
        sample_rate=native_sample_rate(preferred_rate),
        speed=_number(options, CONF_SPEED),
        temperature=_number(options, CONF_TEMPERATURE),
        cfg_scale=_number(options, CONF_GUIDANCE),
        normalize=_boolean(options, CONF_NORMALIZE),
    )
    return UtteranceSettings(
        voice=voice,
        preferred_format=str(options[ATTR_PREFERRED_FORMAT]),
        preferred_rate=preferred_rate,
        clean=_boolean(options, CONF_CLEAN),
        marks=_boolean(options, CONF_MARKS),
        chime=_chime(options),
        lead_in_ms=int(_number(options, CONF_LEAD_IN)),
        tail_ms=int(_number(options, CONF_TAIL)),
    )


def _text(options: Mapping[str, Any], option: str) -> str:
    value = str(options[option]).strip()
    if not value:
        raise invalid("option_empty", option=option)
    return value


def _number(options: Mapping[str, Any], option: str) -> float:
    limits = (RANGES | SILENCES)[option]
    try:
        value = float(options[option])
    except TypeError, ValueError, OverflowError:
        value = float("nan")
    if not limits.minimum <= value <= limits.maximum:
        raise invalid("option_out_of_range", option=option, minimum=str(limits.minimum), maximum=str(limits.maximum))
    return value


def _chime(options: Mapping[str, Any]) -> str:
    named = _text(options, CONF_CHIME)
    if not is_chime(named):
        raise invalid("option_chime", option=CONF_CHIME, chimes=", ".join((NO_CHIME, *CHIMES)))
    return named


def _boolean(options: Mapping[str, Any], option: str) -> bool:
    value = options[option]
    if not isinstance(value, bool):
        raise invalid("option_not_boolean", option=option)
    return value


def _sample_rate(options: Mapping[str, Any]) -> int | None:
    value = options.get(ATTR_PREFERRED_SAMPLE_RATE)
    try:
        rate = None if value is None else int(value)
    except TypeError, ValueError, OverflowError:
        raise invalid("option_not_number", option=ATTR_PREFERRED_SAMPLE_RATE) from None
    if rate is not None and not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        limits = {"minimum": str(_LOWEST_RATE), "maximum": str(_HIGHEST_RATE)}
        raise invalid("option_out_of_range", option=ATTR_PREFERRED_SAMPLE_RATE, **limits)
    return rate

"""The options of a call: what YAML, templates and URLs make of them becomes what is meant, or is refused by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import choice
from typing import Final

from homeassistant.components.tts import (
    ATTR_PREFERRED_BITRATE,
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_RATE,
)
from homeassistant.helpers import config_validation as cv
import probatio

from ..api.models import MAX_NEW_TOKENS
from ..const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_CLEAN,
    CONF_DICTIONARIES,
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
from ..sound.chimes import CHIMES, NO_CHIME, is_chime
from ..sound.g711 import G711


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that are accepted for a setting; those of a whole default are whole."""

    minimum: float
    maximum: float
    step: float
    default: float

    def read(self, option: str, value: object) -> float:
        """Return the number that is meant; raises ServiceValidationError."""
        number = _number(value)
        if number is None or not self.minimum <= number <= self.maximum:
            limits = {"minimum": str(self.minimum), "maximum": str(self.maximum)}
            raise invalid("option_out_of_range", option=option, **limits)
        return round(number) if isinstance(self.default, int) else number


RANGES: Final = {
    CONF_SPEED: Range(0.8, 1.2, 0.05, 1.0),
    CONF_TEMPERATURE: Range(0.0, 1.0, 0.05, 0.4),
    CONF_GUIDANCE: Range(1.2, 2.5, 0.1, 2.0),
}
SILENCES: Final = {
    CONF_LEAD_IN: Range(0, 5000, 50, 0),
    CONF_TAIL: Range(0, 5000, 50, 0),
}
# In LUFS, which the standards for broadcasts count in.
LOUDNESS: Final = Range(-24, -14, 1, -18)
AS_IT_COMES: Final = "off"
GAIN_DB: Final = Range(-12, 12, 0.5, 0.0)
# How much the model may make of one piece of text: it ends one that runs away.
TOKENS: Final = Range(1, MAX_NEW_TOKENS, 1, MAX_NEW_TOKENS)
SWITCHES: Final = {
    CONF_NORMALIZE: True,
    CONF_CLEAN: True,
    CONF_MARKS: True,
    CONF_SPEAKER_PREFIX: True,
    CONF_LANGUAGE_BY_SERVER: False,
}
FORMATS: Final = ("mp3", "wav", "flac")
# What Home Assistant's converter writes to a pipe, under names that it can also keep on disk.
PREFERRED_FORMATS: Final = (*FORMATS, "ogg", "oga", "opus", "mp2", "ac3", *G711)
# What Home Assistant's converter makes of every format without complaint.
_SAMPLE_RATE: Final = Range(8000, 48000, 1, 24000)
# No id is longer, and Python refuses to write very long numbers out.
_LARGEST_ID: Final = 10**18
SHAPES: Final = {
    ATTR_PREFERRED_SAMPLE_CHANNELS: Range(1, 2, 1, 1),
    ATTR_PREFERRED_SAMPLE_BYTES: Range(1, 4, 1, 2),
    ATTR_PREFERRED_BITRATE: Range(8, 320, 1, 128),
}


def normalized(options: Mapping[str, object]) -> dict[str, object]:
    """Return options of a call in the one form in which Home Assistant is to keep them; those not known stay.

    Raises ServiceValidationError that names the option and what it may be.
    """
    asked = {name: _read(name, value) for name, value in options.items()}
    # One channel of one byte is all that there is; with the options for others Home Assistant would convert it.
    is_fixed = asked.get(ATTR_PREFERRED_FORMAT) in G711
    return {name: value for name, value in asked.items() if not (is_fixed and name in SHAPES)}


def _read(option: str, value: object) -> object:
    if option in _READERS:
        return _READERS[option](option, value)
    if option in SWITCHES:
        return read_boolean(option, value)
    if option in _NUMBERS:
        return _NUMBERS[option].read(option, value)
    return value


def read_text(option: str, value: object) -> str:
    """Return the text that is meant: YAML reads an id without quotes as a number, and a template one with a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid("option_not_text", option=option)
    if isinstance(value, int) and abs(value) >= _LARGEST_ID:
        raise invalid("option_not_text", option=option)
    if not (text := str(value).strip()):
        raise invalid("option_empty", option=option)
    return text


def read_boolean(option: str, value: object) -> bool:
    """Return what is meant by the words that Home Assistant knows for true and false."""
    try:
        return bool(cv.boolean(value))
    except probatio.Invalid, ArithmeticError:
        raise invalid("option_not_boolean", option=option) from None


def read_sample_rate(option: str, value: object) -> int:
    """Return a sample rate in Hz."""
    if _number(value) is None:
        raise invalid("option_not_number", option=option)
    return int(_SAMPLE_RATE.read(option, value))


def read_format(option: str, value: object) -> str:
    """Return a format as it stands: Home Assistant has read it before, and converts to what it has read."""
    if not isinstance(value, str) or value not in PREFERRED_FORMATS:
        raise invalid("option_format", option=option, formats=", ".join(PREFERRED_FORMATS))
    return value


def read_chime(option: str, value: object) -> str:
    """Return a chime, of several one by chance; `no` and `off`, which YAML reads as false, are none."""
    if isinstance(value, list | tuple) and value:
        return choice([_chime(option, item) for item in value])
    return _chime(option, value)


def _chime(option: str, value: object) -> str:
    if value is False:
        return NO_CHIME
    if not isinstance(value, str) or not is_chime(value.strip()):
        raise invalid("option_chime", option=option, chimes=", ".join((NO_CHIME, *CHIMES)))
    return value.strip()


def read_loudness(option: str, value: object) -> int | str:
    """Return a loudness in LUFS; `off`, which YAML reads as false, leaves speech as loud as it comes."""
    if value is False or (isinstance(value, str) and value.strip().lower() == AS_IT_COMES):
        return AS_IT_COMES
    number = _number(value)
    if number is None or not LOUDNESS.minimum <= number <= LOUDNESS.maximum:
        raise invalid("option_loudness", option=option, minimum=str(LOUDNESS.minimum), maximum=str(LOUDNESS.maximum))
    return round(number)


def _any_format(option: str, value: object) -> str:
    return read_format(option, value.strip().lower() if isinstance(value, str) else value)


def _dictionaries(option: str, value: object) -> str | list[str]:
    """Return one dictionary or several, each by its id or name."""
    if isinstance(value, list | tuple):
        return [read_text(option, item) for item in value]
    return read_text(option, value)


def _number(value: object) -> float | None:
    """Return a number, also one that is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError, OverflowError:
        return None


_READERS: Final[Mapping[str, Callable[[str, object], object]]] = {
    CONF_VOICE: read_text,
    CONF_MODEL: read_text,
    CONF_CHIME: read_chime,
    CONF_CHIME_AFTER: read_chime,
    CONF_DICTIONARIES: _dictionaries,
    CONF_LOUDNESS: read_loudness,
    ATTR_PREFERRED_FORMAT: _any_format,
    ATTR_PREFERRED_SAMPLE_RATE: read_sample_rate,
}
_NUMBERS: Final = RANGES | SILENCES | {CONF_MAX_NEW_TOKENS: TOKENS, CONF_GAIN: GAIN_DB} | SHAPES

"""What Home Assistant wants to get: a format, and whatever else it asks for with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.components.tts import (
    ATTR_PREFERRED_BITRATE,
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_RATE,
)
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

from ..api.models import NATIVE_SAMPLE_RATE, NATIVE_SAMPLE_RATES
from ..exceptions import invalid
from ..sound.encoder import AudioFormat
from ..sound.g711 import G711, SAMPLE_RATE as G711_SAMPLE_RATE
from ..sound.mp3_head import MP3_RATES_HZ
from ..sound.writer import MONO, SOURCE_BYTES
from .options import SHAPES, read_format, read_sample_rate

# Home Assistant passes on what is called as it was asked for, if all of these are named by the engine.
FORMAT_OPTIONS: Final = (
    ATTR_PREFERRED_FORMAT,
    ATTR_PREFERRED_SAMPLE_RATE,
    ATTR_PREFERRED_SAMPLE_CHANNELS,
    ATTR_PREFERRED_SAMPLE_BYTES,
    ATTR_PREFERRED_BITRATE,
)
# Before 2026.11 it converts whatever it asks more of than the format, also what is so already.
CONVERTS_SHAPES: Final = (MAJOR_VERSION, MINOR_VERSION) < (2026, 11)
# What it reads at once and can pass on, and what it always has to convert.
WAV: Final = "wav"
_AU: Final = "au"
# The rates in Hz that formats are made for, where those are not any.
_RATES: Final[Mapping[str, frozenset[int]]] = {
    "mp3": MP3_RATES_HZ,
    "mp2": frozenset({16_000, 22_050, 24_000, 32_000, 44_100, 48_000}),
    "ac3": frozenset({32_000, 44_100, 48_000}),
    "opus": frozenset({8_000, 12_000, 16_000, 24_000, 48_000}),
    **dict.fromkeys(G711, frozenset({G711_SAMPLE_RATE})),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFormat:
    """A format by Home Assistant's name; None where it does not matter."""

    name: str
    sample_rate: int | None = None
    channels: int | None = None
    sample_bytes: int | None = None
    bitrate_kbit: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return what is asked for; raises ServiceValidationError naming the wrong option."""
        name = read_format(ATTR_PREFERRED_FORMAT, options[ATTR_PREFERRED_FORMAT])
        if name in G711:
            return cls(name=name, sample_rate=_sample_rate(name, options) or G711_SAMPLE_RATE)
        return cls(
            name=name,
            sample_rate=_sample_rate(name, options),
            channels=_shape(options, ATTR_PREFERRED_SAMPLE_CHANNELS),
            sample_bytes=_shape(options, ATTR_PREFERRED_SAMPLE_BYTES),
            bitrate_kbit=_shape(options, ATTR_PREFERRED_BITRATE),
        )

    @property
    def server_rate(self) -> int:
        """Return the rate to ask the server for: the wished one where it makes it itself, else its best."""
        return self.sample_rate if self.sample_rate in NATIVE_SAMPLE_RATES else NATIVE_SAMPLE_RATE

    @property
    def is_for_telephones(self) -> bool:
        """Tell whether it is one that Home Assistant cannot convert to."""
        return self.name in G711

    @property
    def exact(self) -> AudioFormat | None:
        """Return what Home Assistant passes on as it is; None where it converts in any case."""
        if CONVERTS_SHAPES and not self.is_for_telephones and self != type(self)(name=self.name):
            return None
        return AudioFormat(
            name=self.name,
            sample_rate=self.sample_rate or NATIVE_SAMPLE_RATE,
            channels=self.channels or MONO,
            sample_bytes=self.sample_bytes or SOURCE_BYTES,
            bitrate_kbit=self.bitrate_kbit,
        )

    def container(self, sample_rate: int) -> str:
        """Return in what Home Assistant gets PCM of a rate that it is to convert.

        It reads a WAV at once, but passes it on where WAV is wanted, whatever its shape.
        """
        is_so_already = (
            self.sample_rate in {None, sample_rate}
            and self.channels in {None, MONO}
            and self.sample_bytes in {None, SOURCE_BYTES}
        )
        return WAV if self.name != WAV or is_so_already else _AU


ANY_FORMAT: Final = WantedFormat(name="")


def _sample_rate(name: str, options: Mapping[str, Any]) -> int | None:
    """Return the rate that is asked for; raises ServiceValidationError where a format has none such."""
    value = options.get(ATTR_PREFERRED_SAMPLE_RATE)
    rate = None if value is None else read_sample_rate(ATTR_PREFERRED_SAMPLE_RATE, value)
    possible = _RATES.get(name)
    if rate is not None and possible is not None and rate not in possible:
        listed = ", ".join(str(one) for one in sorted(possible))
        raise invalid("option_format", option=ATTR_PREFERRED_SAMPLE_RATE, formats=listed)
    return rate


def _shape(options: Mapping[str, Any], option: str) -> int | None:
    value = options.get(option)
    return None if value is None else int(SHAPES[option].read(option, value))

"""From the server's PCM to the format that somebody asked for, while it comes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .g711 import G711, SAMPLE_RATE as G711_SAMPLE_RATE, G711Writer
from .uncompressed import AuWriter, WavWriter
from .writer import MONO, SOURCE_BYTES, STEREO, Writer

if TYPE_CHECKING:
    from .resampling import Resampler

_LOWEST_RATE_HZ: Final = 8_000
_HIGHEST_RATE_HZ: Final = 48_000
_WIDTHS_BYTES: Final = range(1, 5)
# Of a Raspberry Pi 4, which is slow; others are done sooner.
_LOOP_US: Final = 2_000
_THREAD_US: Final = 10_000
_LEAST_PART_MS: Final = 20
# LAME's, the others hold less.
_HELD_MS: Final = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """What somebody wants to hear: the name is Home Assistant's for the file's ending."""

    name: str
    sample_rate: int
    channels: int = MONO
    sample_bytes: int = SOURCE_BYTES
    bitrate_kbit: int | None = None


class Encoder:
    """Makes one format of PCM that comes in pieces: mono, signed 16 bit little endian, whole samples.

    What it makes does not depend on the pieces. It may be dropped at any time, and is not safe to be used by two
    threads at once.
    """

    def __init__(self, source_rate: int, writer: Writer, resampler: Resampler | None) -> None:
        """Encode what comes with `source_rate` in Hz."""
        self._bytes_per_ms = SOURCE_BYTES * source_rate / 1000
        self._writer = writer
        self._resampler = resampler
        self._cost = writer.cost + (resampler.cost if resampler else 0.0)

    def feed(self, pcm: bytes) -> bytes:
        """Return the bytes that a decoder can use by now and has not got yet, without the head."""
        return self._writer.write(self._resampler.feed(pcm) if self._resampler else pcm)

    def finish(self) -> bytes:
        """Return the rest, behind which nothing comes."""
        rest = self._writer.write(self._resampler.finish()) if self._resampler else b""
        return rest + self._writer.end()

    def stream_head(self) -> bytes:
        """Return what goes before the first bytes of a stream whose length nobody knows yet."""
        return self._writer.stream_head()

    def file_head(self) -> bytes:
        """Return what goes before all bytes in a file: the true length, and places to seek to where there are any.

        Its length is the same from the first bytes on, so that it may be written twice.
        """
        return self._writer.file_head()

    def is_quick(self, pcm: bytes) -> bool:
        """Return whether an event loop may wait for this piece, even on a slow machine."""
        return len(pcm) / self._bytes_per_ms * self._cost <= _LOOP_US

    @property
    def is_quick_at_end(self) -> bool:
        """Whether an event loop may wait for the rest."""
        return _HELD_MS * self._cost <= _LOOP_US

    def split(self, pcm: bytes, *, is_awaited: bool) -> tuple[bytes, bytes]:
        """Return what of a piece is to be fed in one go, and the rest.

        That keeps a thread busy only shortly; where the first bytes are awaited, an event loop may wait for it.
        """
        if self.is_quick(pcm):
            return pcm, b""
        part_ms = max(_LEAST_PART_MS, int((_LOOP_US if is_awaited else _THREAD_US) / self._cost))
        part_bytes = int(part_ms * self._bytes_per_ms) // SOURCE_BYTES * SOURCE_BYTES
        return pcm[:part_bytes], pcm[part_bytes:]


def encoder_for(wanted: AudioFormat, source_rate: int) -> Encoder | None:
    """Return an encoder for PCM of `source_rate` in Hz, or None if this machine has not what it takes.

    It may import PyAV and numpy, and make a filter: not for an event loop.
    """
    make = _WRITERS.get(wanted.name)
    if make is None or not (
        _LOWEST_RATE_HZ <= wanted.sample_rate <= _HIGHEST_RATE_HZ
        and wanted.channels in {MONO, STEREO}
        and wanted.sample_bytes in _WIDTHS_BYTES
    ):
        return None
    try:
        return Encoder(source_rate, make(wanted), _resampler(source_rate, wanted.sample_rate))
    except ImportError, RuntimeError, ValueError:
        # numpy raises RuntimeError on a processor that it was not built for.
        return None


def container_for(name: str, source_rate: int) -> Encoder:
    """Return what puts PCM as it is into `wav` or `au`."""
    return Encoder(source_rate, _WRITERS[name](AudioFormat(name=name, sample_rate=source_rate)), None)


def is_at_hand(wanted: AudioFormat, source_rate: int) -> bool:
    """Return whether an encoder needs neither imports nor a filter, so that an event loop may wait for it."""
    return wanted.sample_rate == source_rate and wanted.name in {"wav", "au", *G711}


def formats_made_here(source_rate: int) -> frozenset[str]:
    """Return the formats that encoders can be had for at any usual rate.

    It imports what they need, so that the first utterance does not have to: not for an event loop.
    """
    return frozenset(name for name in _WRITERS if encoder_for(AudioFormat(name=name, sample_rate=48_000), source_rate))


def _mp3(wanted: AudioFormat) -> Writer:
    from .mp3 import Mp3Writer  # noqa: PLC0415  PyAV may be missing, and takes long

    return Mp3Writer(wanted.sample_rate, wanted.channels, wanted.bitrate_kbit)


def _flac(wanted: AudioFormat) -> Writer:
    from .flac import FlacWriter  # noqa: PLC0415  numpy may be missing, and takes long

    if wanted.sample_bytes != SOURCE_BYTES:
        raise ValueError("another width")
    return FlacWriter(wanted.sample_rate, wanted.channels)


def _wav(wanted: AudioFormat) -> Writer:
    return WavWriter(wanted.sample_rate, wanted.channels, wanted.sample_bytes)


def _au(wanted: AudioFormat) -> Writer:
    return AuWriter(wanted.sample_rate, wanted.channels, wanted.sample_bytes)


def _g711(wanted: AudioFormat) -> Writer:
    if wanted.sample_rate != G711_SAMPLE_RATE:
        raise ValueError("another rate")
    return G711Writer(wanted.name)


_WRITERS: Final[dict[str, Callable[[AudioFormat], Writer]]] = {
    "mp3": _mp3,
    "flac": _flac,
    "wav": _wav,
    "au": _au,
    **dict.fromkeys(G711, _g711),
}


def _resampler(source_rate: int, target_rate: int) -> Resampler | None:
    if source_rate == target_rate:
        return None
    from .resampling import Resampler  # noqa: PLC0415  numpy may be missing, and takes long

    return Resampler(source_rate, target_rate)

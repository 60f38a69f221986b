"""Audio as a file that tells its true length: what Home Assistant streams was begun before that was known."""

from dataclasses import dataclass, field
import io
from typing import Final

import mutagen

from ..sound.files import as_file
from ..sound.g711 import G711, SAMPLE_RATE
from ..speech.record import Heads

WRAPPED_FORMATS: Final = ("wav", "mp3", "flac", "ogg")
FORMATS: Final = (*WRAPPED_FORMATS, *sorted(G711, reverse=True))
# Its pages tell how much of it is where.
_TELLS_ITS_LENGTH: Final = "ogg"


@dataclass(frozen=True, slots=True)
class Recording:
    """A complete file, and how long it plays."""

    data: bytes = field(repr=False)
    duration_s: float


def recording(streamed: bytes, audio_format: str, heads: Heads | None = None) -> Recording:
    """Return what Home Assistant streamed in one of FORMATS as a file, without its tags: they may hold what is said.

    What has just been encoded has the heads of its encoder. Raises ValueError if it is no audio. Blocks.
    """
    if audio_format in G711:
        return _raw(streamed)
    if audio_format == _TELLS_ITS_LENGTH:
        data = _without_tags(streamed)
    elif heads is not None and streamed.startswith(heads.stream):
        data = heads.file + streamed[len(heads.stream) :]
    else:
        data = as_file(streamed, audio_format)
    try:
        audio = mutagen.File(io.BytesIO(data))
    except mutagen.MutagenError:
        audio = None
    if audio is None or not audio.info.length:
        raise ValueError("no audio")
    return Recording(data, audio.info.length)


def _raw(streamed: bytes) -> Recording:
    """Return what has nothing to be wrapped in."""
    if not streamed:
        raise ValueError("no audio")
    return Recording(streamed, len(streamed) / SAMPLE_RATE)


def _without_tags(streamed: bytes) -> bytes:
    """Return the same audio without its tags."""
    file = io.BytesIO(streamed)
    try:
        audio = mutagen.File(file)
        if audio is not None:
            audio.delete(file)
    except mutagen.MutagenError as error:
        raise ValueError("no audio") from error
    return file.getvalue()

"""Streams as files: their heads were written before anybody knew the length, and now tell it."""

from collections.abc import Callable
import struct
from typing import Final

from .length import flac_samples, mp3_frames
from .mp3_head import EMPTY_ID3, EVENLY, PLACES, info_frame

_RIFF_HEAD: Final = 12
_CHUNK_HEAD: Final = 8
_FLAC_MARK: Final = b"fLaC"
_LAST_BLOCK: Final = 0x80
_BLOCK_HEAD: Final = 4
_STREAM_INFO_BYTES: Final = 34
_SHAPE: Final = slice(10, 18)
_SAMPLES_BITS: Final = 36
# What a frame that holds no sound says of itself.
_TOLD: Final = (b"Xing", b"Info")
_TOLD_WITHIN: Final = 64


def as_file(streamed: bytes, audio_format: str) -> bytes:
    """Return what was streamed as `wav`, `mp3` or `flac` with its true length, and without any tags.

    Raises ValueError if it is no such audio.
    """
    try:
        return _FORMATS[audio_format](streamed)
    except (IndexError, struct.error) as error:
        raise ValueError("no audio") from error


def _wav(streamed: bytes) -> bytes:
    if not streamed.startswith(b"RIFF"):
        raise ValueError("no audio")
    shape = b""
    at = _RIFF_HEAD
    while (name := streamed[at : at + 4]) != b"data":
        (size,) = struct.unpack_from("<I", streamed, at + 4)
        if name == b"fmt ":
            shape = streamed[at : at + _CHUNK_HEAD + size]
        at += _CHUNK_HEAD + size + size % 2
    (told,) = struct.unpack_from("<I", streamed, at + 4)
    sound = streamed[at + _CHUNK_HEAD :][: told or None]
    if not shape or not sound:
        raise ValueError("no audio")
    riff_bytes = _CHUNK_HEAD // 2 + len(shape) + _CHUNK_HEAD + len(sound)
    return (
        struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + shape + struct.pack("<4sI", b"data", len(sound)) + sound
    )


def _flac(streamed: bytes) -> bytes:
    samples = flac_samples(streamed)
    if samples is None:
        raise ValueError("no audio")
    at = len(_FLAC_MARK)
    is_last = False
    while not is_last:
        is_last = bool(streamed[at] & _LAST_BLOCK)
        at += _BLOCK_HEAD + int.from_bytes(streamed[at + 1 : at + _BLOCK_HEAD])
    info = streamed[len(_FLAC_MARK) + _BLOCK_HEAD :][:_STREAM_INFO_BYTES]
    shape = int.from_bytes(info[_SHAPE]) >> _SAMPLES_BITS << _SAMPLES_BITS | samples
    return b"".join(
        (
            _FLAC_MARK,
            bytes([_LAST_BLOCK]),
            _STREAM_INFO_BYTES.to_bytes(3),
            info[: _SHAPE.start],
            shape.to_bytes(8),
            info[_SHAPE.stop :],
            streamed[at:],
        )
    )


def _mp3(streamed: bytes) -> bytes:
    frames = [frame for frame, _ in mp3_frames(streamed)]
    if frames and any(word in frames[0][:_TOLD_WITHIN] for word in _TOLD):
        del frames[0]
    if not frames:
        raise ValueError("no audio")
    sound = b"".join(frames)
    # How much of the last frames is padding, only who encoded it knew.
    return EMPTY_ID3 + info_frame(frames[0][:4], len(frames), len(sound), None, _places(frames)) + sound


def _places(frames: list[bytes]) -> bytes:
    """Return where each hundredth begins, in parts of all bytes."""
    if len({frame[2] >> 4 for frame in frames}) == 1:
        return EVENLY
    starts = [0]
    for frame in frames:
        starts.append(starts[-1] + len(frame))
    return bytes(256 * starts[len(frames) * place // PLACES] // starts[-1] for place in range(PLACES))


_FORMATS: Final[dict[str, Callable[[bytes], bytes]]] = {"wav": _wav, "mp3": _mp3, "flac": _flac}

"""Where the audio begins in the bytes that a media player gets: headers and tags are no sound."""

from collections.abc import Callable
from typing import Final

_WAV_HEADER: Final = 44
_ID3: Final = 10
_MP3_FRAME: Final = 4
_FLAC_MARK: Final = 4
_FLAC_BLOCK: Final = 4
_LAST_BLOCK: Final = 0x80
_INFO_TAGS: Final = (b"Xing", b"Info")
# Of an MPEG 1 or 2 frame of layer III, mono or stereo, whatever its side information.
_INFO_TAG_WITHIN: Final = 40
_KBIT: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MPEG_1: Final = 3
_HERTZ: Final = {_MPEG_1: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def wav_start(data: bytes | bytearray) -> int | None:
    """Return where the samples of Home Assistant's WAV begin."""
    return _WAV_HEADER if len(data) >= _WAV_HEADER else None


def mp3_start(data: bytes | bytearray) -> int | None:
    """Return where the first frame with sound begins, behind an ID3 tag and a frame with nothing but a table."""
    start = 0
    if data[:3] == b"ID3":
        if len(data) < _ID3:
            return None
        start = _ID3 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    if len(data) < start + _MP3_FRAME + _INFO_TAG_WITHIN:
        return None
    frame = data[start : start + _MP3_FRAME + _INFO_TAG_WITHIN]
    return start + _mp3_frame_bytes(frame) if any(tag in frame for tag in _INFO_TAGS) else start


def _mp3_frame_bytes(frame: bytes | bytearray) -> int:
    version = frame[1] >> 3 & 3
    kbit = _KBIT[version == _MPEG_1][frame[2] >> 4]
    hertz = _HERTZ[version][frame[2] >> 2 & 3]
    samples = 1152 if version == _MPEG_1 else 576
    return samples * kbit * 125 // hertz + (frame[2] >> 1 & 1)


def flac_start(data: bytes | bytearray) -> int | None:
    """Return where the first frame begins, behind all blocks of metadata."""
    at = _FLAC_MARK
    while len(data) >= at + _FLAC_BLOCK:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + _FLAC_BLOCK])
        at += _FLAC_BLOCK + size
        if kind & _LAST_BLOCK:
            return at
    return None


AUDIO_START: Final[dict[str, Callable[[bytes | bytearray], int | None]]] = {
    "wav": wav_start,
    "mp3": mp3_start,
    "flac": flac_start,
}

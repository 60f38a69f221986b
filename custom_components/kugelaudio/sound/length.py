"""How long encoded audio plays, counted in what was encoded: headers that were written before the end was known lie."""

from collections.abc import Callable, Iterator, Mapping
import struct
from typing import Final

_MPEG_VERSION_1: Final = 3
_LAYER_3: Final = 1
_SYNC: Final = 0x7FF
_RATES_HZ: Final = (44100, 48000, 32000)
_RATE_DIVISORS: Final = {3: 1, 2: 2, 0: 4}
_KBPS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ID3_HEADER: Final = 10

_FLAC_HEADER: Final = 42
# What a frame's header says of its block size by a code; 6 and 7 stand for numbers that follow, 0 for none.
_FLAC_BLOCKS: Final = {1: 192, **{code: 576 << (code - 2) for code in range(2, 6)}} | {
    code: 256 << (code - 8) for code in range(8, 16)
}
_CRC8_POLYNOMIAL: Final = 0x07


def duration_s(audio: bytes, audio_format: str) -> float | None:
    """Return how long a complete file in `wav`, `mp3` or `flac` plays; None for what is none of them."""
    measure = _MEASURES.get(audio_format)
    try:
        return measure(audio) if measure else None
    except IndexError, struct.error:
        return None


def _wav_s(audio: bytes) -> float | None:
    """Return how long a WAV plays, by the samples that are there."""
    if not (audio.startswith(b"RIFF") and audio[8:12] == b"WAVE"):
        return None
    position = 12
    bytes_per_s: int = 0
    while (name := audio[position : position + 4]) != b"data":
        (size,) = struct.unpack_from("<I", audio, position + 4)
        if name == b"fmt ":
            (bytes_per_s,) = struct.unpack_from("<I", audio, position + 16)
        position += 8 + size + size % 2
    return (len(audio) - position - 8) / bytes_per_s if bytes_per_s else None


def _mp3_s(audio: bytes) -> float | None:
    """Return how long an MP3 plays, frame by frame."""
    return sum(frame_s for _, frame_s in mp3_frames(audio)) or None


def mp3_frames(audio: bytes) -> Iterator[tuple[bytes, float]]:
    """Yield the frames of an MP3 behind its tag, and how long each plays."""
    position = 0
    if audio.startswith(b"ID3"):
        size = 0
        for part in audio[6:_ID3_HEADER]:
            size = size << 7 | part
        position = _ID3_HEADER + size
    while position + 4 <= len(audio) and (frame := _mp3_frame(audio[position : position + 4])) is not None:
        length, frame_s = frame
        yield audio[position : position + length], frame_s
        position += length


def _mp3_frame(header: bytes) -> tuple[int, float] | None:
    """Return how many bytes a frame of layer III has and how long it plays; None if there is none."""
    (bits,) = struct.unpack(">I", header)
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    bitrate_code, rate_code, padding = bits >> 12 & 15, bits >> 10 & 3, bits >> 9 & 1
    if bits >> 21 != _SYNC or layer != _LAYER_3 or version not in _RATE_DIVISORS:
        return None
    if bitrate_code in {0, 15} or rate_code == len(_RATES_HZ):
        return None
    rate_hz = _RATES_HZ[rate_code] // _RATE_DIVISORS[version]
    is_first_version = version == _MPEG_VERSION_1
    kbps = (_KBPS_1 if is_first_version else _KBPS_2)[bitrate_code]
    samples = 1152 if is_first_version else 576
    return samples // 8 * 1000 * kbps // rate_hz + padding, samples / rate_hz


def _flac_s(audio: bytes) -> float | None:
    """Return how long a FLAC plays."""
    samples = flac_samples(audio)
    return None if samples is None else samples / (int.from_bytes(audio[18:22]) >> 12)


def flac_samples(audio: bytes) -> int | None:
    """Return how many samples a FLAC has: its last frame has its number, and all but that one are of the same size."""
    if not audio.startswith(b"fLaC"):
        return None
    largest_block = int.from_bytes(audio[10:12])
    at = len(audio)
    while (at := audio.rfind(b"\xff\xf8", 0, at)) >= _FLAC_HEADER:
        if (frame := _flac_frame(audio[at : at + 16])) is not None:
            number, block = frame
            return number * largest_block + block
    return None


def _flac_frame(header: bytes) -> tuple[int, int] | None:
    """Return the number of a frame and how many samples it has; None if it is no header but looks like one."""
    block_code, rate_code = header[2] >> 4, header[2] & 15
    extra_bytes = {6: 1, 7: 2}.get(block_code, 0)
    ones = f"{header[4]:08b}".find("0")
    number_bytes = 1 if ones == 0 else ones
    rate_bytes = {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    behind_number = 4 + number_bytes
    crc_at = behind_number + extra_bytes + rate_bytes
    if block_code == 0 or ones in {-1, 1} or _crc8(header[:crc_at]) != header[crc_at]:
        return None
    number = header[4] & (0xFF >> (ones + 1))
    for part in header[5:behind_number]:
        number = number << 6 | part & 0x3F
    if extra_bytes:
        return number, int.from_bytes(header[behind_number : behind_number + extra_bytes]) + 1
    return number, _FLAC_BLOCKS[block_code]


def _crc8(data: bytes) -> int:
    """Return the checksum at the end of a FLAC frame's header."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (_CRC8_POLYNOMIAL if crc & 0x80 else 0)) & 0xFF
    return crc


_MEASURES: Final[Mapping[str, Callable[[bytes], float | None]]] = {"wav": _wav_s, "mp3": _mp3_s, "flac": _flac_s}

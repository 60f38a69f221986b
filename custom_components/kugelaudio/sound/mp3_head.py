"""What an MP3 begins with: an ID3 tag, and in a file a frame that tells its length."""

import struct
from typing import Final

# Players tell by it that this is an MP3; ffmpeg writes the same one.
EMPTY_ID3: Final = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)

_HEADER_BYTES: Final = 4
_MPEG_1: Final = 3
_MPEG_2: Final = 2
_MONO: Final = 3
# By MPEG 1 or not.
_KBIT: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ: Final = {
    _MPEG_1: (44_100, 48_000, 32_000),
    _MPEG_2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
MP3_RATES_HZ: Final = frozenset(rate for rates in _RATES_HZ.values() for rate in rates)
_FRAME_SAMPLES: Final = {True: 1152, False: 576}
# By MPEG 1 or not, mono or not.
_SIDE_BYTES: Final = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}
_ENCODER: Final = b"LAME3.100"
# Silence that LAME puts before the sound; decoders add their own, which they know.
_DELAY_SAMPLES: Final = 576
_MOST_PADDING: Final = 0xFFF
# Fields: frames, bytes, places to seek to, quality.
_ALL_FIELDS: Final = 15
PLACES: Final = 100
# Where the bitrate is constant.
EVENLY: Final = bytes(256 * place // PLACES for place in range(PLACES))
_CONSTANT_BITRATE: Final = (b"Info", 1)
_VARIABLE_BITRATE: Final = (b"Xing", 4)
_TAG: Final = struct.Struct(f">4sIII{PLACES}sI9sB10xB3s4xI4x")


def info_frame(header: bytes, frames: int, length_bytes: int, samples: int | None, places: bytes = EVENLY) -> bytes:
    """Return the silent frame that tells players length, places to seek to, and what to leave out at both ends.

    `header` is that of the frames behind it, which have `length_bytes`; `samples` is None where only the frames are
    known. The tag has no checksum of the music.
    """
    version = header[1] >> 3 & 3
    is_mpeg_1 = version == _MPEG_1
    is_mono = header[3] >> 6 == _MONO
    rate = _RATES_HZ[version][header[2] >> 2 & 3]
    frame_samples = _FRAME_SAMPLES[is_mpeg_1]
    before_tag = _HEADER_BYTES + _SIDE_BYTES[is_mpeg_1, is_mono]
    lengths = [frame_samples * 125 * kbit // rate for kbit in _KBIT[is_mpeg_1]]
    # The frames may be too short for what is said in it.
    bitrate = next(i for i in range(header[2] >> 4, len(lengths)) if lengths[i] >= before_tag + _TAG.size)
    own_header = header[:2] + bytes([bitrate << 4 | header[2] & 0x0C, header[3]])
    total_bytes = length_bytes + lengths[bitrate]
    surplus = 0 if samples is None else frames * frame_samples - samples - _DELAY_SAMPLES
    padding = max(0, min(surplus, _MOST_PADDING))
    name, method = _CONSTANT_BITRATE if places == EVENLY else _VARIABLE_BITRATE
    tag = _TAG.pack(
        name,
        _ALL_FIELDS,
        frames,
        total_bytes,
        places,
        0,
        _ENCODER,
        method,
        min(_KBIT[is_mpeg_1][header[2] >> 4], 0xFF),
        (_DELAY_SAMPLES << 12 | padding).to_bytes(3),
        total_bytes,
    )
    return (own_header + bytes(before_tag - _HEADER_BYTES) + tag).ljust(lengths[bitrate], b"\0")

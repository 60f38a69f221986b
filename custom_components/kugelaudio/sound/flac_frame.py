"""Frames of FLAC (RFC 9639): samples of 16 bit, one channel or two that are alike. Needs numpy."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .writer import STEREO

_SYNC: Final = 0xFFF8
_RATES_HZ: Final = {8_000: 4, 16_000: 5, 22_050: 6, 24_000: 7, 32_000: 8, 44_100: 9, 48_000: 10}
_RATE_FOLLOWS: Final = 13
_LENGTHS: Final = {576: 2, 1152: 3}
_LENGTH_FOLLOWS: Final = 7
_LEFT_AND_DIFFERENCE: Final = 8
_BITS_16: Final = 4 << 1
_CONSTANT: Final = 0
_VERBATIM: Final = 1
_FIXED: Final = 8
# What is said of the residual: the method, the partitions, and the parameter of the one there is.
_PARTITION_BITS: Final = 2 + 4 + 4
_HIGHEST_PARAMETER: Final = 14
_BITS: Final = 16
# A constant subframe of nothing: its type, and a sample of one bit more.
_DIFFERENCE_BITS: Final = 8 + _BITS + 1
_CRC_8: Final = 0x107
_CRC_16: Final = 0x18005
# Longer than the longest frame: verbatim samples, behind a header of at most 16 bytes.
_MOST_BITS: Final = 8 * (2 * 1152 + 32)


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """What all frames of a stream have in common."""

    sample_rate: int
    channels: int
    # Of the differences that are written: 2 for speech as it is, 4 where it was resampled to a higher rate.
    order: int


def frames(blocks: NDArray[np.int16], first_number: int, shape: FrameFormat) -> list[bytes]:
    """Return the frames of blocks of one length, a block a row; they are the same however many come at once."""
    other_bits = _DIFFERENCE_BITS if shape.channels == STEREO else 0
    made = []
    for number, (bits, length_bits) in enumerate(_subframes(blocks, shape.order), first_number):
        body = bits.ljust(-(-(length_bits + other_bits) // 8), b"\0")
        message = _header(blocks.shape[1], number, shape) + body
        made.append(message + _crc_16(message).to_bytes(2))
    return made


def _header(length: int, number: int, shape: FrameFormat) -> bytes:
    rate = _RATES_HZ.get(shape.sample_rate, _RATE_FOLLOWS)
    length_code = _LENGTHS.get(length, _LENGTH_FOLLOWS)
    channels = _LEFT_AND_DIFFERENCE if shape.channels == STEREO else 0
    header = b"".join(
        (
            _SYNC.to_bytes(2),
            bytes([length_code << 4 | rate, channels << 4 | _BITS_16]),
            _coded(number),
            (length - 1).to_bytes(2) if length_code == _LENGTH_FOLLOWS else b"",
            shape.sample_rate.to_bytes(2) if rate == _RATE_FOLLOWS else b"",
        )
    )
    return header + bytes([_crc_8(header)])


def _coded(number: int) -> bytes:
    """Return a number as UTF-8 has it, beyond what is a character."""
    if number < 0x80:  # noqa: PLR2004 - of one byte
        return bytes([number])
    following = 1
    while number >> (5 * following + 6):
        following += 1
    lead = (0xFF80 >> following) & 0xFF | number >> 6 * following
    return bytes([lead, *(0x80 | number >> 6 * place & 0x3F for place in reversed(range(following)))])


def _subframes(blocks: NDArray[np.int16], order: int) -> Iterator[tuple[bytes, int]]:
    """Return the shortest subframe of each block, and how many bits it has."""
    length = blocks.shape[1]
    verbatim_bits = 8 + _BITS * length
    predicted = [(b"", verbatim_bits)] * len(blocks) if length <= order else _predicted(blocks, order)
    is_constant = (blocks == blocks[:, :1]).all(axis=1)
    for block, constant, (bits, length_bits) in zip(blocks.astype(">i2"), is_constant, predicted, strict=True):
        if constant:
            yield bytes([_CONSTANT]) + block[:1].tobytes(), 8 + _BITS
        elif length_bits < verbatim_bits:
            yield bits, length_bits
        else:
            yield bytes([_VERBATIM << 1]) + block.tobytes(), verbatim_bits


def _predicted(blocks: NDArray[np.int16], order: int) -> list[tuple[bytes, int]]:
    """Return subframes of differences, each in one Rice partition."""
    residual = blocks.astype(np.int64)
    for _ in range(order):
        residual = residual[:, 1:] - residual[:, :-1]
    folded = residual << 1 ^ residual >> 63
    means = (folded.sum(axis=1) // folded.shape[1]).tolist()
    parameters = [min(max(mean.bit_length() - 1, 0), _HIGHEST_PARAMETER) for mean in means]
    parameter = np.array(parameters)[:, np.newaxis]
    # Each ends with a bit that is set and the lower bits of its value; what is before them is zeros.
    widths = parameter + 1
    values = folded & (1 << parameter) - 1 | 1 << parameter
    lead_bits = 8 + _BITS * order + _PARTITION_BITS
    ends = lead_bits + ((folded >> parameter) + widths).cumsum(axis=1)
    lengths_words = (ends[:, -1:] >> 5) + 2
    starts_words = lengths_words.cumsum(axis=0) - lengths_words
    bits = _placed(values, ends - widths + (starts_words << 5), widths)
    leads = [
        ((_FIXED | order) << _BITS * order + 1 | int.from_bytes(first)) << _PARTITION_BITS | parameter
        for first, parameter in zip(map(bytes, blocks[:, :order].astype(">i2")), parameters, strict=True)
    ]
    starts = (4 * starts_words[:, 0]).tolist()
    lengths_bits = ends[:, -1].tolist()
    return [
        (_begun(bits[start : start + -(-length_bits // 8)], lead, lead_bits), length_bits)
        for start, length_bits, lead in zip(starts, lengths_bits, leads, strict=True)
    ]


def _begun(bits: bytes, lead: int, lead_bits: int) -> bytes:
    """Return bits with others at their beginning, where they have zeros."""
    lead_bytes = -(-lead_bits // 8)
    begin = int.from_bytes(bits[:lead_bytes]) | lead << 8 * lead_bytes - lead_bits
    return begin.to_bytes(lead_bytes) + bits[lead_bytes:]


def _placed(values: NDArray[np.int64], starts: NDArray[np.int64], widths: NDArray[np.int64]) -> bytes:
    """Return zeros with values in them, most significant bit first, each from its bit on; none touches another."""
    words = (starts >> 5).ravel()
    shifted = (values.view(np.uint64) << (64 - (starts & 31) - widths).view(np.uint64)).ravel()
    count = int(words[-1]) + 2
    # What does not overlap can be added, and a float64 holds 32 bits exactly.
    placed = np.bincount(words, shifted >> 32, count)
    placed += np.bincount(words + 1, shifted & 0xFFFFFFFF, count)
    return placed.astype(np.uint32).astype(">u4").tobytes()


@lru_cache(maxsize=1)
def _crc_16_of_bits() -> NDArray[np.uint16]:
    """Return what each bit of a long message adds to its CRC, the last bit last."""
    powers = accumulate(
        range(_MOST_BITS - 1), lambda value, _: value << 1 ^ _CRC_16 * (value >> 15), initial=_CRC_16 & 0xFFFF
    )
    return np.fromiter(powers, dtype=np.uint16)[::-1].copy()


def _crc_16(message: bytes) -> int:
    bits = np.unpackbits(np.frombuffer(message, dtype=np.uint8))
    return int(np.bitwise_xor.reduce(_crc_16_of_bits()[-len(bits) :] * bits))


@lru_cache(maxsize=1)
def _crc_8_of_bytes() -> bytes:
    values = list(range(256))
    for _ in range(8):
        values = [value << 1 ^ _CRC_8 * (value >> 7) for value in values]
    return bytes(values)


def _crc_8(message: bytes) -> int:
    table, crc = _crc_8_of_bytes(), 0
    for byte in message:
        crc = table[crc ^ byte]
    return crc

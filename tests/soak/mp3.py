"""How long an MP3 is, read off its frames."""

KBIT = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
HERTZ = (22_050, 24_000, 16_000)
SAMPLES_OF_A_FRAME = 576
INFO_TAGS = (b"Xing", b"Info")
# The encoder begins with its own delay.
ENCODER_DELAY = 576


def mp3_samples(data: bytes) -> int:
    """Return how many samples an MPEG 2 stream of layer III holds, without the delay of its encoder."""
    at = 0
    if data[:3] == b"ID3":
        at = 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    samples = 0
    while at + 4 <= len(data):
        size = _frame_bytes(data[at : at + 4])
        if not size or at + size > len(data):
            break
        if not any(tag in data[at : at + 44] for tag in INFO_TAGS):
            samples += SAMPLES_OF_A_FRAME
        at += size
    return max(0, samples - ENCODER_DELAY)


def _frame_bytes(head: bytes) -> int:
    """Return the size of the frame that begins with these bytes, 0 where none does."""
    kbit, hertz = head[2] >> 4, head[2] >> 2 & 3
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF2 or kbit >= len(KBIT) or hertz >= len(HERTZ):
        return 0
    return SAMPLES_OF_A_FRAME * KBIT[kbit] * 125 // HERTZ[hertz] + (head[2] >> 1 & 1)

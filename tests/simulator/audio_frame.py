"""An audio frame of the provider, and what faults make of it."""

from base64 import b64encode
from collections.abc import Awaitable, Callable

from .channel import Channel
from .faults import Fault
from .settings import Settings
from .strikes import Struck

MEBIBYTE = 2**20

type Leave = Callable[[str], Awaitable[None]]


def audio_frame(
    audio: bytes, samples: int, number: int, settings: Settings, struck: Struck, chunk_id: int | None
) -> dict[str, object]:
    """Return the frame of encoded audio, with the faults of this frame in it."""
    encoding, rate = settings.encoding
    text = b64encode(audio[:-1] if struck.at(Fault.ODD_BYTES, number) else audio).decode()
    if struck.at(Fault.INVALID_BASE64, number):
        text = f"*{text[:-5]}"
    if (wrong := struck.find(Fault.WRONG_SAMPLE_RATE)) and number >= wrong.after_frames:
        rate = int(wrong.number("sample_rate", rate / 2))
    frame: dict[str, object] = {"audio": text, "enc": encoding, "idx": number, "sr": rate, "samples": samples}
    if struck.find(Fault.BARE_AUDIO):
        frame = {"audio": text}
    elif chunk_id is not None:
        frame["chunk_id"] = chunk_id
    if struck.find(Fault.UNKNOWN_KEYS):
        frame |= {"loudness_db": -23.0, "extra": {"nested": [1, None]}}
    if wrong := struck.at(Fault.WRONG_TYPES, number):
        frame |= wrong.fields({"audio": 17})
    return frame


def way_out(channel: Channel, number: int, struck: Struck) -> Leave:
    """Return how the message of an audio frame leaves: as it is, unless a fault has other plans."""
    if trickle := struck.at(Fault.TRICKLE, number):
        size, pause_s = int(trickle.number("size", 1)), trickle.number("pause_ms", 0) / 1000
        return lambda message: channel.send_slowly(message, size, pause_s)
    if huge := struck.at(Fault.HUGE_FRAME, number):
        padding = int(huge.number("megabytes", 8) * MEBIBYTE)
        return lambda message: channel.send_text(f'{message[:-1]}, "padding": "{"0" * padding}"}}')
    if struck.at(Fault.TRUNCATED_JSON, number):
        return lambda message: channel.send_text(message[: len(message) // 2])
    return channel.send_text

"""Speak with eSpeak NG.

The library is one synthesizer per process and not reentrant: it lives in one lazily
made object, and every call returns only when the sound is complete (about 1 ms for
two seconds of speech). The same words differ by a few samples from time to time.
"""

from collections.abc import Callable
import ctypes
from functools import cache
from threading import Lock

import espeakng_loader  # type: ignore[import-untyped]

SYNCHRONOUS = 2
UTF8 = 1
POSITION_CHARACTER = 1
RATE, PITCH, RANGE = 1, 3, 4
WORDS_PER_MINUTE = range(80, 451)
SAMPLE_BYTES = 2

_Deliver = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """Hold the library and the sound that it delivers."""

    def __init__(self) -> None:
        """Load the library and its data."""
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = espeakng_loader.get_data_path().encode()
        self.sample_rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, data_path, 0)
        if self.sample_rate <= 0:
            message = "eSpeak NG did not find its data"
            raise RuntimeError(message)
        self._sound = bytearray()
        self._deliver = _Deliver(self._keep)
        self._library.espeak_SetSynthCallback(self._deliver)
        self._lock = Lock()

    def _keep(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: object) -> int:
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, count * SAMPLE_BYTES)
        return 0

    def speak(self, text: str, voice: str, *, words_per_minute: int, pitch: int, span: int) -> bytes:
        """Return a text as PCM at the library's rate."""
        encoded = text.replace("\0", "").encode()
        rate = min(max(words_per_minute, WORDS_PER_MINUTE[0]), WORDS_PER_MINUTE[-1])
        call: Callable[..., int] = self._library.espeak_SetParameter
        with self._lock:
            self._sound.clear()
            self._library.espeak_SetVoiceByName(voice.encode())
            call(RATE, rate, 0)
            call(PITCH, pitch, 0)
            call(RANGE, span, 0)
            self._library.espeak_Synth(
                ctypes.c_char_p(encoded),
                ctypes.c_size_t(len(encoded) + 1),
                ctypes.c_uint(0),
                POSITION_CHARACTER,
                ctypes.c_uint(0),
                ctypes.c_uint(UTF8),
                None,
                None,
            )
            return bytes(self._sound)


@cache
def espeak() -> Espeak:
    """Return the synthesizer of this process."""
    return Espeak()

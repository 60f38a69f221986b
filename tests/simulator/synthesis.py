"""Turn text into sound, in words or in tones."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
import re
from typing import Protocol, override

import audioop
import numpy as np
import soxr  # type: ignore[import-untyped]

from .espeak import espeak
from .text import segments
from .tone import tone_block
from .voices import Voice

SAMPLE_BYTES = 2
MALE = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Alex", "Andy", "Lee", "max")
FEMALE = ("f1", "f2", "f3", "f4", "f5", "Alicia", "Annie", "belinda", "linda", "steph")
DIALECTS = {
    "en": ("en-us", "en-gb-x-rp", "en-gb-scotland"),
    "es": ("es", "es-419"),
    "fr": ("fr", "fr-be"),
    "pt": ("pt", "pt-br"),
    "no": ("nb",),
    "zh": ("cmn",),
}
PIECE = re.compile(r".{1,240}(?:[\s,.;:!?…]|$)|.{1,240}", re.DOTALL)
ENCODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "mulaw": audioop.lin2ulaw,
    "alaw": audioop.lin2alaw,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """Say what is to be spoken and how it shall sound."""

    text: str
    voice: Voice
    language: str
    sample_rate: int
    speed: float = 1.0
    normalize: bool = True


class Synthesizer(Protocol):
    """Make PCM of a text, piece by piece."""

    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        """Return the sound in pieces, each made when it is asked for."""


class ToneSynthesizer(Synthesizer):
    """Make one tone for each character."""

    @override
    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        for position, character in enumerate(request.text):
            yield tone_block(character, position, request.sample_rate, request.speed)


class WordSynthesizer(Synthesizer):
    """Speak real words with eSpeak NG."""

    @override
    def pieces(self, request: SpeechRequest) -> Iterator[bytes]:
        name, pitch, span, words_per_minute = sound_of(request.voice, request.language)
        for segment in segments(request.text, request.language):
            if segment.pause_ms:
                samples = request.sample_rate * segment.pause_ms // 1000
                yield bytes(samples * SAMPLE_BYTES)
                continue
            rate = words_per_minute * (segment.rate or request.speed)
            spoken = segment.text
            if not request.normalize:
                spoken = re.sub(r"(?<=\d)(?=\d)", " ", spoken)
            for piece in PIECE.findall(spoken):
                if not piece.strip():
                    continue
                sound = espeak().speak(piece, name, words_per_minute=round(rate), pitch=pitch, span=span)
                yield resampled(sound, espeak().sample_rate, request.sample_rate)


def sound_of(voice: Voice, language: str) -> tuple[str, int, int, int]:
    """Return a voice's eSpeak name, pitch, range and words per minute."""
    number = voice.id * 2_654_435_761 % 2**32 >> 8
    kinds = {"male": MALE, "female": FEMALE}.get(voice.sex or "", (*MALE, *FEMALE))
    dialects = DIALECTS.get(language, (language,))
    kind = kinds[number % len(kinds)]
    dialect = dialects[number // 64 % len(dialects)]
    pitch = 40 + number // 256 % 21
    if voice.age == "old":
        pitch -= 10
    return f"{dialect}+{kind}", pitch, 40 + number // 16 % 30, 150 + number // 8 % 30


def resampled(pcm: bytes, source_rate: int, target_rate: int) -> bytes:
    """Return PCM at another sample rate."""
    if source_rate == target_rate or not pcm:
        return pcm
    samples = np.frombuffer(pcm, dtype=np.int16)
    return bytes(soxr.resample(samples, source_rate, target_rate).tobytes())


def encoded(pcm: bytes, encoding: str) -> bytes:
    """Return PCM in the encoding of the frames."""
    encoder = ENCODERS.get(encoding)
    return encoder(pcm, SAMPLE_BYTES) if encoder else pcm


def in_frames(pieces: Iterator[bytes], frame_bytes: int) -> Iterator[bytes]:
    """Cut sound into frames of one length; only the last one is shorter."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) > frame_bytes:
            yield bytes(rest[:frame_bytes])
            del rest[:frame_bytes]
    if rest:
        yield bytes(rest)


def wav(pcm: bytes, sample_rate: int) -> bytes:
    """Return PCM as a WAV file."""
    header = array("I", [16, 1 | 1 << 16, sample_rate, sample_rate * 2, 2 | 16 << 16])
    size = len(pcm)
    return b"".join(
        (
            b"RIFF",
            (36 + size).to_bytes(4, "little"),
            b"WAVEfmt ",
            header.tobytes(),
            b"data",
            size.to_bytes(4, "little"),
            pcm,
        )
    )

"""Server frames and client messages of the speaking WebSockets, without any I/O."""

from binascii import Error as Base64Error, a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any, Final, TypedDict

import orjson

from . import reading
from .error_mapping import error_from_body
from .errors import KugelAudioError, ProtocolError
from .models import MAX_NEW_TOKENS, NATIVE_SAMPLE_RATE, Usage, VoiceSettings, Word, words_from_json

_PCM = "pcm_s16le"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ServerFrame:
    """What every frame may carry: its context on `/ws/tts/multi`, its text chunk, and the times of words in that."""

    context_id: str | None = None
    chunk_id: int | None = None
    words: tuple[Word, ...] = ()


class _Told(TypedDict):
    """The fields of every frame, for the making of one: to copy each frame would cost a tenth of all receiving."""

    context_id: str | None
    chunk_id: int | None
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class AudioFrame(_ServerFrame):
    """Raw samples: signed 16 bit little endian, mono. Half of the last one may come with the next frame."""

    pcm: bytes
    sample_rate: int | None


@dataclass(frozen=True, slots=True)
class FinalFrame(_ServerFrame):
    """All audio of the request or turn has been sent; `audio_s` is how much the server made, at normal speed."""

    usage: Usage | None
    audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class SessionClosedFrame(_ServerFrame):
    """The turn is over and billed; the socket stays open. `audio_s` is how much the server made."""

    usage: Usage | None
    audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class ContextClosedFrame(_ServerFrame):
    """All audio of the context has been sent and billed; nothing of it follows."""

    usage: Usage | None


@dataclass(frozen=True, slots=True)
class ContextTimeoutFrame(_ServerFrame):
    """The server gave a context up, because it heard nothing for it."""


@dataclass(frozen=True, slots=True)
class GenerationStartedFrame(_ServerFrame):
    """A chunk of text was handed to the model."""


@dataclass(frozen=True, slots=True)
class ChunkCompleteFrame(_ServerFrame):
    """All audio of a chunk of text has been sent."""


@dataclass(frozen=True, slots=True)
class InterruptedFrame(_ServerFrame):
    """A cancel was carried out."""


@dataclass(frozen=True, slots=True)
class ErrorFrame(_ServerFrame):
    """The request, turn or context failed; on `/ws/tts/multi` and without a context, all of them did."""

    error: KugelAudioError


@dataclass(frozen=True, slots=True)
class OtherFrame(_ServerFrame):
    """Anything else: progress, times of words, warnings, unknown kinds."""


type Frame = (
    AudioFrame
    | FinalFrame
    | SessionClosedFrame
    | ContextClosedFrame
    | ContextTimeoutFrame
    | GenerationStartedFrame
    | ChunkCompleteFrame
    | InterruptedFrame
    | ErrorFrame
    | OtherFrame
)


def parse_frame(text: str) -> Frame:
    """Turn one text message of the server into a typed frame.

    Raises ProtocolError when it is no JSON object, or its audio is not valid base64 of PCM.
    """
    data = _decoded(text)
    if not isinstance(data, dict):
        raise ProtocolError("INVALID_JSON")
    context_id = data.get("context_id")
    told: _Told = {
        "context_id": context_id if isinstance(context_id, str) else None,
        "chunk_id": reading.integer(data.get("chunk_id")),
        "words": words_from_json(data.get("word_timestamps")),
    }
    return _frame(data, told)


def _decoded(text: str) -> object:
    """Return the value of a message; raises ProtocolError. What Python's servers call NaN or Infinity is no number."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except ValueError, RecursionError:
        pass
    raise ProtocolError("INVALID_JSON")


def _frame(data: Mapping[str, Any], told: _Told) -> Frame:
    """Tell errors and audio from the rest."""
    if data.get("error") or data.get("error_code"):
        return ErrorFrame(error_from_body(data, None), **told)
    if data.get("audio"):
        return _audio_frame(data, told)
    return _marker_frame(data, told)


def _audio_frame(data: Mapping[str, Any], told: _Told) -> AudioFrame:
    """Decode the samples of an audio frame."""
    if (encoding := data.get("enc")) is not None and encoding != _PCM:
        raise ProtocolError("UNEXPECTED_ENCODING")
    try:
        pcm = a2b_base64(data["audio"], strict_mode=True)
    except Base64Error, TypeError, ValueError:
        raise ProtocolError("INVALID_BASE64") from None
    return AudioFrame(pcm, reading.hertz(data.get("sr")), **told)


_WITH_TOTALS: Final[dict[str, type[FinalFrame | SessionClosedFrame]]] = {
    "final": FinalFrame,
    "session_closed": SessionClosedFrame,
}
_BARE: Final[dict[str, type[InterruptedFrame | GenerationStartedFrame | ChunkCompleteFrame | ContextTimeoutFrame]]] = {
    "interrupted": InterruptedFrame,
    "generation_started": GenerationStartedFrame,
    "chunk_complete": ChunkCompleteFrame,
    "context_timeout": ContextTimeoutFrame,
}


def _marker_frame(data: Mapping[str, Any], told: _Told) -> Frame:
    """Tell the frame's kind by its boolean marker: there is no type field."""
    for marker, kind in _WITH_TOTALS.items():
        if data.get(marker):
            return kind(Usage.from_json(data.get("usage")), _total_audio_s(data), **told)
    # The oldest servers end the audio of a context with it.
    if data.get("is_final") and data.get("context_id"):
        return FinalFrame(None, **told)
    if data.get("context_closed"):
        return ContextClosedFrame(Usage.from_json(data.get("usage")), **told)
    return next((kind for marker, kind in _BARE.items() if data.get(marker)), OtherFrame)(**told)


def _total_audio_s(data: Mapping[str, Any]) -> float | None:
    """Return how much audio the server says it made: samples at its own rate on `/ws/tts`, else seconds."""
    samples = reading.number(data.get("total_samples"))
    by_samples = None if samples is None else reading.seconds(samples / NATIVE_SAMPLE_RATE)
    return reading.seconds(data.get("total_audio_seconds")) if by_samples is None else by_samples


def whole_text(text: str, settings: VoiceSettings) -> str:
    """Return the request of `/ws/tts`."""
    words = {"word_timestamps": True} if settings.word_timestamps else {}
    prefix = {} if settings.speaker_prefix is None else {"speaker_prefix": settings.speaker_prefix}
    return json.dumps({"text": text, **settings.as_json(), **words, **prefix, **settings.dictionaries_as_json()})


_WITHOUT_DEFAULT: Final = frozenset({"language", "project_id", "dictionary_ids"})
_NOTHING_TOLD: Final[frozenset[str]] = frozenset()


def lasting(settings: VoiceSettings) -> frozenset[str]:
    """Return the fields that a socket keeps for good, unless they are taken back: they have no default."""
    return _WITHOUT_DEFAULT & {**settings.as_json(), **settings.dictionaries_as_json()}.keys()


def first_text(text: str, settings: VoiceSettings, told: frozenset[str] = _NOTHING_TOLD) -> str:
    """Return the first text of a turn on `/ws/tts/stream`, with the whole configuration merged in.

    `told` are the lasting fields that the socket was told before.
    """
    return json.dumps({"text": text, "flush": False, **_sticky(settings, told)})


def _sticky(settings: VoiceSettings, told: frozenset[str]) -> dict[str, object]:
    """Return the fields of a socket that keeps what an earlier utterance set.

    What is left to the server is told, too: null takes back a language, a project or a list of ids, and the defaults
    of the others are documented.
    """
    return {
        **dict.fromkeys(sorted(told)),
        "max_new_tokens": MAX_NEW_TOKENS,
        **settings.as_json(),
        "speaker_prefix": settings.speaker_prefix is not False,
        "word_timestamps": settings.word_timestamps,
        **settings.dictionaries_as_json(),
    }


def more_text(text: str) -> str:
    """Return a further piece of a turn's text."""
    return json.dumps({"text": text, "flush": False})


def first_context_text(
    text: str, context_id: str, settings: VoiceSettings, told: frozenset[str] = _NOTHING_TOLD
) -> str:
    """Return the text of a context, which creates it and is spoken at once; `told` is that of its socket.

    The server takes a voice only from `voice_settings`. It drops all others there: they are the whole socket's.
    """
    fields = _sticky(settings, told)
    own = {name: fields.pop(name) for name in ("voice_id", "cfg_scale", "max_new_tokens")}
    return json.dumps({"text": text, "context_id": context_id, "flush": True, **fields, "voice_settings": own})


def keep_context_alive(context_id: str) -> str:
    """Return an empty text, which keeps a context alive that waits for its turn."""
    return json.dumps({"text": "", "context_id": context_id})


def close_context(context_id: str) -> str:
    """Return the order to close a context once all of its text is spoken."""
    return json.dumps({"close_context": True, "context_id": context_id})


def abandon_context(context_id: str) -> str:
    """Return the order to close a context at once."""
    return json.dumps({"close_context": True, "context_id": context_id, "immediate": True})


FLUSH = json.dumps({"flush": True})
CLOSE = json.dumps({"close": True})
CANCEL = json.dumps({"cancel": True})

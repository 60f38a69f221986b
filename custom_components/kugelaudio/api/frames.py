"""Server frames and client messages of the speaking WebSockets, without any I/O."""

from binascii import Error as Base64Error, a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any

from .errors import KugelAudioError, ProtocolError, error_from_body
from .models import Usage, VoiceSettings, number

_BYTES_PER_SAMPLE = 2
_PCM = "pcm_s16le"


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """Raw samples: signed 16 bit little endian, mono."""

    pcm: bytes
    sample_rate: int | None


@dataclass(frozen=True, slots=True)
class FinalFrame:
    """All audio of the request or turn has been sent."""

    usage: Usage | None


@dataclass(frozen=True, slots=True)
class SessionClosedFrame:
    """The turn is over and billed; the socket stays open."""

    usage: Usage | None


@dataclass(frozen=True, slots=True)
class GenerationStartedFrame:
    """A chunk of text was handed to the model."""


@dataclass(frozen=True, slots=True)
class InterruptedFrame:
    """A cancel was carried out."""


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """The request or turn failed."""

    error: KugelAudioError


@dataclass(frozen=True, slots=True)
class OtherFrame:
    """Anything that changes nothing for the listener: progress, timestamps, warnings, unknown kinds."""


type Frame = (
    AudioFrame | FinalFrame | SessionClosedFrame | GenerationStartedFrame | InterruptedFrame | ErrorFrame | OtherFrame
)


def parse_frame(text: str) -> Frame:
    """Turn one text message of the server into a typed frame.

    Raises ProtocolError when it is no JSON object, or its audio is not valid base64 of whole PCM samples.
    """
    try:
        data = json.loads(text)
    except ValueError, RecursionError:
        raise ProtocolError("INVALID_JSON") from None
    if not isinstance(data, dict):
        raise ProtocolError("INVALID_JSON")
    if data.get("error") or data.get("error_code"):
        return ErrorFrame(error_from_body(data, None))
    if data.get("audio"):
        return _audio_frame(data)
    return _marker_frame(data)


def _audio_frame(data: Mapping[str, Any]) -> AudioFrame:
    """Decode the samples of an audio frame."""
    if data.get("enc", _PCM) != _PCM:
        raise ProtocolError("UNEXPECTED_ENCODING")
    try:
        pcm = a2b_base64(data["audio"], strict_mode=True)
    except Base64Error, TypeError, ValueError:
        raise ProtocolError("INVALID_BASE64") from None
    if len(pcm) % _BYTES_PER_SAMPLE:
        raise ProtocolError("ODD_BYTE_COUNT")
    sample_rate = number(data.get("sr"))
    return AudioFrame(pcm, None if sample_rate is None else int(sample_rate))


def _marker_frame(data: Mapping[str, Any]) -> Frame:
    """Tell the frame's kind by its boolean marker: there is no type field."""
    if data.get("final"):
        return FinalFrame(Usage.from_json(data.get("usage")))
    if data.get("session_closed"):
        return SessionClosedFrame(Usage.from_json(data.get("usage")))
    if data.get("interrupted"):
        return InterruptedFrame()
    if data.get("generation_started"):
        return GenerationStartedFrame()
    return OtherFrame()


def whole_text(text: str, settings: VoiceSettings) -> str:
    """Return the request of `/ws/tts`."""
    return json.dumps({"text": text, **settings.as_json()})


def first_text(text: str, settings: VoiceSettings) -> str:
    """Return the first text of a turn on `/ws/tts/stream`, with the whole configuration merged in."""
    return json.dumps({"text": text, "flush": False, **settings.as_json()})


def more_text(text: str) -> str:
    """Return a further piece of a turn's text."""
    return json.dumps({"text": text, "flush": False})


FLUSH = json.dumps({"flush": True})
CANCEL = json.dumps({"cancel": True})

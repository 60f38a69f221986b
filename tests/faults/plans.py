"""The faults of the matrix: what the simulator is told for each."""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from tests.simulator import Fault, Simulator
from tests.simulator.faults import SPEECH_FAULTS

from .cells import Way

type Strikes = tuple[tuple[Fault, dict[str, Any]], ...]

CONNECTING: Final = "connecting"
BEFORE: Final = "before any audio"
MIDDLE: Final = "in the middle"
END: Final = "after the audio, before the end frame"
ENDINGS: Final = "endings"
_PLACES: Final[dict[str, dict[str, Any]]] = {BEFORE: {}, MIDDLE: {"after_frames": 2}, END: {"at_end": True}}


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault of the provider on WebSockets, and the one that is most like it over REST, if there is any."""

    sockets: Strikes
    rest: Strikes = ()
    lasts: bool = False
    # A context ends without the length of its audio, but for what is billed, which is rounded.
    is_about_length: bool = False

    def begin(self, simulator: Simulator, way: Way) -> None:
        """Plan the fault for the next utterance, or for all from now on."""
        for fault, parameters in self.strikes(way):
            # aiohttp repeats by itself a handshake that is dropped without an answer.
            times = 2 if fault is Fault.HANDSHAKE_DROP else 1
            simulator.faults.add(fault, None if self.lasts else times, path=self._path(way), **parameters)

    def _path(self, way: Way) -> str:
        """Return where to strike: a growing text that is complete by the second try takes the way of whole ones."""
        return "" if self.lasts and way is Way.GROWING else way.path

    @property
    def meets_connecting(self) -> bool:
        """Tell whether the fault strikes before a socket is open."""
        return not {fault for fault, _ in self.sockets} & SPEECH_FAULTS

    def strikes(self, way: Way) -> Strikes:
        """Return the faults of a way to speak."""
        if way is Way.DIALOGUE and self.is_about_length:
            return ()
        return self.rest if way is Way.REST else self.sockets

    def lasting(self) -> Self:
        """Return the fault that does not pass."""
        return type(self)(self.sockets, self.rest, lasts=True)


def handshake(**parameters: Any) -> Plan:
    """Refuse the handshake, or the request over REST."""
    return Plan(((Fault.HANDSHAKE_ERROR, parameters),), ((Fault.HTTP_ERROR, parameters),))


def accepted(code: int, **parameters: Any) -> Plan:
    """Accept the handshake and close the socket at once."""
    return Plan(((Fault.ACCEPT_THEN_CLOSE, {"code": code, **parameters}),))


def speech(fault: Fault, *, rest: bool = False, **parameters: Any) -> Plan:
    """Let a fault of speech strike."""
    strikes = ((fault, parameters),)
    return Plan(strikes, strikes if rest else ())


def error(name: str, **parameters: Any) -> Plan:
    """Send an error frame, or an error status over REST, unless audio was sent already."""
    told = {"error": name, **parameters}
    is_first = not parameters.keys() & {"after_frames", "at_end"}
    return Plan(((Fault.ERROR_FRAME, told),), ((Fault.HTTP_ERROR, told),) if is_first else ())


_CLOSE_CODES: Final = (1000, 1011, 1012, 1013, 4000, 4001, 4003, 4029, 4500)
_HANDSHAKES: Final[dict[str, Plan]] = {
    "no answer": Plan(((Fault.HANDSHAKE_HANG, {}),), ((Fault.HTTP_HANG, {}),)),
    "no answer, lasting": Plan(((Fault.HANDSHAKE_HANG, {}),), ((Fault.HTTP_HANG, {}),), lasts=True),
    "dropped": Plan(((Fault.HANDSHAKE_DROP, {}),), ((Fault.HTTP_DROP, {}),)),
    "dropped, lasting": Plan(((Fault.HANDSHAKE_DROP, {}),), ((Fault.HTTP_DROP, {}),), lasts=True),
    "HTTP 302 to a login page": Plan(((Fault.HANDSHAKE_REDIRECT, {}),), ((Fault.HTTP_REDIRECT, {}),)),
    "HTTP 200, a login page": Plan(((Fault.HANDSHAKE_HTML, {"status": 200}),), ((Fault.HTTP_HTML, {"status": 200}),)),
    "HTTP 400": handshake(status=400),
    "HTTP 401": handshake(error="unauthorized"),
    "HTTP 402": handshake(error="insufficient_credits"),
    "HTTP 403": handshake(error="forbidden"),
    "HTTP 404, HTML": Plan(((Fault.HANDSHAKE_HTML, {"status": 404}),), ((Fault.HTTP_HTML, {"status": 404}),)),
    "HTTP 429, Retry-After 0": handshake(error="rate_limited", retry_after="0"),
    "HTTP 429, Retry-After 0, lasting": handshake(error="rate_limited", retry_after="0").lasting(),
    "HTTP 429, Retry-After 60": handshake(error="rate_limited", retry_after="60"),
    "HTTP 500": handshake(error="generation_failed"),
    "HTTP 500, lasting": handshake(error="generation_failed").lasting(),
    "HTTP 502, HTML": Plan(((Fault.HANDSHAKE_HTML, {}),), ((Fault.HTTP_HTML, {}),)),
    "HTTP 502, HTML, lasting": Plan(((Fault.HANDSHAKE_HTML, {}),), ((Fault.HTTP_HTML, {}),), lasts=True),
    "HTTP 503": handshake(error="model_unavailable"),
    "HTTP 503, lasting": handshake(error="model_unavailable").lasting(),
    **{f"accepted, then closed with {code}": accepted(code) for code in _CLOSE_CODES},
    "accepted, then 1013, lasting": accepted(1013).lasting(),
    "accepted, error frame, then 4001": accepted(4001, error="unauthorized"),
}


def _anywhere(place: str) -> dict[str, Plan]:
    """Return what may happen before, between and after the frames of audio."""
    where = _PLACES[place]
    return {
        "connection dropped (1006)": speech(Fault.DROP, rest=True, **where),
        **{f"closed with {code}": speech(Fault.CLOSE, code=code, **where) for code in _CLOSE_CODES},
        "error frame 500": error("generation_failed", **where),
        "error frame 503": error("model_unavailable", **where),
        "error frame 401": error("unauthorized", **where),
        "error frame 402, then closed with 4003": speech(
            Fault.ERROR_FRAME, error="insufficient_credits", close=4003, **where
        ),
        "error frame 500 of the older shape": error("generation_failed", style="old", **where),
        "error frame of the whole socket": speech(Fault.ERROR_FRAME, session=True, **where),
        "silence": speech(Fault.SILENCE, rest=True, **where),
        "text that is no JSON": speech(Fault.NOT_JSON, **where),
        "JSON that is no object": speech(Fault.NOT_OBJECT, **where),
        "binary frame": speech(Fault.BINARY_FRAME, **where),
        "frame of an unknown kind": speech(Fault.UNKNOWN_FRAME, **where),
        "wrong types": speech(Fault.WRONG_TYPES, **where),
    }


def _audio(place: str) -> dict[str, Plan]:
    """Return what may be wrong with the frames of audio themselves."""
    where = _PLACES[place]
    return {
        "audio that is no base64": speech(Fault.INVALID_BASE64, **where),
        "odd number of bytes": speech(Fault.ODD_BYTES, rest=True, **where),
        "another sample rate": speech(Fault.WRONG_SAMPLE_RATE, rest=True, **where),
        "half of a JSON object": speech(Fault.TRUNCATED_JSON, **where),
        "frame of 8 MB": speech(Fault.HUGE_FRAME, **where),
        "one byte at a time": speech(Fault.TRICKLE, rest=True, **where),
    }


_FIRST: Final[dict[str, Plan]] = {
    "connection dropped, lasting": speech(Fault.DROP, rest=True).lasting(),
    "closed with 1011, lasting": speech(Fault.CLOSE, code=1011).lasting(),
    "error frame 500, lasting": error("generation_failed").lasting(),
    "error frame 503, lasting": error("model_unavailable").lasting(),
    "silence, lasting": speech(Fault.SILENCE, rest=True).lasting(),
    "error frame 400": error("invalid_request"),
    "error frame 400, no voice": error("missing_voice_id"),
    "error frame 400 of the older shape": error("invalid_request", style="old"),
    "error frame 401 of the older shape": error("unauthorized", style="old"),
    "error frame 402": error("insufficient_credits"),
    "error frame 403": error("permission_denied"),
    "error frame 403 that names the key": error("forbidden"),
    "error frame 404": error("voice_not_found"),
    "error frame 413": error("text_too_long"),
    "error frame 422": error("unprocessable"),
    "error frame 429, at once": error("rate_limited", retry_after=0),
    "error frame 429, in 60 s": error("rate_limited", retry_after=60),
    "error frame 429 of the older shape": error("rate_limited", retry_after=0, style="old"),
    "error frame 500, no audio made": error("empty_audio"),
    "error frame 502": error("bad_gateway"),
    "first audio 400 ms late": speech(Fault.SLOW_FIRST_AUDIO, rest=True, delay_ms=400),
}
_ENDS: Final[dict[str, Plan]] = {
    "no audio at all": speech(Fault.EMPTY_AUDIO, rest=True),
    "no audio at all, lasting": speech(Fault.EMPTY_AUDIO, rest=True).lasting(),
    "last frames missing": replace(speech(Fault.TRUNCATED, frames=12), is_about_length=True),
    "no final": speech(Fault.NO_FINAL),
    "no session_closed": speech(Fault.NO_SESSION_CLOSED),
    "no usage": speech(Fault.NO_USAGE),
    "two session_closed": speech(Fault.TWO_SESSION_CLOSED),
    "audio frames with nothing but audio": speech(Fault.BARE_AUDIO),
    "unknown keys in all frames": speech(Fault.UNKNOWN_KEYS),
}
LISTENERS: Final[dict[str, Plan]] = {
    "audio before the answer to the cancel": speech(Fault.LATE_AUDIO),
    "audio after the answer to the cancel": speech(Fault.AUDIO_AFTER_INTERRUPTED),
    "no answer to the cancel": speech(Fault.NO_INTERRUPTED),
}
PLANS: Final[dict[str, dict[str, Plan]]] = {
    CONNECTING: _HANDSHAKES,
    BEFORE: {**_anywhere(BEFORE), **_audio(BEFORE), **_FIRST},
    MIDDLE: {**_anywhere(MIDDLE), **_audio(MIDDLE)},
    END: _anywhere(END),
    ENDINGS: _ENDS,
}

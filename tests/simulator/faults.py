"""The faults that the simulator can be told to have.

``simulator.faults.add(Fault.CLOSE, times=1, code=1012, after_frames=2)``

``times`` counts the requests, handshakes or utterances that are struck (``None``:
until cleared). Every fault takes ``path``: it strikes only requests whose path begins
with it, and only the WebSocket endpoint whose path it is. The faults of speech are taken
when a request, turn or context begins and strike after ``after_frames`` audio frames of
it (default 0: before any frame of the answer). Those with + may strike ``at_end=True``
instead: after all audio, before the frame that ends it.

=======================  ==============================================================
HTTP requests
---------------------------------------------------------------------------------------
HTTP_ERROR               error (a ``Failure``) or status, error_code, message;
                         retry_after (header, verbatim: 3, 2.5, a date); style
HTTP_HTML                status (502): a proxy's HTML page
HTTP_REDIRECT            status (302), location (/login, a page for a browser)
HTTP_PLAIN               status (500), text
HTTP_TRUNCATED_JSON      half of a JSON object with status 200
HTTP_WRONG_CONTENT_TYPE  the right JSON as text/html
HTTP_EMPTY_BODY          status (200)
HTTP_NOT_OBJECT          a JSON list where an object is documented
HTTP_SLOW                delay_ms
HTTP_HANG                no answer, the connection stays open
HTTP_DROP                the connection is dropped without an answer; aiohttp's client
                         repeats a GET once by itself, so plan it twice
-----------------------  --------------------------------------------------------------
WebSocket handshakes
---------------------------------------------------------------------------------------
HANDSHAKE_ERROR          status (401, 403, 429, 5xx), retry_after
HANDSHAKE_HTML           as HTTP_HTML
HANDSHAKE_REDIRECT       as HTTP_REDIRECT
HANDSHAKE_HANG           no answer (black hole)
HANDSHAKE_DROP           as HTTP_DROP
ACCEPT_THEN_CLOSE        code (1013, 4001, ...), error (a frame before the close)
-----------------------  --------------------------------------------------------------
Speech (WebSockets; those with * also POST /v1/tts/generate)
---------------------------------------------------------------------------------------
CLOSE +                  code, reason
DROP * +                 the connection is dropped without a close frame (1006)
ERROR_FRAME +            as HTTP_ERROR; retry_after in the body; close (a code);
                         session (true: without context_id)
SILENCE * +              seconds (default: for ever): nothing more comes
SLOW_FIRST_AUDIO *       delay_ms
NOT_JSON +               one more frame: text (upstream connect error)
NOT_OBJECT +             one more frame: JSON but no object
BINARY_FRAME +           one more frame: binary
UNKNOWN_FRAME +          one more frame: fields (an unknown type)
UNKNOWN_KEYS             unknown keys in all audio frames
TRUNCATED_JSON           half of audio frame number after_frames
WRONG_TYPES +            fields (audio: 17) are changed in audio frame number after_frames;
                         at_end: fields (usage: "x") in the frame that bills
WRONG_SAMPLE_RATE *      sample_rate (half of what was asked for) is what the audio frames,
                         from number after_frames on, or the header say
HUGE_FRAME               megabytes (8) of padding in audio frame number after_frames
TRICKLE *                audio frame number after_frames leaves size (1) bytes at a time,
                         pause_ms (0) between them
INVALID_BASE64           instead of the audio of frame number after_frames
ODD_BYTES *              one byte of frame number after_frames is missing
BARE_AUDIO               audio frames with nothing but audio (and context_id)
EMPTY_AUDIO *            a proper end with no audio at all
TRUNCATED *              frames (1): the last ones are missing, the totals count them
LATE_WORDS               the times of all words come after all audio
NO_FINAL                 no final frame (old servers)
NO_SESSION_CLOSED        final is the last frame
NO_USAGE                 no usage object (old servers)
TWO_SESSION_CLOSED       a stale session_closed follows the real one
LATE_AUDIO               frames (5) between a cancel and its interrupted
AUDIO_AFTER_INTERRUPTED  frames (5) after the interrupted of a cancel
NO_INTERRUPTED           a cancel is not acknowledged
=======================  ==============================================================

Connections refused by the operating system: ``await simulator.refuse()`` and
``await simulator.admit()``. Idle sockets: ``await simulator.close_sockets(code)`` and
``simulator.drop_sockets()``.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Name the faults; the table above tells their parameters."""

    HTTP_ERROR = "http_error"
    HTTP_HTML = "http_html"
    HTTP_REDIRECT = "http_redirect"
    HTTP_PLAIN = "http_plain"
    HTTP_TRUNCATED_JSON = "http_truncated_json"
    HTTP_WRONG_CONTENT_TYPE = "http_wrong_content_type"
    HTTP_EMPTY_BODY = "http_empty_body"
    HTTP_NOT_OBJECT = "http_not_object"
    HTTP_SLOW = "http_slow"
    HTTP_HANG = "http_hang"
    HTTP_DROP = "http_drop"
    HANDSHAKE_ERROR = "handshake_error"
    HANDSHAKE_HTML = "handshake_html"
    HANDSHAKE_REDIRECT = "handshake_redirect"
    HANDSHAKE_HANG = "handshake_hang"
    HANDSHAKE_DROP = "handshake_drop"
    ACCEPT_THEN_CLOSE = "accept_then_close"
    CLOSE = "close"
    DROP = "drop"
    ERROR_FRAME = "error_frame"
    SILENCE = "silence"
    SLOW_FIRST_AUDIO = "slow_first_audio"
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    BINARY_FRAME = "binary_frame"
    UNKNOWN_FRAME = "unknown_frame"
    UNKNOWN_KEYS = "unknown_keys"
    TRUNCATED_JSON = "truncated_json"
    WRONG_TYPES = "wrong_types"
    WRONG_SAMPLE_RATE = "wrong_sample_rate"
    HUGE_FRAME = "huge_frame"
    TRICKLE = "trickle"
    INVALID_BASE64 = "invalid_base64"
    ODD_BYTES = "odd_bytes"
    BARE_AUDIO = "bare_audio"
    EMPTY_AUDIO = "empty_audio"
    TRUNCATED = "truncated"
    LATE_WORDS = "late_words"
    NO_FINAL = "no_final"
    NO_SESSION_CLOSED = "no_session_closed"
    NO_USAGE = "no_usage"
    TWO_SESSION_CLOSED = "two_session_closed"
    LATE_AUDIO = "late_audio"
    AUDIO_AFTER_INTERRUPTED = "audio_after_interrupted"
    NO_INTERRUPTED = "no_interrupted"


HTTP_FAULTS = frozenset(fault for fault in Fault if fault.startswith("http_"))
HANDSHAKE_FAULTS = frozenset(fault for fault in Fault if fault.startswith(("handshake_", "accept_")))
SPEECH_FAULTS = frozenset(Fault) - HTTP_FAULTS - HANDSHAKE_FAULTS


@dataclass(slots=True, kw_only=True)
class Strike:
    """Hold one fault that is to happen, with its parameters."""

    fault: Fault
    times: int | None = 1
    path: str = ""
    parameters: dict[str, object] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """Return a parameter as a number."""
        return float(str(self.parameters.get(name, default)))

    def suits(self, path: str) -> bool:
        """Tell whether the fault may strike an endpoint."""
        if not self.path:
            return True
        return path == self.path if path.startswith("/ws/") else path.startswith(self.path)

    @property
    def after_frames(self) -> int:
        """Return how many audio frames go out before the fault strikes."""
        return int(self.number("after_frames", 0))

    @property
    def at_end(self) -> bool:
        """Tell whether the fault strikes after all audio."""
        return bool(self.parameters.get("at_end"))

    def fields(self, default: dict[str, object]) -> dict[str, object]:
        """Return the fields that the fault puts into a frame."""
        fields = self.parameters.get("fields", default)
        if not isinstance(fields, dict):
            raise TypeError("fields must be an object")
        return fields


class FaultPlan:
    """Keep the faults to come."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._strikes: list[Strike] = []

    def add(
        self,
        fault: Fault | str,
        times: int | None = 1,
        *,
        path: str = "",
        **parameters: object,
    ) -> None:
        """Plan a fault for the next occasions that suit it."""
        self._strikes.append(Strike(fault=Fault(fault), times=times, path=path, parameters=parameters))

    def clear(self) -> None:
        """Forget all planned faults."""
        self._strikes.clear()

    @property
    def pending(self) -> list[Fault]:
        """Return the names of the faults that have not struck out yet."""
        return [strike.fault for strike in self._strikes]

    def take(self, kinds: frozenset[Fault], path: str) -> list[Strike]:
        """Return the faults that strike this occasion and count them."""
        taken = [strike for strike in self._strikes if strike.fault in kinds and strike.suits(path)]
        for strike in taken:
            if strike.times is not None:
                strike.times -= 1
        self._strikes = [strike for strike in self._strikes if strike.times != 0]
        return taken


class Struck:
    """Hold the faults of speech taken for one utterance."""

    def __init__(self, strikes: list[Strike]) -> None:
        """Keep the faults that have not happened yet."""
        self._strikes = strikes

    def find(self, fault: Fault) -> Strike | None:
        """Return a fault of the whole utterance if it was planned."""
        return next((strike for strike in self._strikes if strike.fault is fault), None)

    def at(self, fault: Fault, frames: int) -> Strike | None:
        """Return a fault of the audio frame that comes after so many."""
        strikes = (strike for strike in self._strikes if strike.fault is fault and not strike.at_end)
        return next((strike for strike in strikes if strike.after_frames == frames), None)

    def at_end(self, fault: Fault) -> Strike | None:
        """Return a fault of the frame that bills."""
        return next((strike for strike in self._strikes if strike.fault is fault and strike.at_end), None)

    def due(self, frames: int, *, ended: bool = False) -> list[Strike]:
        """Return the faults that strike once, now that so many frames are out."""
        due = [
            strike
            for strike in self._strikes
            if strike.fault in ONCE and (ended if strike.at_end else strike.after_frames <= frames)
        ]
        self._strikes = [strike for strike in self._strikes if strike not in due]
        return due


ONCE = frozenset(
    {
        Fault.CLOSE,
        Fault.DROP,
        Fault.ERROR_FRAME,
        Fault.SILENCE,
        Fault.NOT_JSON,
        Fault.NOT_OBJECT,
        Fault.BINARY_FRAME,
        Fault.UNKNOWN_FRAME,
    }
)

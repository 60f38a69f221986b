"""The faults that the simulator can be told to have.

``simulator.faults.add(Fault.CLOSE, times=1, code=1012, after_frames=2)``

``times`` counts the requests, handshakes or utterances that are struck (``None``:
until cleared). Every fault takes ``path``: it strikes only requests whose path begins
with it, and only the WebSocket endpoint whose path it is. The faults of speech are taken
when a request, turn or context begins and strike after ``after_frames`` audio frames of
it (default 0: before any frame of the answer). Those with + may strike ``at_end=True``
instead: after all audio, before the frame that ends it. Every fault takes ``skip``: it
lets so many occasions pass before it strikes (``skip=1, path="/ws/tts/stream"``: the
second turn from now on; ``skip=2, path="/ws/tts/multi"``: the third context).

=======================  ==============================================================
HTTP requests
---------------------------------------------------------------------------------------
HTTP_ERROR               error (a ``Failure``) or status, error_code, message;
                         retry_after (header, verbatim: 3, 2.5, a date); style;
                         date (header, verbatim: a server whose clock is wrong)
HTTP_HTML                status (502): a proxy's HTML page
HTTP_REDIRECT            status (302; 301, 303, 307, 308), location (/login, a page for a
                         browser)
HTTP_PLAIN               status (500), text
HTTP_TRUNCATED_JSON      half of a JSON object with status 200
HTTP_WRONG_CONTENT_TYPE  the right JSON as text/html
HTTP_EMPTY_BODY          status (200)
HTTP_NOT_OBJECT          a JSON list where an object is documented
HTTP_SLOW                delay_ms (1000), with ``times=None`` for each request
HTTP_HANG                no answer, the connection stays open
HTTP_DROP                the connection is dropped without an answer; aiohttp's client
                         repeats a GET once by itself, so plan it twice
-----------------------  --------------------------------------------------------------
WebSocket handshakes
---------------------------------------------------------------------------------------
HANDSHAKE_ERROR          status (401, 403, 429, 5xx), retry_after, date; the same key still
                         counts over REST
HANDSHAKE_HTML           as HTTP_HTML
HANDSHAKE_REDIRECT       as HTTP_REDIRECT
HANDSHAKE_HANG           no answer (black hole)
HANDSHAKE_DROP           as HTTP_DROP
ACCEPT_THEN_CLOSE        code (1013, 4001, ...), error (a frame before the close)
-----------------------  --------------------------------------------------------------
Open WebSockets
---------------------------------------------------------------------------------------
NO_PONG                  a ping is not answered (``times`` counts pings); all else goes on
-----------------------  --------------------------------------------------------------
Speech (WebSockets; those with * also POST /v1/tts/generate)
---------------------------------------------------------------------------------------
CLOSE +                  code, reason
DROP * +                 the connection is dropped without a close frame (1006)
ERROR_FRAME +            as HTTP_ERROR; retry_after in the body; close (a code);
                         session (true: without context_id)
SILENCE * +              seconds (default: for ever): nothing more comes
SLOW_FIRST_AUDIO *       delay_ms (1000), also 10 s and more
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
SPLIT_SAMPLES            frames have odd numbers of bytes: half a sample comes with the next
                         frame, nothing is missing
NULLS                    names (default: all): null for every field of every frame but the
                         first, which says what the frame is, and context_id; inner (false):
                         for the fields of usage and debug instead
BARE_AUDIO               audio frames with nothing but audio (and context_id)
EMPTY_AUDIO *            a proper end with no audio at all
TRUNCATED *              frames (1): the last ones of each text chunk are missing, the totals
                         count them
SWALLOWED_TEXT *         characters (default: half): the last ones of each text chunk are not
                         spoken; all totals are those of what was
LATE_WORDS               the times of all words come after all audio
NO_FINAL                 no final frame (old servers)
NO_SESSION_CLOSED        final is the last frame
NO_USAGE                 no usage object (old servers)
MAD_USAGE                fields (audio_seconds, characters and cost_cents out of all range) of
                         usage
USAGE_ROUNDED_UP         usage has whole seconds, rounded up
TOTALS_OFF               seconds (0.5, also less than 0): the totals of the frame that ends
                         are that much more than what was sent, usage is not
NOT_FINITE               names (default: all): NaN, Infinity and -Infinity for the numbers of
                         the frames that end
TWO_SESSION_CLOSED       a stale session_closed follows the real one
LATE_AUDIO               frames (5) between a cancel and its interrupted
AUDIO_AFTER_INTERRUPTED  frames (5) after the interrupted of a cancel, or the end of a context that is closed at once
NO_INTERRUPTED           a cancel is not acknowledged
=======================  ==============================================================

Connections refused by the operating system: ``await simulator.refuse()`` and
``await simulator.admit()``. Idle sockets: ``await simulator.close_sockets(code)``,
``simulator.drop_sockets()`` and ``simulator.forget_sockets()``: all idle sockets die quietly,
as if a router had forgotten them; nothing is answered any more, not even a close.
"""

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
    NO_PONG = "no_pong"
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
    SPLIT_SAMPLES = "split_samples"
    NULLS = "nulls"
    BARE_AUDIO = "bare_audio"
    EMPTY_AUDIO = "empty_audio"
    TRUNCATED = "truncated"
    SWALLOWED_TEXT = "swallowed_text"
    LATE_WORDS = "late_words"
    NO_FINAL = "no_final"
    NO_SESSION_CLOSED = "no_session_closed"
    NO_USAGE = "no_usage"
    MAD_USAGE = "mad_usage"
    USAGE_ROUNDED_UP = "usage_rounded_up"
    TOTALS_OFF = "totals_off"
    NOT_FINITE = "not_finite"
    TWO_SESSION_CLOSED = "two_session_closed"
    LATE_AUDIO = "late_audio"
    AUDIO_AFTER_INTERRUPTED = "audio_after_interrupted"
    NO_INTERRUPTED = "no_interrupted"


HTTP_FAULTS = frozenset(fault for fault in Fault if fault.startswith("http_"))
HANDSHAKE_FAULTS = frozenset(fault for fault in Fault if fault.startswith(("handshake_", "accept_")))
PING_FAULTS = frozenset({Fault.NO_PONG})
SPEECH_FAULTS = frozenset(Fault) - HTTP_FAULTS - HANDSHAKE_FAULTS - PING_FAULTS
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

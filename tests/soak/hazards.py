"""What goes wrong in a soak, at random but the same for the same seed, and how an utterance may end of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from tests.simulator import Fault

CLOSE_CODES = {
    1000: "connection_lost",
    1001: "connection_lost",
    1011: "server_error",
    1012: "out_of_service",
    1013: "out_of_service",
    4000: "server_error",
    4003: "insufficient_credits",
    4029: "rate_limited",
    4500: "out_of_service",
}
ERRORS = {
    "generation_failed": "server_error",
    "model_unavailable": "out_of_service",
    "empty_audio": "no_audio",
    "rate_limited": "rate_limited",
    "insufficient_credits": "insufficient_credits",
    "invalid_request": "request_refused",
}
HANDSHAKE_STATUSES = {401: "invalid_key", 429: "rate_limited", 500: "server_error", 503: "out_of_service"}
HTTP_STATUSES = {429: "rate_limited", 500: "server_error", 503: "out_of_service"}
LATEST_FRAME = 12
# A client that was told so lets fewer speak at once for a minute, and the others wait in vain.
CROWDED = "too_many_at_once"
LIMITING = "rate_limited"

type Parameters = dict[str, object]


@dataclass(frozen=True, slots=True)
class Hazard:
    """A fault of the simulator with its parameters, and the words for how an utterance that it strikes may fail."""

    fault: Fault
    parameters: Mapping[str, object]
    words: frozenset[str]

    @property
    def is_http(self) -> bool:
        """Tell whether it strikes requests other than speech, too."""
        return self.fault.startswith("http_")


@dataclass(frozen=True, slots=True)
class _Kind:
    fault: Fault
    words: str = ""
    weight: int = 4
    parameters: Callable[[Random], Parameters] = lambda _: {}


def _at_frame(random: Random) -> Parameters:
    return {"after_frames": random.randrange(LATEST_FRAME)}


def _anywhere(random: Random) -> Parameters:
    return {"at_end": True} if random.random() < 0.2 else _at_frame(random)


_SPEECH = (
    _Kind(Fault.DROP, "connection_lost", 12, _anywhere),
    _Kind(Fault.SILENCE, "server_silent", 4, _anywhere),
    _Kind(Fault.SLOW_FIRST_AUDIO, parameters=lambda random: {"delay_ms": random.randrange(200, 2000)}),
    _Kind(Fault.NOT_JSON, "protocol_error", parameters=_anywhere),
    _Kind(Fault.NOT_OBJECT, "protocol_error", parameters=_anywhere),
    _Kind(Fault.BINARY_FRAME, "protocol_error", parameters=_anywhere),
    _Kind(Fault.UNKNOWN_FRAME, parameters=_anywhere),
    _Kind(Fault.UNKNOWN_KEYS),
    # Less than 0.3 s may be silence that the server has trimmed.
    _Kind(Fault.TRUNCATED, "connection_lost", parameters=lambda _: {"frames": 3}),
    _Kind(Fault.TRUNCATED_JSON, "protocol_error", parameters=_at_frame),
    _Kind(Fault.WRONG_TYPES, "protocol_error", parameters=_anywhere),
    _Kind(Fault.WRONG_SAMPLE_RATE, "protocol_error", parameters=_at_frame),
    _Kind(Fault.HUGE_FRAME, "connection_lost", parameters=_at_frame),
    _Kind(Fault.TRICKLE, parameters=lambda random: {**_at_frame(random), "size": 64}),
    _Kind(Fault.INVALID_BASE64, "protocol_error", parameters=_at_frame),
    _Kind(Fault.ODD_BYTES, "protocol_error", parameters=_at_frame),
    _Kind(Fault.BARE_AUDIO),
    _Kind(Fault.EMPTY_AUDIO, "no_audio"),
    _Kind(Fault.NO_FINAL, "server_silent", 2),
    _Kind(Fault.NO_SESSION_CLOSED),
    _Kind(Fault.NO_USAGE),
    _Kind(Fault.TWO_SESSION_CLOSED),
)
_HANDSHAKES = (
    _Kind(Fault.HANDSHAKE_HTML, "server_error", parameters=lambda _: {"status": 502}),
    # It sends everything over REST until the next reload.
    _Kind(Fault.HANDSHAKE_REDIRECT, "websocket_refused", 1),
    _Kind(Fault.HANDSHAKE_HANG, "timed_out"),
    _Kind(Fault.HANDSHAKE_DROP, "cannot_connect"),
)
_HTTP = (
    _Kind(Fault.HTTP_HTML, "server_error"),
    _Kind(Fault.HTTP_PLAIN, "server_error"),
    _Kind(Fault.HTTP_TRUNCATED_JSON, "not_kugelaudio"),
    _Kind(Fault.HTTP_EMPTY_BODY, "not_kugelaudio"),
    _Kind(Fault.HTTP_NOT_OBJECT, "not_kugelaudio"),
    _Kind(Fault.HTTP_SLOW),
    _Kind(Fault.HTTP_DROP, "connection_lost cannot_connect"),
)
_CHOSEN_BY_CODE: tuple[tuple[int, Callable[[Random], Hazard]], ...] = (
    (16, lambda random: _coded(random, Fault.CLOSE, "code", CLOSE_CODES, _anywhere(random))),
    (16, lambda random: _coded(random, Fault.ERROR_FRAME, "error", ERRORS, _anywhere(random))),
    (8, lambda random: _coded(random, Fault.HANDSHAKE_ERROR, "status", HANDSHAKE_STATUSES, {})),
    (4, lambda random: _coded(random, Fault.ACCEPT_THEN_CLOSE, "code", CLOSE_CODES, {})),
    (4, lambda random: _coded(random, Fault.HTTP_ERROR, "status", HTTP_STATUSES, {})),
)
_PLAIN = (*_SPEECH, *_HANDSHAKES, *_HTTP)


def random_hazard(random: Random) -> Hazard:
    """Return one of all hazards."""
    makers = [*(maker for _, maker in _CHOSEN_BY_CODE), *map(_plain, _PLAIN)]
    weights = [*(weight for weight, _ in _CHOSEN_BY_CODE), *(kind.weight for kind in _PLAIN)]
    (maker,) = random.choices(makers, weights)
    return maker(random)


def _plain(kind: _Kind) -> Callable[[Random], Hazard]:
    return lambda random: Hazard(kind.fault, kind.parameters(random), frozenset(kind.words.split()))


def _coded[T](random: Random, fault: Fault, name: str, words: Mapping[T, str], more: Parameters) -> Hazard:
    code = random.choice(tuple(words))
    return Hazard(fault, {name: code, **more}, frozenset({words[code]}))

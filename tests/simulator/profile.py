"""How the simulated provider behaves where the real one may vary."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf


class HandshakeRefusal(StrEnum):
    """Name the ways in which a WebSocket refuses a bad key."""

    HTTP_401 = "http_401"
    HTTP_403 = "http_403"
    CLOSE_4001 = "close_4001"


class ErrorStyle(StrEnum):
    """Name the shapes of an error body."""

    NEW = "new"
    OLD = "old"
    FASTAPI = "fastapi"


class Envelope(StrEnum):
    """Name the shapes of a list that succeeded: bare, as ``data`` itself, or named within ``data``."""

    NONE = "none"
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold the timings and the answers to the provider's open questions."""

    handshake_ms: float = 0
    first_audio_ms: float = 0
    speed: float | None = None
    frame_ms: int = 200

    http_auth_status: int = 401
    handshake_refusal: HandshakeRefusal = HandshakeRefusal.HTTP_401
    accept_header_key: bool = True
    accept_query_key: bool = True
    bearer_only: bool = False
    public_models: bool = True
    close_after_refusal: bool = True

    envelope: Envelope = Envelope.NONE
    error_style: ErrorStyle = ErrorStyle.NEW
    request_id_header: bool = True
    request_id_in_frames: bool = True
    retry_after_header: bool = True
    unknown_field_status: int = 400
    too_long_status: int = 413
    max_text_length: int = 10_000

    honour_language: bool = True
    paging: bool = True
    unknown_enums: bool = True
    numeric_voice_ids: bool = False
    models: tuple[str, ...] = ()
    """Those that are listed; none: all that are current."""
    strict_models: bool = False
    health_endpoints: bool = True
    dictionary_endpoints: bool = True
    usage_endpoint: bool = False
    usage: bool = True
    cost: bool = True

    final: bool = True
    is_final: bool = False
    debug: bool = True
    chunk_ids: bool = True
    chunk_frames: tuple[str, ...] = ("/ws/tts/stream", "/ws/tts/multi")
    flush_ends_turn: bool = True
    close_ends_socket: bool = False
    close_drops_rest: bool = False
    """Of a context: what is not made yet when it is closed."""
    answer_empty_flush: bool = False
    empty_text_keeps_turn: bool = False
    strict_speak: bool = False
    late_frames: int = 1
    session_started: bool = False
    unknown_messages: tuple[str, ...] = ()

    idle_turn_s: float = 5.0
    context_idle_s: float = 20.0
    max_contexts: int = 20


REALISTIC = Profile(handshake_ms=60, first_audio_ms=60, speed=8.0)
SEEDS = Profile(
    accept_header_key=False,
    bearer_only=True,
    public_models=False,
    envelope=Envelope.LIST,
    error_style=ErrorStyle.OLD,
    request_id_header=False,
    request_id_in_frames=False,
    retry_after_header=False,
    unknown_field_status=422,
    too_long_status=400,
    max_text_length=4_096,
    honour_language=False,
    paging=False,
    unknown_enums=False,
    numeric_voice_ids=True,
    models=("kugel-3",),
    health_endpoints=False,
    dictionary_endpoints=False,
    usage=False,
    is_final=True,
    debug=False,
    chunk_ids=False,
    chunk_frames=("/ws/tts/multi",),
    flush_ends_turn=False,
    unknown_messages=("cancel", "immediate", "update_settings", "end_session"),
    idle_turn_s=inf,
)
SEEDS_BOTH_KEYS = replace(SEEDS, accept_header_key=True)
PROVIDERS = {"current": Profile(), "seeds": SEEDS, "seeds-both-keys": SEEDS_BOTH_KEYS}

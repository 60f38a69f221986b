"""How the simulated provider behaves where the real one may vary."""

from dataclasses import dataclass
from enum import StrEnum


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
    close_after_refusal: bool = True

    error_style: ErrorStyle = ErrorStyle.NEW
    request_id_in_frames: bool = True
    too_long_status: int = 413
    max_text_length: int = 10_000

    honour_language: bool = True
    unknown_enums: bool = True
    usage_endpoint: bool = False
    usage: bool = True
    cost: bool = True

    final: bool = True
    chunk_ids: bool = True
    answer_empty_flush: bool = False
    empty_text_keeps_turn: bool = False
    strict_speak: bool = False
    late_frames: int = 1
    session_started: bool = False

    idle_turn_s: float = 5.0
    context_idle_s: float = 20.0
    max_contexts: int = 20
    max_connections: int | None = None


REALISTIC = Profile(handshake_ms=60, first_audio_ms=60, speed=8.0)

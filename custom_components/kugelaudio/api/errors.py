"""What can go wrong between this client and KugelAudio."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar


class KugelAudioError(Exception):
    """Base of every error that leaves the client.

    Carries codes only: a server's validation message may repeat the text that was to be spoken.
    """

    default_code: ClassVar[str] = "UNKNOWN"
    retryable: ClassVar[bool] = False
    retry_delay_s: ClassVar[float] = 1.0

    def __init__(
        self,
        code: str | None = None,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Keep what identifies the failure; `status` is an HTTP status or a close code."""
        self.code = code or self.default_code
        self.status = status
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        parts = [self.code]
        if status is not None:
            parts.append(f"status {status}")
        if request_id is not None:
            parts.append(f"request {request_id}")
        super().__init__(", ".join(parts))


class AuthenticationError(KugelAudioError):
    """The key is missing, wrong or revoked."""

    default_code = "UNAUTHORIZED"


class PermissionDeniedError(KugelAudioError):
    """The key is valid, but may not do this."""

    default_code = "PERMISSION_DENIED"


class InsufficientCreditsError(KugelAudioError):
    """The organisation has no credits left."""

    default_code = "INSUFFICIENT_CREDITS"


class NotFoundError(KugelAudioError):
    """The voice, or another thing named in the request, does not exist for this key."""

    default_code = "NOT_FOUND"


class InvalidRequestError(KugelAudioError):
    """The server refuses the values of the request."""

    default_code = "VALIDATION_ERROR"


class MissingVoiceError(InvalidRequestError):
    """The request names no voice."""

    default_code = "MISSING_VOICE_ID"


class TextTooLongError(InvalidRequestError):
    """The text exceeds what the server takes at once."""

    default_code = "TEXT_TOO_LONG"


class RateLimitedError(KugelAudioError):
    """Too many requests, or too many at the same time."""

    default_code = "RATE_LIMITED"
    retryable = True


class ServerError(KugelAudioError):
    """The server failed to make the audio."""

    default_code = "INTERNAL_ERROR"
    retryable = True


class UnavailableError(KugelAudioError):
    """The service or the model is overloaded or down for now."""

    default_code = "MODEL_UNAVAILABLE"
    retryable = True


class ServerRestartingError(UnavailableError):
    """The server closes connections because it is being replaced."""

    default_code = "SERVER_RESTARTING"


class EmptyAudioError(KugelAudioError):
    """The server ended the utterance without a single sample."""

    default_code = "EMPTY_AUDIO"
    retryable = True


class CannotConnectError(KugelAudioError):
    """No connection: network, DNS or TLS."""

    default_code = "CANNOT_CONNECT"
    retryable = True


class WebSocketRefusedError(CannotConnectError):
    """Something between here and the server does not let WebSockets through."""

    default_code = "WEBSOCKET_REFUSED"
    retry_delay_s = 0.0


class TimedOutError(KugelAudioError):
    """The server took too long to answer."""

    default_code = "TIMED_OUT"
    retryable = True


class ConnectionLostError(KugelAudioError):
    """The connection ended before the audio was complete."""

    default_code = "CONNECTION_LOST"
    retryable = True
    retry_delay_s = 0.0


class TextStalledError(KugelAudioError):
    """Whoever writes the text neither went on nor ended."""

    default_code = "TEXT_STALLED"


class TextFailedError(KugelAudioError):
    """Whoever writes the text failed before its end."""

    default_code = "TEXT_FAILED"


class EmptyTextError(KugelAudioError):
    """There is nothing to speak."""

    default_code = "EMPTY_TEXT"


class ProtocolError(KugelAudioError):
    """The server sent something that is no valid frame."""

    default_code = "PROTOCOL_ERROR"


class NotKugelAudioError(KugelAudioError):
    """The address answers, but not as KugelAudio does."""

    default_code = "NOT_KUGELAUDIO"


# Some statuses say more than the code beside them: 403 carries UNAUTHORIZED although the key is valid, 413 and 503
# carry the general VALIDATION_ERROR and INTERNAL_ERROR.
_BY_DECISIVE_STATUS: dict[int, type[KugelAudioError]] = {
    403: PermissionDeniedError,
    413: TextTooLongError,
    503: UnavailableError,
}
_BY_CODE: dict[str, type[KugelAudioError]] = {
    "UNAUTHORIZED": AuthenticationError,
    "FORBIDDEN": PermissionDeniedError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "INSUFFICIENT_CREDITS": InsufficientCreditsError,
    "NOT_FOUND": NotFoundError,
    "INVALID_REQUEST": InvalidRequestError,
    "VALIDATION_ERROR": InvalidRequestError,
    "MISSING_VOICE_ID": MissingVoiceError,
    "RATE_LIMITED": RateLimitedError,
    "TOO_MANY_CONTEXTS": RateLimitedError,
    "INTERNAL_ERROR": ServerError,
    "MODEL_UNAVAILABLE": UnavailableError,
    "EMPTY_AUDIO": EmptyAudioError,
}
_BY_STATUS: dict[int, type[KugelAudioError]] = {
    401: AuthenticationError,
    402: InsufficientCreditsError,
    429: RateLimitedError,
}
_BY_CLOSE_CODE: dict[int, type[KugelAudioError]] = {
    1011: ServerError,
    1012: ServerRestartingError,
    1013: ServerRestartingError,
    4000: ServerError,
    4001: AuthenticationError,
    4003: InsufficientCreditsError,
    4029: RateLimitedError,
    4500: UnavailableError,
}
_FIRST_SERVER_ERROR = 500


def _classify(code: str | None, status: int | None) -> type[KugelAudioError]:
    """Choose the class by the server's code first, then by the status."""
    if decisive := _BY_DECISIVE_STATUS.get(status or 0):
        return decisive
    if code is not None and (named := _BY_CODE.get(code)):
        return named
    if by_status := _BY_STATUS.get(status or 0):
        return by_status
    if status == 404:  # noqa: PLR2004 - "not found" without the server's code: a path that does not exist there
        return NotKugelAudioError
    return InvalidRequestError if status and status < _FIRST_SERVER_ERROR else ServerError


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def error_from_body(
    body: object, status: int | None, *, request_id: str | None = None, retry_after: str | None = None
) -> KugelAudioError:
    """Build the error that a decoded HTTP body or WebSocket frame describes.

    Understands the flat shape, the older nested one, FastAPI's `detail`, and bodies that are no JSON object.
    """
    data = body if isinstance(body, Mapping) else {}
    error = data.get("error")
    nested = error if isinstance(error, Mapping) else {}
    code = _text(data.get("error_code")) or _text(nested.get("code"))
    code = code.upper() if code else None
    meta = data.get("meta")
    details = nested.get("details")
    frame_status = data.get("code")
    if isinstance(frame_status, int) and not isinstance(frame_status, bool):
        status = frame_status
    delay = data.get("retry_after")
    if delay is None and isinstance(details, Mapping):
        delay = details.get("retry_after")
    return _classify(code, status)(
        code,
        status=status,
        request_id=(
            _text(data.get("request_id"))
            or (_text(meta.get("request_id")) if isinstance(meta, Mapping) else None)
            or request_id
        ),
        retry_after_s=parse_retry_after(delay if delay is not None else retry_after),
    )


def error_from_close(close_code: int | None) -> KugelAudioError:
    """Build the error that a WebSocket close code stands for; any unforeseen close is a loss."""
    return _BY_CLOSE_CODE.get(close_code or 0, ConnectionLostError)(status=close_code)


def error_from_handshake(status: int, headers: Mapping[str, str]) -> KugelAudioError:
    """Build the error that a refused WebSocket upgrade stands for.

    403 means an unknown key here, unlike on HTTP. Other 4xx and redirects come from something in between.
    """
    request_id = headers.get("x-request-id")
    if status in {401, 403}:
        return AuthenticationError(status=status, request_id=request_id)
    if status in {402, 429} or status >= _FIRST_SERVER_ERROR:
        return error_from_body(None, status, request_id=request_id, retry_after=headers.get("Retry-After"))
    return WebSocketRefusedError(status=status, request_id=request_id)


def parse_retry_after(value: object) -> float | None:
    """Return seconds from a number, a numeric text or an HTTP date; None when it is none of these."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(str(value))
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None

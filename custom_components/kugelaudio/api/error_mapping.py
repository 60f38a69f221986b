"""Which error the codes of the server, of WebSockets and of the network stand for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientConnectorDNSError, ClientError, ClientSSLError

from .errors import (
    AuthenticationError,
    CannotConnectError,
    ConnectionLostError,
    EmptyAudioError,
    InsufficientCreditsError,
    InvalidRequestError,
    KugelAudioError,
    MissingVoiceError,
    NameNotFoundError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    ServerRestartingError,
    TextTooLongError,
    UnavailableError,
    UntrustedServerError,
    WebSocketRefusedError,
)

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


def error_from_connecting(error: ClientError) -> CannotConnectError:
    """Build the error for a connection that did not come about. Keeps nothing of aiohttp's: it holds the key."""
    match error:
        case ClientConnectorDNSError():
            return NameNotFoundError()
        case ClientSSLError():
            return UntrustedServerError()
        case _:
            return CannotConnectError()


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
    except OverflowError:
        return None
    except ValueError:
        try:
            date = parsedate_to_datetime(str(value))
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None

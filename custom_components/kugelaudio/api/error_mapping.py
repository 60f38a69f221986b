"""Which error the codes of the server, of WebSockets and of the network stand for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import ClientConnectorDNSError, ClientError, ClientSSLError
from yarl import URL

from . import reading
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
    RedirectedError,
    ServerError,
    ServerRestartingError,
    TextTooLongError,
    TooManyConnectionsError,
    UnavailableError,
    UntrustedServerError,
    UpgradeRedirectedError,
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
# What servers write beside any status that has no code of its own.
_GENERAL_CODES: Final = {"INVALID_REQUEST", "VALIDATION_ERROR", "INTERNAL_ERROR"}
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
_REDIRECTS = range(300, 400)
# The words for a text that is too long, of servers that call it a rate limit, and of the oldest ones.
_TOO_LONG_MESSAGES: Final = {"request exceeds the maximum character limit", "text exceeds maximum length"}
_LIMIT_NAMES: Final = ("max_length", "max_characters", "max_text_length", "max_input_length", "character_limit")
_LONGEST_DELAY_S: Final = 86_400.0


def _classify(code: str | None, status: int | None) -> type[KugelAudioError]:
    """Choose the class by the server's code first, then by the status; a general code says less than some of these."""
    if decisive := _BY_DECISIVE_STATUS.get(status or 0):
        return decisive
    by_status, named = _BY_STATUS.get(status or 0), _BY_CODE.get(code or "")
    if by_status and (named is None or code in _GENERAL_CODES):
        return by_status
    if named:
        return named
    if status == 404:  # noqa: PLR2004 - "not found" without the server's code: a path that does not exist there
        return NotKugelAudioError
    return InvalidRequestError if status and status < _FIRST_SERVER_ERROR else ServerError


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def error_from_body(
    body: object,
    status: int | None,
    *,
    request_id: str | None = None,
    retry_after: str | None = None,
    answered_at: str | None = None,
    has_text: bool = True,
) -> KugelAudioError:
    """Build the error that a decoded HTTP body or WebSocket frame describes.

    Understands the flat shape, the older nested one, FastAPI's `detail`, and bodies that are no JSON object. What
    headers tell is given beside it: `Retry-After`, and `Date` as `answered_at`. A request that has no text is refused
    for another reason than its length, whatever the words.
    """
    data = body if isinstance(body, Mapping) else {}
    error = data.get("error")
    nested = error if isinstance(error, Mapping) else {}
    code = _text(data.get("error_code")) or _text(nested.get("code"))
    code = code.upper() if code else None
    details = next((place for place in (nested.get("details"), data.get("details")) if isinstance(place, Mapping)), {})
    frame_status = reading.integer(data.get("code"))
    status = status if frame_status is None else frame_status
    delays = (data.get("retry_after"), details.get("retry_after"), retry_after)
    delay = next((delay for delay in delays if delay is not None), None)
    kind = _classify(code, status)
    message = _text(error) or _text(nested.get("message"))
    if not has_text:
        kind = InvalidRequestError if kind is TextTooLongError else kind
    elif issubclass(kind, InvalidRequestError | RateLimitedError) and _is_too_long(message, details, delay):
        kind = TextTooLongError
    found = kind(
        code,
        status=status,
        request_id=_text(data.get("request_id")) or reading.request_id_of(data) or request_id,
        retry_after_s=parse_retry_after(delay, answered_at),
    )
    if isinstance(found, TextTooLongError):
        found.limit_characters = _limit(details)
    return found


def _is_too_long(message: str | None, details: Mapping[str, object], delay: object) -> bool:
    """Tell whether an error is about the length of the text, whatever its code.

    The numbers tell it, or the documented words as a whole. With a delay it is about time, for no text gets shorter.
    """
    length, limit = reading.count(details.get("provided_length")), _limit(details)
    if length is not None and limit is not None:
        return length > limit
    return delay is None and message is not None and message.casefold().rstrip(".") in _TOO_LONG_MESSAGES


def _limit(details: Mapping[str, object]) -> int | None:
    """Return how many characters the server takes at once, if it tells."""
    return next((limit for name in _LIMIT_NAMES if (limit := reading.count(details.get(name)))), None)


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


def error_from_redirect(status: int, headers: Mapping[str, str], url: URL | None) -> RedirectedError:
    """Build the error for an HTTP answer that leads elsewhere than `url`."""
    return RedirectedError.to(_place(headers, url), status=status, request_id=headers.get("x-request-id"))


def _place(headers: Mapping[str, str], url: URL | None) -> str:
    """Return where a redirect leads, without path and query."""
    try:
        return str((url or URL()).join(URL(headers.get("Location", ""))).origin())
    except ValueError:
        return "-"


def is_redirect(status: int) -> bool:
    """Tell whether an answer leads elsewhere."""
    return status in _REDIRECTS


def error_from_handshake(status: int, headers: Mapping[str, str], url: URL | None = None) -> KugelAudioError:
    """Build the error that a refused WebSocket upgrade stands for.

    403 means an unknown key here, unlike on HTTP, or something in between; so do other 4xx.
    """
    request_id = headers.get("x-request-id")
    if status in {401, 403}:
        return AuthenticationError(status=status, request_id=request_id)
    if is_redirect(status):
        return UpgradeRedirectedError.to(_place(headers, url), status=status, request_id=request_id)
    if status == 429:  # noqa: PLR2004 - of an upgrade: the account's connections are too many
        delay_s = parse_retry_after(headers.get("Retry-After"), headers.get("Date"))
        return TooManyConnectionsError(status=status, request_id=request_id, retry_after_s=delay_s)
    if status == 402 or status >= _FIRST_SERVER_ERROR:  # noqa: PLR2004 - what the server itself says
        retry_after, answered_at = headers.get("Retry-After"), headers.get("Date")
        return error_from_body(None, status, request_id=request_id, retry_after=retry_after, answered_at=answered_at)
    return WebSocketRefusedError(status=status, request_id=request_id)


def parse_retry_after(value: object, answered_at: str | None = None) -> float | None:
    """Return seconds from a number, a numeric text or an HTTP date; None when it is none of these, or out of reason.

    A date is relative to the one of the answer: the clocks of server and home may differ.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    except ValueError:
        if (date := _date(str(value))) is None:
            return None
        seconds = (date - (_date(answered_at or "") or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds <= _LONGEST_DELAY_S else None


def _date(text: str) -> datetime | None:
    """Return the moment that an HTTP header tells, None when it tells none."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)

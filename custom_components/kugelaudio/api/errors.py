"""What can go wrong between this client and KugelAudio."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, Self

_FIRST_CLOSE_CODE: Final = 1000
_LONGEST_NAME: Final = 40


class KugelAudioError(Exception):
    """Base of every error that leaves the client.

    Carries codes only: a server's validation message may repeat the text that was to be spoken.
    """

    default_code: ClassVar[str] = "UNKNOWN"
    retryable: ClassVar[bool] = False
    retry_delay_s: ClassVar[float] = 1.0
    # What a message about it names, beside the code.
    names: Mapping[str, str] = MappingProxyType({})

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


class WrongRegionError(AuthenticationError):
    """The key is refused here, but valid on the servers of another region."""

    default_code = "WRONG_REGION"


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


class ModelNotFoundError(InvalidRequestError):
    """The request is refused, and the server does not offer the model that it names."""

    default_code = "MODEL_NOT_FOUND"


class TextTooLongError(InvalidRequestError):
    """The text exceeds what the server takes at once; `limit_characters` is how much that is, if the server tells."""

    default_code = "TEXT_TOO_LONG"

    limit_characters: int | None = None
    names = MappingProxyType({"limit": "50000"})

    @classmethod
    def over(cls, limit: int) -> Self:
        """Return one that tells how many characters are taken at once."""
        error = cls()
        error.names = MappingProxyType({"limit": str(limit)})
        return error


class RateLimitedError(KugelAudioError):
    """Too many requests, or too many at the same time."""

    default_code = "RATE_LIMITED"
    retryable = True


class TooManyConnectionsError(RateLimitedError):
    """The server refuses one more connection of the same account."""

    default_code = "TOO_MANY_CONNECTIONS"


class TooManyAtOnceError(KugelAudioError):
    """The utterance waited too long for others of the same account to end."""

    default_code = "TOO_MANY_AT_ONCE"


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
    """No connection: the network, or nobody who listens."""

    default_code = "CANNOT_CONNECT"
    retryable = True


class NameNotFoundError(CannotConnectError):
    """DNS does not know the name of the server, or does not answer."""

    default_code = "NAME_NOT_FOUND"


class UntrustedServerError(CannotConnectError):
    """TLS fails: a certificate that is not accepted, or no TLS at all."""

    default_code = "TLS_FAILED"
    retryable = False


class WebSocketRefusedError(CannotConnectError):
    """Something between here and the server does not let WebSockets through."""

    default_code = "WEBSOCKET_REFUSED"
    retry_delay_s = 0.0


class RedirectedError(CannotConnectError):
    """The address leads elsewhere, and nothing of the account is sent there unasked."""

    default_code = "REDIRECTED"
    retryable = False

    names = MappingProxyType({"place": "-"})

    @classmethod
    def to(cls, place: str, *, status: int, request_id: str | None) -> Self:
        """Return one that tells where the address leads: scheme, host and port, for all else may be secret."""
        error = cls(status=status, request_id=request_id)
        error.names = MappingProxyType({"place": place})
        return error


class UpgradeRedirectedError(RedirectedError, WebSocketRefusedError):
    """The address of the WebSockets leads elsewhere."""

    retryable = True
    retry_delay_s = 0.0


class TimedOutError(KugelAudioError):
    """The server took too long to answer."""

    default_code = "TIMED_OUT"


class ConnectTimedOutError(TimedOutError):
    """No connection came about in time."""

    default_code = "CONNECT_TIMED_OUT"
    retryable = True
    retry_delay_s = 0.0


class SilentServerError(TimedOutError):
    """The server accepted the text, and then said nothing for too long."""

    default_code = "SERVER_SILENT"
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


class OptionRefusedError(KugelAudioError):
    """The call asks for something that cannot be made."""

    default_code = "OPTION_REFUSED"


class UnknownNameError(KugelAudioError):
    """The text calls for a voice by a name that nobody has."""

    default_code = "UNKNOWN_NAME"

    names = MappingProxyType({"name": "-", "close": "-"})

    @classmethod
    def calling(cls, named: str, close: Sequence[str]) -> Self:
        """Return one that tells the name, shortened if a text became one by accident, and those that are close."""
        error = cls()
        shown = named if len(named) <= _LONGEST_NAME else f"{named[:_LONGEST_NAME]}…"
        error.names = MappingProxyType({"name": shown, "close": ", ".join(close) or "-"})
        return error


class ProtocolError(KugelAudioError):
    """The server sent something that is no valid frame."""

    default_code = "PROTOCOL_ERROR"


class NotKugelAudioError(KugelAudioError):
    """The address answers, but not as KugelAudio does."""

    default_code = "NOT_KUGELAUDIO"


def status_by_kind(status: int | None) -> dict[str, int | None]:
    """Return a status by its kind: that of HTTP, or the code with which a WebSocket was closed."""
    is_close_code = status is not None and status >= _FIRST_CLOSE_CODE
    return {"http_status": None if is_close_code else status, "close_code": status if is_close_code else None}

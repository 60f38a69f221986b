"""The provider's documented errors and the shapes of their bodies."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from .profile import ErrorStyle

OLD_CODES = {
    "VALIDATION_ERROR": "invalid_request",
    "MISSING_VOICE_ID": "invalid_request",
    "UNAUTHORIZED": "unauthorized",
    "PERMISSION_DENIED": "forbidden",
    "NOT_FOUND": "not_found",
    "RATE_LIMITED": "rate_limited",
    "INSUFFICIENT_CREDITS": "insufficient_credits",
}


class Failure(StrEnum):
    """Name the rows of the provider's error table."""

    INVALID_REQUEST = "invalid_request"
    INVALID_JSON = "invalid_json"
    MISSING_VOICE_ID = "missing_voice_id"
    UNAUTHORIZED = "unauthorized"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    FORBIDDEN = "forbidden"
    PERMISSION_DENIED = "permission_denied"
    VOICE_NOT_FOUND = "voice_not_found"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_TOO_LONG_OLD = "text_too_long_old"
    TEXT_TOO_LONG_OLDEST = "text_too_long_oldest"
    UNPROCESSABLE = "unprocessable"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_CONTEXTS = "too_many_contexts"
    GENERATION_FAILED = "generation_failed"
    EMPTY_AUDIO = "empty_audio"
    NOT_AVAILABLE = "not_available"
    BAD_GATEWAY = "bad_gateway"
    CATALOGUE_UNAVAILABLE = "catalogue_unavailable"
    MODEL_UNAVAILABLE = "model_unavailable"


TOO_LONG = "Request exceeds the maximum character limit"
TOO_MANY = "Too many concurrent contexts (max {max}); close an existing context before opening a new one."
ROWS: dict[Failure, tuple[int, str | None, str]] = {
    Failure.INVALID_REQUEST: (400, "VALIDATION_ERROR", "Invalid request"),
    Failure.INVALID_JSON: (400, "VALIDATION_ERROR", "Invalid JSON body"),
    Failure.MISSING_VOICE_ID: (400, "MISSING_VOICE_ID", "voice_id is required"),
    Failure.UNAUTHORIZED: (401, "UNAUTHORIZED", "Invalid API key"),
    Failure.INSUFFICIENT_CREDITS: (402, "INSUFFICIENT_CREDITS", "Insufficient credits"),
    Failure.FORBIDDEN: (403, "UNAUTHORIZED", "Forbidden"),
    Failure.PERMISSION_DENIED: (403, "PERMISSION_DENIED", "Permission denied"),
    Failure.VOICE_NOT_FOUND: (404, "NOT_FOUND", "Voice not found"),
    Failure.TEXT_TOO_LONG: (413, "VALIDATION_ERROR", TOO_LONG),
    Failure.TEXT_TOO_LONG_OLD: (429, "RATE_LIMITED", TOO_LONG),
    Failure.TEXT_TOO_LONG_OLDEST: (400, "VALIDATION_ERROR", "Text exceeds maximum length"),
    Failure.UNPROCESSABLE: (422, None, "Unprocessable entity"),
    Failure.RATE_LIMITED: (429, "RATE_LIMITED", "Rate limit exceeded"),
    Failure.TOO_MANY_CONTEXTS: (429, "TOO_MANY_CONTEXTS", TOO_MANY.format(max=20)),
    Failure.GENERATION_FAILED: (500, "INTERNAL_ERROR", "Audio generation failed"),
    Failure.EMPTY_AUDIO: (500, "EMPTY_AUDIO", "No audio was generated"),
    Failure.NOT_AVAILABLE: (
        501,
        "VALIDATION_ERROR",
        "Voice management is not available",
    ),
    Failure.BAD_GATEWAY: (502, None, "Bad gateway"),
    Failure.CATALOGUE_UNAVAILABLE: (
        503,
        "INTERNAL_ERROR",
        "voice catalog temporarily unavailable",
    ),
    Failure.MODEL_UNAVAILABLE: (
        503,
        "MODEL_UNAVAILABLE",
        "The requested model is temporarily unavailable. Please try again shortly.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """Describe one error as the provider words it."""

    status: int
    error_code: str | None
    message: str
    style: ErrorStyle | None = None
    retry_after: object = None
    date: str | None = None
    details: dict[str, object] | None = None

    @classmethod
    def of(cls, failure: Failure, message: str | None = None) -> Self:
        """Return a row of the table, with its own or another message."""
        status, error_code, text = ROWS[failure]
        return cls(status=status, error_code=error_code, message=message or text)

    @classmethod
    def from_parameters(cls, parameters: dict[str, object]) -> Self:
        """Return the error that a fault's parameters ask for."""
        style = parameters.get("style")
        row = ROWS.get(Failure(str(parameters.get("error", Failure.GENERATION_FAILED))))
        status, error_code, message = row or (500, None, "")
        if "status" in parameters:
            status = int(str(parameters["status"]))
            same = [row for row in ROWS.values() if row[0] == status]
            _, error_code, message = same[0] if same else (status, None, "Error")
        return cls(
            status=status,
            error_code=_text(parameters.get("error_code", error_code)),
            message=str(parameters.get("message", message)),
            style=None if style is None else ErrorStyle(str(style)),
            retry_after=parameters.get("retry_after"),
            date=_text(parameters.get("date")),
        )

    def body(self, style: ErrorStyle) -> dict[str, object]:
        """Return the body of an HTTP answer."""
        if self.status == 422:
            problem = {"loc": ["body"], "msg": self.message, "type": "value_error"}
            return {"detail": [problem]}
        if (self.style or style) is ErrorStyle.FASTAPI:
            return {"detail": self.message}
        return self.frame(style)

    def frame(self, style: ErrorStyle) -> dict[str, object]:
        """Return the frame of a WebSocket: FastAPI's shape does not occur there."""
        if (self.style or style) is ErrorStyle.OLD:
            code = OLD_CODES.get(self.error_code or "", "internal_error")
            error: dict[str, object] = {"code": code, "message": self.message}
            retry = {} if self.retry_after is None else {"retry_after": self.retry_after}
            if details := (self.details or {}) | retry:
                error["details"] = details
            return {"error": error}
        flat: dict[str, object] = {"error": self.message, "code": self.status}
        if self.error_code is not None:
            flat["error_code"] = self.error_code
        return flat


class ApiError(Exception):
    """Refuse a request with an error of the provider."""

    def __init__(
        self,
        failure: Failure,
        message: str | None = None,
        *,
        retry_after: object = None,
        details: dict[str, object] | None = None,
    ) -> None:
        """Keep the answer to give; only bodies of the old style have room for details."""
        self.answer = replace(ErrorAnswer.of(failure, message), retry_after=retry_after, details=details)
        super().__init__(self.answer.message)


class RefusedError(ApiError):
    """Refuse a request with an answer that a fault asks for."""

    def __init__(self, answer: ErrorAnswer) -> None:
        """Keep the answer to give."""
        super().__init__(Failure.GENERATION_FAILED)
        self.answer = answer


def invalid(problem: str) -> ApiError:
    """Return the refusal of an invalid value."""
    return ApiError(Failure.INVALID_REQUEST, f"Invalid request: {problem}")


def _text(value: object) -> str | None:
    return None if value is None else str(value)

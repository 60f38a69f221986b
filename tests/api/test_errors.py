"""Which error a failure of the server is."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.kugelaudio.api.error_mapping import (
    error_from_body,
    error_from_close,
    error_from_handshake,
    parse_retry_after,
)
from custom_components.kugelaudio.api.errors import (
    AuthenticationError,
    ConnectionLostError,
    InsufficientCreditsError,
    InvalidRequestError,
    KugelAudioError,
    MissingVoiceError,
    NotFoundError,
    NotKugelAudioError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TextTooLongError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"error": "x", "error_code": "VALIDATION_ERROR", "code": 400}, 400, InvalidRequestError),
        ({"error": "x", "error_code": "MISSING_VOICE_ID", "code": 400}, 400, MissingVoiceError),
        ({"error": "x", "error_code": "UNAUTHORIZED", "code": 401}, 401, AuthenticationError),
        ({"error": "x", "error_code": "INSUFFICIENT_CREDITS", "code": 402}, 402, InsufficientCreditsError),
        ({"error": "x", "error_code": "UNAUTHORIZED", "code": 403}, 403, PermissionDeniedError),
        ({"error": "x", "error_code": "PERMISSION_DENIED", "code": 403}, 403, PermissionDeniedError),
        ({"error": "x", "error_code": "NOT_FOUND", "code": 404}, 404, NotFoundError),
        ({"error": "x", "error_code": "VALIDATION_ERROR", "code": 413}, 413, TextTooLongError),
        ({"error": "x", "error_code": "RATE_LIMITED", "code": 429}, 429, RateLimitedError),
        ({"error": "x", "error_code": "TOO_MANY_CONTEXTS", "code": 429}, 429, RateLimitedError),
        ({"error": "x", "error_code": "VALIDATION_ERROR", "code": 429}, 429, RateLimitedError),
        ({"error": "x", "error_code": "INTERNAL_ERROR"}, 429, RateLimitedError),
        ({"error": "x", "error_code": "INSUFFICIENT_CREDITS"}, 429, InsufficientCreditsError),
        ({"error": {"code": "invalid_request", "message": "x"}}, 401, AuthenticationError),
        ({"error": "x", "error_code": "INTERNAL_ERROR", "code": 500}, 500, ServerError),
        ({"error": "x", "error_code": "VALIDATION_ERROR", "code": 501}, 501, InvalidRequestError),
        ({"error": "x", "error_code": "INTERNAL_ERROR", "code": 503}, 503, UnavailableError),
        ({"error": "x", "error_code": "MODEL_UNAVAILABLE", "code": 503}, 503, UnavailableError),
        ({"error": {"code": "invalid_request", "message": "x"}}, 400, InvalidRequestError),
        ({"error": {"code": "unauthorized", "message": "x"}}, 401, AuthenticationError),
        ({"error": {"code": "forbidden", "message": "x"}}, 403, PermissionDeniedError),
        ({"error": {"code": "not_found", "message": "x"}}, 404, NotFoundError),
        ({"error": {"code": "rate_limited", "message": "x"}}, 429, RateLimitedError),
        ({"error": {"code": "insufficient_credits", "message": "x"}}, 402, InsufficientCreditsError),
        ({"error": {"code": "internal_error", "message": "x"}}, 500, ServerError),
        ({"detail": "Not Found"}, 404, NotKugelAudioError),
        ({"detail": [{"loc": ["body"], "msg": "x", "type": "y"}]}, 422, InvalidRequestError),
        (None, 401, AuthenticationError),
        (None, 402, InsufficientCreditsError),
        (None, 403, PermissionDeniedError),
        (None, 404, NotKugelAudioError),
        (None, 418, InvalidRequestError),
        (None, 429, RateLimitedError),
        (None, 502, ServerError),
        (None, 503, UnavailableError),
        ({"error": "x"}, None, ServerError),
        ({"error": "x", "error_code": "A_NEW_ONE"}, None, ServerError),
    ],
)
def test_every_shape_of_a_body_gives_its_error(
    body: object, status: int | None, expected: type[KugelAudioError]
) -> None:
    """The flat shape, the older nested one, FastAPI's, and none at all."""
    assert type(error_from_body(body, status)) is expected


def test_the_code_of_a_frame_wins_over_the_status_of_its_carrier() -> None:
    """A WebSocket frame has no HTTP status, but tells one."""
    error = error_from_body({"error": "x", "error_code": "SOMETHING", "code": 503}, None)
    assert isinstance(error, UnavailableError)
    assert error.status == 503


def test_an_error_says_code_status_and_request() -> None:
    """And nothing that the server wrote, which may repeat the text."""
    error = error_from_body(
        {"error": "cannot speak: my secret diary", "error_code": "VALIDATION_ERROR", "code": 400, "request_id": "r-1"},
        400,
    )
    assert str(error) == "VALIDATION_ERROR, status 400, request r-1"
    assert "diary" not in repr(error)


@pytest.mark.parametrize(
    ("body", "header_id", "expected"),
    [
        ({"request_id": "frame"}, "header", "frame"),
        ({"meta": {"request_id": "meta"}}, "header", "meta"),
        ({"meta": {"request_id": 7}}, "header", "header"),
        ("html", "header", "header"),
        ({}, None, None),
    ],
)
def test_the_request_id_is_found_where_it_is(body: object, header_id: str | None, expected: str | None) -> None:
    """In a frame, in the older envelope, or in the header."""
    assert error_from_body(body, 500, request_id=header_id).request_id == expected


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ({"retry_after": 3}, "9", 3.0),
        ({"error": {"code": "rate_limited", "details": {"retry_after": 60}}}, None, 60.0),
        ({}, "9", 9.0),
        ({}, None, None),
    ],
)
def test_the_delay_is_found_where_it_is(body: object, header: str | None, expected: float | None) -> None:
    """In the body, in the older details, or in the header."""
    assert error_from_body(body, 429, retry_after=header).retry_after_s == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[("5", 5.0), (5, 5.0), ("2.5", 2.5), (0.5, 0.5), ("-3", 0.0)],
        *[("soon", None), ("", None), ("nan", None), ("inf", None), (1e300, None), ("86401", None), (10**400, None)],
        *[(None, None), (True, None), ([], None), (float("nan"), None)],
    ],
)
def test_a_delay_in_seconds_is_read(value: object, expected: float | None) -> None:
    """Numbers and numeric texts; anything else is no delay."""
    assert parse_retry_after(value) == expected


@pytest.mark.parametrize(
    ("answered_at", "value", "expected"),
    [
        ("Fri, 27 Nov 2026 12:00:00 GMT", "Fri, 27 Nov 2026 12:00:07 GMT", 7),
        ("Fri, 27 Nov 1970 12:00:00 GMT", "Fri, 27 Nov 1970 11:59:00 GMT", 0),
        ("Fri, 27 Nov 2026 12:00:00", "Fri, 27 Nov 2026 13:00:00 GMT", 3600),
        ("Fri, 27 Nov 2026 12:00:00 GMT", "Fri, 27 Nov 2099 12:00:00 GMT", None),
    ],
)
def test_a_date_is_relative_to_that_of_the_answer(answered_at: str, value: str, expected: float | None) -> None:
    """The clocks of server and home may differ by years."""
    assert parse_retry_after(value, answered_at) == expected
    headers = {"Retry-After": value, "Date": answered_at}
    assert [error_from_handshake(status, headers).retry_after_s for status in (429, 503)] == [expected, expected]
    assert error_from_body({}, 429, retry_after=value, answered_at=answered_at).retry_after_s == expected


TOO_LONG = "Request exceeds the maximum character limit"


@pytest.mark.parametrize(
    ("body", "status", "limit"),
    [
        ({"error": TOO_LONG, "error_code": "VALIDATION_ERROR", "code": 413}, 413, None),
        ({"error": TOO_LONG, "code": 413, "details": {"max_characters": 2000}}, 413, 2000),
        ({"error": TOO_LONG, "error_code": "RATE_LIMITED", "code": 429}, 429, None),
        ({"error": {"code": "rate_limited", "message": f"{TOO_LONG}."}}, 429, None),
        ({"error": {"code": "invalid_request", "message": "Text exceeds maximum length"}}, 400, None),
        (
            {"error": {"code": "invalid_request", "details": {"max_length": 4096, "provided_length": 5000}}},
            400,
            4096,
        ),
        ({"error_code": "RATE_LIMITED", "details": {"max_length": 4096, "provided_length": 4097}}, 429, 4096),
        ({"code": 413, "details": {"max_length": -1, "max_characters": "2000"}}, 413, None),
        (None, 413, None),
    ],
)
def test_a_text_that_is_too_long_is_one(body: object, status: int, limit: int | None) -> None:
    """Whatever code an old server gives it, by the numbers or by the documented words; with its limit if it is told."""
    error = error_from_body(body, status)
    assert isinstance(error, TextTooLongError)
    assert error.limit_characters == limit


@pytest.mark.parametrize(
    ("body", "header"),
    [
        ({"error": "Rate limit exceeded", "error_code": "RATE_LIMITED", "code": 429}, None),
        ({"error": {"code": "rate_limited", "message": "Too many requests", "details": {"retry_after": 60}}}, None),
        ({"error": TOO_LONG, "error_code": "RATE_LIMITED", "code": 429}, "3"),
        ({"error": TOO_LONG, "error_code": "RATE_LIMITED", "code": 429, "retry_after": 3}, None),
        ({"error": f"{TOO_LONG} per minute", "error_code": "RATE_LIMITED", "code": 429}, None),
        ({"error_code": "RATE_LIMITED", "details": {"max_length": 4096, "provided_length": 100}}, None),
        ({"error": TOO_LONG, "error_code": "RATE_LIMITED", "details": {"max_length": 9, "provided_length": 9}}, None),
        ({"error": 7, "error_code": "TOO_MANY_CONTEXTS", "details": {"limit": 20}}, None),
    ],
)
def test_a_rate_limit_is_never_taken_for_a_text_that_is_too_long(body: object, header: str | None) -> None:
    """What says when to come back, or that the text is short enough, is about time."""
    assert type(error_from_body(body, 429, retry_after=header)) is RateLimitedError


@pytest.mark.parametrize(
    ("status", "expected"), [(400, InvalidRequestError), (413, InvalidRequestError), (429, RateLimitedError)]
)
def test_what_has_no_text_is_not_too_long(status: int, expected: type[KugelAudioError]) -> None:
    """A list that is refused in the words for long texts is refused for another reason."""
    assert type(error_from_body({"error": TOO_LONG}, status, has_text=False)) is expected


def test_no_word_of_the_server_is_kept() -> None:
    """Its message may repeat the text; it is compared, not kept."""
    error = error_from_body({"error": {"code": "invalid_request", "message": "my diary"}, "details": "my diary"}, 400)
    assert "diary" not in f"{error!r} {vars(error)!r}"


@pytest.mark.parametrize("zone", [UTC, None])
def test_a_delay_until_a_date_is_read(zone: timezone | None) -> None:
    """HTTP dates, also such without a zone."""
    date = (datetime.now(UTC) + timedelta(seconds=30)).replace(tzinfo=zone)
    assert parse_retry_after(format_datetime(date)) == pytest.approx(30, abs=3)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_no_delay_breaks_the_client(value: object) -> None:
    """Whatever a server sends is a number of seconds or none."""
    seconds = parse_retry_after(value)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [(301, "REDIRECTED"), (400, "WEBSOCKET_REFUSED"), (403, "UNAUTHORIZED"), (429, "TOO_MANY_CONNECTIONS")],
)
def test_a_refused_handshake_is_read(status: int, expected: str) -> None:
    """Its headers tell the request and the delay."""
    error = error_from_handshake(status, {"x-request-id": "r-2", "Retry-After": "4"})
    assert (error.code, error.status, error.request_id) == (expected, status, "r-2")


def test_an_unforeseen_close_is_a_loss() -> None:
    """Also one without a code."""
    assert type(error_from_close(None)) is ConnectionLostError
    assert type(error_from_close(4999)) is ConnectionLostError

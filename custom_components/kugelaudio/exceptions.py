"""The table: what each error of the client means to the user of Home Assistant."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import errors
from .api.errors import KugelAudioError
from .const import DOMAIN, LOGGER


class Effect(Enum):
    """What an error leaves behind until it is mended."""

    NONE = "none"
    REAUTH = "reauth"
    ACCOUNT_ISSUE = "account issue"
    VOICE_ISSUE = "voice issue"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: the word for it in translations, in the config flow, and what follows from it.

    The same word names the repair issue, where there is one. Another engine does not help where the text is at fault.
    """

    key: str
    flow_error: str = "unknown"
    effect: Effect = Effect.NONE
    is_callers_fault: bool = False
    another_engine_helps: bool = True


_TABLE: Final[dict[type[KugelAudioError], Meaning]] = {
    errors.KugelAudioError: Meaning("unknown_error"),
    errors.AuthenticationError: Meaning("invalid_key", "invalid_key", Effect.REAUTH),
    errors.WrongRegionError: Meaning("wrong_region", "wrong_region", Effect.REAUTH),
    errors.PermissionDeniedError: Meaning("no_permission", "no_permission", Effect.ACCOUNT_ISSUE),
    errors.InsufficientCreditsError: Meaning("insufficient_credits", "insufficient_credits", Effect.ACCOUNT_ISSUE),
    errors.NotFoundError: Meaning("voice_not_found", "voice_not_found", Effect.VOICE_ISSUE),
    errors.InvalidRequestError: Meaning("request_refused"),
    errors.MissingVoiceError: Meaning("voice_not_found", "voice_not_found", Effect.VOICE_ISSUE),
    errors.ModelNotFoundError: Meaning("model_not_found", effect=Effect.VOICE_ISSUE),
    errors.TextTooLongError: Meaning("text_too_long", is_callers_fault=True, another_engine_helps=False),
    errors.EmptyTextError: Meaning("text_empty", is_callers_fault=True, another_engine_helps=False),
    errors.OptionRefusedError: Meaning("option_refused", is_callers_fault=True, another_engine_helps=False),
    errors.UnknownNameError: Meaning("name_unknown", is_callers_fault=True, another_engine_helps=False),
    errors.TextStalledError: Meaning("text_stalled", another_engine_helps=False),
    errors.TextFailedError: Meaning("text_failed", another_engine_helps=False),
    errors.RateLimitedError: Meaning("rate_limited", "rate_limited"),
    errors.TooManyConnectionsError: Meaning("rate_limited", "rate_limited"),
    errors.TooManyAtOnceError: Meaning("too_many_at_once"),
    errors.ServerError: Meaning("server_error", "out_of_service"),
    errors.UnavailableError: Meaning("out_of_service", "out_of_service", Effect.OUTAGE),
    errors.EmptyAudioError: Meaning("no_audio"),
    errors.CannotConnectError: Meaning("cannot_connect", "cannot_connect", Effect.OUTAGE),
    errors.NameNotFoundError: Meaning("name_not_found", "name_not_found", Effect.OUTAGE),
    errors.UntrustedServerError: Meaning("untrusted_server", "untrusted_server", Effect.OUTAGE),
    errors.WebSocketRefusedError: Meaning("websocket_refused", effect=Effect.OUTAGE),
    errors.RedirectedError: Meaning("redirected", "redirected", Effect.OUTAGE),
    errors.TimedOutError: Meaning("timed_out", "timed_out", Effect.OUTAGE),
    errors.ConnectTimedOutError: Meaning("timed_out", "timed_out", Effect.OUTAGE),
    errors.SilentServerError: Meaning("server_silent", "timed_out"),
    errors.ConnectionLostError: Meaning("connection_lost", "cannot_connect"),
    errors.ProtocolError: Meaning("protocol_error", "not_kugelaudio"),
    errors.NotKugelAudioError: Meaning("not_kugelaudio", "not_kugelaudio", Effect.ACCOUNT_ISSUE),
}


def error_keys() -> tuple[str, ...]:
    """Return all words for errors, in the order of the alphabet."""
    return tuple(sorted({meaning.key for meaning in _TABLE.values()}))


def meaning_of(error: KugelAudioError) -> Meaning:
    """Return the row of the error's class, or of the nearest class above it."""
    return next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)


def flow_error(error: KugelAudioError) -> str:
    """Return what a form says of the error; of an unforeseen one it says that the log tells more."""
    word = meaning_of(error).flow_error
    if word == "unknown":
        LOGGER.error("Unexpected answer to a form: %s", error)
    return word


def translated(error: KugelAudioError, kind: type[HomeAssistantError] = HomeAssistantError) -> HomeAssistantError:
    """Return the exception that tells the user what happened and what to do."""
    meaning = meaning_of(error)
    if meaning.is_callers_fault:
        return invalid(meaning.key, **error.names)
    return kind(
        translation_domain=DOMAIN,
        translation_key=meaning.key,
        translation_placeholders={"details": str(error), **error.names},
    )


def lists_failed(failures: Mapping[str, KugelAudioError], kind: type[HomeAssistantError]) -> HomeAssistantError:
    """Return the exception that tells which lists of the provider failed, by their names, and why."""
    lists = ", ".join(f"{name} ({error})" for name, error in failures.items())
    return kind(translation_domain=DOMAIN, translation_key="lists_failed", translation_placeholders={"lists": lists})


def fallback_spoke(error: KugelAudioError, engine: str) -> HomeAssistantError:
    """Return what tells of an utterance that another engine spoke."""
    return failure("fallback_spoke", details=str(error), engine=engine)


def failure(key: str, **placeholders: str) -> HomeAssistantError:
    """Return what went wrong, by its word in translations."""
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return what is wrong with a call, by its word in translations."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )


def readable(error: Exception) -> str:
    """Return an exception in words; only Home Assistant's own are made to be read."""
    words = str(error) if isinstance(error, HomeAssistantError) else ""
    return words or type(error).__name__

"""The table: what each error of the client means to the user of Home Assistant."""

from dataclasses import dataclass
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import errors
from .api.errors import KugelAudioError
from .const import DOMAIN, LOGGER


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: the word for it in translations, in the config flow, and what follows from it."""

    key: str
    flow_error: str = "unknown"
    asks_for_key: bool = False
    is_callers_fault: bool = False


_TABLE: Final[dict[type[KugelAudioError], Meaning]] = {
    errors.KugelAudioError: Meaning("unknown_error"),
    errors.AuthenticationError: Meaning("invalid_key", "invalid_key", asks_for_key=True),
    errors.PermissionDeniedError: Meaning("no_permission", "no_permission"),
    errors.InsufficientCreditsError: Meaning("insufficient_credits", "insufficient_credits"),
    errors.NotFoundError: Meaning("voice_not_found", "voice_not_found"),
    errors.InvalidRequestError: Meaning("request_refused"),
    errors.MissingVoiceError: Meaning("voice_not_found", "voice_not_found"),
    errors.TextTooLongError: Meaning("text_too_long", is_callers_fault=True),
    errors.EmptyTextError: Meaning("text_empty", is_callers_fault=True),
    errors.TextStalledError: Meaning("text_stalled"),
    errors.TextFailedError: Meaning("text_failed"),
    errors.RateLimitedError: Meaning("rate_limited", "rate_limited"),
    errors.ServerError: Meaning("server_error", "out_of_service"),
    errors.UnavailableError: Meaning("out_of_service", "out_of_service"),
    errors.EmptyAudioError: Meaning("no_audio"),
    errors.CannotConnectError: Meaning("cannot_connect", "cannot_connect"),
    errors.WebSocketRefusedError: Meaning("websocket_refused"),
    errors.TimedOutError: Meaning("timed_out", "timed_out"),
    errors.ConnectionLostError: Meaning("connection_lost", "cannot_connect"),
    errors.ProtocolError: Meaning("protocol_error", "not_kugelaudio"),
    errors.NotKugelAudioError: Meaning("not_kugelaudio", "not_kugelaudio"),
}


def meaning_of(error: KugelAudioError) -> Meaning:
    """Return the row of the error's class, or of the nearest class above it."""
    return next(_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE)


def flow_error(error: KugelAudioError) -> str:
    """Return what a form says of the error; of an unforeseen one it says that the log tells more."""
    word = meaning_of(error).flow_error
    if word == "unknown":
        LOGGER.error("Unexpected answer to a form: %s", error)
    return word


def translated(error: KugelAudioError) -> HomeAssistantError:
    """Return the exception that tells the user what happened and what to do."""
    meaning = meaning_of(error)
    if meaning.is_callers_fault:
        return ServiceValidationError(translation_domain=DOMAIN, translation_key=meaning.key)
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=meaning.key, translation_placeholders={"details": str(error)}
    )

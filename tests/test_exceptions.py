"""The table of errors: complete, and worded."""

from collections.abc import Iterator
import inspect
import json
from pathlib import Path
from string import Formatter
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.kugelaudio.api import errors
from custom_components.kugelaudio.api.errors import KugelAudioError
from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.exceptions import (
    Effect,
    Meaning,
    fallback_spoke,
    flow_error,
    meaning_of,
    translated,
)

# What these mean is what the class above them means.
LIKE_THEIR_PARENT: Final = (errors.ServerRestartingError, errors.UpgradeRedirectedError)
CALLERS_FAULT: Final = (
    errors.TextTooLongError,
    errors.EmptyTextError,
    errors.OptionRefusedError,
    errors.UnknownNameError,
)
# What the form of a voice refuses without asking the server.
OF_THE_VOICE_FORM: Final = {
    "chime_file",
    "dictionaries_mixed",
    "look_below",
    "name_taken",
    "voice_not_found_close",
}
# The same without an address, which the cloud does not have.
OF_THE_CLOUD: Final = {
    "cannot_connect_cloud",
    "name_not_found_cloud",
    "not_kugelaudio_cloud",
    "untrusted_server_cloud",
}
# The same in the form for another key, which has no field for an address.
OF_ANOTHER_KEY: Final = {"redirected_account"}
ERRORS: Final = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, KugelAudioError)]
FOLDER: Final = Path(errors.__file__).parents[1] / "translations"
TEXTS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")
}


def placeholders_of(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def rows() -> Iterator[tuple[type[KugelAudioError], Meaning]]:
    """Return the error classes with what they mean."""
    return ((kind, meaning_of(kind())) for kind in ERRORS)


@pytest.mark.parametrize(
    "kind", [kind for kind in ERRORS if kind not in LIKE_THEIR_PARENT and kind.__mro__[1] in ERRORS]
)
def test_every_error_has_a_meaning_of_its_own(kind: type[KugelAudioError]) -> None:
    """A new error class without a row would silently mean what its parent means."""
    parent = kind.__mro__[1]
    assert issubclass(parent, KugelAudioError)
    assert meaning_of(kind()) is not meaning_of(parent())


@pytest.mark.parametrize("kind", LIKE_THEIR_PARENT)
def test_error_without_a_row_means_what_its_parent_means(kind: type[KugelAudioError]) -> None:
    """The nearest class above it gives the meaning."""
    parent = kind.__mro__[1]
    assert issubclass(parent, KugelAudioError)
    assert meaning_of(kind()) is meaning_of(parent())


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_worded_in_every_language(kind: type[KugelAudioError], language: str) -> None:
    """The text exists, and asks for exactly the placeholders that the exception carries."""
    error = translated(kind("CODE", status=418, request_id="req_1"))
    assert error.translation_domain == DOMAIN
    assert error.translation_key
    text = TEXTS[language]["exceptions"][error.translation_key]["message"]
    assert placeholders_of(text) == set(error.translation_placeholders or {})


@pytest.mark.parametrize("language", TEXTS)
def test_every_flow_error_is_worded_wherever_it_may_appear(language: str) -> None:
    """In the account's forms, in the voices' forms, and as the reason why one does not open; none is left over."""
    words = {meaning.flow_error for _, meaning in rows()} | OF_THE_CLOUD
    account = TEXTS[language]["config"]
    voice = TEXTS[language]["config_subentries"]["voice"]
    assert set(account["error"]) == words | {"invalid_url", *OF_ANOTHER_KEY, *OF_THE_VOICE_FORM}
    assert set(voice["error"]) == words | OF_THE_VOICE_FORM
    # Opening the form names no voice that could be unknown.
    assert set(voice["abort"]) == words - {"voice_not_found"}


@pytest.mark.parametrize("kind", CALLERS_FAULT)
def test_callers_fault_is_a_validation_error(kind: type[KugelAudioError]) -> None:
    """Home Assistant logs no traceback for what the caller did wrong."""
    assert type(translated(kind())) is ServiceValidationError


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if kind not in CALLERS_FAULT])
def test_trouble_of_the_service_is_no_fault_of_the_caller(kind: type[KugelAudioError]) -> None:
    """It carries the codes that support asks for, and what the error itself names."""
    error = translated(kind("CODE", status=418, request_id="req_1"))
    assert type(error) is HomeAssistantError
    assert error.translation_placeholders == {"details": "CODE, status 418, request req_1", **kind.names}


def test_only_a_refused_key_asks_for_a_new_one() -> None:
    """Missing permission or credits are not mended by another key."""
    asking = {kind for kind, meaning in rows() if meaning.effect is Effect.REAUTH}
    assert asking == {errors.AuthenticationError, errors.WrongRegionError}


def test_another_engine_is_asked_unless_the_text_is_at_fault() -> None:
    """A text that is empty, too long, or not written to its end is no better spoken by somebody else."""
    helpless = {kind for kind, meaning in rows() if not meaning.another_engine_helps}
    assert helpless == {
        *CALLERS_FAULT,
        errors.TextStalledError,
        errors.TextFailedError,
    }


@pytest.mark.parametrize("language", TEXTS)
def test_speech_of_another_engine_is_worded(language: str) -> None:
    """The text names the engine, and why it was needed."""
    error = fallback_spoke(errors.UnavailableError(status=503), "tts.other")
    assert error.translation_placeholders == {"details": "MODEL_UNAVAILABLE, status 503", "engine": "tts.other"}
    assert error.translation_key
    text = TEXTS[language]["exceptions"][error.translation_key]["message"]
    assert placeholders_of(text) == set(error.translation_placeholders)


@pytest.mark.parametrize("language", TEXTS)
def test_every_issue_of_the_table_is_worded(language: str) -> None:
    """The word of an error that becomes an issue is the issue's word, too."""
    kinds = {Effect.ACCOUNT_ISSUE, Effect.VOICE_ISSUE}
    assert {meaning.key for _, meaning in rows() if meaning.effect in kinds} <= set(TEXTS[language]["issues"])


def test_unforeseen_error_of_a_form_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The form refers to the log, so it has to be there, with what support asks for."""
    assert flow_error(errors.InvalidRequestError("STRANGE", status=418, request_id="req_1")) == "unknown"
    assert "STRANGE, status 418, request req_1" in caplog.text


def test_foreseen_error_of_a_form_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What the form tells need not be told twice."""
    assert flow_error(errors.RateLimitedError()) == "rate_limited"
    assert caplog.text == ""

"""docs/errors.md: what the user reads, what it means, what to do, what led to it and what it leaves behind."""

import inspect
import json
from pathlib import Path
import re
from typing import Final

from custom_components.kugelaudio import exceptions
from custom_components.kugelaudio.api import error_mapping
from custom_components.kugelaudio.api.errors import (
    KugelAudioError,
    RateLimitedError,
    ServerError,
    UnavailableError,
)
from custom_components.kugelaudio.exceptions import Effect, Meaning, error_keys, meaning_of

from .codes import CAUSES, KINDS, kinds_of

_TEXTS: Final = json.loads((Path(exceptions.__file__).parent / "translations" / "en.json").read_text(encoding="utf-8"))
_STATUSES: Final = (400, 401, 402, 403, 404, 413, 422, 429, 500, 501, 502, 503, 504)
_MAY_SAY_WHEN: Final = (RateLimitedError, ServerError, UnavailableError)
# Where the status says more than the code beside it.
_WITH_STATUS: Final = {"UNAUTHORIZED": 403, "VALIDATION_ERROR": 413, "INTERNAL_ERROR": 503}
_CLOSE_CODES: Final = (1000, 1001, 1006, 1011, 1012, 1013, 4000, 4001, 4003, 4029, 4500)
_HANDSHAKES: Final = (302, 400, 401, 402, 403, 404, 426, 429, 500, 502, 503)
_INTRODUCTION: Final = """\
# Errors

<!-- Written by `python -m tests.documents`. Changes belong into tests/documents/ and into the code. -->

When a voice cannot speak, Home Assistant's log says why, in a line that begins with "Error getting audio". In brackets
it names a code, often an HTTP status or a close code, and the request: `(RATE_LIMITED, status 429, request req_…)`.
The entity **Last error** and the event **Speech** of the account show the same, and the diagnostics keep the last fifty
utterances. None of them holds a word of what was to be spoken, or the key.

If you have a code, look it up in [Codes](#codes). If you have the message, find it under [Messages](#messages).

What is tried again is tried once, and only while nothing was heard. A delay that the server asks for is kept up to ten
seconds; a longer one is an error at once. Speech that breaks off is never kept: the next request speaks anew.
"""
_EFFECTS: Final = {
    Effect.NONE: "Nothing.",
    Effect.REAUTH: "Home Assistant asks for a new key, under Settings > Devices & services.",
    Effect.ACCOUNT_ISSUE: "A repair issue for the account. It goes away when speaking works again.",
    Effect.VOICE_ISSUE: "A repair issue for the voice, unless the call asked for it. It offers another choice.",
    Effect.OUTAGE: "The account is looked at again at once. An outage of 15 minutes becomes a repair issue.",
}
ADVICE: Final = {
    "cannot_connect": "Check the internet connection of Home Assistant, and the URL of an own server.",
    "connection_lost": "Nothing, if it happens now and then. If it stays, look for a router or proxy that cuts"
    " connections; the close code tells who ended it.",
    "fallback_spoke": "Nothing was lost: the fallback engine of the voice spoke. The code says why it had to.",
    "insufficient_credits": "Top the account up in the dashboard of KugelAudio.",
    "invalid_key": "Create a key in the dashboard of KugelAudio, and enter it when Home Assistant asks for it.",
    "model_not_found": "Choose a model that is offered: in the repair issue, or in the settings of the voice.",
    "name_unknown": 'Check the name after "voice:" in the message, or switch off several voices in one message.',
    "name_not_found": "Check the DNS of Home Assistant, and the URL of an own server.",
    "no_audio": "Check whether the text holds words: a text of signs alone has no sound.",
    "no_permission": "Give the key the permissions for text to speech and voices, in the dashboard of KugelAudio.",
    "not_kugelaudio": "Check the region or the URL of the account, and whether a login page is in the way.",
    "option_refused": "Check the options of the call: the log names the one that is refused, and what it may be.",
    "out_of_service": "Wait. Choose a fallback engine for what must not be missed.",
    "protocol_error": "Report it, with the diagnostics of the account, if it stays.",
    "rate_limited": 'Speak less at the same time: lower "Utterances at once" in the account\'s settings, or raise the'
    " limit of your plan.",
    "redirected": "If the address named is your server's, enter it with Reconfigure. If not, a login page or a proxy is"
    " in the way. Nothing of the account was sent there.",
    "request_refused": "Check the model and the options of the voice, and those that the call names.",
    "server_error": "Try again. If it stays, give the support of KugelAudio the number of the request.",
    "server_silent": "Try again. If it stays, choose a fallback engine, and tell the support of KugelAudio.",
    "text_empty": "Check the message, for example the result of its template.",
    "text_failed": "Look for the error of the conversation agent in the log, and mend that.",
    "text_stalled": "Look at the conversation agent: it did not go on, and did not end.",
    "text_too_long": "Split the text up.",
    "timed_out": "Check the network of Home Assistant: something swallows what is sent.",
    "too_many_at_once": 'Allow more "Utterances at once" in the settings of the account, or speak less at once.',
    "unknown_error": "Report it, with the diagnostics of the account.",
    "untrusted_server": "Check the clock of Home Assistant, an own server's URL and certificate, and proxies.",
    "voice_not_found": "Choose another voice: in the repair issue, or in the settings of the voice.",
    "websocket_refused": "Let WebSockets through: look at proxies and firewalls. Until then REST is used.",
    "wrong_region": "Choose the other region with Reconfigure.",
}


def page() -> str:
    """Return the whole page."""
    messages = "\n".join(_section(key) for key in sorted(ADVICE))
    return f"{_INTRODUCTION}\n## Messages\n\n{messages}\n{_options()}\n{_codes()}"


def _shown(key: str) -> str:
    """Return a message as the user reads it."""
    text: str = _TEXTS["exceptions"][key]["message"]
    return re.sub(r"{(\w+)}", r"*\1*", text)


def _section(key: str) -> str:
    """Return what is to be said of one message."""
    lines = [f"### {key}", "", f"> {_shown(key)}", "", f"**What to do:** {ADVICE[key]}", ""]
    if key in error_keys():
        kinds = [kind for kind in KINDS.values() if meaning_of(kind()).key == key]
        means = " ".join(dict.fromkeys((inspect.getdoc(kind) or "").split("\n")[0] for kind in kinds))
        [meaning, *_] = [meaning_of(kind()) for kind in kinds]
        lines += [
            f"- Meaning: {means}",
            f"- Comes from: {_origins(key)}.",
            f"- Tried again: {_retries(kinds)}",
            f"- Leaves behind: {_EFFECTS[meaning.effect]}",
            f"- Fallback engine: {_fallback(meaning)}",
            "",
        ]
    return "\n".join(lines)


def _origins(key: str) -> str:
    """Return what leads to a message."""
    codes = [f"`{code}`" for code in sorted(CAUSES) if key in _keys(code)]
    by_number = {
        "HTTP status or error frame": [n for n in _STATUSES if _key(error_mapping.error_from_body(None, n)) == key],
        "refused handshake": [n for n in _HANDSHAKES if _key(error_mapping.error_from_handshake(n, {})) == key],
        "close code": [n for n in _CLOSE_CODES if _key(error_mapping.error_from_close(n)) == key],
    }
    numbers = [f"{name} {', '.join(map(str, found))}" for name, found in by_number.items() if found]
    return "; ".join([f"code {', '.join(codes)}", *numbers])


def _key(error: KugelAudioError) -> str:
    return meaning_of(error).key


def _keys(code: str) -> list[str]:
    """Return the messages that a code may come with."""
    return sorted({_key(kind()) for kind in kinds_of(code)})


def _retries(kinds: list[type[KugelAudioError]]) -> str:
    """Return whether and when it is tried again."""
    delays = {kind.retry_delay_s for kind in kinds if kind.retryable}
    if not delays:
        return "no."
    after = " or ".join("at once" if not delay else f"after {delay:g} s" for delay in sorted(delays))
    says = ", or when the server says" if any(issubclass(kind, _MAY_SAY_WHEN) for kind in kinds) else ""
    return f"once, {after}{says}."


def _fallback(meaning: Meaning) -> str:
    """Return whether another engine speaks."""
    if meaning.another_engine_helps:
        return "speaks instead, if the voice has one and nothing was heard yet."
    return "does not speak: the text itself is at fault."


def _options() -> str:
    """Return the messages about options of a call."""
    keys = sorted(_TEXTS["exceptions"].keys() - ADVICE.keys())
    lines = [f"- `{key}`: {_shown(key)}" for key in keys]
    return "\n".join(["### Options of a call", "", "Refused before anything is sent.", "", *lines, ""])


def _codes() -> str:
    """Return all codes by the alphabet."""
    lines = ["## Codes", "", "| code | what happened | message |", "|---|---|---|"]
    for code, cause in sorted(CAUSES.items()):
        links = ", ".join(f"[{key}](#{key})" for key in _keys(code))
        if status := _WITH_STATUS.get(code):
            other = _key(error_mapping.error_from_body({"error_code": code}, status))
            links += f"; with status {status}: [{other}](#{other})"
        lines.append(f"| `{code}` | {cause} | {links} |")
    return "\n".join([*lines, ""])

"""The codes of errors: which there are in the code, what each of them says, and what it means to the user."""

import ast
from collections import defaultdict
from functools import cache
import inspect
from pathlib import Path
import re
from typing import Final

from custom_components.kugelaudio.api import error_mapping, errors
from custom_components.kugelaudio.api.errors import KugelAudioError

KINDS: Final[dict[str, type[KugelAudioError]]] = {
    name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, KugelAudioError)
}
_FOLDER: Final = Path(errors.__file__).parent
_CODE: Final = re.compile(r"[A-Z]{5,}|[A-Z]+(_[A-Z]+)+")
CAUSES: Final = {
    "BINARY_FRAME": "The server sent a binary frame. It speaks JSON only.",
    "CANNOT_CONNECT": "Nobody answers at the address, or the connection was dropped while it was being opened.",
    "CLIENT_CLOSED": "The account was unloaded or reloaded while it spoke.",
    "CONNECTION_LOST": "The connection ended before all audio was there. The status is the close code; 1006: none.",
    "CONNECT_TIMED_OUT": "No connection came about within 3 s, or within what was left of the time.",
    "CONTEXT_TIMED_OUT": "The server gave up a text of `/ws/tts/multi`.",
    "EMPTY_AUDIO": "The server ended the utterance without a single sample, or said that it made none.",
    "EMPTY_TEXT": "Nothing is left to speak after marks that are not read out were removed.",
    "UNKNOWN_NAME": "The message calls for a voice by a name that nobody has.",
    "FORBIDDEN": "The server's word for a missing permission, in its older answers.",
    "INSUFFICIENT_CREDITS": "The organisation of the key has no credits left.",
    "INTERNAL_ERROR": "The server failed, or something on the way to it (a gateway).",
    "INTERRUPTED": "The server stopped an utterance that nobody had cancelled.",
    "INVALID_JSON": "The server sent something that is no JSON object.",
    "INVALID_REQUEST": "The server's word for a value that it does not take, in its older answers.",
    "KEY_NOT_TAKEN": "The server accepted a WebSocket, then refused the key that REST takes: it is sent otherwise.",
    "MISSING_VOICE_ID": "The server found no voice in the request.",
    "MODEL_NOT_FOUND": "The request was refused, and the model of the voice is not among those that the server offers.",
    "MODEL_UNAVAILABLE": "The model, or the whole service, is overloaded or down.",
    "NAME_NOT_FOUND": "DNS does not know the name of the server, or does not answer.",
    "NOT_FOUND": "The server does not know the voice.",
    "NOT_KUGELAUDIO": "Something answered, but not as KugelAudio does: a login page, a proxy, another server.",
    "NO_PONG": "A connection answered nothing, while the server answered on another one: it is dead.",
    "ODD_BYTE_COUNT": "The audio ended in the middle of a sample.",
    "OPTION_REFUSED": "A player asked for speech with an option that cannot be made.",
    "PERMISSION_DENIED": "The key is valid, but may not do this.",
    "PROTOCOL_ERROR": "The server sent something that is no valid frame.",
    "REDIRECTED": "The address leads elsewhere (HTTP 301, 302, 303, 307 or 308). It is not followed.",
    "RATE_LIMITED": "Too many requests, or too many at the same time.",
    "SERVER_RESTARTING": "The server is being replaced by a newer one.",
    "SERVER_SILENT": "The server took the text and sent no audio in time, or nothing more for 10 s.",
    "TEXT_FAILED": "The conversation agent failed while it wrote the text.",
    "TEXT_STALLED": "The conversation agent wrote nothing for a minute, and did not end the text.",
    "TEXT_TOO_LONG": "The text has more than 50,000 characters, or the server takes not even a short part of it.",
    "TIMED_OUT": "The server did not answer in time.",
    "TLS_FAILED": "The server's certificate is not accepted, or it does not speak TLS.",
    "TOO_MANY_AT_ONCE": "The utterance waited for others of the same account for as long as its first audio may take.",
    "TOO_MANY_CONNECTIONS": "The server refused one more WebSocket, also after those that nobody used were closed.",
    "TOO_MANY_CONTEXTS": "The server has too many texts of `/ws/tts/multi` open.",
    "TURN_ENDED_EARLY": "The server ended a growing text while more of it was on its way.",
    "TRUNCATED": "The server says that it made more audio than it sent.",
    "UNAUTHORIZED": "The server does not accept the key.",
    "UNEXPECTED_ENCODING": "The server sent audio in an encoding that nobody asked for.",
    "UNEXPECTED_SAMPLE_RATE": "The server sent audio at a rate that nobody asked for; it would sound too high or low.",
    "UNKNOWN": "Nothing is known of the error.",
    "VALIDATION_ERROR": "The server does not take a value of the request.",
    "WEBSOCKET_REFUSED": "Something between here and the server does not let WebSockets through.",
    "WRONG_REGION": "The key is valid on the servers of the other region.",
}


@cache
def _nodes() -> tuple[ast.AST, ...]:
    """Return all that the code of the client consists of."""
    modules = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.py")))
    return tuple(node for module in modules for node in ast.walk(module))


def codes_in_the_code() -> set[str]:
    """Return every word of the client that has the shape of a code."""
    words = {node.value for node in _nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {word for word in words if _CODE.fullmatch(word)}


@cache
def _raised() -> dict[str, frozenset[type[KugelAudioError]]]:
    """Return the errors that the client raises with a code of its own, by that code."""
    raised: defaultdict[str, set[type[KugelAudioError]]] = defaultdict(set)
    for node in _nodes():
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if name in KINDS:
                raised[code].add(KINDS[name])
            case _:
                pass
    return {code: frozenset(kinds) for code, kinds in raised.items()}


@cache
def kinds_of(code: str) -> frozenset[type[KugelAudioError]]:
    """Return the errors that may carry a code: those that the client raises with it, and the server's own."""
    kinds = _raised().get(code, frozenset()) | {kind for kind in KINDS.values() if kind.default_code == code}
    named = type(error_mapping.error_from_body({"error_code": code}, None))
    unnamed = type(error_mapping.error_from_body({"error_code": "SOMETHING_ELSE"}, None))
    return kinds if named is unnamed and kinds else kinds | {named}

"""API keys: how they arrive and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web


class KeyKind(StrEnum):
    """Name what a key may do."""

    NORMAL = "normal"
    REVOKED = "revoked"
    PERMISSION_DENIED = "permission_denied"
    NO_CREDITS = "no_credits"
    SPEECH_ONLY = "speech_only"


NORMAL_KEY = "ka_simulator"
DEFAULT_KEYS = {
    NORMAL_KEY: KeyKind.NORMAL,
    "ka_revoked": KeyKind.REVOKED,
    "ka_denied": KeyKind.PERMISSION_DENIED,
    "ka_empty": KeyKind.NO_CREDITS,
    "ka_speech": KeyKind.SPEECH_ONLY,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Hold the key of a request and the ways in which it came."""

    key: str
    styles: tuple[str, ...]

    @property
    def style(self) -> str:
        """Return the ways as one word, ``none`` if there was no key."""
        return "+".join(self.styles) or "none"


def credentials(request: web.Request, *, header: bool = True, query: bool = True) -> Credentials:
    """Return the key of a request from the places that count."""
    found: dict[str, str] = {}
    bearer = request.headers.get("Authorization", "")
    if header and bearer.startswith("Bearer "):
        found["bearer"] = bearer.removeprefix("Bearer ").strip()
    if header and (key := request.headers.get("X-API-Key")):
        found["x-api-key"] = key
    if query and (key := request.query.get("api_key")):
        found["query"] = key
    return Credentials(next(iter(found.values()), ""), tuple(found))


def public_query(request: web.Request) -> dict[str, str]:
    """Return the query without credentials."""
    hidden = {"api_key", "token", "master_key", "signature"}
    return {name: value for name, value in request.query.items() if name not in hidden}

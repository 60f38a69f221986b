"""Where the service is reached, and what a key tells of it."""

import re
from typing import Final, Literal
from unicodedata import category

from yarl import URL

type Region = Literal["auto", "eu", "custom"]

GLOBAL_URL: Final = "https://api.kugelaudio.com"
EU_URL: Final = "https://api.eu.kugelaudio.com"

# The prefix names a region for the client; the server does not know it. `us` and `global` have no host of their own.
_KEY_PREFIXES: Final[dict[str, Region]] = {"eu-": "eu", "us-": "auto", "global-": "auto"}
# Quotes of all languages, brackets, accents that were meant as quotes, and blanks.
_AROUND_KEY: Final = frozenset({"Pi", "Pf", "Ps", "Pe", "Sk", "Zs"})
_PLAIN_QUOTES: Final = frozenset("\"'<>")
_BEFORE_KEY: Final = re.compile(r"\A(authorization\s*:\s*)?(bearer\s+)?", re.IGNORECASE)


def parse_key(text: str) -> tuple[str, Region]:
    """Return the key as the server knows it, and the region that its prefix names.

    What is pasted along with a key is no part of it: quotes, blanks, characters that nobody sees, and the words of
    the header that it was copied from.
    """
    seen = "".join(character for character in text if not _is_invisible(character))
    key = "".join(_unwrapped(_BEFORE_KEY.sub("", _unwrapped(seen))).split())
    for prefix, region in _KEY_PREFIXES.items():
        if key.lower().startswith(prefix):
            return key[len(prefix) :], region
    return key, "auto"


def _is_invisible(character: str) -> bool:
    """Tell whether a character leaves no mark and no blank: joiners, marks of direction, byte order, control codes."""
    return category(character) in {"Cf", "Cc"} and not character.isspace()


def _unwrapped(text: str) -> str:
    """Return a text without the quotes, brackets and blanks around it."""
    inner = [place for place, character in enumerate(text) if not _is_around(character)]
    return text[inner[0] : inner[-1] + 1] if inner else ""


def _is_around(character: str) -> bool:
    return character.isspace() or character in _PLAIN_QUOTES or category(character) in _AROUND_KEY


def parse_url(text: str) -> str | None:
    """Return the base URL of a server as it is stored; None when it is no http(s) URL, or one with credentials."""
    try:
        url = URL(text.strip())
        if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
            return None
        # A host that holds letters of another script is not lowered on its way.
        url = url.with_host(url.host.lower())
    except ValueError:
        return None
    return str(url.with_query(None).with_fragment(None)).rstrip("/")


def region_of(url: str) -> Region:
    """Return the region whose URL this is."""
    if url == GLOBAL_URL:
        return "auto"
    return "eu" if url == EU_URL else "custom"


def other_url(url: str) -> str | None:
    """Return the URL of the servers that a key may belong to instead; None for an own server."""
    return {GLOBAL_URL: EU_URL, EU_URL: GLOBAL_URL}.get(url)


def account_title(url: str) -> str:
    """Return the name of an account: one on an endpoint of its own is told apart by its address."""
    known = {GLOBAL_URL: "KugelAudio", EU_URL: "KugelAudio EU"}
    return known.get(url) or f"KugelAudio {_shown(URL(url))}"


def _shown(url: URL) -> str:
    """Return an address as people write it: without scheme, and with brackets around IPv6."""
    host = url.host or ""
    port = "" if url.explicit_port is None else f":{url.explicit_port}"
    return f"{f'[{host}]' if ':' in host else host}{port}{url.path.rstrip('/')}"

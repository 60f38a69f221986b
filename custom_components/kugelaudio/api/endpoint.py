"""Where the service is reached, and what a key tells of it."""

from typing import Final, Literal

from yarl import URL

type Region = Literal["auto", "eu", "custom"]

GLOBAL_URL: Final = "https://api.kugelaudio.com"
EU_URL: Final = "https://api.eu.kugelaudio.com"

# The prefix names a region for the client; the server does not know it. `us` and `global` have no host of their own.
_KEY_PREFIXES: Final[dict[str, Region]] = {"eu-": "eu", "us-": "auto", "global-": "auto"}


def parse_key(text: str) -> tuple[str, Region]:
    """Return the key as the server knows it, and the region that its prefix names."""
    key = text.strip()
    for prefix, region in _KEY_PREFIXES.items():
        if key.startswith(prefix):
            return key.removeprefix(prefix), region
    return key, "auto"


def parse_url(text: str) -> str | None:
    """Return the base URL of a server as it is stored; None when it is no http(s) URL, or one with credentials."""
    try:
        url = URL(text.strip())
        if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
            return None
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

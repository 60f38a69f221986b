"""A text that is too long for one generation, in parts that are spoken as if they were one."""

from collections.abc import Iterator
import re
from typing import Final

# The best place first: between paragraphs, sentences, clauses, words.
_PLACES: Final = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?…]['\"’”»)\]]*\s+|[。！？।۔؟]['\"’”»)\]」』]*\s*|\n"),  # noqa: RUF001 - how others end their sentences
    re.compile(r"[,;:–—]\s+|[、，；：،؛]\s*"),  # noqa: RUF001 - as above
    re.compile(r"\s+"),
)
# A tag, and what is to be spelled, is of no use in halves.
_WHOLE: Final = re.compile(r"<spell>.*?</spell>|<[^<>]{1,80}>", re.DOTALL | re.IGNORECASE)
# A part that is much shorter than it may be costs a request more; a better place is worth half of the length.
_SHORTEST_SHARE: Final = 0.5


def split(text: str, limit: int) -> list[str]:
    """Return the text in parts of up to `limit` characters, no word of it lost."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _place_to_cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part]


def _place_to_cut(text: str, limit: int) -> int:
    """Return where the first part ends: the last of the best places that make it long enough."""
    whole = [found.span() for found in _WHOLE.finditer(text, 0, limit + limit // 2)]
    for place in _PLACES:
        cuts = [cut for cut in _cuts(place, text, limit) if not any(begin < cut < end for begin, end in whole)]
        if cuts and cuts[-1] >= limit * _SHORTEST_SHARE:
            return cuts[-1]
    return next((begin for begin, end in whole if 0 < begin < limit < end), limit)


def _cuts(place: re.Pattern[str], text: str, limit: int) -> Iterator[int]:
    """Yield behind which characters a text can be cut."""
    return (found.end() for found in place.finditer(text, 0, limit + 1) if len(text[: found.end()].rstrip()) <= limit)

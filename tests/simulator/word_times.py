"""When the words of a text are heard."""

import re

from .text import TAG

WORD = re.compile(r"\S+")


def word_timestamps(text: str, total_ms: float) -> list[dict[str, object]]:
    """Return where the words of a text are in its sound; tags are none."""
    plain = TAG.sub(lambda tag: " " * len(tag[0]), text)
    per_character_ms = total_ms / max(1, len(text))
    return [
        {
            "word": word[0],
            "start_ms": round(word.start() * per_character_ms),
            "end_ms": round(word.end() * per_character_ms),
            "char_start": word.start(),
            "char_end": word.end(),
            "score": 1.0,
        }
        for word in WORD.finditer(plain)
    ]

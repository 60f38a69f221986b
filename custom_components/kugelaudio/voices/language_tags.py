"""Languages as people and programs write them: with regions and scripts, by old codes, in any letters."""

import re
from typing import Final, override

from ..api.models import LANGUAGES

# Home Assistant knows Norwegian by its two written forms, the server by the spoken language.
_SERVER_LANGUAGES: Final = {"nb": "no", "nn": "no"}
SUPPORTED_LANGUAGES: Final = sorted((*LANGUAGES, *_SERVER_LANGUAGES))
# Codes that were withdrawn, are more exact than ours, or are what YAML makes of Norwegian where nobody quotes it.
_ALIASES: Final = {"cmn": "zh", "false": "no", "in": "id", "iw": "he", "mo": "ro"}
_SEPARATORS: Final = re.compile(r"[-_.@]")
_CHINESE: Final = "zh"
_CANTONESE: Final = "yue"
_CANTONESE_REGIONS: Final = frozenset({"hk", "mo", _CANTONESE})
_SIMPLIFIED: Final = "hans"
# Those for which Home Assistant has words or sentences of their own: an assistant understands by the tag of its voice.
_REGIONAL: Final = ("de-CH", "en-GB", "es-419", "pt-BR", "sr-Latn", "zh-CN", "zh-HK", "zh-Hans", "zh-Hant", "zh-TW")


def server_language(tag: str) -> str | None:
    """Return the server's code for a language, None where it speaks no such language."""
    base, *more = _SEPARATORS.split(tag.strip().casefold())
    base = _ALIASES.get(base, base)
    if base == _CHINESE and _SIMPLIFIED not in more and not _CANTONESE_REGIONS.isdisjoint(more):
        return _CANTONESE
    code = _SERVER_LANGUAGES.get(base, base)
    return code if code in LANGUAGES else None


def supported_language(tag: str) -> str | None:
    """Return the member of SUPPORTED_LANGUAGES that is meant, None where there is none."""
    base = _SEPARATORS.split(tag.strip().casefold(), maxsplit=1)[0]
    return base if base in _SERVER_LANGUAGES else server_language(tag)


def nearest_language(tag: str) -> str:
    """Return the supported language of a tag such as `de-CH`; English where there is none."""
    return supported_language(tag) or "en"


class LanguageTags(list[str]):
    """What Home Assistant lists of a voice; it may ask with any tag of a language that is spoken."""

    @override
    def __contains__(self, tag: object) -> bool:
        """Tell whether the language is spoken, however it is written."""
        return isinstance(tag, str) and server_language(tag) is not None


LANGUAGE_TAGS: Final = LanguageTags(sorted((*SUPPORTED_LANGUAGES, *_REGIONAL)))

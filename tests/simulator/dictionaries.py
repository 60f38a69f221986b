"""The project's pronunciation dictionaries."""

from dataclasses import asdict, dataclass
import re

PROJECT_ID = 42
CREATED_AT = "2026-09-01T08:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Replace a word by what is to be said."""

    id: int
    dictionary_id: int
    word: str
    replacement: str
    ipa: str | None = None
    case_sensitive: bool = False
    created_at: str = CREATED_AT
    updated_at: str = CREATED_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """Describe a dictionary."""

    id: int
    name: str
    language: str | None
    is_active: bool
    description: str | None = None
    project_id: int | None = PROJECT_ID
    created_at: str = CREATED_AT
    updated_at: str = CREATED_AT


DICTIONARIES = (
    Dictionary(id=7, name="House", language="de", is_active=True),
    Dictionary(id=9, name="Abbreviations", language=None, is_active=False),
)
ENTRIES = (
    Entry(id=1, dictionary_id=7, word="KugelAudio", replacement="Kugel Audio"),
    Entry(id=2, dictionary_id=7, word="WLAN", replacement="Weh Lahn"),
    Entry(id=3, dictionary_id=9, word="HA", replacement="Home Assistant"),
)


def entries_for(project_id: int | None, dictionary_ids: tuple[int, ...] | None, language: str) -> tuple[Entry, ...]:
    """Return the entries that apply to a synthesis."""
    if project_id != PROJECT_ID:
        return ()
    chosen = {
        dictionary.id
        for dictionary in DICTIONARIES
        if (
            dictionary.id in dictionary_ids
            if dictionary_ids is not None
            else dictionary.is_active and dictionary.language in (None, language)
        )
    }
    return tuple(entry for entry in ENTRIES if entry.dictionary_id in chosen)


def pronounce(text: str, entries: tuple[Entry, ...]) -> str:
    """Return the text with the words replaced."""
    for entry in entries:
        flags = 0 if entry.case_sensitive else re.IGNORECASE
        pattern = rf"\b{re.escape(entry.word)}\b"
        text = re.sub(pattern, entry.replacement, text, flags=flags)
    return text


def listing() -> dict[str, object]:
    """Return the list of dictionaries as JSON."""
    return {"dictionaries": [asdict(dictionary) for dictionary in DICTIONARIES]}


def entry_listing(dictionary_id: int, search: str) -> dict[str, object]:
    """Return the entries of a dictionary as JSON."""
    found = [
        asdict(entry)
        for entry in ENTRIES
        if entry.dictionary_id == dictionary_id and search.casefold() in entry.word.casefold()
    ]
    return {"entries": found, "total": len(found), "limit": 100, "offset": 0}

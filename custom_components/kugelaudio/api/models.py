"""What the server tells and what it is told, as typed objects. JSON travels no further."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Final

from . import reading

NATIVE_SAMPLE_RATES: Final = (8000, 16000, 22050, 24000)
NATIVE_SAMPLE_RATE: Final = 24000
DEFAULT_MODEL: Final = "kugel-3.5"
MAX_TEXT_LENGTH: Final = 10_000
# The server's defaults. They are sent where an earlier utterance may have left something else.
MAX_NEW_TOKENS: Final = 2048

# ISO 639 codes that the server accepts; it refuses regional tags.
LANGUAGES: Final = (
    *("ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja"),
    *("ko", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "ta", "th", "tr", "uk", "ur", "vi"),
    *("yue", "zh"),
)

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_HIGHEST_COST_CENTS: Final = 10_000_000.0
# The server's defaults. They are sent where an earlier utterance may have left something else.


def _sum[Number: (int, float)](one: Number | None, other: Number | None) -> Number | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice of the catalogue. Enumerations are open: any text may appear in them."""

    id: str
    name: str
    handle: str | None = None
    category: str | None = None
    sex: str | None = None
    quality: str | None = None
    languages: tuple[str, ...] = ()
    sample_url: str | None = None
    is_own: bool = False

    @classmethod
    def from_json(cls, data: object) -> Voice | None:
        """Read a voice; None when it has no usable id. It is the user's own where the server says: not public."""
        data = reading.content(data)
        if not isinstance(data, Mapping) or (identifier := reading.identifier(data, "id", "voice_id")) is None:
            return None
        languages = data.get("supported_languages")
        return cls(
            id=identifier,
            name=reading.text(data, "name") or identifier,
            handle=reading.text(data, "handle"),
            category=reading.text(data, "category"),
            sex=reading.text(data, "sex"),
            quality=reading.text(data, "quality"),
            languages=tuple(code for code in languages if isinstance(code, str)) if isinstance(languages, list) else (),
            sample_url=reading.text(data, "sample_url"),
            is_own=data.get("is_public") is False,
        )

    def speaks(self, language: str) -> bool:
        """Tell whether the catalogue lists the language, or no language at all, for this voice."""
        return not self.languages or language in self.languages


@dataclass(frozen=True, slots=True)
class VoicePage:
    """One page of the catalogue; `length` counts the server's items, readable or not, `total` those of all pages."""

    voices: tuple[Voice, ...]
    length: int
    total: int | None

    @classmethod
    def from_json(cls, data: object) -> VoicePage | None:
        """Read a page; None when the answer is no list of voices."""
        if (items := reading.items(data, "voices")) is None:
            return None
        voices = tuple(voice for item in items if (voice := Voice.from_json(item)) is not None)
        # A total of nothing beside voices is what the server says when it does not know.
        return cls(voices, len(items), reading.total(data) or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that can be asked for."""

    id: str
    name: str
    max_input_length: int = MAX_TEXT_LENGTH
    sample_rate: int = NATIVE_SAMPLE_RATE

    @classmethod
    def from_json(cls, data: object) -> Model | None:
        """Read a model; None when it has no usable id."""
        if not isinstance(data, Mapping) or (identifier := reading.identifier(data, "id", "model_id")) is None:
            return None
        return cls(
            id=identifier,
            name=reading.text(data, "name") or identifier,
            max_input_length=reading.count(data.get("max_input_length")) or MAX_TEXT_LENGTH,
            sample_rate=reading.hertz(data.get("sample_rate")) or NATIVE_SAMPLE_RATE,
        )


def models_from_json(data: object) -> tuple[Model, ...] | None:
    """Read the list of models; None when the answer is no such list."""
    if (items := reading.items(data, "models")) is None:
        return None
    return tuple(model for item in items if (model := Model.from_json(item)) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an utterance used. `cost_cents` is in EUR cents; None means unknown, not none, and not free."""

    audio_seconds: float | None = None
    characters: int | None = None
    cost_cents: float | None = None

    @classmethod
    def from_json(cls, data: object) -> Usage | None:
        """Read the usage object of an end frame; None when there is none, or nothing in it can be true."""
        if not isinstance(data, Mapping):
            return None
        usage = cls(
            audio_seconds=reading.seconds(data.get("audio_seconds")),
            characters=reading.count(data.get("characters")),
            cost_cents=reading.amount(data.get("cost_cents"), _HIGHEST_COST_CENTS),
        )
        return None if usage == cls() else usage

    def __add__(self, other: Usage) -> Usage:
        """Return the usage of both; a number that one of them does not know is unknown."""
        return Usage(
            audio_seconds=_sum(self.audio_seconds, other.audio_seconds),
            characters=_sum(self.characters, other.characters),
            cost_cents=_sum(self.cost_cents, other.cost_cents),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """When a word is heard. Times are milliseconds of the audio that it stands in."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int

    @classmethod
    def from_json(cls, data: object) -> Word | None:
        """Read a word; None when it has no text or no place. One without an end is a point."""
        if not isinstance(data, Mapping) or (text := reading.text(data, "word")) is None:
            return None
        longest_ms = 1000 * reading.LONGEST_S
        start_ms, end_ms = (
            reading.amount(data.get("start_ms"), longest_ms),
            reading.amount(data.get("end_ms"), longest_ms),
        )
        if start_ms is None:
            return None
        return cls(text, round(start_ms), round(max(start_ms, start_ms if end_ms is None else end_ms)))

    def later(self, by_ms: int) -> Word:
        """Return the word in audio that has so much more in front of it."""
        return Word(self.text, self.start_ms + by_ms, self.end_ms + by_ms)


def words_from_json(data: object) -> tuple[Word, ...]:
    """Read the words of a frame; what is no word is passed over."""
    items = data if isinstance(data, list) else ()
    return tuple(word for item in items if (word := Word.from_json(item)) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """A pronunciation dictionary of the key's project. An inactive one applies only where it is asked for."""

    id: int
    name: str
    language: str | None = None
    is_active: bool = True
    project_id: int | None = None
    updated_at: str | None = None

    @classmethod
    def from_json(cls, data: object) -> Dictionary | None:
        """Read a dictionary; None when it has no usable id."""
        if not isinstance(data, Mapping) or (identifier := reading.integer(data.get("id"))) is None:
            return None
        return cls(
            id=identifier,
            name=reading.text(data, "name") or str(identifier),
            language=reading.text(data, "language"),
            is_active=data.get("is_active") is not False,
            project_id=reading.integer(data.get("project_id")),
            updated_at=reading.text(data, "updated_at"),
        )


def dictionaries_from_json(data: object) -> tuple[Dictionary, ...] | None:
    """Read the list of dictionaries; None when the answer is no such list."""
    if (items := reading.items(data, "dictionaries")) is None:
        return None
    return tuple(dictionary for item in items if (dictionary := Dictionary.from_json(item)) is not None)


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """The numbers that `/v1/usage` delivers, by the server's own names: its shape is not documented."""

    numbers: Mapping[str, float]

    @classmethod
    def from_json(cls, data: object) -> AccountUsage:
        """Read the numbers at the top level or below `data`."""
        found = reading.content(data)
        items = found.items() if isinstance(found, Mapping) else ()
        return cls({str(key): value for key, item in items if (value := reading.number(item)) is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """Everything that shapes the sound of an utterance, and whether its words are to be timed.

    Dictionaries apply only with their project: all active ones where `dictionary_ids` is None, none where it is empty.
    What else is None is left to the server: the language is then that of the voice.
    """

    voice_id: str
    language: str | None
    model_id: str = DEFAULT_MODEL
    sample_rate: int = NATIVE_SAMPLE_RATE
    speed: float = 1.0
    temperature: float = 0.4
    cfg_scale: float = 2.0
    normalize: bool = True
    word_timestamps: bool = False
    project_id: int | None = None
    dictionary_ids: tuple[int, ...] | None = None
    max_new_tokens: int | None = None
    speaker_prefix: bool | None = None

    def as_json(self) -> dict[str, str | float | bool]:
        """Return the fields of every request, explicit where they are known: defaults differ between endpoints."""
        optional = {"language": self.language, "max_new_tokens": self.max_new_tokens}
        return {
            "voice_id": int(self.voice_id) if _NUMBER.fullmatch(self.voice_id) else self.voice_id,
            "model_id": self.model_id,
            **{name: value for name, value in optional.items() if value is not None},
            "sample_rate": self.sample_rate,
            "speed": self.speed,
            "temperature": self.temperature,
            "cfg_scale": self.cfg_scale,
            "normalize": self.normalize,
        }

    def dictionaries_as_json(self) -> dict[str, int | list[int]]:
        """Return the fields that name dictionaries: none without a project, and no list where all active ones apply."""
        if self.project_id is None:
            return {}
        chosen = {} if self.dictionary_ids is None else {"dictionary_ids": list(self.dictionary_ids)}
        return {"project_id": self.project_id, **chosen}

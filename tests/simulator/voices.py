"""The catalogue of voices and models."""

from dataclasses import dataclass, replace
import hashlib
import hmac
import re
from typing import Final
import unicodedata

from .names import NAMES, SAMPLE_TEXTS

LANGUAGES: Final = tuple(NAMES)
CATEGORIES = (
    "narrative_story",
    "conversational",
    "characters_animation",
    "social_media",
    "entertainment_tv",
    "advertisement",
    "informative_educational",
)
AGES = ("young", "middle_age", "old", "middle_aged")
QUALITIES = ("mid", "high", "mid", "low")
DEFAULT_MODEL = "kugel-3.5"
MODELS = {"kugel-3.5": "Kugel 3.5", "kugel-3": "Kugel 3"}
LEGACY_MODELS = frozenset({"kugel-2.5", "kugel-2-turbo", "kugel-2", "kugel-1", "kugel-1-turbo"})
SIGNING_KEY = b"simulator"
FIRST_ID = 2001


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Describe a voice of the catalogue."""

    id: int
    name: str
    languages: tuple[str, ...]
    sex: str | None = None
    age: str | None = None
    category: str = "conversational"
    quality: str = "mid"
    description: str | None = None
    handle: str | None = None
    is_public: bool = True
    verified: bool = False
    has_sample: bool = True
    has_avatar: bool = False

    @property
    def language(self) -> str:
        """Return the primary language."""
        return self.languages[0] if self.languages else "en"

    @property
    def sample_text(self) -> str:
        """Return what the sample says."""
        return SAMPLE_TEXTS.get(self.language, "{name}.").format(name=self.name)

    def as_dict(self, base_url: str, *, unknown_enums: bool) -> dict[str, object]:
        """Return the voice as JSON."""
        sex = self.sex if unknown_enums or self.sex in KNOWN_SEXES else None
        age = self.age if unknown_enums or self.age in KNOWN_AGES else None
        sample = f"{base_url}{sample_path(self.id)}" if self.has_sample else None
        avatar = f"{base_url}/avatars/{self.id}.png" if self.has_avatar else None
        return {
            "id": self.id,
            "voice_id": self.id,
            "handle": self.handle,
            "public_id": None,
            "name": self.name,
            "description": self.description,
            "category": self.category,
            "sex": sex,
            "age": age,
            "quality": self.quality,
            "supported_languages": list(self.languages),
            "sample_url": sample,
            "avatar_url": avatar,
            "is_public": self.is_public,
            "verified": self.verified,
        }

    def detail(self, base_url: str, *, unknown_enums: bool) -> dict[str, object]:
        """Return the voice as JSON with the fields of the detail view."""
        return self.as_dict(base_url, unknown_enums=unknown_enums) | {
            "generative_voice_description": "",
            "pending_verification": False,
            "sample_text": self.sample_text,
        }


KNOWN_SEXES = frozenset({"male", "female", "neutral", None})
KNOWN_AGES = frozenset({*AGES, None})


def handle_of(name: str) -> str:
    """Return the readable id of a name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def signature(voice_id: int, expires: str) -> str:
    """Return the signature of a sample's address."""
    message = f"{voice_id}:{expires}".encode()
    return hmac.new(SIGNING_KEY, message, hashlib.sha256).hexdigest()


def sample_path(voice_id: int, expires: str = "4102444800") -> str:
    """Return the signed path of a sample."""
    query = f"expires={expires}&signature={signature(voice_id, expires)}"
    return f"/samples/{voice_id}.wav?{query}"


GERMAN = (
    (280, "Annika Vogt", "female", "young", "social_media"),
    (480, "Lukas Brandt", "male", "young", "conversational"),
    (973, "Martina Keller", "female", "middle_age", "informative_educational"),
    (1705, "Jonas Hartwig", "male", "middle_age", "advertisement"),
)
DOCUMENTED = (
    Voice(
        id=1071,
        name="Samantha Ferris",
        handle="samantha-ferris",
        languages=("en",),
        sex="female",
        age="middle_age",
        has_avatar=True,
        verified=True,
    ),
    Voice(
        id=1072,
        name="Nathan Cole",
        handle="nathan-cole",
        languages=("en", "de"),
        sex="male",
        age="young",
        category="social_media",
        quality="high",
    ),
    Voice(
        id=268,
        name="Hans",
        handle="hans",
        languages=("de",),
        sex="male",
        age="old",
        category="narrative_story",
        quality="high",
        description="A warm, old storyteller",
    ),
    *(
        Voice(
            id=voice_id,
            name=name,
            handle=handle_of(name),
            languages=("de",),
            sex=sex,
            age=age,
            category=category,
        )
        for voice_id, name, sex, age, category in GERMAN
    ),
)


def _own() -> list[Voice]:
    mine = (
        Voice(id=5001, name="My voice", languages=("de", "en"), sex="female"),
        Voice(id=5002, name="Grandfather", languages=("de",), sex="male", age="old"),
        Voice(id=5003, name="Untitled", languages=(), has_sample=False),
        Voice(id=5004, name="Doorman", languages=("en",), sex="neutral"),
    )
    return [replace(voice, category="cloned", is_public=False) for voice in mine]


def _strange() -> list[Voice]:
    """Return voices with values that no client knows."""
    return [
        Voice(
            id=6001,
            name="Orbit",
            languages=("en", "xx"),
            sex="robot",
            age="timeless",
            category="podcast_host",
            quality="ultra",
        ),
        Voice(id=6002, name="Echo Lindqvist", languages=("sv",), sex="unspecified"),
    ]


def _of_languages() -> list[Voice]:
    voices: list[Voice] = []
    for language, names in NAMES.items():
        for place, name in enumerate(names):
            number = len(voices)
            known = number % 11
            voices.append(
                Voice(
                    id=FIRST_ID + number,
                    name=name,
                    handle=handle_of(name) if number % 7 else None,
                    languages=(language, "en") if number % 13 == 0 else (language,),
                    sex=("female", "male")[place % 2] if known else None,
                    age=AGES[number % 4] if number % 5 else None,
                    category=CATEGORIES[number % len(CATEGORIES)],
                    quality=QUALITIES[number % 4],
                    has_sample=bool(number % 9),
                    has_avatar=number % 3 == 0,
                )
            )
    return voices


VOICES: Final = (*DOCUMENTED, *_of_languages(), *_own(), *_strange())
VOICES_BY_ID: Final = {voice.id: voice for voice in VOICES}
_BY_NUMBER = {str(number): voice for number, voice in VOICES_BY_ID.items()}
_BY_HANDLE = {voice.handle: voice for voice in VOICES if voice.handle}


def find_voice(reference: int | str) -> Voice | None:
    """Return the voice of a numeric id or handle."""
    if isinstance(reference, str):
        return _BY_HANDLE.get(reference) or _BY_NUMBER.get(reference)
    return VOICES_BY_ID.get(reference)


def model_listing(models: tuple[str, ...]) -> dict[str, object]:
    """Return the deployed models as JSON, the newest first."""
    return {
        "models": [
            {
                "id": model_id,
                "model_id": model_id,
                "name": MODELS.get(model_id, model_id),
                "description": None,
                "parameters": None,
                "max_input_length": 10_000,
                "sample_rate": 24_000,
            }
            for model_id in models or sorted(MODELS, reverse=True)
        ]
    }

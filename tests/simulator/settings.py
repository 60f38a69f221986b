"""The settings of a synthesis and the rules for their values."""

from collections.abc import Callable, Container
from dataclasses import dataclass, fields, replace

from .dictionaries import DICTIONARIES
from .errors import ApiError, Failure, invalid
from .voices import DEFAULT_MODEL, LANGUAGES, LEGACY_MODELS, MODELS, Voice, find_voice
from .world import World

RATES = (8_000, 16_000, 22_050, 24_000, 44_100)
NATIVE_RATE = 24_000
FORMATS = {
    "pcm_8000": ("pcm_s16le", 8_000),
    "pcm_16000": ("pcm_s16le", 16_000),
    "pcm_22050": ("pcm_s16le", 22_050),
    "pcm_24000": ("pcm_s16le", 24_000),
    "ulaw_8000": ("mulaw", 8_000),
    "alaw_8000": ("alaw", 8_000),
}
TOO_LONG_BY_STATUS = {
    400: Failure.TEXT_TOO_LONG_OLDEST,
    413: Failure.TEXT_TOO_LONG,
    429: Failure.TEXT_TOO_LONG_OLD,
}
MAX_DICTIONARIES = 50
MAX_TOKENS = 2_048
UPDATABLE = (
    "cfg_scale",
    "temperature",
    "max_new_tokens",
    "language",
    "normalize",
    "speed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold what a client set, with the provider's defaults."""

    voice_id: int | str | None = None
    model_id: str = DEFAULT_MODEL
    cfg_scale: float = 2.0
    temperature: float | None = None
    max_new_tokens: int = MAX_TOKENS
    sample_rate: int = NATIVE_RATE
    output_format: str | None = None
    flush_timeout_ms: int = 500
    max_buffer_length: int = 10_000
    normalize: bool = True
    language: str | None = None
    word_timestamps: bool = False
    speed: float = 1.0
    project_id: int | None = None
    dictionary_ids: tuple[int, ...] | None = None
    speaker_prefix: bool = True

    @property
    def encoding(self) -> tuple[str, int]:
        """Return the encoding and the sample rate of the audio."""
        if self.output_format:
            return FORMATS[self.output_format]
        return "pcm_s16le", self.sample_rate

    def voice(self, withdrawn: Container[int] = ()) -> Voice:
        """Return the voice, or refuse one that does not exist or was withdrawn."""
        if self.voice_id is None:
            raise ApiError(Failure.MISSING_VOICE_ID)
        voice = find_voice(self.voice_id)
        if voice and voice.id not in withdrawn:
            return voice
        raise ApiError(Failure.VOICE_NOT_FOUND, details={"voice_id": self.voice_id})

    def updatable(self) -> dict[str, object]:
        """Return the settings that a client may change between turns."""
        return {name: getattr(self, name) for name in UPDATABLE}


def merged(settings: Settings, message: dict[str, object]) -> Settings:
    """Return the settings with those of a message, or refuse."""
    values = {name: _RULES[name](name, message[name]) for name in _NAMES if name in message}
    if not values:
        return settings
    result = replace(settings, **values)  # type: ignore[arg-type]
    if result.output_format and "sample_rate" in message:
        wanted = FORMATS[result.output_format][1]
        if result.sample_rate not in (NATIVE_RATE, wanted):
            raise invalid("sample_rate contradicts output_format")
    known = {dictionary.id for dictionary in DICTIONARIES}
    if result.dictionary_ids:
        if result.project_id is None:
            raise invalid("dictionary_ids need a project_id")
        if not known.issuperset(result.dictionary_ids):
            raise invalid("unknown dictionary")
    return result


def updated(settings: Settings, changes: object) -> Settings:
    """Return the settings after an ``update_settings``, or refuse."""
    if not isinstance(changes, dict) or not changes:
        raise invalid("update_settings needs at least one setting")
    if forbidden := changes.keys() - set(UPDATABLE):
        raise invalid(f"{min(forbidden)} cannot be updated")
    return merged(settings, changes)


def checked_text(text: object, world: World, *, blank: bool = False) -> str:
    """Return the text of a request or refuse it."""
    if not isinstance(text, str):
        raise invalid("text must be a string")
    if not blank and not text.strip():
        raise invalid("text must not be blank")
    check_length(len(text), world)
    return text


def check_length(length: int, world: World) -> None:
    """Refuse a generation that has more characters than the model or the plan allows."""
    profile, planned = world.profile, world.meter.plan.characters
    allowed = min(profile.max_text_length, planned or profile.max_text_length)
    if length > allowed:
        failure = TOO_LONG_BY_STATUS[profile.too_long_status]
        raise ApiError(failure, details={"max_length": allowed, "provided_length": length})


def check_voice(settings: Settings, world: World) -> None:
    """Refuse a voice or a model that this provider does not have."""
    profile = world.profile
    if profile.numeric_voice_ids and isinstance(settings.voice_id, str):
        raise invalid("voice_id must be an integer")
    settings.voice(world.withdrawn)
    if profile.strict_models and settings.model_id not in {*(profile.models or MODELS), *LEGACY_MODELS}:
        raise invalid("unknown model_id")


def _number(low: float, high: float, *, clamp: bool = False) -> Callable[[str, object], float]:
    def rule(name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name} must be a number")
        if clamp:
            return float(min(max(value, low), high))
        if not low <= value <= high:
            raise invalid(f"{name} must be between {low} and {high}")
        return float(value)

    return rule


def _integer(low: int, high: int) -> Callable[[str, object], int]:
    def rule(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(f"{name} must be an integer")
        if not low <= value <= high:
            raise invalid(f"{name} must be between {low} and {high}")
        return value

    return rule


def _one_of[T](*allowed: T) -> Callable[[str, object], T]:
    def rule(name: str, value: object) -> T:
        for candidate in allowed:
            if candidate == value and type(candidate) is type(value):
                return candidate
        raise invalid(f"unknown {name}")

    return rule


def _optional[T](rule: Callable[[str, object], T]) -> Callable[[str, object], T | None]:
    return lambda name, value: None if value is None else rule(name, value)


def _voice_id(name: str, value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise invalid(f"{name} must be an integer or a handle")
    return value


def _model_id(name: str, value: object) -> str:
    if value is None:
        return DEFAULT_MODEL
    return _one_of(*MODELS, *LEGACY_MODELS)(name, value)


def _ids(name: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MAX_DICTIONARIES:
        raise invalid(f"{name} must be a list of at most {MAX_DICTIONARIES} ids")
    return tuple(_integer(1, 2**31)(name, item) for item in value)


_boolean = _one_of(True, False)
_RULES: dict[str, Callable[[str, object], object]] = {
    "voice_id": _optional(_voice_id),
    "model_id": _model_id,
    "cfg_scale": _number(1.2, 2.5, clamp=True),
    "temperature": _optional(_number(0.0, 1.0)),
    "max_new_tokens": _integer(1, MAX_TOKENS),
    "sample_rate": _one_of(*RATES),
    "output_format": _optional(_one_of(*FORMATS)),
    "flush_timeout_ms": _integer(1, 60_000),
    "max_buffer_length": _integer(1, 10_000),
    "normalize": _boolean,
    "language": _optional(_one_of(*LANGUAGES)),
    "word_timestamps": _boolean,
    "speed": _number(0.8, 1.2),
    "project_id": _optional(_integer(1, 2**31)),
    "dictionary_ids": _optional(_ids),
    "speaker_prefix": _boolean,
}
_NAMES = tuple(field.name for field in fields(Settings))

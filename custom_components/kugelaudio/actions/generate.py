"""The action `generate`: speech as a file and as a URL, with its length, its cost and the times of its words."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from homeassistant.components.tts import ATTR_PREFERRED_FORMAT, ResultStream
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.core_config import Config
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.json import JsonObjectType, JsonValueType
import probatio

from ..api.models import Word
from ..const import CONF_FORMAT
from ..exceptions import failure, invalid
from ..speech.record import UtteranceObserver, observed
from .call import FIELDS, SpokenCall, spoken_call
from .files import Destination, check, destination, ending_of, write
from .recording import FORMATS, Recording, recording
from .subtitles import SubtitleFormat, subtitles

_NONE: Final = "none"
_OVERWRITE: Final = "overwrite"
_PATH: Final = "path"
_SUBTITLES: Final = "subtitles"
_WORDS: Final = "words"

SCHEMA: Final = probatio.Schema(
    {
        **FIELDS,
        probatio.Optional(CONF_FORMAT): probatio.All(cv.string, probatio.Strip, probatio.Lower, probatio.In(FORMATS)),
        probatio.Optional(_PATH): probatio.All(cv.string, probatio.Strip),
        probatio.Optional(_OVERWRITE, default=False): cv.boolean,
        probatio.Optional(_SUBTITLES, default=_NONE): probatio.In((_NONE, *SubtitleFormat)),
        probatio.Optional(_WORDS, default=False): cv.boolean,
    }
)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that a call wants, if it wants any."""

    audio: Destination | None
    subtitles: Path | None
    overwrite: bool

    @classmethod
    def wanted(cls, config: Config, data: Mapping[str, Any], audio_format: str) -> _Files:
        """Return the files; raises what would keep them from being written. Blocks."""
        asked, subtitle_format, overwrite = data.get(_PATH), data[_SUBTITLES], data[_OVERWRITE]
        if asked is None:
            if subtitle_format != _NONE:
                raise invalid("subtitles_without_path")
            return cls(None, None, overwrite)
        ending = ending_of(asked)
        if ending and ending != audio_format:
            raise invalid("path_ending", path=asked, format=audio_format)
        audio = destination(config, asked if ending else f"{asked}.{audio_format}")
        beside = None if subtitle_format == _NONE else audio.path.with_suffix(f".{subtitle_format}")
        for path in filter(None, (audio.path, beside)):
            check(path, overwrite=overwrite)
        return cls(audio, beside, overwrite)

    def write(self, recorded: Recording, words: tuple[Word, ...]) -> None:
        """Write them, the audio last: who waits for it finds the subtitles beside it. Blocks."""
        contents: dict[Path, bytes] = {}
        if self.subtitles is not None:
            contents[self.subtitles] = subtitles(words, SubtitleFormat(self.subtitles.suffix[1:])).encode()
        if self.audio is not None:
            write({**contents, self.audio.path: recorded.data}, overwrite=self.overwrite)

    def as_json(self) -> JsonObjectType:
        """Return what an automation is told."""
        return {
            "path": str(self.audio.path) if self.audio else None,
            "subtitles_path": str(self.subtitles) if self.subtitles else None,
        }


async def generate(call: ServiceCall) -> ServiceResponse:
    """Have a message spoken; returns what is known of it when all its files are there."""
    hass = call.hass
    if _PATH in call.data:
        await _check_may_write(call)
    wished = call.data.get(CONF_FORMAT) or ending_of(call.data.get(_PATH, ""))
    if wished:
        _check_format(wished)
    spoken = await spoken_call(call, {ATTR_PREFERRED_FORMAT: wished} if wished else {})
    audio_format = _check_format(str(spoken.option(ATTR_PREFERRED_FORMAT)))
    files = await hass.async_add_executor_job(_Files.wanted, hass.config, call.data, audio_format)
    observer = UtteranceObserver(with_words=call.data[_WORDS] or files.subtitles is not None)
    with observed(observer):
        stream = _begin(spoken, is_new=observer.with_words)
    recorded = await _recorded(hass, stream, audio_format, observer)
    if observer.shortcoming is not None:
        raise observer.shortcoming
    if files.subtitles and not observer.words:
        raise failure("no_word_times")
    await hass.async_add_executor_job(files.write, recorded, observer.words)
    in_media_folder = files.audio and files.audio.media_content_id
    return {
        "url": _url(hass, stream),
        "media_content_id": in_media_folder or _media_content_id(spoken, stream, observer),
        **files.as_json(),
        "format": audio_format,
        "duration_s": round(recorded.duration_s, 3),
        **_effort(observer),
        "words": _words(observer) if call.data[_WORDS] else None,
    }


def _check_format(audio_format: str) -> str:
    """Return a format that files can have; raises ServiceValidationError."""
    if audio_format not in FORMATS:
        raise invalid("format_unknown", format=audio_format, formats=", ".join(FORMATS))
    return audio_format


async def _check_may_write(call: ServiceCall) -> None:
    """Refuse users who are no administrators; automations have no user."""
    user_id = call.context.user_id
    user = await call.hass.auth.async_get_user(user_id) if user_id else None
    if user_id and not (user and user.is_admin):
        raise Unauthorized(context=call.context, permission=_PATH)


def _begin(spoken: SpokenCall, *, is_new: bool) -> ResultStream:
    """Have it spoken, anew if it has to be: what Home Assistant keeps does not tell when a word is heard."""
    stream = spoken.create_stream()
    if is_new:
        stream.async_set_message_stream(_whole(spoken.message))
    else:
        stream.async_set_message(spoken.message)
    return stream


async def _whole(message: str) -> AsyncGenerator[str]:
    """Yield a message that is complete."""
    yield message


async def _recorded(
    hass: HomeAssistant, stream: ResultStream, audio_format: str, observer: UtteranceObserver
) -> Recording:
    """Wait for all of the audio; raises HomeAssistantError, which is the voice's own where it could not speak."""
    try:
        async with aclosing(stream.async_stream_result()) as audio:
            streamed = b"".join([piece async for piece in audio])
        return await hass.async_add_executor_job(recording, streamed, audio_format, observer.heads)
    except OSError as err:
        raise failure("conversion_failed", format=audio_format, details=err.strerror or type(err).__name__) from err
    except ValueError:
        raise failure("audio_unreadable") from None


def _url(hass: HomeAssistant, stream: ResultStream) -> str:
    """Return where the audio can be played as long as Home Assistant keeps it."""
    try:
        return f"{get_url(hass)}{stream.url}"
    except NoURLAvailableError:
        return stream.url


def _media_content_id(spoken: SpokenCall, stream: ResultStream, observer: UtteranceObserver) -> str:
    """Return an id by which the same can be played: what was made for its words' times is kept by no other."""
    return stream.media_source_id if observer.with_words else spoken.media_content_id


def _effort(observer: UtteranceObserver) -> JsonObjectType:
    """Return what it took to speak: nothing, where Home Assistant had it already."""
    record = observer.record
    if record is None:
        return {"cached": True, "characters": None, "cost_cents": 0.0, "ttfa_ms": None}
    return {
        "cached": False,
        "characters": record.characters,
        "cost_cents": record.cost_cents,
        "ttfa_ms": None if record.ttfa_ms is None else round(record.ttfa_ms, 1),
    }


def _words(observer: UtteranceObserver) -> list[JsonValueType]:
    """Return the words and when they are heard."""
    return [{"word": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms} for word in observer.words]

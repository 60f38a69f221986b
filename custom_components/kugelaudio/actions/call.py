"""What the actions are told to speak: in whose voice, which words, and how they are to sound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
import re
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.tts import ResultStream, generate_media_source_id
from homeassistant.components.tts.const import DATA_COMPONENT, DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
import probatio

from ..const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_GAIN,
    CONF_LANGUAGE,
    CONF_LEAD_IN,
    CONF_LOUDNESS,
    CONF_MARKS,
    CONF_TAIL,
    CONF_VOICE,
    DOMAIN,
)
from ..exceptions import invalid
from ..text.marks import LONGEST_PAUSE_MS
from ..tts import VoiceEntity
from ..voices.default_voice import default_voice
from ..voices.own_voice import OWN_VOICE

_CACHE: Final = "cache"
_DIALOGUE: Final = "dialogue"
_MESSAGE: Final = "message"
_OPTIONS: Final = "options"
_PAUSE: Final = "pause_ms"
_TEXT: Final = "text"

# What a mark can hold between its brackets.
_NAME: Final = re.compile(r"[^\[\]\s](?:[^\[\]\n]{0,78}[^\[\]\s])?\Z")
_MARK: Final = re.compile(r"\[(?=(?:voice|pause):)", re.IGNORECASE)
_LINE: Final = probatio.Schema(
    {
        probatio.Optional(CONF_VOICE): probatio.All(cv.string, probatio.Strip, probatio.Match(_NAME)),
        probatio.Required(_TEXT): cv.string,
        probatio.Optional(_PAUSE, default=0): probatio.All(
            probatio.Coerce(float), probatio.Range(min=0, max=LONGEST_PAUSE_MS), probatio.Coerce(int)
        ),
    }
)

# The options that have fields of their own.
_SOUND: Final = (CONF_CHIME, CONF_CHIME_AFTER, CONF_LEAD_IN, CONF_TAIL, CONF_LOUDNESS, CONF_GAIN)

FIELDS: Final = {
    probatio.Optional(CONF_VOICE): probatio.All(cv.string, probatio.Strip),
    probatio.Optional(_MESSAGE): cv.string,
    probatio.Optional(_DIALOGUE): probatio.All(cv.ensure_list, [_LINE]),
    probatio.Optional(CONF_LANGUAGE): cv.string,
    # Read as the options of the same names are.
    **{probatio.Optional(name): object for name in _SOUND},
    probatio.Optional(_CACHE, default=True): cv.boolean,
    probatio.Optional(_OPTIONS, default=dict): {cv.string: object},
}


@dataclass(frozen=True, slots=True)
class SpokenCall:
    """What a call of an action wants spoken; its options are those of `tts.speak`."""

    entity: VoiceEntity
    message: str = field(repr=False)
    language: str | None
    options: dict[str, Any]
    cache: bool

    def option(self, name: str) -> object:
        """Return an option as it applies: what the call says, else what is stored for the voice."""
        return {**(self.entity.default_options or {}), **self.options}[name]

    def create_stream(self) -> ResultStream:
        """Return a stream of Home Assistant's for it, to which the message is still to be given."""
        return self.entity.hass.data[DATA_TTS_MANAGER].async_create_result_stream(
            engine=self.entity.entity_id, use_file_cache=self.cache, language=self.language, options=self.options
        )

    @property
    def media_content_id(self) -> str:
        """Return the id by which it can be played again, at no cost as long as Home Assistant keeps it."""
        return generate_media_source_id(
            self.entity.hass, self.message, self.entity.entity_id, self.language, self.options, self.cache
        )


async def spoken_call(call: ServiceCall, more_options: Mapping[str, Any]) -> SpokenCall:
    """Return what a call wants spoken, checked as far as it can be before anything is sent.

    Raises ServiceValidationError that says what is wrong, and Unauthorized where the user may not use the voice.
    """
    data = call.data
    entity, as_another = _voice(call.hass, data.get(CONF_VOICE))
    await _check_permission(call, entity.entity_id)
    if _MESSAGE not in data and _DIALOGUE not in data:
        raise invalid("message_or_dialogue")
    sound = {name: data[name] for name in _SOUND if name in data}
    options = {**as_another, **data[_OPTIONS], **sound, **more_options}
    message = data.get(_MESSAGE, "")
    if _DIALOGUE in data:
        options[CONF_MARKS] = True
        message = _written(call.hass, message, data[_DIALOGUE], entity, str(options.get(CONF_VOICE, OWN_VOICE)))
    await entity.look_at_chimes(options)
    asked = entity.checked(message, data.get(CONF_LANGUAGE), options)
    return SpokenCall(entity, message, asked.language, asked.options, data[_CACHE])


def _voices(hass: HomeAssistant) -> dict[str, VoiceEntity]:
    """Return the voices that are loaded by their entity ids, those that were added first before others."""
    loaded = {
        entity.unique_id: entity for entity in hass.data[DATA_COMPONENT].entities if isinstance(entity, VoiceEntity)
    }
    stored = [subentry_id for entry in hass.config_entries.async_entries(DOMAIN) for subentry_id in entry.subentries]
    return {loaded[known].entity_id: loaded[known] for known in stored if known in loaded}


def _voice(hass: HomeAssistant, named: str | None) -> tuple[VoiceEntity, dict[str, Any]]:
    """Return the voice that is named, else the home's default, and the options that make it one of the catalogue."""
    voices = _voices(hass)
    if not voices:
        raise invalid("no_voice")
    if named is None:
        wanted = default_voice(hass.config_entries.async_loaded_entries(DOMAIN))
        return next(
            (entity for entity in voices.values() if entity.unique_id == wanted), next(iter(voices.values()))
        ), {}
    if named in voices:
        return voices[named], {}
    for entity in voices.values():
        if entity.is_called(named):
            return entity, {}
    for entity in voices.values():
        if entity.knows(named):
            return entity, {CONF_VOICE: named}
    listed = ", ".join(f"{entity.name} ({entity_id})" for entity_id, entity in voices.items())
    raise invalid("voice_not_loaded", voice=named, voices=listed)


async def _check_permission(call: ServiceCall, entity_id: str) -> None:
    """Refuse a user who may not have this voice speak, as `tts.speak` does."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, entity_id=entity_id, permission=POLICY_CONTROL)
    if not user.permissions.check_entity(entity_id, POLICY_CONTROL):
        raise Unauthorized(context=call.context, entity_id=entity_id, permission=POLICY_CONTROL)


def _written(
    hass: HomeAssistant, message: str, lines: Iterable[Mapping[str, Any]], entity: VoiceEntity, asked: str
) -> str:
    """Return a message and the lines after it as one with marks; lines of nobody are of the voice asked."""
    voices = _voices(hass)
    own = entity.voice_id(asked)
    parts = [message] if message else []
    # Marks in the message may have given the word to somebody else.
    speaking = "" if _MARK.search(message) else own
    for line in lines:
        named = line.get(CONF_VOICE, own)
        # Names are not unique, ids are.
        voice = voices[named].voice_id(OWN_VOICE) if named in voices else named
        if voice != speaking:
            parts.append(f"[voice:{voice}]")
            speaking = voice
        # Text that reads like a mark is meant as text here.
        parts.append(_MARK.sub("[ ", line[_TEXT]))
        if line[_PAUSE]:
            parts.append(f"[pause:{line[_PAUSE]}]")
    return " ".join(parts)

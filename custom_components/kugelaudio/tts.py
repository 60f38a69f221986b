"""One text-to-speech entity per voice."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from mimetypes import add_type
from types import TracebackType
from typing import Final, override

from homeassistant.components.tts import (
    TextToSpeechEntity,
    TTSAudioResponse,
    Voice as AssistVoice,
)
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations

from .answers import is_answer
from .api.errors import EmptyTextError, OptionRefusedError, TextTooLongError, UnknownNameError
from .const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_CHIME_FOR_ANSWERS,
    CONF_DICTIONARIES,
    CONF_FALLBACK,
    CONF_FALLBACK_AFTER,
    CONF_LANGUAGE,
    CONF_MODEL,
    CONF_VOICE,
    DOMAIN,
    LONGEST_MESSAGE,
)
from .entity import add_voices, async_update_devices, voice_device
from .exceptions import translated
from .players.speaking import speak
from .runtime import KugelAudioConfigEntry
from .sound.chimes import NO_CHIME, is_chime_file
from .sound.g711 import MIME_TYPES
from .speech.composition import StoredVoice
from .speech.listener import Listener
from .speech.record import refusal
from .text import VoiceMark, has_speech, passages, spoken
from .voices.catalogue import unmistakable
from .voices.dictionaries import version, with_dictionaries
from .voices.language_tags import LANGUAGE_TAGS, supported_language
from .voices.options import normalized, read_text
from .voices.own_voice import OWN_VOICE, OwnVoice
from .voices.settings import (
    FALLBACK_AFTER_S,
    SUPPORTED_OPTIONS,
    UtteranceSettings,
    default_options,
    settings_from_options,
    without_chimes,
)

PARALLEL_UPDATES = 0
# Home Assistant tells players the type by the ending, and takes what it does not know for MP3.
for _ending, _mime_type in MIME_TYPES.items():
    add_type(_mime_type, f".{_ending}")

# Nobody can ask for them: they take part in Home Assistant's cache key only.
_RENAMED: Final = "renamed"
_DICTIONARIES_VERSION: Final = "dictionaries_version"
_AS_SET_UP: Final = "as_set_up"


@dataclass(frozen=True, slots=True)
class Request:
    """A language and options as Home Assistant is to get them: what means the same is kept once."""

    language: str | None
    options: dict[str, object]


async def async_setup_entry(
    _hass: HomeAssistant, entry: KugelAudioConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an entity for every voice of the account."""
    add_voices(entry, async_add_entities, VoiceEntity)


class VoiceEntity(TextToSpeechEntity):
    """A voice with settings of its own.

    It stays available while the provider is down: Home Assistant would skip an unavailable one without a word.
    """

    # Home Assistant's media browser shows this name alone, and its speech refuses one that is None. Where the device's
    # name comes before it, Home Assistant shows it once only if it is no entity name.
    _attr_has_entity_name = False
    _attr_supported_languages = LANGUAGE_TAGS
    _attr_supported_options = SUPPORTED_OPTIONS

    def __init__(self, entry: KugelAudioConfigEntry, subentry: ConfigSubentry) -> None:
        """Take over what is stored for the voice."""
        self._account = entry.runtime_data.account
        self._stored = subentry
        self._subentry_id = subentry.subentry_id
        self._attr_unique_id = subentry.subentry_id
        self._attr_device_info = voice_device(entry, subentry)
        self._take_over()

    def _take_over(self) -> None:
        """Take over what is stored now; what is spoken already goes on as it was."""
        stored = self._stored.data
        self._attr_name = self._name = self._stored.title
        self._attr_default_language = stored[CONF_LANGUAGE]
        self._own = OwnVoice.of(stored)
        self._fallback = stored.get(CONF_FALLBACK)
        self._fallback_after_s = stored.get(CONF_FALLBACK_AFTER, FALLBACK_AFTER_S.default)
        self._defaults = default_options(stored)
        self._answers_chime = stored.get(CONF_CHIME_FOR_ANSWERS, False)

    @callback
    def _changed(self) -> None:
        """Take over what has changed, in this voice or another one, and its name where Home Assistant lists it."""
        self._take_over()
        er.async_get(self.hass).async_update_entity(self.entity_id, original_name=self._name)
        self._prepare_chime()
        self.async_write_ha_state()

    @property
    @override
    def default_options(self) -> Mapping[str, object]:
        """Return everything that changes the sound: Home Assistant makes its cache key of it."""
        versions = {
            _RENAMED: self._account.names.renamed,
            _DICTIONARIES_VERSION: version(self._account.catalogue.dictionaries),
        }
        # What does not come through our own actions looks for the next time whether a chime is still the same file.
        if any(is_chime_file(self._defaults.get(name)) for name in (CONF_CHIME, CONF_CHIME_AFTER)):
            self._prepare_chime()
        defaults = self._defaults if self._answers_chime or not is_answer() else without_chimes(self._defaults)
        stored = self._with_versions(defaults)
        return {**stored, **{name: value for name, value in versions.items() if value}}

    def _with_versions(self, options: Mapping[str, object]) -> dict[str, object]:
        """Return options in which a chime that is a file stands for the file that is there now."""
        chimes = {name: options[name] for name in (CONF_CHIME, CONF_CHIME_AFTER) if name in options}
        return {**options, **{name: self._account.chimes.versioned(str(named)) for name, named in chimes.items()}}

    async def look_at_chimes(self, options: Mapping[str, object] | None) -> None:
        """Look which files the chimes of a call are now, so that nothing is said with one that was replaced."""
        asked = {**self._defaults, **(options or {})}
        for name in (CONF_CHIME, CONF_CHIME_AFTER):
            for chime in cv.ensure_list(asked.get(name)):
                if is_chime_file(chime):
                    await self._account.chimes.prepare(chime)

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to follow changes, fetch our own words, and let the page of the voice lead to where it can be heard."""
        await super().async_added_to_hass()
        await async_get_translations(self.hass, self.hass.config.language, "common", [DOMAIN])
        async_update_devices(self._account.entry)
        self._prepare_chime()
        self.async_on_remove(self._account.when_changed(self._changed))

    def _prepare_chime(self) -> None:
        """Make the chimes of the voice, so that it chimes at once from the first time on."""
        for named in (self._defaults[CONF_CHIME], self._defaults.get(CONF_CHIME_AFTER, NO_CHIME)):
            self._account.entry.async_create_background_task(
                self.hass, self._account.chimes.prepare(named), "kugelaudio chime"
            )

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[AssistVoice]:
        """Return this entity's own voice, which assistants and the media browser take unasked, then the others."""
        own, catalogue = self._own, self._account.catalogue
        words = async_get_cached_translations(self.hass, self.hass.config.language, "common", DOMAIN)
        known = catalogue.find_voice(own.voice_id)
        label = words[f"component.{DOMAIN}.common.{_AS_SET_UP}"].format(voice=known.name if known else self._name)
        others = (voice for voice in catalogue.voices_for(language) if voice.id != own.voice_id)
        return [
            AssistVoice(OWN_VOICE, label),
            # The id of a voice that this entity had before means its own.
            *(AssistVoice(unmistakable(v) if own.is_meant_by(v.id) else v.id, v.name) for v in others),
        ]

    @callback
    def checked(self, message: str, language: str | None, options: Mapping[str, object] | None) -> Request:
        """Return what a call asks for; raises ServiceValidationError for what could not be spoken in any case."""
        asked = normalized(options or {})
        settings = self._settings(language or self.default_language, {**self._defaults, **asked})
        if self._own.is_meant_by(str(asked.get(CONF_VOICE, ""))):
            del asked[CONF_VOICE]
        self._check(message, settings)
        return Request(supported_language(language) if language else None, self._with_versions(asked))

    def voice_id(self, named: str) -> str:
        """Return the id of the voice that is meant where this one is asked to speak as another."""
        if self._own.is_meant_by(named):
            return self._own.voice_id
        return self._account.names.voice_id(named) or named

    def is_called(self, named: str) -> bool:
        """Tell whether this home calls the voice so."""
        wanted = named.strip().casefold()
        return any(voice.entity_id == self.entity_id and voice.is_called(wanted) for voice in self._account.names.own)

    def knows(self, named: str) -> bool:
        """Tell whether the voice can speak as one of the account's that is called so."""
        return self._account.catalogue.find_voice(named) is not None

    def _check(self, message: str, settings: UtteranceSettings) -> None:
        """Raise ServiceValidationError for a message that could not be spoken, whatever the provider says."""
        if len(message) > LONGEST_MESSAGE:
            raise translated(TextTooLongError.over(LONGEST_MESSAGE))
        text = ""
        for passage in passages(message) if settings.marks else [message]:
            match passage:
                case str():
                    text += passage
                case VoiceMark(name):
                    self._named(name, settings)
                case _:
                    pass
        if not has_speech(spoken(text, settings.language) if settings.clean else text):
            raise translated(EmptyTextError())

    def _named(self, name: str, settings: UtteranceSettings) -> None:
        """Raise ServiceValidationError if nobody is called so."""
        try:
            self._account.names.speaking(name, settings.voice)
        except UnknownNameError as err:
            raise translated(err) from err

    @override
    async def async_speak(
        self,
        media_player_entity_id: list[str],
        message: str,
        cache: bool,
        language: str | None = None,
        options: dict[str, object] | None = None,
    ) -> None:
        """Refuse at once what could only fail later, when nobody would see why; players are asked in their turn."""
        await self.look_at_chimes(options)
        asked = self.checked(message, language, options)
        await speak(
            self.hass,
            self.entity_id,
            media_player_entity_id,
            message,
            cache=cache,
            language=asked.language,
            options=asked.options,
            context=self._context,
        )

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Return once the first audio is there, so that a failure before it becomes an error for the player."""
        settings = self._requested(request)
        speaker = StoredVoice(
            subentry_id=self._subentry_id,
            entity_id=self.entity_id,
            voice_id=self._defaults[CONF_VOICE],
            model_id=self._defaults[CONF_MODEL],
            fallback=self._fallback,
            fallback_after_s=self._fallback_after_s,
        )
        listener = Listener(self._account, speaker, request.message_gen, settings)
        audio = listener.audio()
        first = await anext(audio)
        return TTSAudioResponse(listener.extension, _Begun(first, audio))

    def _requested(self, request: TTSAudioRequest) -> UtteranceSettings:
        """Return the checked settings of a request; one that is refused is told like any speech that fails."""
        if isinstance(request.options[CONF_VOICE], int | float):
            self._make_keepable()
        try:
            return self._settings(request.language, request.options)
        except ServiceValidationError:
            self._account.finished(self, refusal(self._subentry_id, OptionRefusedError()), None, as_stored=False)
            raise

    def _make_keepable(self) -> None:
        """Let voices that are numbers be text: Home Assistant writes them into a file's tags, which takes no number."""
        for stream in self.hass.data[DATA_TTS_MANAGER].token_to_stream.values():
            if stream.engine == self.entity_id and isinstance(voice := stream.options.get(CONF_VOICE), int | float):
                stream.options[CONF_VOICE] = str(voice)

    def _settings(self, language: str, options: Mapping[str, object]) -> UtteranceSettings:
        """Return the checked settings of an utterance; voices and dictionaries may be given by name."""
        voice_id = self.voice_id(read_text(CONF_VOICE, options[CONF_VOICE]))
        settings = settings_from_options({**options, CONF_VOICE: voice_id}, language)
        asked = options[CONF_DICTIONARIES]
        is_stored = asked == self._defaults[CONF_DICTIONARIES]
        voice = with_dictionaries(settings.voice, asked, self._account.catalogue.dictionaries, is_stored=is_stored)
        return replace(settings, voice=voice)


class _Begun(AsyncGenerator[bytes]):
    """Audio whose first bytes were taken already.

    It is no generator itself: Python ends each generator of what nobody refers to any more, at the same time, and one
    that waits for another's end would be told that this one is running.
    """

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes]) -> None:
        self._first: bytes | None = first
        self._rest = rest

    @override
    async def asend(self, value: None) -> bytes:
        first, self._first = self._first, None
        return await self._rest.asend(value) if first is None else first

    @override
    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> bytes:
        return await self._rest.athrow(typ)

    @override
    async def aclose(self) -> None:
        # What comes with the class throws into a generator, which one that has ended takes without a word.
        self._first = None
        await self._rest.aclose()

"""One text-to-speech entity per voice."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final, override

from homeassistant.components.tts import (
    TextToSpeechEntity,
    TTSAudioResponse,
    Voice as AssistVoice,
)
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.errors import EmptyTextError, TextTooLongError, UnknownNameError
from .api.models import MAX_TEXT_LENGTH
from .const import CONF_CHIME, CONF_DICTIONARIES, CONF_FALLBACK, CONF_LANGUAGE, CONF_MODEL, CONF_VOICE, SUBENTRY_VOICE
from .coordinator import KugelAudioConfigEntry
from .entity import voice_device
from .exceptions import translated
from .text import VoiceMark, passages, spoken
from .utterance import StoredVoice, Utterance
from .voices.catalogue import SUPPORTED_LANGUAGES
from .voices.dictionaries import version, with_dictionaries
from .voices.settings import SUPPORTED_OPTIONS, UtteranceSettings, default_options, settings_from_options

PARALLEL_UPDATES = 0

# Nobody can ask for them: they take part in Home Assistant's cache key only.
_RENAMED: Final = "renamed"
_DICTIONARIES_VERSION: Final = "dictionaries_version"


async def async_setup_entry(
    _hass: HomeAssistant, entry: KugelAudioConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an entity for every voice of the account."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_VOICE):
        async_add_entities([VoiceEntity(entry, subentry)], config_subentry_id=subentry.subentry_id)


class VoiceEntity(TextToSpeechEntity):
    """A voice with settings of its own.

    It stays available while the provider is down: Home Assistant would skip an unavailable one without a word.
    """

    # Home Assistant's media browser shows this name alone, and its speech refuses one that is None. Where the device's
    # name comes before it, Home Assistant shows it once only if it is no entity name.
    _attr_has_entity_name = False
    _attr_supported_languages = SUPPORTED_LANGUAGES
    _attr_supported_options = SUPPORTED_OPTIONS

    def __init__(self, entry: KugelAudioConfigEntry, subentry: ConfigSubentry) -> None:
        """Take over what is stored for the voice."""
        stored = subentry.data
        self._account = entry.runtime_data
        self._attr_unique_id = subentry.subentry_id
        self._attr_name = subentry.title
        self._attr_default_language = stored[CONF_LANGUAGE]
        self._name = subentry.title
        self._subentry_id = subentry.subentry_id
        self._fallback = stored.get(CONF_FALLBACK)
        self._defaults = default_options(stored)
        if renamed := self._account.names.renamed:
            self._defaults[_RENAMED] = renamed
        self._attr_device_info = voice_device(entry, subentry)

    @property
    @override
    def default_options(self) -> Mapping[str, object]:
        """Return everything that changes the sound: Home Assistant makes its cache key of it."""
        dictionaries = version(self._account.data.dictionaries)
        return {**self._defaults, **({_DICTIONARIES_VERSION: dictionaries} if dictionaries else {})}

    @override
    async def async_added_to_hass(self) -> None:
        """Make the chime of the voice, so that it chimes at once from the first time on."""
        await super().async_added_to_hass()
        self._account.config_entry.async_create_background_task(
            self.hass, self._account.chimes.prepare(self._defaults[CONF_CHIME]), "kugelaudio chime"
        )

    @callback
    @override
    def async_get_supported_voices(self, language: str) -> list[AssistVoice]:
        """Return this entity's own voice, which the media browser takes unasked, then the others for a language."""
        own = self._defaults[CONF_VOICE]
        others = [voice for voice in self._account.data.voices_for(language) if voice.id != own]
        return [AssistVoice(own, self._name), *(AssistVoice(voice.id, voice.name) for voice in others)]

    @callback
    def check(self, message: str, language: str | None, options: Mapping[str, object] | None) -> None:
        """Raise ServiceValidationError for what could not be spoken, whatever the provider says."""
        settings = self._settings(language or self.default_language, {**self._defaults, **(options or {})})
        if len(message) > MAX_TEXT_LENGTH:
            raise translated(TextTooLongError())
        text = ""
        for passage in passages(message) if settings.marks else [message]:
            match passage:
                case str():
                    text += passage
                case VoiceMark(name):
                    self._named(name, settings)
                case _:
                    pass
        if not (spoken(text) if settings.clean else text).strip():
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
        """Refuse at once what could only fail later, when nobody would see why."""
        self.check(message, language, options)
        await super().async_speak(media_player_entity_id, message, cache, language, options)

    @override
    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        """Return once the first audio is there, so that a failure before it becomes an error for the player."""
        settings = self._settings(request.language, request.options)
        speaker = StoredVoice(
            subentry_id=self._subentry_id,
            entity_id=self.entity_id,
            voice_id=self._defaults[CONF_VOICE],
            model_id=self._defaults[CONF_MODEL],
            fallback=self._fallback,
        )
        audio = Utterance(self._account, speaker, request.message_gen, settings).audio()
        first = await anext(audio)
        return TTSAudioResponse(settings.container.extension, _all(first, audio))

    def _settings(self, language: str, options: dict[str, object]) -> UtteranceSettings:
        """Return the checked settings of an utterance; voices and dictionaries may be given by name."""
        if isinstance(named := options[CONF_VOICE], str) and (voice_id := self._account.names.voice_id(named)):
            options = {**options, CONF_VOICE: voice_id}
        settings = settings_from_options(options, language)
        asked = options[CONF_DICTIONARIES]
        is_stored = asked == self._defaults[CONF_DICTIONARIES]
        voice = with_dictionaries(settings.voice, asked, self._account.data.dictionaries, is_stored=is_stored)
        return replace(settings, voice=voice)


async def _all(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the first bytes and the rest of them."""
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece

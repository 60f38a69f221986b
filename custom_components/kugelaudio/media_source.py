"""Voices in the media browser: samples of them, and a sentence said by each voice of a language; and chimes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Self, override
from urllib.parse import parse_qsl, quote, unquote, urlencode

from homeassistant.components import tts
from homeassistant.components.media_player.browse_media import SearchMedia, SearchMediaQuery
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api.errors import EmptyTextError, KugelAudioError, NotFoundError, TextTooLongError
from .api.models import MAX_TEXT_LENGTH, Voice
from .api.sample import sample_type
from .chime_view import CHIME_TYPE, chime_url
from .const import CONF_CHIME, CONF_CHIME_AFTER, CONF_LANGUAGE, CONF_VOICE, DOMAIN, SUBENTRY_VOICE
from .exceptions import translated
from .flows.hearing import ANY_ACCOUNT
from .flows.labels import choice_words, common_word, trait_words, voice_label
from .runtime import KugelAudioConfigEntry
from .sound.chimes import CHIMES, NO_CHIME
from .voices.catalogue import unmistakable
from .voices.language_tags import server_language
from .voices.languages import language_name, sentence

# Players list what begins with audio; the true type turns out when it is to be played.
_LISTED_TYPE: Final = "audio/wav"
# Where the chimes are: no account is called so.
_CHIMES: Final = "chimes"
_FALLBACK_LANGUAGE: Final = "en"


async def async_get_media_source(hass: HomeAssistant) -> VoiceMediaSource:
    """Return the source of voices and chimes to hear."""
    return VoiceMediaSource(hass)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where somebody is. Without a text voices are heard by their samples; an empty one stands for our own."""

    account: str = ""
    language: str = ""
    voice: str = ""
    text: str | None = None

    @classmethod
    def named(cls, identifier: str | None) -> Self:
        """Return the place that an identifier names; raises HomeAssistantError for one with more than a text."""
        path, _, query = (identifier or "").partition("?")
        account, tag, voice = [*map(unquote, path.split("/", 2)), "", ""][:3]
        said = parse_qsl(query, keep_blank_values=True)
        # What follows a bare "&" in a text reads like another parameter.
        if [name for name, _ in said] not in ([], ["text"]):
            raise _error("parameter_unknown")
        account = "" if account == ANY_ACCOUNT else account
        return cls(account, server_language(tag) or tag, voice, said[0][1] if said else None)

    @property
    def identifier(self) -> str:
        """Return what names the place."""
        path = "/".join(quote(part, safe="") for part in (self.account, self.language, self.voice) if part)
        return path if self.text is None else f"{path}?{urlencode({'text': self.text})}"

    @property
    def said(self) -> str:
        """Return what voices say here; raises HomeAssistantError where they can't."""
        said = (self.text or "").strip() or sentence(self.language)
        if said is None:
            raise translated(EmptyTextError())
        if len(said) > MAX_TEXT_LENGTH:
            raise translated(TextTooLongError())
        return said


class VoiceMediaSource(MediaSource):
    """Account, language, voice, and the chimes. A home with one account begins with its languages."""

    name = "KugelAudio"

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep where the accounts are."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a folder and what is in it."""
        entries = self._entries()
        with _told_as(BrowseError):
            place = _Place.named(item.identifier)
            if place.account == _CHIMES:
                return await self._chimes()
            if place.language and not place.account and len(entries) == 1:
                place = replace(place, account=entries[0].entry_id)
            if not place.account and entries:
                return await self._all(place, entries)
            if not place.language:
                return self._languages(place)
            if place.text is None:
                return await self._samples(place)
            folder = _folder(place, await self._word("say_what"), self._sayings(place))
            folder.can_search = True
            return folder

    @override
    async def async_search_media(self, item: MediaSourceItem, query: SearchMediaQuery) -> SearchMedia:
        """Return every voice of a language, saying what was typed."""
        with _told_as(BrowseError):
            place = _Place.named(item.identifier)
            if place.text is None:
                raise NotImplementedError
            return SearchMedia(result=self._sayings(replace(place, text=query.search_query)))

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the provider's sample of a voice, or Home Assistant's speech of a text."""
        with _told_as(Unresolvable):
            place = _Place.named(item.identifier)
            if place.account == _CHIMES and place.language in CHIMES:
                return PlayMedia(chime_url(place.language), CHIME_TYPE)
            return self._speech(place) if place.text is not None else await self._sample(place)

    def _entries(self) -> list[KugelAudioConfigEntry]:
        return self.hass.config_entries.async_loaded_entries(DOMAIN)

    def _account(self, place: _Place) -> KugelAudioConfigEntry:
        for entry in self._entries():
            if entry.entry_id == place.account:
                return entry
        raise _error("account_not_loaded")

    def _spoken(self, place: _Place) -> list[str]:
        """Return the languages of an account: the home's first, then those in which it has voices set up."""
        account = self._account(place)
        own = server_language(self.hass.config.language) or _FALLBACK_LANGUAGE
        # A voice that names no language speaks every one.
        spoken = {code for voice in account.runtime_data.account.catalogue.voices for code in voice.languages or (own,)}
        set_up = {
            server_language(voice.data[CONF_LANGUAGE]) for voice in account.get_subentries_of_type(SUBENTRY_VOICE)
        }
        return sorted(spoken, key=lambda code: (code != own, code not in set_up, language_name(code).casefold()))

    def _voices(self, place: _Place) -> list[Voice]:
        """Return the voices of a language."""
        if place.language not in self._spoken(place):
            raise _error("language_not_spoken")
        return self._account(place).runtime_data.account.catalogue.voices_for(place.language)

    async def _all(self, place: _Place, entries: Sequence[KugelAudioConfigEntry]) -> BrowseMediaSource:
        """Return what stands at the beginning; whoever knows where to go, but not with which account, is asked that."""
        accounts = [_folder(replace(place, account=entry.entry_id), entry.title) for entry in entries]
        if place.language:
            return _folder(_Place(), self.name, accounts)
        beginning = (
            self._languages(_Place(entries[0].entry_id))
            if len(entries) == 1
            else _folder(_Place(), self.name, accounts)
        )
        chimes = _folder(_Place(_CHIMES), await self._word("chimes"))
        beginning.children = [*(beginning.children or ()), chimes]
        return beginning

    async def _chimes(self) -> BrowseMediaSource:
        """Return all chimes that a form offers."""
        words = await choice_words(self.hass, CONF_CHIME)
        sounds = [_sound(_Place(_CHIMES, name), words[name]) for name in CHIMES]
        return _folder(_Place(_CHIMES), await self._word("chimes"), sounds)

    def _languages(self, place: _Place) -> BrowseMediaSource:
        """Return the languages of an account."""
        languages = [_folder(replace(place, language=code), language_name(code)) for code in self._spoken(place)]
        return _folder(place, self._account(place).title, languages)

    async def _samples(self, place: _Place) -> BrowseMediaSource:
        """Return the voices of a language that have a sample, and the folder in which all of them say a sentence."""
        words = await trait_words(self.hass)
        children = [
            _sound(replace(place, voice=voice.id), voice_label(voice, words))
            for voice in self._voices(place)
            if voice.sample_url
        ]
        if sentence(place.language) and self._engine(self._account(place)):
            children.insert(0, _folder(replace(place, text=""), await self._word("say_sentence")))
        return _folder(place, language_name(place.language), children)

    def _sayings(self, place: _Place) -> list[BrowseMediaSource]:
        """Return the voices of a language, each saying the text."""
        said = place.said
        return [
            _sound(replace(place, voice=voice.id, text=said), f"{voice.name}: {said}") for voice in self._voices(place)
        ]

    async def _sample(self, place: _Place) -> PlayMedia:
        """Return the sample of a voice; its URL is asked for every time, because it is valid for a while only."""
        account = self._account(place).runtime_data.account
        try:
            if not place.voice:
                raise NotFoundError
            voice = await account.client.voice(place.voice)
            mime_type = await sample_type(async_get_clientsession(self.hass), voice.sample_url or "")
        except KugelAudioError as err:
            raise account.failed(err) from err
        if voice.sample_url is None or mime_type is None:
            raise _error("no_sample")
        return PlayMedia(voice.sample_url, mime_type)

    def _speech(self, place: _Place) -> PlayMedia:
        """Return what a voice says, from Home Assistant's store of speech if it has been said before."""
        entry = self._account(place)
        voice = entry.runtime_data.account.catalogue.find_voice(place.voice)
        if voice is None:
            raise translated(NotFoundError())
        if (engine := self._engine(entry)) is None:
            raise _error("no_voice_set_up")
        said = place.said
        options = {CONF_VOICE: unmistakable(voice), CONF_CHIME: NO_CHIME, CONF_CHIME_AFTER: NO_CHIME}
        stream = tts.async_create_stream(self.hass, engine, place.language, options)
        stream.async_set_message(said)
        return PlayMedia(stream.url, stream.content_type)

    def _engine(self, entry: KugelAudioConfigEntry) -> str | None:
        """Return the first voice of the account that Home Assistant can speak with."""
        registry = er.async_get(self.hass)
        voices = entry.get_subentries_of_type(SUBENTRY_VOICE)
        known = (registry.async_get_entity_id(Platform.TTS, DOMAIN, voice.subentry_id) for voice in voices)
        return next((engine for engine in known if engine and tts.async_resolve_engine(self.hass, engine)), None)

    async def _word(self, key: str) -> str:
        """Return one of our own titles in the home's language."""
        return await common_word(self.hass, key)


def _folder(place: _Place, title: str, children: Sequence[BrowseMediaSource] = ()) -> BrowseMediaSource:
    """Return a folder; one that holds something to hear is shown as a list, which has room for long titles."""
    holds_sounds = any(child.can_play for child in children)
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=place.identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        children_media_class=MediaClass.MUSIC if holds_sounds else MediaClass.DIRECTORY,
    )


def _sound(place: _Place, title: str) -> BrowseMediaSource:
    """Return something to hear."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=place.identifier,
        media_class=MediaClass.MUSIC,
        media_content_type=_LISTED_TYPE,
        title=title,
        can_play=True,
        can_expand=False,
    )


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)


@contextmanager
def _told_as(kind: type[HomeAssistantError]) -> Iterator[None]:
    """Let errors become the kind that the media browser tells the user."""
    try:
        yield
    except HomeAssistantError as err:
        raise kind(
            str(err),
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=err.translation_placeholders,
        ) from err

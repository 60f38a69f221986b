"""All that is heard of a message, in its order: a chime, the words, filler, another engine where ours fails."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..api.errors import EmptyTextError, KugelAudioError, TextStalledError, TextTooLongError
from ..api.feed import IDLE_LIMIT_S
from ..api.models import VoiceSettings
from ..api.pcm import silence
from ..const import LONGEST_MESSAGE
from ..exceptions import fallback_spoke, meaning_of
from ..voices.settings import UtteranceSettings
from .account import Account
from .dispatch import LineWay
from .fallback import Fallback, find_fallback
from .filler import Filler
from .generation import FIRST_AUDIO_LIMIT_S
from .levelling import Levelling
from .lines import Line, speak_lines, speak_turns
from .message import Message, Part
from .metrics import UtteranceMetrics
from .record import Outcome

# An answer that was interrupted never ends: after so much silence nobody waits for more of it.
_QUIET_END_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class StoredVoice:
    """Whose utterance it is: the voice as it is stored, and the engine that speaks where it cannot."""

    subentry_id: str
    entity_id: str
    voice_id: str
    model_id: str
    fallback: str | None
    fallback_after_s: float


class Composition:
    """Puts together what one utterance sounds like, and knows how it ended."""

    def __init__(self, account: Account, voice: StoredVoice, message: Message, settings: UtteranceSettings) -> None:
        """Keep what is asked for; nothing is spoken yet."""
        self.metrics = UtteranceMetrics(settings.voice.sample_rate)
        self.opening = b""
        self.outcome = Outcome.ABANDONED
        self.error: KugelAudioError | None = None
        self.spoken_by: str | None = None
        self.failed_template: str | None = None
        self.spoke_at: float | None = None
        self._now = asyncio.get_running_loop().time
        self.begun_at = self._now()
        self._account = account
        self._voice = voice
        self._message = message
        self._settings = settings
        self._levelling = Levelling(account.memory, settings.loudness, settings.voice.sample_rate)
        self._filler: Filler | None = None
        # What has to be told although all of it was heard: it is not what was asked for.
        self.shortcoming: HomeAssistantError | None = None

    async def pcm(self) -> AsyncGenerator[bytes]:
        """Yield all of it; an empty piece says that the server has accepted the text.

        Raises HomeAssistantError, and never ends without all audio. What another engine spoke, or what had to go
        without its chime, has a shortcoming: it must not be kept as this voice's.
        """
        self.opening = await self._sound_before()
        async with self._message:
            if self.opening:
                yield self.opening
            try:
                async with aclosing(self._words()) as words:
                    async for pcm in words:
                        yield pcm
            finally:
                self._levelling.remember()

    async def _sound_before(self) -> bytes:
        """Return what is heard before the words."""
        settings = self._settings
        return silence(settings.lead_in_ms, settings.voice.sample_rate) + await self._chime(settings.chime)

    async def _sound_after(self) -> bytes:
        """Return what is heard after the last word."""
        settings = self._settings
        return await self._chime(settings.chime_after) + silence(settings.tail_ms, settings.voice.sample_rate)

    async def _chime(self, named: str) -> bytes:
        """Return a chime; one that is not there keeps nobody from speaking."""
        try:
            return await self._account.chimes.chime(named, self._settings.voice.sample_rate)
        except HomeAssistantError as err:
            self.shortcoming = err
            return b""

    async def _words(self) -> AsyncGenerator[bytes]:
        """Yield the words in this voice and those that the message calls for, or another engine's where it fails."""
        async with aclosing(self._message.parts()) as parts:
            try:
                first = await anext(parts)
            except EmptyTextError as err:
                # An assistant that answers with a sign alone says nothing, and that is no failure.
                raise (self._account.failed(err) if self._message.written.strip() else self._failed(err)) from err
            except KugelAudioError as err:
                raise self._failed(err) from err
            self.begun_at = self._now()
            if self._message.complete is not None:
                speech = self._or_another(self._complete(first, parts))
            else:
                self._filler = Filler(self.metrics.sample_rate)
                speech = self._filler.around(self._or_another(self._growing(first, parts, self._filler)))
            async with aclosing(speech):
                async for pcm in speech:
                    yield pcm

    async def _or_another(self, own: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Yield PCM in this voice; if it fails before a word was heard, another engine's."""
        try:
            async with aclosing(own):
                async for pcm in own:
                    if self.spoke_at is None and self.metrics.audio_bytes:
                        self.spoke_at = self._now()
                        self._account.spoke_with(self._settings.voice)
                    yield pcm
        except KugelAudioError as err:
            error = err
        else:
            yield await self._sound_after()
            return
        failure = self._failed(error)
        fallback = self._fallback
        if fallback is None or self.metrics.audio_bytes or not meaning_of(error).another_engine_helps:
            raise failure from error
        voice = self._settings.voice
        try:
            speech = fallback.speak(await self._message.whole(), self._settings.language, voice.sample_rate)
            async for pcm in self._levelling.of(fallback.entity_id, speech):
                yield pcm
        except Exception:  # noqa: BLE001 - whatever another engine raises, ours has failed first
            raise failure from error
        yield await self._sound_after()
        self.outcome = Outcome.FALLBACK
        self.spoken_by = fallback.entity_id
        self.shortcoming = fallback_spoke(error, fallback.entity_id)

    def _failed(self, error: KugelAudioError) -> HomeAssistantError:
        """Take note of what keeps this voice from speaking; returns what tells the user."""
        self.outcome = Outcome.FAILED
        self.error = self._account.explained(error, self._settings.voice)
        return self._account.failed(self.error)

    @property
    def _fallback(self) -> Fallback | None:
        return find_fallback(self._account.hass, self._voice.entity_id, self._voice.fallback)

    @property
    def _limit_s(self) -> float:
        """Return how long the first audio may take: less where another engine could speak meanwhile."""
        return FIRST_AUDIO_LIMIT_S if self._fallback is None else self._voice.fallback_after_s

    async def _complete(self, first: Part, rest: AsyncGenerator[Part]) -> AsyncGenerator[bytes]:
        """Yield the PCM of a message that is complete; several parts are made at the same time."""
        parts = [first, *[part async for part in rest]]
        if self._message.length > LONGEST_MESSAGE:
            raise TextTooLongError.over(LONGEST_MESSAGE)
        self.failed_template = self._account.look_for_failed_template(self._message.written)
        lenient = self._message.came_in_pieces
        lines = [
            Line((await part.feed.whole()).strip(), self._voice_of(part, lenient=lenient), part.pause_ms)
            for part in parts
        ]
        way = LineWay(limit_s=self._limit_s, tells_acceptance=self._settings.is_converted)
        level = self._levelling.of_voice
        async with aclosing(speak_lines(self._account.dispatcher, lines, self.metrics, way, level)) as speech:
            async for pcm in speech:
                yield pcm
        self.outcome = Outcome.SPOKEN

    async def _growing(self, first: Part, rest: AsyncGenerator[Part], filler: Filler) -> AsyncGenerator[bytes]:
        """Yield the PCM of a message that is still being written, part by part."""

        def patience_s() -> float:
            return filler.left_to_play_s + _QUIET_END_S if self.metrics.audio_bytes else IDLE_LIMIT_S

        part: Part | None = first
        while part is not None:
            if part.pause_ms:
                yield self.metrics.added(silence(part.pause_ms, self.metrics.sample_rate))
            speech = speak_turns(
                self._account.dispatcher,
                part.feed,
                self._voice_of(part, lenient=True),
                self.metrics,
                self._levelling.of_voice,
                limit_s=self._limit_s,
                patience_s=patience_s,
            )
            try:
                async with aclosing(speech):
                    async for pcm in speech:
                        yield pcm
            except TextStalledError:
                if not self.metrics.audio_bytes:
                    raise
                return
            part = await anext(rest, None)
        self.outcome = Outcome.SPOKEN

    def _voice_of(self, part: Part, *, lenient: bool = False) -> VoiceSettings:
        """Return who speaks a part; raises UnknownNameError, unless that is lenient."""
        settings = self._settings.voice
        return settings if part.voice is None else self._account.names.speaking(part.voice, settings, lenient=lenient)

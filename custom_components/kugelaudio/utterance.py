"""One request of Home Assistant: from its text to the last byte, and the record of it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .api.dialogue import Line
from .api.errors import KugelAudioError
from .api.metrics import SpeechMetrics
from .api.models import VoiceSettings
from .api.pcm import BYTES_PER_SAMPLE, silence
from .coordinator import AccountCoordinator
from .exceptions import fallback_spoke, meaning_of
from .speech.fallback import find_fallback
from .speech.filler import with_filler
from .speech.message import Message, Part
from .speech.record import Outcome, UtteranceRecord, current_observer
from .voices.settings import UtteranceSettings

_MS_PER_S: Final = 1000


@dataclass(frozen=True, slots=True)
class StoredVoice:
    """Whose utterance it is: the voice as it is stored, and the engine that speaks where it cannot."""

    subentry_id: str
    entity_id: str
    voice_id: str
    model_id: str
    fallback: str | None


class Utterance:
    """Speaks one message."""

    def __init__(
        self,
        account: AccountCoordinator,
        speaker: StoredVoice,
        message: AsyncGenerator[str],
        settings: UtteranceSettings,
    ) -> None:
        """Keep what is asked for; nothing is spoken yet."""
        self._account = account
        self._speaker = speaker
        self._observer = current_observer()
        self._message = Message(message, marks=settings.marks, clean=settings.clean)
        self._settings = settings.with_words() if self._observer.with_words else settings
        self._metrics = SpeechMetrics()
        self._asked_at = dt_util.utcnow()
        self._begun_at = monotonic()
        self._spoke_at: float | None = None
        self._opening = b""
        self._chime_failure: HomeAssistantError | None = None
        self._outcome = Outcome.ABANDONED
        self._error: KugelAudioError | None = None
        self._spoken_by: str | None = None

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield a stream of unknown length; raises HomeAssistantError, and never ends without all audio.

        What is heard before the words comes at once. Else the header comes with the first audio; where it starts a
        conversion, it comes as soon as the server has accepted the text, so that the converter starts while the server
        makes the first audio. What another engine spoke, or what had to go without its chime, ends with an error, too:
        it must not be kept as this voice's.
        """
        settings = self._settings
        header = settings.container.header(settings.voice.sample_rate)
        try:
            self._opening = await self._sound_before()
            async with self._message, aclosing(self._pcm()) as speech:
                if self._opening:
                    yield header + settings.container.encode(self._opening)
                    header = b""
                async for pcm in speech:
                    if pcm or (header and settings.is_converted):
                        yield header + settings.container.encode(pcm)
                        header = b""
            if self._chime_failure is not None:
                raise self._chime_failure
        finally:
            self._finish()

    async def _sound_before(self) -> bytes:
        """Return what is heard before the words; a chime that is not there keeps nobody from speaking."""
        settings = self._settings
        chime = b""
        try:
            chime = await self._account.chimes.chime(settings.chime, settings.voice.sample_rate)
        except HomeAssistantError as err:
            self._chime_failure = err
        return silence(settings.lead_in_ms, settings.voice.sample_rate) + chime

    async def _pcm(self) -> AsyncGenerator[bytes]:
        """Yield PCM in this voice, or another engine's if it fails; an empty piece says that the text is accepted."""
        try:
            async with aclosing(self._own()) as own:
                async for pcm in own:
                    yield pcm
        except KugelAudioError as err:
            self._outcome = Outcome.FAILED
            self._error = self._account.explained(err, self._settings.voice)
        else:
            self._outcome = Outcome.SPOKEN
            yield self._tail
        if self._error is not None:
            async with aclosing(self._by_another(self._error)) as other:
                async for pcm in other:
                    yield pcm

    @property
    def _tail(self) -> bytes:
        """Return the silence after the last word."""
        return silence(self._settings.tail_ms, self._settings.voice.sample_rate)

    async def _own(self) -> AsyncGenerator[bytes]:
        """Yield PCM in this voice, and in those that the message calls for."""
        async with aclosing(self._message.parts()) as parts:
            first = await anext(parts)
            self._begun_at = monotonic()
            if self._message.has_ended:
                speech = self._in_turn(await self._complete([first, *[part async for part in parts]]))
            else:
                speech = with_filler(self._in_turn(self._growing(first, parts)), self._settings.voice.sample_rate)
            async with aclosing(speech):
                async for pcm in speech:
                    if self._spoke_at is None and self._metrics.first_audio_at is not None:
                        self._spoke_at = monotonic()
                    yield pcm

    async def _in_turn(self, speech: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Yield PCM when it is this utterance's turn."""
        async with self._account.dispatcher.turn(self._metrics), aclosing(speech):
            async for pcm in speech:
                yield pcm

    async def _complete(self, parts: list[Part]) -> AsyncGenerator[bytes]:
        """Return the speech of a message that is complete; several parts are made at the same time."""
        if len(parts) == 1 and not parts[0].pause_ms:
            return self._alone(parts[0])
        lines = [Line((await part.feed.whole()).strip(), self._voice_of(part), part.pause_ms) for part in parts]
        return self._account.dispatcher.dialogue(lines, self._metrics)

    async def _growing(self, first: Part, rest: AsyncGenerator[Part]) -> AsyncGenerator[bytes]:
        """Yield the PCM of a message that is still being written, part by part."""
        part: Part | None = first
        while part is not None:
            yield self._metrics.added(silence(part.pause_ms, self._settings.voice.sample_rate))
            async with aclosing(self._alone(part)) as speech:
                async for pcm in speech:
                    yield pcm
            part = await anext(rest, None)

    def _alone(self, part: Part) -> AsyncGenerator[bytes]:
        """Return the speech of one part, its pause left out."""
        settings = replace(self._settings, voice=self._voice_of(part))
        return self._account.dispatcher.speak(part.feed, settings, self._metrics)

    def _voice_of(self, part: Part) -> VoiceSettings:
        """Return who speaks a part; raises UnknownNameError."""
        settings = self._settings.voice
        return settings if part.voice is None else self._account.names.speaking(part.voice, settings)

    async def _by_another(self, error: KugelAudioError) -> AsyncGenerator[bytes]:
        """Yield what another engine speaks instead, if no word was heard yet, and raise in any case."""
        failure = self._account.failed(error)
        fallback = find_fallback(self._account.hass, self._speaker.entity_id, self._speaker.fallback)
        if fallback is None or self._spoke_at is not None or not meaning_of(error).another_engine_helps:
            raise failure from error
        voice = self._settings.voice
        try:
            async for pcm in fallback.speak(await self._message.whole(), voice.language, voice.sample_rate):
                yield pcm
        except Exception:  # noqa: BLE001 - whatever another engine raises, ours has failed first
            raise failure from error
        yield self._tail
        self._outcome = Outcome.FALLBACK
        self._spoken_by = fallback.entity_id
        raise fallback_spoke(error, fallback.entity_id) from error

    def _finish(self) -> None:
        """Tell everybody who wants to know that it is over."""
        record = self._record()
        opening_ms = _MS_PER_S * len(self._opening) // (BYTES_PER_SAMPLE * self._settings.voice.sample_rate)
        self._observer.finished(record, self._metrics.words, opening_ms)
        self._account.finished(record, self._error, as_stored=self._is_as_stored)

    @property
    def _is_as_stored(self) -> bool:
        """Tell whether the call named neither another voice nor another model."""
        asked = self._settings.voice
        return (asked.voice_id, asked.model_id) == (self._speaker.voice_id, self._speaker.model_id)

    def _record(self) -> UtteranceRecord:
        """Return what is known now that it is over."""
        metrics, error = self._metrics, self._error
        samples_per_s = self._settings.voice.sample_rate
        return UtteranceRecord(
            asked_at=self._asked_at,
            voice=self._speaker.subentry_id,
            outcome=self._outcome,
            endpoint=metrics.endpoint,
            characters=self._message.length,
            audio_s=metrics.audio_bytes / (BYTES_PER_SAMPLE * samples_per_s),
            queue_ms=_ms(self._begun_at, metrics.admitted_at),
            connect_ms=_ms(metrics.admitted_at, metrics.connected_at),
            server_ms=_ms(metrics.connected_at, metrics.first_audio_at),
            delivery_ms=_ms(metrics.first_audio_at, self._spoke_at),
            ttfa_ms=_ms(self._begun_at, self._spoke_at),
            duration_ms=_MS_PER_S * (monotonic() - self._begun_at),
            retries=metrics.retries,
            usage=metrics.usage,
            error=None if error is None else meaning_of(error).key,
            code=None if error is None else error.code,
            status=None if error is None else error.status,
            request_id=None if error is None else error.request_id,
            spoken_by=self._spoken_by,
        )


def _ms(begin: float | None, end: float | None) -> float | None:
    """Return the time between two moments, None when one of them never came."""
    return None if begin is None or end is None else _MS_PER_S * (end - begin)

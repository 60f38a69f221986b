"""One request of Home Assistant: from its text to the last byte, and the record of it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Final

from homeassistant.util import dt as dt_util

from .api.errors import KugelAudioError
from .api.feed import TextFeed
from .api.report import SpeechReport
from .audio import BYTES_PER_SAMPLE
from .coordinator import AccountCoordinator
from .exceptions import fallback_spoke, meaning_of
from .fallback import find_fallback
from .history import Outcome, UtteranceRecord
from .settings import UtteranceSettings
from .silence import with_silence
from .text import PlainText, SpokenText

_MS_PER_S: Final = 1000


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose utterance it is: the voice as it is stored, and the engine that speaks where it cannot."""

    subentry_id: str
    entity_id: str
    voice_id: str
    model_id: str
    fallback: str | None


class Utterance:
    """Speaks one text."""

    def __init__(
        self,
        account: AccountCoordinator,
        speaker: Speaker,
        message: AsyncGenerator[str],
        settings: UtteranceSettings,
    ) -> None:
        """Keep what is asked for; nothing is spoken yet."""
        self._account = account
        self._speaker = speaker
        self._feed = TextFeed(message, SpokenText() if settings.clean else PlainText())
        self._settings = settings
        self._report = SpeechReport()
        self._asked_at = dt_util.utcnow()
        self._begun_at = monotonic()
        self._spoke_at: float | None = None
        self._outcome = Outcome.ABANDONED
        self._error: KugelAudioError | None = None
        self._spoken_by: str | None = None

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield a stream of unknown length; raises HomeAssistantError, and never ends without all audio.

        The header comes with the first audio. Where it starts a conversion, it comes as soon as the server has
        accepted the text, so that the converter starts while the server makes the first audio. What another engine
        spoke ends with an error, too: it must not be kept as this voice's.
        """
        settings = self._settings
        header = settings.container.header(settings.voice.sample_rate)
        try:
            async with self._feed, aclosing(self._pcm()) as speech:
                async for pcm in speech:
                    if pcm or (header and settings.is_converted):
                        yield header + settings.container.encode(pcm)
                        header = b""
        finally:
            self._account.finished(self._record(), self._error, as_stored=self._is_as_stored)

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
        if self._error is not None:
            async with aclosing(self._by_another(self._error)) as other:
                async for pcm in other:
                    yield pcm

    async def _own(self) -> AsyncGenerator[bytes]:
        """Yield PCM in this voice."""
        await self._feed.begin()
        self._begun_at = monotonic()
        speech = self._account.narrator.narrate(self._feed, self._settings, self._report)
        if not self._feed.has_ended:
            speech = with_silence(speech, self._settings.voice.sample_rate)
        async with aclosing(speech):
            async for pcm in speech:
                if self._spoke_at is None and self._report.first_audio_at is not None:
                    self._spoke_at = monotonic()
                yield pcm

    async def _by_another(self, error: KugelAudioError) -> AsyncGenerator[bytes]:
        """Yield what another engine speaks instead, if no word was heard yet, and raise in any case."""
        failure = self._account.failed(error)
        fallback = find_fallback(self._account.hass, self._speaker.entity_id, self._speaker.fallback)
        if fallback is None or self._spoke_at is not None or not meaning_of(error).another_engine_helps:
            raise failure from error
        voice = self._settings.voice
        try:
            async for pcm in fallback.speak(await self._feed.whole(), voice.language, voice.sample_rate):
                yield pcm
        except Exception:  # noqa: BLE001 - whatever another engine raises, ours has failed first
            raise failure from error
        self._outcome = Outcome.FALLBACK
        self._spoken_by = fallback.entity_id
        raise fallback_spoke(error, fallback.entity_id) from error

    @property
    def _is_as_stored(self) -> bool:
        """Tell whether the call named neither another voice nor another model."""
        asked = self._settings.voice
        return (asked.voice_id, asked.model_id) == (self._speaker.voice_id, self._speaker.model_id)

    def _record(self) -> UtteranceRecord:
        """Return what is known now that it is over."""
        report, error = self._report, self._error
        samples_per_s = self._settings.voice.sample_rate
        return UtteranceRecord(
            asked_at=self._asked_at,
            voice=self._speaker.subentry_id,
            outcome=self._outcome,
            endpoint=report.endpoint,
            characters=self._feed.length,
            audio_s=report.audio_bytes / (BYTES_PER_SAMPLE * samples_per_s),
            queue_ms=_ms(self._begun_at, report.admitted_at),
            connect_ms=_ms(report.admitted_at, report.connected_at),
            server_ms=_ms(report.connected_at, report.first_audio_at),
            delivery_ms=_ms(report.first_audio_at, self._spoke_at),
            ttfa_ms=_ms(self._begun_at, self._spoke_at),
            duration_ms=_MS_PER_S * (monotonic() - self._begun_at),
            retries=report.retries,
            usage=report.usage,
            error=None if error is None else meaning_of(error).key,
            code=None if error is None else error.code,
            status=None if error is None else error.status,
            request_id=None if error is None else error.request_id,
            spoken_by=self._spoken_by,
        )


def _ms(begin: float | None, end: float | None) -> float | None:
    """Return the time between two moments, None when one of them never came."""
    return None if begin is None or end is None else _MS_PER_S * (end - begin)

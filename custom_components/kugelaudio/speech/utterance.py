"""One request of Home Assistant: spoken by a task of its own, fetched at the listener's pace, and recorded."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..api.pcm import BYTES_PER_SAMPLE
from ..const import LOGGER
from ..exceptions import failure, meaning_of, readable
from ..voices.settings import UtteranceSettings
from .account import Account
from .composition import Composition, StoredVoice
from .message import Message
from .record import Outcome, UtteranceRecord, current_observer
from .tape import Tape
from .unkept import do_not_keep

_MS_PER_S: Final = 1000
_FETCH_LIMIT_S: Final = 30.0


class Utterance:
    """Speaks one message. Nobody who fetches it slowly, late or never holds anything of the server's."""

    def __init__(
        self, account: Account, voice: StoredVoice, message: AsyncGenerator[str], settings: UtteranceSettings
    ) -> None:
        """Keep what is asked for; nothing is spoken yet."""
        self._account = account
        self._voice = voice
        self._observer = current_observer()
        self._settings = settings.with_words() if self._observer.with_words else settings
        self._message = Message(message, marks=settings.marks, clean=settings.clean, language=settings.language)
        self._composition = Composition(account, voice, self._message, self._settings)
        self._tape = Tape(account.dispatcher.memory)
        self._asked_at = dt_util.utcnow()
        self._loop = asyncio.get_running_loop()
        self._was_fetched = False
        self._has_finished = False

    async def audio(self) -> AsyncGenerator[bytes]:
        """Yield a stream of unknown length; raises HomeAssistantError, and never ends without all audio.

        What is heard before the words comes at once. Else the header comes with the first audio; where it starts a
        conversion, it comes as soon as the server has accepted the text, so that the converter starts while the server
        makes the first audio.
        """
        container = self._settings.container
        header = container.header(self._settings.voice.sample_rate)
        self._speaking = asyncio.create_task(self._speak(), name="kugelaudio utterance")
        self._look_later(_FETCH_LIMIT_S)
        self._account.began(self)
        try:
            while await self._tape.has_news(None) and (pcm := self._tape.take()) is not None:
                if pcm or (header and self._settings.is_converted):
                    yield header + container.encode(pcm)
                    header = b""
            if (shortcoming := self._composition.shortcoming) is not None:
                do_not_keep(self._account.hass, self._account.entry, self._voice.entity_id, self._message.received)
                LOGGER.warning("%s: %s", self._voice.entity_id, readable(shortcoming))
        finally:
            await self._end()

    async def _speak(self) -> None:
        """Put everything on the tape."""
        try:
            async with aclosing(self._composition.pcm()) as pieces:
                async for pcm in pieces:
                    await self._tape.put(pcm)
        except HomeAssistantError as err:
            self._tape.end(err)
        else:
            self._tape.end()

    def _look_later(self, after_s: float) -> None:
        self._timer = self._loop.call_later(after_s, self._look)

    def _look(self) -> None:
        """Give up what nobody fetches: whoever asked for it has gone without a word."""
        waited_s = self._tape.waited_s
        if waited_s < _FETCH_LIMIT_S:
            self._look_later(_FETCH_LIMIT_S - waited_s)
            return
        self._abandoning = asyncio.create_task(self._abandon(), name="kugelaudio abandoned utterance")

    async def _abandon(self) -> None:
        """End it for good; who comes all the same is told that it is too late."""
        await self._end()
        self._tape.end(failure("speech_abandoned"))

    async def _end(self) -> None:
        """Stop what is still going on, and tell everybody who wants to know that it is over."""
        self._timer.cancel()
        self._speaking.cancel()
        await asyncio.wait([self._speaking])
        if not self._has_finished:
            self._has_finished = True
            self._was_fetched = self._tape.is_at_end
            self._finish()
        self._tape.clear()

    def _finish(self) -> None:
        record = self._record()
        opening_ms = _MS_PER_S * len(self._composition.opening) // (BYTES_PER_SAMPLE * self._settings.voice.sample_rate)
        self._observer.finished(record, self._composition.metrics.words, opening_ms, self._composition.shortcoming)
        self._account.finished(self, record, self._composition.error, as_stored=self._is_as_stored)

    @property
    def _is_as_stored(self) -> bool:
        """Tell whether the call named neither another voice nor another model."""
        asked = self._settings.voice
        return (asked.voice_id, asked.model_id) == (self._voice.voice_id, self._voice.model_id)

    @property
    def _outcome(self) -> Outcome:
        """Return what became of it: what was spoken, but not heard to its end, was abandoned."""
        outcome = self._composition.outcome
        return outcome if outcome is Outcome.FAILED or self._was_fetched else Outcome.ABANDONED

    def _record(self) -> UtteranceRecord:
        """Return what is known now that it is over."""
        spoken, error = self._composition, self._composition.error
        metrics, first = spoken.metrics, spoken.metrics.first
        samples_per_s = self._settings.voice.sample_rate
        return UtteranceRecord(
            asked_at=self._asked_at,
            voice=self._voice.subentry_id,
            outcome=self._outcome,
            endpoint=metrics.endpoint,
            characters=self._message.length,
            audio_s=metrics.audio_bytes / (BYTES_PER_SAMPLE * samples_per_s),
            queue_ms=_ms(spoken.begun_at, first.admitted_at),
            connect_ms=_ms(first.admitted_at, first.connected_at),
            server_ms=_ms(first.connected_at, first.first_audio_at),
            delivery_ms=_ms(first.first_audio_at, spoken.spoke_at),
            ttfa_ms=_ms(spoken.begun_at, spoken.spoke_at),
            duration_ms=_MS_PER_S * (self._loop.time() - spoken.begun_at),
            retries=metrics.retries,
            usage=metrics.usage,
            error=None if error is None else meaning_of(error).key,
            code=None if error is None else error.code,
            status=None if error is None else error.status,
            request_id=None if error is None else error.request_id,
            spoken_by=spoken.spoken_by,
            failed_template=spoken.failed_template,
        )


def _ms(begin: float | None, end: float | None) -> float | None:
    """Return the time between two moments, None when one of them never came."""
    return None if begin is None or end is None else _MS_PER_S * (end - begin)

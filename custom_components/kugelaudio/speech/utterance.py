"""One thing that is spoken: by a task of its own, for all who ask for it meanwhile, and recorded once."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..api.models import NATIVE_SAMPLE_RATE
from ..api.pcm import BYTES_PER_SAMPLE
from ..const import LOGGER
from ..exceptions import meaning_of, readable
from ..voices.settings import UtteranceSettings
from ..voices.wanted_format import ANY_FORMAT
from .account import Account
from .composition import Composition, StoredVoice
from .dispatch import Dispatcher
from .message import Message
from .record import Outcome, UtteranceObserver, UtteranceRecord
from .tape import MINUTE_BYTES, Tape

_MS_PER_S: Final = 1000
# Who is asked by one call asks within so many turns of the loop.
_TURNS_TO_ASK: Final = 20

type Sameness = tuple[str, UtteranceSettings, StoredVoice, Dispatcher]


def sameness(account: Account, voice: StoredVoice, text: str, settings: UtteranceSettings) -> Sameness:
    """Return what is the same for all who can hear one utterance; each may want a format of its own."""
    any_rate = replace(settings.voice, sample_rate=NATIVE_SAMPLE_RATE)
    return text, replace(settings, voice=any_rate, wanted=ANY_FORMAT, is_converted=False), voice, account.dispatcher


class Utterance:
    """Speaks one message, until nobody listens any more. Who listens slowly or never holds nothing of the server's."""

    def __init__(
        self,
        account: Account,
        voice: StoredVoice,
        message: Message,
        settings: UtteranceSettings,
        *,
        observer: UtteranceObserver,
        same: Sameness | None = None,
    ) -> None:
        """Keep what is asked for; it is spoken from the first listener on.

        Others can join where it is known what would be the `same`.
        """
        self._account = account
        self._voice = voice
        self._observer = observer
        self._settings = settings
        self._message = message
        self._memory = account.dispatcher.memory
        self._same = same
        self._kept: list[bytes] | None = None if same is None else []
        self._kept_bytes = 0
        self._tapes: list[Tape] = []
        self._has_ended = False
        self._was_heard = False
        self.listeners = 0
        self.sample_rate = settings.voice.sample_rate
        self._asked_at = dt_util.utcnow()
        self._loop = asyncio.get_running_loop()
        self.begun = asyncio.Event()
        self._compose()
        account.began(self)

    def can_be_joined(self, same: Sameness, sample_rate: int) -> bool:
        """Tell whether all of it can still be heard, at a rate that is as good as the wished one."""
        is_good = sample_rate <= self.sample_rate or not self.begun.is_set()
        return self._same == same and self._kept is not None and is_good

    def join(self, sample_rate: int) -> Tape:
        """Return a tape of all of it, from its beginning; whoever takes it has to leave."""
        tape = Tape(self._memory)
        for pcm in self._kept or ():
            tape.add(pcm)
        if self._has_ended:
            tape.end()
        self._tapes.append(tape)
        self.listeners += 1
        self.sample_rate = max(self.sample_rate, sample_rate)
        if self.listeners == 1:
            self._speaking = asyncio.create_task(self._speak(), name="kugelaudio utterance", eager_start=True)
        return tape

    @property
    def shortcoming(self) -> HomeAssistantError | None:
        """Return what has to be told although all of it was heard: it is not what was asked for."""
        return self._composition.shortcoming

    async def leave(self, tape: Tape, *, has_heard_all: bool) -> None:
        """Stop listening; when nobody listens any more, it is over."""
        self._was_heard = self._was_heard or has_heard_all
        tape.leave()
        if tape not in self._tapes:
            return
        self._tapes.remove(tape)
        if not self._tapes:
            await self._end()

    def _compose(self) -> None:
        settings = replace(self._settings, voice=replace(self._settings.voice, sample_rate=self.sample_rate))
        self._composition = Composition(self._account, self._voice, self._message, settings)

    async def _speak(self) -> None:
        """Put everything on the tapes, at the best rate that anybody wants."""
        await self._settle()
        try:
            async with aclosing(self._composition.pcm()) as pieces:
                async for pcm in pieces:
                    await self._put(pcm)
        except HomeAssistantError as err:
            self._end_tapes(err)
        else:
            if self.shortcoming is not None:
                LOGGER.warning("%s: %s", self._voice.entity_id, readable(self.shortcoming))
            self._end_tapes()

    async def _settle(self) -> None:
        """Let those ask who are asked together, where it matters, and then keep to one rate."""
        if self._same is not None and self._settings.voice.sample_rate != NATIVE_SAMPLE_RATE:
            for _ in range(_TURNS_TO_ASK):
                await asyncio.sleep(0)
            self._compose()
        self.begun.set()

    async def _put(self, pcm: bytes) -> None:
        """Hand a piece to all who listen, when one of them has little left to hear."""
        self._keep(pcm)
        while min((tape.waiting_bytes for tape in self._tapes), default=0) >= MINUTE_BYTES:
            await self._memory.freed()
        for tape in tuple(self._tapes):
            await tape.put(pcm)

    def _keep(self, pcm: bytes) -> None:
        """Keep it for those who join, as long as there is room for all of it from the beginning."""
        if self._kept is None:
            return
        if not self._memory.may_keep(len(pcm)):
            self._forget()
            return
        self._kept.append(pcm)
        self._kept_bytes += len(pcm)

    def _forget(self) -> None:
        """Let nobody join any more."""
        self._kept = None
        self._memory.forget(self._kept_bytes)
        self._kept_bytes = 0

    def _end_tapes(self, error: HomeAssistantError | None = None) -> None:
        self._has_ended = True
        if error is not None:
            self._forget()
        for tape in self._tapes:
            tape.end(error)

    async def _end(self) -> None:
        """Stop what is still going on, and tell everybody who wants to know that it is over."""
        self._forget()
        self._speaking.cancel()
        await asyncio.wait([self._speaking])
        await self._message.close()
        record = self._record()
        opening_ms = _MS_PER_S * len(self._composition.opening) // (BYTES_PER_SAMPLE * self.sample_rate)
        self._observer.finished(record, self._composition.metrics.words, opening_ms, self.shortcoming)
        self._account.finished(self, record, self._composition.error, as_stored=self._is_as_stored)

    @property
    def _is_as_stored(self) -> bool:
        """Tell whether the call named neither another voice nor another model."""
        asked = self._settings.voice
        return (asked.voice_id, asked.model_id) == (self._voice.voice_id, self._voice.model_id)

    @property
    def _outcome(self) -> Outcome:
        """Return what became of it: what was spoken, but not heard to its end by anybody, was abandoned."""
        outcome = self._composition.outcome
        return outcome if outcome is Outcome.FAILED or self._was_heard else Outcome.ABANDONED

    def _record(self) -> UtteranceRecord:
        """Return what is known now that it is over."""
        spoken, error = self._composition, self._composition.error
        metrics, first = spoken.metrics, spoken.metrics.first
        return UtteranceRecord(
            asked_at=self._asked_at,
            voice=self._voice.subentry_id,
            outcome=self._outcome,
            endpoint=metrics.endpoint,
            characters=self._message.length,
            audio_s=metrics.audio_bytes / (BYTES_PER_SAMPLE * self.sample_rate),
            queue_ms=_ms(spoken.begun_at, first.admitted_at),
            connect_ms=_ms(first.admitted_at, first.connected_at),
            server_ms=_ms(first.connected_at, first.first_audio_at),
            delivery_ms=_ms(first.first_audio_at, spoken.spoke_at),
            ttfa_ms=_ms(spoken.begun_at, spoken.spoke_at),
            duration_ms=_MS_PER_S * (self._loop.time() - spoken.begun_at),
            retries=metrics.retries,
            usage=metrics.usage,
            listeners=self.listeners,
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

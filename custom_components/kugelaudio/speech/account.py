"""An account at run time: whatever its voices need to speak, and who is told of what became of it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..api.client import KugelAudioClient
from ..api.errors import InvalidRequestError, KugelAudioError, ModelNotFoundError
from ..api.models import VoiceSettings
from ..const import LOGGER
from ..exceptions import translated
from ..text import failed_template
from ..voices.catalogue import NOTHING_KNOWN, Catalogue
from ..voices.names import VoiceNames
from .chime_loader import ChimeLoader
from .dispatch import Dispatcher
from .encoders import Encoders
from .memory import PLAN, AccountMemory
from .plan import LearnedPlan
from .record import UtteranceHistory, UtteranceRecord
from .slots import GenerationSlots

_RECORDS_LIMIT_S: Final = 2.0
_TEMPLATES_TOLD_EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class UtteranceEnd:
    """What is told of an utterance that is over; `is_as_stored` if the call named no other voice or model."""

    record: UtteranceRecord
    error: KugelAudioError | None
    is_as_stored: bool


def _tell(listeners: list[CALLBACK_TYPE]) -> None:
    for listener in tuple(listeners):
        listener()


type FailureListener = Callable[[KugelAudioError], None]
type EndListener = Callable[[UtteranceEnd], None]


class Account:
    """What the voices of an account share, for as long as it is set up: forms change it, and nobody stops speaking.

    It knows nothing of forms, issues and polls: those tell it what changes, and listen.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: KugelAudioClient,
        slots: GenerationSlots,
        memory: AccountMemory,
    ) -> None:
        """Begin with nothing spoken, and with what was known before."""
        self.hass = hass
        self.entry = entry
        self.client = client
        self.memory = memory
        self.dispatcher = self._dispatcher(client, slots)
        self._chime_listeners: list[CALLBACK_TYPE] = []
        self.chimes = ChimeLoader(hass, entry, partial(_tell, self._chime_listeners))
        self.encoders = Encoders(hass)
        self.history = UtteranceHistory()
        self.catalogue = memory.catalogue or NOTHING_KNOWN
        # Whatever is spoken is held here until it is over: its listener may be gone.
        self.speaking: set[object] = set()
        self._over = asyncio.Event()
        self._silent_about_templates_until = 0.0
        self._models_that_spoke: set[str] = set()
        self._retiring: set[KugelAudioClient] = set()
        self._failure_listeners: list[FailureListener] = []
        self._end_listeners: list[EndListener] = []
        self._change_listeners: list[CALLBACK_TYPE] = []
        self._plan_listeners: list[CALLBACK_TYPE] = []
        self._wait_listeners: list[CALLBACK_TYPE] = []
        self._take_slots(slots)

    @property
    def names(self) -> VoiceNames:
        """Return whom a text or a call can name."""
        return VoiceNames.of(self.hass, self.entry, self.catalogue)

    @callback
    def when_failed(self, listener: FailureListener) -> None:
        """Tell a listener of every request that fails, before the user is told."""
        self._failure_listeners.append(listener)

    @callback
    def when_finished(self, listener: EndListener) -> None:
        """Tell a listener of every utterance that is over, after its record is kept."""
        self._end_listeners.append(listener)

    @callback
    def when_changed(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Tell a listener whenever voices or the catalogue may have changed; returns how to stop that."""
        self._change_listeners.append(listener)
        return lambda: self._change_listeners.remove(listener)

    @callback
    def when_learned(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Tell a listener whenever more is known of what the plan allows; returns how to stop that."""
        self._plan_listeners.append(listener)
        return lambda: self._plan_listeners.remove(listener)

    @callback
    def when_waiting(self, listener: CALLBACK_TYPE) -> None:
        """Tell a listener of everything that has waited for more than a second because of the plan."""
        self._wait_listeners.append(listener)

    @callback
    def when_chimes_changed(self, listener: CALLBACK_TYPE) -> None:
        """Tell a listener whenever the file of a chime becomes unusable, or usable again."""
        self._chime_listeners.append(listener)

    @callback
    def changed(self) -> None:
        """Tell that voices or options have changed."""
        _tell(self._change_listeners)

    @callback
    def take_catalogue(self, catalogue: Catalogue) -> None:
        """Speak with what there is now, and keep it over restarts."""
        self.memory.keep_catalogue(catalogue)
        if catalogue != self.catalogue:
            self.catalogue = catalogue
            self.changed()

    @callback
    def connect(self, client: KugelAudioClient, slots: GenerationSlots, patience_s: float | None) -> None:
        """Let what is spoken from now on go over another client.

        What is spoken now may end, within `patience_s` if that is limited; then the old client closes its sockets.
        """
        old, self.client = self.client, client
        if slots is not self.slots:
            self.slots.close()
            self._take_slots(slots)
        self.dispatcher = self._dispatcher(client, slots)
        self._retiring.add(old)
        self.entry.async_create_background_task(
            self.hass, self._retire(old, patience_s), "kugelaudio retire", eager_start=True
        )

    def _dispatcher(self, client: KugelAudioClient, slots: GenerationSlots) -> Dispatcher:
        return Dispatcher(client, slots, self._max_characters)

    def _max_characters(self, model_id: str) -> int:
        """Return how long a text may be for a model, as the catalogue says now."""
        return self.catalogue.max_characters(model_id)

    def _take_slots(self, slots: GenerationSlots) -> None:
        """Hand out these slots, and keep what they learn of the plan over restarts."""
        self.slots = slots
        slots.on_learned = self._learned
        slots.on_long_wait = partial(_tell, self._wait_listeners)

    @callback
    def _learned(self, plan: LearnedPlan) -> None:
        self.memory.keep(PLAN, plan)
        _tell(self._plan_listeners)

    async def _retire(self, client: KugelAudioClient, patience_s: float | None) -> None:
        await self.silence(patience_s)
        await client.close()
        self._retiring.discard(client)

    async def silence(self, limit_s: float | None) -> None:
        """Wait until everything is over that is spoken now, as long as the limit allows."""
        now_speaking = set(self.speaking)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while now_speaking & self.speaking:
                    self._over.clear()
                    await self._over.wait()

    async def close(self) -> None:
        """Close every socket; whoever still speaks ends with an error, and this waits a moment for their records."""
        self.slots.close()
        await asyncio.gather(*(client.close() for client in (self.client, *self._retiring)))
        await self.silence(_RECORDS_LIMIT_S)

    @callback
    def explained(self, error: KugelAudioError, settings: VoiceSettings) -> KugelAudioError:
        """Return the error that says what the server's own does not: that it has no such model.

        A model that has spoken is there, though it is not listed.
        """
        catalogue, model_id = self.catalogue, settings.model_id
        is_there = model_id in self._models_that_spoke or not catalogue.models or catalogue.has_model(model_id)
        if is_there or type(error) is not InvalidRequestError:
            return error
        return ModelNotFoundError(status=error.status, request_id=error.request_id)

    @callback
    def spoke_with(self, settings: VoiceSettings) -> None:
        """Take note that the server has what was asked for."""
        self._models_that_spoke.add(settings.model_id)

    @callback
    def failed(self, error: KugelAudioError) -> HomeAssistantError:
        """Tell of a request that failed; returns the exception that tells the user."""
        for listener in self._failure_listeners:
            listener(error)
        return translated(error)

    @callback
    def look_for_failed_template(self, text: str) -> str | None:
        """Return what shows that a template of a message has failed; the log tells once an hour."""
        found = failed_template(text)
        now = self.hass.loop.time()
        if found is not None and now >= self._silent_about_templates_until:
            self._silent_about_templates_until = now + _TEMPLATES_TOLD_EVERY_S
            LOGGER.warning(
                "A spoken message holds %s: a template of the automation or script that made it may have failed",
                found,
            )
        return found

    @callback
    def began(self, utterance: object) -> None:
        """Take note of an utterance that is on its way."""
        self.speaking.add(utterance)

    @callback
    def finished(
        self, utterance: object, record: UtteranceRecord, error: KugelAudioError | None, *, as_stored: bool
    ) -> None:
        """Keep the record of an utterance that is over, and tell of it, and whether it was spoken as stored."""
        self.speaking.discard(utterance)
        self.history.add(record)
        end = UtteranceEnd(record, error, as_stored)
        for listener in self._end_listeners:
            listener(end)
        self._over.set()

"""The account at run time: its client, its catalogue, and what follows from success and failure."""

import asyncio
from datetime import timedelta
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api.client import KugelAudioClient
from .api.errors import AuthenticationError, InvalidRequestError, KugelAudioError, ModelNotFoundError, TimedOutError
from .api.models import VoiceSettings
from .const import LOGGER, SUBENTRY_VOICE
from .exceptions import Effect, meaning_of, translated
from .flows.region import explained_by_region
from .issues import AccountIssues
from .speech.chime_loader import ChimeLoader
from .speech.dispatch import Dispatcher
from .speech.record import Outcome, UtteranceHistory, UtteranceRecord
from .speech.slots import UtteranceSlots
from .voices.catalogue import Catalogue, fetch_catalogue
from .voices.names import VoiceNames

type KugelAudioConfigEntry = ConfigEntry[AccountCoordinator]

# Home Assistant waits for it when it starts.
_FIRST_REFRESH_LIMIT_S: Final = 4.0
_INTERVAL: Final = timedelta(hours=12)
_INTERVAL_WHILE_FAILING: Final = timedelta(minutes=5)


class AccountCoordinator(DataUpdateCoordinator[Catalogue]):
    """Polls the catalogue slowly; the last good one stays when a refresh fails.

    One line in the log says that the provider is down and one that it is back: Home Assistant writes them when a
    refresh fails or works again, and utterances that meet trouble ask for one.
    """

    config_entry: KugelAudioConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: KugelAudioConfigEntry, client: KugelAudioClient, limit: UtteranceSlots
    ) -> None:
        """Prepare for the first refresh."""
        super().__init__(
            hass, LOGGER, config_entry=entry, name=entry.title, update_interval=_INTERVAL, always_update=False
        )
        self.client = client
        self.limit = limit
        self.dispatcher = Dispatcher(client, limit)
        self.chimes = ChimeLoader(hass)
        self.history = UtteranceHistory()
        self.issues = AccountIssues(hass, entry)

    @override
    async def _async_update_data(self) -> Catalogue:
        """Fetch voices, models and dictionaries."""
        self.update_interval = _INTERVAL_WHILE_FAILING
        try:
            async with asyncio.timeout(None if self.data else _FIRST_REFRESH_LIMIT_S):
                catalogue = await fetch_catalogue(self.client, self.data.dictionaries if self.data else ())
        except TimeoutError:
            raise await self._poll_failed(TimedOutError()) from None
        except KugelAudioError as err:
            raise await self._poll_failed(err) from err
        self.update_interval = _INTERVAL
        await self.issues.polled(catalogue, self.client)
        return catalogue

    async def _poll_failed(self, error: KugelAudioError) -> HomeAssistantError:
        """Do what follows from a failed refresh; returns the exception that tells the user."""
        if isinstance(error, AuthenticationError):
            error = await explained_by_region(error, self.client)
        self.issues.poll_failed(error)
        asks_for_key = meaning_of(error).effect is Effect.REAUTH
        return translated(error, ConfigEntryAuthFailed if asks_for_key else UpdateFailed)

    @property
    def names(self) -> VoiceNames:
        """Return whom a text or a call can name."""
        return VoiceNames.of(self.config_entry.get_subentries_of_type(SUBENTRY_VOICE), self.data)

    @callback
    def explained(self, error: KugelAudioError, settings: VoiceSettings) -> KugelAudioError:
        """Return the error that says what the server's own does not: that it has no such model."""
        is_listed = any(model.id == settings.model_id for model in self.data.models)
        if type(error) is not InvalidRequestError or is_listed:
            return error
        return ModelNotFoundError(status=error.status, request_id=error.request_id)

    @callback
    def failed(self, error: KugelAudioError) -> HomeAssistantError:
        """Do what follows from a failed utterance; returns the exception that tells the user."""
        match meaning_of(error).effect:
            case Effect.REAUTH:
                self.config_entry.async_start_reauth(self.hass)
            case Effect.OUTAGE:
                self._look_again()
            case _:
                pass
        return translated(error)

    @callback
    def finished(self, record: UtteranceRecord, error: KugelAudioError | None, *, as_stored: bool) -> None:
        """Take note of an utterance that is over, and whether it was spoken as the voice is stored."""
        self.history.add(record)
        if error is not None:
            self.issues.speech_failed(error, record.voice, as_stored=as_stored)
        elif record.outcome is Outcome.SPOKEN:
            self.issues.spoke(record.voice, as_stored=as_stored)
            if not self.last_update_success:
                self._look_again()

    def _look_again(self) -> None:
        """Refresh soon: the provider seems to be down, or back."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), "kugelaudio refresh", eager_start=False
        )

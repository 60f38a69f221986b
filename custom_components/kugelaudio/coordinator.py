"""The poll of an account: what it can speak with, and whether the provider is there."""

from datetime import timedelta
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api.errors import AuthenticationError, KugelAudioError
from .const import LOGGER
from .exceptions import Effect, lists_failed, meaning_of, translated
from .flows.region import explained_by_region
from .issues import AccountIssues
from .reauth import is_key_asked_for, withdraw_question
from .speech.account import Account, UtteranceEnd
from .speech.record import Outcome
from .voices.catalogue import Catalogue
from .voices.listing import Listing, fetch_listing

_INTERVAL: Final = timedelta(hours=12)
_INTERVAL_WHILE_FAILING: Final = timedelta(minutes=5)


class CatalogueCoordinator(DataUpdateCoordinator[Catalogue]):
    """Polls the catalogue slowly; of a list that fails the last good one stays.

    One line in the log says what fails and one that it is over: Home Assistant writes them when a poll fails or works
    again, and utterances that meet trouble ask for one.
    """

    config_entry: ConfigEntry

    def __init__(self, account: Account, issues: AccountIssues) -> None:
        """Begin with what is known."""
        super().__init__(
            account.hass,
            LOGGER,
            config_entry=account.entry,
            name=account.entry.title,
            update_interval=_INTERVAL,
            always_update=False,
        )
        self.data = account.catalogue
        self.listing = Listing(account.catalogue, {})
        self._account = account
        self._issues = issues

    @override
    async def _async_update_data(self) -> Catalogue:
        """Fetch voices, models and dictionaries, and let everybody know."""
        self.update_interval = _INTERVAL_WHILE_FAILING
        listing = await self._listed()
        self.listing = listing
        self._account.take_catalogue(listing.catalogue)
        self._issues.polled(listing)
        if listing.accepts_key:
            withdraw_question(self.hass, self.config_entry)
        await self._issues.look_for_voices()
        if listing.failures:
            raise await self._failure(listing)
        self.update_interval = _INTERVAL
        return listing.catalogue

    async def _listed(self) -> Listing:
        """Return what the server tells that the account is connected to, also if that has changed meanwhile."""
        while True:
            client = self._account.client
            listing = await fetch_listing(client, self._account.catalogue)
            if client is self._account.client:
                return listing

    async def _failure(self, listing: Listing) -> HomeAssistantError:
        """Return the exception that tells which lists fail; another one where the key is refused."""
        error = listing.failure
        if isinstance(error, AuthenticationError):
            error = await explained_by_region(error, self._account.client)
            failed = translated(error, ConfigEntryAuthFailed)
        else:
            failed = lists_failed({name.value: err for name, err in listing.failures.items()}, UpdateFailed)
        failed.__cause__ = error or next(iter(listing.failures.values()))
        return failed

    @callback
    def request_failed(self, error: KugelAudioError) -> None:
        """Look again when it seems that the provider is down."""
        if meaning_of(error).effect is Effect.OUTAGE:
            self._look_again()

    @callback
    def utterance_finished(self, end: UtteranceEnd) -> None:
        """Look again when it seems that the provider is back, or that the key works."""
        is_in_doubt = not self.listing.is_reachable or is_key_asked_for(self.hass, self.config_entry)
        if end.record.outcome is Outcome.SPOKEN and is_in_doubt:
            self._look_again()

    def _look_again(self) -> None:
        """Refresh soon."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), "kugelaudio refresh", eager_start=False
        )

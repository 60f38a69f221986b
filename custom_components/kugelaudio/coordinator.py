"""The account at run time: its client, its voices and models, and what follows from a failure."""

from datetime import timedelta
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api.client import KugelAudioClient
from .api.errors import KugelAudioError
from .catalogue import Catalogue, fetch_catalogue
from .const import DOMAIN, LOGGER
from .exceptions import meaning_of, translated

type KugelAudioConfigEntry = ConfigEntry[AccountCoordinator]

_INTERVAL: Final = timedelta(hours=12)
_INTERVAL_WHILE_FAILING: Final = timedelta(minutes=5)


class AccountCoordinator(DataUpdateCoordinator[Catalogue]):
    """Polls the catalogue slowly; the last good one stays when a refresh fails."""

    config_entry: KugelAudioConfigEntry

    def __init__(self, hass: HomeAssistant, entry: KugelAudioConfigEntry, client: KugelAudioClient) -> None:
        """Prepare for the first refresh."""
        super().__init__(
            hass, LOGGER, config_entry=entry, name=entry.title, update_interval=_INTERVAL, always_update=False
        )
        self.client = client

    @override
    async def _async_update_data(self) -> Catalogue:
        """Fetch voices and models."""
        self.update_interval = _INTERVAL_WHILE_FAILING
        try:
            catalogue = await fetch_catalogue(self.client)
        except KugelAudioError as err:
            failure = ConfigEntryAuthFailed if meaning_of(err).asks_for_key else UpdateFailed
            raise failure(
                translation_domain=DOMAIN,
                translation_key=meaning_of(err).key,
                translation_placeholders={"details": str(err)},
            ) from err
        self.update_interval = _INTERVAL
        return catalogue

    @callback
    def failed(self, error: KugelAudioError) -> HomeAssistantError:
        """Do what follows from a failed utterance; returns the exception that tells the user."""
        if meaning_of(error).asks_for_key:
            self.config_entry.async_start_reauth(self.hass)
        return translated(error)

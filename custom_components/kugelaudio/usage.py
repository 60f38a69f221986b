"""The poll of what the provider counts itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, override

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .api.errors import KugelAudioError
from .const import LOGGER
from .runtime import AccountRuntime

_FIRST_AFTER: Final = timedelta(minutes=1)
_INTERVAL: Final = timedelta(hours=12)


class UsageCoordinator(DataUpdateCoordinator[Mapping[str, float]]):
    """Asks for the numbers of `/v1/usage`: not during set-up, seldom, and without a word where there are none.

    The provider announces the route, but may not offer it. An answer that fails leaves the last numbers in place.
    """

    def __init__(self, running: AccountRuntime) -> None:
        """Know of no number yet."""
        super().__init__(
            running.account.hass,
            LOGGER,
            config_entry=running.account.entry,
            name=f"{running.coordinator.name} usage",
            update_interval=_FIRST_AFTER,
            always_update=False,
        )
        self._account = running.account
        self.data = {}

    @override
    async def _async_update_data(self) -> Mapping[str, float]:
        """Return all numbers by their names; those of the present come before those of the past."""
        self.update_interval = _INTERVAL
        try:
            client = self._account.client
            past, present = await client.usage_history(), await client.usage()
        except KugelAudioError:
            return self.data
        return {**(past.numbers if past else {}), **(present.numbers if present else {})}

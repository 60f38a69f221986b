"""What forms change of an account that is set up: it is taken over while everybody goes on speaking."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api.client import KugelAudioClient
from .const import CONF_PARALLEL, CONF_VOICE, SUBENTRY_VOICE
from .entity import async_update_devices
from .runtime import AccountRuntime, KugelAudioConfigEntry
from .speech.memory import PLAN, AccountMemory
from .speech.plan import LearnedPlan
from .speech.prewarming import connection_policy
from .speech.slots import GenerationSlots, chosen_limit

# How long those may go on speaking whose key or server is no longer the account's.
_PATIENCE_S: Final = 30.0


def new_client(hass: HomeAssistant, entry: ConfigEntry) -> KugelAudioClient:
    """Return a client of an account as it is stored now."""
    session = async_get_clientsession(hass)
    return KugelAudioClient(session, entry.data[CONF_API_KEY], entry.data[CONF_URL], connection_policy(entry.options))


def new_slots(entry: ConfigEntry, memory: AccountMemory) -> GenerationSlots:
    """Return the slots of an account as it is stored now."""
    return GenerationSlots(chosen_limit(entry.options.get(CONF_PARALLEL)), memory.recall(PLAN, LearnedPlan))


class EntryChanges:
    """Compares what is stored with what was, and takes over what is new."""

    def __init__(self, running: AccountRuntime) -> None:
        """Begin with what is stored now."""
        entry = running.account.entry
        self._running = running
        self._data, self._options = entry.data, entry.options

    async def take_over(self, hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
        """Take over a changed account or voice; Home Assistant calls it after every change."""
        account = self._running.account
        data, self._data = self._data, entry.data
        options, self._options = self._options, entry.options
        if is_moved := data != entry.data:
            # Another key is that of another plan.
            account.memory.forget(PLAN)
            account.connect(new_client(hass, entry), new_slots(entry, account.memory), _PATIENCE_S)
        elif connection_policy(options) is not connection_policy(entry.options):
            account.connect(new_client(hass, entry), account.slots, None)
        if options.get(CONF_PARALLEL) != entry.options.get(CONF_PARALLEL):
            account.slots.choose(chosen_limit(entry.options.get(CONF_PARALLEL)))
        async_update_devices(entry)
        self._running.issues.voices_changed()
        account.changed()
        voices = entry.get_subentries_of_type(SUBENTRY_VOICE)
        if is_moved or not all(account.catalogue.find_voice(voice.data[CONF_VOICE]) for voice in voices):
            await self._running.coordinator.async_refresh()

"""KugelAudio: the voices of the KugelAudio cloud for Home Assistant."""

import asyncio
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .changes import EntryChanges, new_client, new_slots
from .chime_view import ChimeView
from .const import DOMAIN
from .coordinator import CatalogueCoordinator
from .fallbacks import FallbackWatch, async_follow_fallbacks
from .issues import AccountIssues, forget_account
from .players.loudspeakers import async_open_loudspeakers
from .reauth import ask_for_key
from .runtime import AccountRuntime, KugelAudioConfigEntry
from .services import async_register_actions
from .speech.account import Account
from .speech.memory import AccountMemory
from .speech.prewarming import async_prewarm

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
# How long Home Assistant waits for an account of which nothing is known yet.
_FIRST_POLL_LIMIT_S: Final = 4.0
_PLATFORMS: Final = [Platform.EVENT, Platform.SENSOR, Platform.TTS]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, know the loudspeakers of the home, and follow what voices of every account fall back on."""
    async_register_actions(hass)
    hass.http.register_view(ChimeView())
    async_open_loudspeakers(hass)
    async_follow_fallbacks(hass)
    return True


async def async_migrate_entry(_hass: HomeAssistant, _entry: ConfigEntry) -> bool:
    """Take what other releases of the same major version have stored: a minor one adds what has a default."""
    return True


async def async_setup_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> bool:
    """Set up an account: what is stored is enough to speak, whatever the provider says."""
    memory = AccountMemory(hass, entry.entry_id)
    await memory.load()
    account = Account(hass, entry, new_client(hass, entry), new_slots(entry, memory), memory)
    running = entry.runtime_data = _assembled(account)

    async def close(_: Event) -> None:
        await account.close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close))
    entry.async_on_unload(entry.add_update_listener(EntryChanges(running).take_over))
    poll = entry.async_create_background_task(hass, running.coordinator.async_refresh(), "kugelaudio first poll")
    if memory.catalogue is None:
        await asyncio.wait({poll}, timeout=_FIRST_POLL_LIMIT_S)
    # A coordinator polls only while somebody listens; voices look into the catalogue when they are asked.
    entry.async_on_unload(running.coordinator.async_add_listener(lambda: None))
    await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
    async_prewarm(account)
    return True


def _assembled(account: Account) -> AccountRuntime:
    """Return an account with those who poll for it and those who listen to it."""
    issues = AccountIssues(account)
    coordinator = CatalogueCoordinator(account, issues)
    FallbackWatch(account, issues)
    account.when_failed(partial(ask_for_key, account.hass, account.entry))
    account.when_failed(coordinator.request_failed)
    account.when_waiting(issues.plan_waits)
    account.when_learned(issues.plan_learned)
    account.when_chimes_changed(issues.chimes_changed)
    account.when_finished(issues.utterance_finished)
    account.when_finished(coordinator.utterance_finished)
    return AccountRuntime(account, coordinator, issues)


async def async_unload_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> bool:
    """Unload an account; utterances under way end with an error, while those who are told of it are still there."""
    account = entry.runtime_data.account
    await account.close()
    is_unloaded = await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)
    await account.memory.flush()
    if entry.disabled_by:
        forget_account(hass, entry.entry_id)
    return is_unloaded


async def async_remove_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
    """Forget what was stored of an account that is no more, and what the user was told about it."""
    forget_account(hass, entry.entry_id)
    await AccountMemory(hass, entry.entry_id).remove()

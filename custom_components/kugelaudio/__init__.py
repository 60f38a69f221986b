"""KugelAudio: the voices of the KugelAudio cloud for Home Assistant."""

from homeassistant.const import CONF_API_KEY, CONF_URL, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .api.client import KugelAudioClient
from .const import CONF_PARALLEL, DOMAIN
from .coordinator import AccountCoordinator, KugelAudioConfigEntry
from .issues import forget_account
from .prewarming import async_prewarm, connection_policy
from .services import async_register_actions
from .speech.slots import DEFAULT_LIMIT, UtteranceSlots

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
_PLATFORMS = [Platform.EVENT, Platform.SENSOR, Platform.TTS]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions."""
    async_register_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> bool:
    """Set up an account."""
    client = KugelAudioClient(
        async_get_clientsession(hass), entry.data[CONF_API_KEY], entry.data[CONF_URL], connection_policy(entry)
    )
    limit = UtteranceSlots(entry.options.get(CONF_PARALLEL, DEFAULT_LIMIT))
    coordinator = AccountCoordinator(hass, entry, client, limit)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    # A coordinator polls only while somebody listens; voices look into its data when they are asked.
    entry.async_on_unload(coordinator.async_add_listener(lambda: None))

    async def close(_: Event) -> None:
        await client.close()

    entry.async_on_unload(client.close)
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close))
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
    async_prewarm(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> bool:
    """Unload an account; utterances under way end with an error, while those who are told of it are still there."""
    await entry.runtime_data.client.close()
    return await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
    """Forget what the user was told about an account that is no more."""
    forget_account(hass, entry.entry_id)


async def _async_reload(hass: HomeAssistant, entry: KugelAudioConfigEntry) -> None:
    """Take over a changed account or voice."""
    await hass.config_entries.async_reload(entry.entry_id)

"""The forms of an account and of its voices."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_API_KEY, CONF_REGION, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .api.client import KugelAudioClient
from .api.endpoint import EU_URL, GLOBAL_URL, Region, account_title, parse_key, parse_url, region_of
from .api.errors import AuthenticationError
from .const import CONF_LANGUAGE, DASHBOARD_URL, DOMAIN, SUBENTRY_VOICE
from .flows.account_options import AccountOptionsFlow
from .flows.errors import FormError, at_its_field, server_error
from .flows.hearing import hearing_url
from .flows.region import explained_by_region
from .flows.voice_choice import sample_links
from .flows.voice_flow import VoiceSubentryFlow
from .flows.voice_form import LANGUAGE_SCHEMA, read_form, voice_schema
from .voices.catalogue import NOTHING_KNOWN
from .voices.language_tags import nearest_language
from .voices.listing import FORM_PATIENCE_S, fetch_listing

_KEY_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_REGION_SELECTOR: Final = SelectSelector(
    SelectSelectorConfig(
        options=["auto", "eu", "custom"], translation_key=CONF_REGION, mode=SelectSelectorMode.DROPDOWN
    )
)
_USER_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(probatio.Secret(CONF_API_KEY)): _KEY_SELECTOR,
        probatio.Required(CONF_REGION, default="auto"): _REGION_SELECTOR,
    }
)
_RECONFIGURE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(probatio.Secret(CONF_API_KEY)): _KEY_SELECTOR,
        probatio.Required(CONF_REGION, default="auto"): _REGION_SELECTOR,
    }
)
_REAUTH_SCHEMA: Final = probatio.Schema({probatio.Required(probatio.Secret(CONF_API_KEY)): _KEY_SELECTOR})
_ENDPOINT_SCHEMA: Final = probatio.Schema(
    {probatio.Required(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url"))}
)
# What is wrong with a key is mended in the form that asks for it, all else in the form that asks for the URL.
_KEY_ERRORS: Final = {"invalid_key", "wrong_region", "no_permission", "insufficient_credits"}


class KugelAudioConfigFlow(ConfigFlow, domain=DOMAIN):
    """An account: a key and an endpoint, then its first voice."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._api_key = ""
        self._typed_key = ""
        self._region: Region = "auto"
        self._url = ""
        self._language = ""
        self._catalogue = NOTHING_KNOWN
        # What the text of an error names.
        self._named: Mapping[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the form of what is set for the whole account."""
        return AccountOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what an account is made of: voices."""
        return {SUBENTRY_VOICE: VoiceSubentryFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key and the region."""
        if user_input is None:
            return self._show_account()
        return await self._read_account(user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another key, another region, or both; no key keeps the old one."""
        entry = self._get_reconfigure_entry()
        if user_input is None:
            self._url = entry.data[CONF_URL]
            self._region = region_of(self._url)
            return self._show_account()
        return await self._read_account(user_input, stored_key=entry.data[CONF_API_KEY])

    async def async_step_endpoint(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the URL of an own server."""
        if user_input is None:
            return self._show_endpoint({CONF_URL: self._url})
        if (url := parse_url(user_input[CONF_URL])) is None:
            return self._show_endpoint(user_input, "invalid_url")
        self._url = url
        return await self._check_account()

    async def async_step_language(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which language the first voice is to speak."""
        if user_input is not None:
            self._language = user_input[CONF_LANGUAGE]
            return await self.async_step_voice()
        suggested = {CONF_LANGUAGE: nearest_language(self.hass.config.language)}
        return self.async_show_form(
            step_id="language",
            data_schema=self.add_suggested_values_to_schema(LANGUAGE_SCHEMA, suggested),
            last_step=False,
        )

    async def async_step_voice(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the first voice, and create the account with it."""
        error: FormError | None = None
        if user_input is not None:
            client = KugelAudioClient(async_get_clientsession(self.hass), self._api_key, self._url)
            try:
                return self._create_account(
                    *await read_form(self.hass, client, self._catalogue, user_input, self._language)
                )
            except FormError as err:
                error = err
        wrong = error.field if error else None
        schema = await voice_schema(self.hass, self._catalogue, self._language, wrong=wrong)
        samples = await sample_links(self.hass, self._catalogue, self._language)
        return self.async_show_form(
            step_id="voice",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=error.shown if error else {},
            description_placeholders={"samples": samples, **(error.placeholders if error else {})},
            last_step=True,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to ask for a new key, because the server refuses the old one."""
        self._url = entry_data[CONF_URL]
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the new key."""
        error = None
        if user_input is not None:
            self._take_key(user_input[CONF_API_KEY])
            self._async_abort_entries_match({CONF_API_KEY: self._api_key, CONF_URL: self._url})
            error = await self._load_catalogue()
            if error is None:
                return self._update_account(self._get_reauth_entry())
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(_REAUTH_SCHEMA, self._suggested_key(error)),
            errors=at_its_field(error, _REAUTH_SCHEMA.schema),
            description_placeholders={"dashboard_url": DASHBOARD_URL, **self._named},
        )

    def _show_account(self, error: str | None = None) -> ConfigFlowResult:
        """Show the form for key and region, with what was typed unless that is what was wrong."""
        is_reconfigure = self.source == SOURCE_RECONFIGURE
        schema = _RECONFIGURE_SCHEMA if is_reconfigure else _USER_SCHEMA
        return self.async_show_form(
            step_id="reconfigure" if is_reconfigure else "user",
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_REGION: self._region, **self._suggested_key(error)}
            ),
            errors=at_its_field(error, schema.schema),
            description_placeholders={"dashboard_url": DASHBOARD_URL, **self._named},
            last_step=is_reconfigure and self._region != "custom",
        )

    def _suggested_key(self, error: str | None) -> dict[str, str]:
        """Return the key that was typed; the stored one never comes into a form."""
        return {} if error in {None, "invalid_key"} or not self._typed_key else {CONF_API_KEY: self._typed_key}

    def _show_endpoint(self, values: dict[str, Any], error: str | None = None) -> ConfigFlowResult:
        """Show the form for the URL of an own server."""
        return self.async_show_form(
            step_id="endpoint",
            data_schema=self.add_suggested_values_to_schema(_ENDPOINT_SCHEMA, values),
            errors=at_its_field(error, _ENDPOINT_SCHEMA.schema),
            description_placeholders={"example_url": "http://kugelaudio.local:8000", **self._named},
            last_step=self.source == SOURCE_RECONFIGURE,
        )

    def _take_key(self, typed: str, stored_key: str = "") -> Region:
        """Take over the key that was typed, else the one that is stored; return the region that it names."""
        self._typed_key = typed.strip()
        self._api_key, region = parse_key(self._typed_key or stored_key)
        return region

    async def _read_account(self, user_input: dict[str, Any], stored_key: str = "") -> ConfigFlowResult:
        """Take over key and region; a region chosen by hand wins over the one that the key names."""
        key_region = self._take_key(user_input.get(CONF_API_KEY, ""), stored_key)
        self._region = user_input[CONF_REGION]
        if self._region == "custom":
            self._url = self._url if region_of(self._url) == "custom" else ""
            return await self.async_step_endpoint()
        self._url = EU_URL if "eu" in {self._region, key_region} else GLOBAL_URL
        return await self._check_account()

    async def _check_account(self) -> ConfigFlowResult:
        """Check key and endpoint, and go on with what the flow is for."""
        self._async_abort_entries_match({CONF_API_KEY: self._api_key, CONF_URL: self._url})
        error = await self._load_catalogue()
        if error is not None and self._region == "custom" and error not in _KEY_ERRORS:
            return self._show_endpoint({CONF_URL: self._url}, error)
        if error is not None:
            return self._show_account(error)
        if self.source == SOURCE_RECONFIGURE:
            return self._update_account(self._get_reconfigure_entry())
        return await self.async_step_language()

    async def _load_catalogue(self) -> str | None:
        """Fetch voices and models, which proves the key; returns the form's error."""
        if not self._api_key:
            return "invalid_key"
        client = KugelAudioClient(async_get_clientsession(self.hass), self._api_key, self._url)
        listing = await fetch_listing(client, dictionaries_within_s=FORM_PATIENCE_S)
        self._catalogue = listing.catalogue
        match listing.failure:
            case None:
                return None
            case AuthenticationError() as err:
                return server_error(await explained_by_region(err, client), self._url)
            case err:
                self._named = err.names
                return server_error(err, self._url)

    def _create_account(self, voice_name: str, voice_data: dict[str, Any]) -> ConfigFlowResult:
        """Create the account with its first voice."""
        voice = ConfigSubentryData(data=voice_data, subentry_type=SUBENTRY_VOICE, title=voice_name, unique_id=None)
        return self.async_create_entry(
            title=account_title(self._url),
            data={CONF_API_KEY: self._api_key, CONF_URL: self._url},
            subentries=[voice],
            description_placeholders={"media_url": hearing_url(self._language)},
        )

    def _update_account(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Store key and endpoint. A loaded account takes over what changes; one that failed to load is told to."""
        is_named_by_user = entry.title != account_title(entry.data[CONF_URL])
        data = {CONF_API_KEY: self._api_key, CONF_URL: self._url}
        is_same = entry.data == data
        result = self.async_update_and_abort(
            entry, title=entry.title if is_named_by_user else account_title(self._url), data=data
        )
        if entry.state is not ConfigEntryState.LOADED:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        elif is_same:
            # The key may have been refused before.
            self.hass.async_create_task(entry.runtime_data.coordinator.async_refresh(), "kugelaudio refresh")
        return result

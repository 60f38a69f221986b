"""The form of a voice: a further one of an account, or other settings for one it has."""

from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_API_KEY, CONF_URL, Platform
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..api.client import KugelAudioClient
from ..const import CONF_DICTIONARIES, CONF_LANGUAGE, DOMAIN
from ..voices.catalogue import NOTHING_KNOWN
from ..voices.language_tags import nearest_language
from ..voices.listing import FORM_PATIENCE_S, fetch_listing
from ..voices.own_voice import revoiced
from .errors import FormError, server_error
from .hearing import hearing_url
from .voice_choice import sample_links
from .voice_form import LANGUAGE_SCHEMA, read_form, suggested_values, voice_schema


class VoiceSubentryFlow(ConfigSubentryFlow):
    """A further voice of an account, or other settings for one it has."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._language = ""
        self._catalogue = NOTHING_KNOWN

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which language the new voice is to speak."""
        return await self._ask_language("user", nearest_language(self.hass.config.language), user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which language the voice is to speak from now on."""
        stored = self._get_reconfigure_subentry().data
        return await self._ask_language("reconfigure", stored[CONF_LANGUAGE], user_input)

    async def _ask_language(
        self, step_id: str, suggested: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Fetch the catalogue, then ask for the language."""
        if user_input is not None:
            self._language = user_input[CONF_LANGUAGE]
            return await self.async_step_voice()
        client = self._account_client()
        listing = await fetch_listing(client, dictionaries_within_s=FORM_PATIENCE_S)
        if listing.failure is not None:
            return self.async_abort(reason=server_error(listing.failure, client.url))
        self._catalogue = listing.catalogue
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(LANGUAGE_SCHEMA, {CONF_LANGUAGE: suggested}),
            last_step=False,
        )

    async def async_step_voice(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the voice and its settings."""
        error: FormError | None = None
        subentry = self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None
        if user_input is not None:
            try:
                return self._store(
                    *await read_form(
                        self.hass,
                        self._account_client(),
                        self._catalogue,
                        user_input,
                        self._language,
                        subentry=subentry,
                    )
                )
            except FormError as err:
                error = err
        values = user_input
        if values is None and subentry is not None:
            values = suggested_values(subentry, self._catalogue)
        wrong = error.field if error else None
        schema = await voice_schema(self.hass, self._catalogue, self._language, self._entity_id(), wrong=wrong)
        samples = await sample_links(self.hass, self._catalogue, self._language)
        return self.async_show_form(
            step_id="voice",
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=error.shown if error else {},
            description_placeholders={"samples": samples, **(error.placeholders if error else {})},
            last_step=True,
        )

    def _store(self, name: str, data: dict[str, Any]) -> SubentryFlowResult:
        """Add the voice, or change the one the flow is for."""
        if self.source == SOURCE_RECONFIGURE:
            subentry = self._get_reconfigure_subentry()
            # Where no dictionaries can be listed the form does not ask for them.
            kept = {name: subentry.data[name] for name in (CONF_DICTIONARIES,) if name in subentry.data}
            data = revoiced(subentry.data, {**kept, **data})
            return self.async_update_and_abort(self._get_entry(), subentry, title=name, data=data)
        media_url = hearing_url(self._language, self._get_entry().entry_id)
        return self.async_create_entry(title=name, data=data, description_placeholders={"media_url": media_url})

    def _entity_id(self) -> str | None:
        """Return the entity of the voice that is being changed."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        subentry_id = self._get_reconfigure_subentry().subentry_id
        return er.async_get(self.hass).async_get_entity_id(Platform.TTS, DOMAIN, subentry_id)

    def _account_client(self) -> KugelAudioClient:
        data = self._get_entry().data
        return KugelAudioClient(async_get_clientsession(self.hass), data[CONF_API_KEY], data[CONF_URL])

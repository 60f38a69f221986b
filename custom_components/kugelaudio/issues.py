"""Repair issues: what only the user can mend. They come when it is sure, and go by themselves when it works again."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api.client import KugelAudioClient
from .api.errors import (
    CannotConnectError,
    ConnectionLostError,
    KugelAudioError,
    NotFoundError,
    ServerError,
    TimedOutError,
    UnavailableError,
)
from .const import CONF_MODEL, CONF_VOICE, DASHBOARD_URL, DOMAIN, SUBENTRY_VOICE
from .exceptions import Effect, meaning_of
from .voices.catalogue import Catalogue

VOICE_NOT_FOUND: Final = "voice_not_found"
MODEL_NOT_FOUND: Final = "model_not_found"
_NOT_KUGELAUDIO: Final = "not_kugelaudio"
_UNREACHABLE: Final = "unreachable"

_LEARN_MORE: Final = {
    "insufficient_credits": DASHBOARD_URL,
    "no_permission": DASHBOARD_URL,
    _NOT_KUGELAUDIO: f"homeassistant://config/integrations/integration/{DOMAIN}",
    _UNREACHABLE: None,
}
_SETTING_OF: Final = {VOICE_NOT_FOUND: CONF_VOICE, MODEL_NOT_FOUND: CONF_MODEL}
ACCOUNT_ISSUES: Final = tuple(_LEARN_MORE)
VOICE_ISSUES: Final = tuple(_SETTING_OF)

_UNREACHABLE_AFTER: Final = timedelta(minutes=15)
_OUTAGES: Final = (CannotConnectError, ConnectionLostError, ServerError, TimedOutError, UnavailableError)
# An account that cannot be set up is made anew for every try.
_DOWN_SINCE: Final[HassKey[dict[str, datetime]]] = HassKey(f"{DOMAIN}_down_since")


class AccountIssues:
    """The issues of one account and of its voices, and when it last worked."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Keep the issues that an earlier set-up left, but for those of voices that were changed or removed since."""
        self.refreshed_at: datetime | None = None
        self.spoke_at: datetime | None = None
        self._hass = hass
        self._entry = entry
        self._down_since = hass.data.setdefault(_DOWN_SINCE, {})
        for issue_id, data in _issues_of(hass, entry.entry_id).items():
            if "subentry_id" not in data:
                continue
            subentry = entry.subentries.get(str(data["subentry_id"]))
            if subentry and subentry.data.get(_SETTING_OF[str(data["issue"])]) == data["missing"]:
                self._raise_voice_issue(str(data["issue"]), subentry)
            else:
                ir.async_delete_issue(hass, DOMAIN, issue_id)

    async def polled(self, catalogue: Catalogue, client: KugelAudioClient) -> None:
        """Take note of a refresh that worked, and look for what voices need."""
        self.refreshed_at = dt_util.utcnow()
        self._is_reachable()
        self._solve_account_issue(_NOT_KUGELAUDIO)
        for issue_id, data in _issues_of(self._hass, self._entry.entry_id).items():
            if data.get("refresh_failed"):
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        models = {model.id for model in catalogue.models}
        for subentry in self._entry.get_subentries_of_type(SUBENTRY_VOICE):
            if subentry.data.get(CONF_MODEL) in models:
                self._solve_voice_issue(MODEL_NOT_FOUND, subentry.subentry_id)
            await self._look_for_voice(subentry, catalogue, client)

    async def _look_for_voice(self, subentry: ConfigSubentry, catalogue: Catalogue, client: KugelAudioClient) -> None:
        """Ask for a voice that is not listed: it may still be there for those who know it. Only clear answers count."""
        voice_id = subentry.data[CONF_VOICE]
        if catalogue.find_voice(voice_id) is None:
            try:
                await client.voice(voice_id)
            except NotFoundError:
                self._raise_voice_issue(VOICE_NOT_FOUND, subentry)
                return
            except KugelAudioError:
                return
        self._solve_voice_issue(VOICE_NOT_FOUND, subentry.subentry_id)

    @callback
    def poll_failed(self, error: KugelAudioError) -> None:
        """Take note of a refresh that failed; an outage is an issue when it lasts."""
        meaning = meaning_of(error)
        if isinstance(error, _OUTAGES):
            down_since = self._down_since.setdefault(self._entry.entry_id, dt_util.utcnow())
            if dt_util.utcnow() - down_since >= _UNREACHABLE_AFTER:
                self._raise_account_issue(_UNREACHABLE, refresh_failed=True)
            return
        self._is_reachable()
        if meaning.effect is Effect.ACCOUNT_ISSUE:
            self._raise_account_issue(meaning.key, refresh_failed=True)

    @callback
    def speech_failed(self, error: KugelAudioError, subentry_id: str, *, as_stored: bool) -> None:
        """Take note of a failed utterance; what was removed meanwhile needs no mending.

        What a call asked for itself is no matter of the voice.
        """
        entry = self._hass.config_entries.async_get_entry(self._entry.entry_id)
        if entry is None or (subentry := entry.subentries.get(subentry_id)) is None:
            return
        meaning = meaning_of(error)
        if meaning.effect is Effect.ACCOUNT_ISSUE:
            self._raise_account_issue(meaning.key, refresh_failed=False)
        elif meaning.effect is Effect.VOICE_ISSUE and as_stored:
            self._raise_voice_issue(meaning.key, subentry)

    @callback
    def spoke(self, subentry_id: str, *, as_stored: bool) -> None:
        """Take note of an utterance that went well."""
        self.spoke_at = dt_util.utcnow()
        self._is_reachable()
        for key in ACCOUNT_ISSUES:
            self._solve_account_issue(key)
        if as_stored:
            for key in VOICE_ISSUES:
                self._solve_voice_issue(key, subentry_id)

    def _is_reachable(self) -> None:
        self._down_since.pop(self._entry.entry_id, None)
        self._solve_account_issue(_UNREACHABLE)

    def _raise_account_issue(self, key: str, *, refresh_failed: bool) -> None:
        """Tell of an account; what a refresh found is solved by the next one that works."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{self._entry.entry_id}",
            data={"entry_id": self._entry.entry_id, "refresh_failed": refresh_failed},
            is_fixable=False,
            learn_more_url=_LEARN_MORE[key],
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"account": self._entry.title},
        )

    def _raise_voice_issue(self, key: str, subentry: ConfigSubentry) -> None:
        """Tell of a voice; the issue is about what is stored for it now."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{subentry.subentry_id}",
            data={
                "entry_id": self._entry.entry_id,
                "subentry_id": subentry.subentry_id,
                "issue": key,
                "missing": subentry.data.get(_SETTING_OF[key]),
            },
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"voice": subentry.title},
        )

    def _solve_account_issue(self, key: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{self._entry.entry_id}")

    def _solve_voice_issue(self, key: str, subentry_id: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{subentry_id}")


def _issues_of(hass: HomeAssistant, entry_id: str) -> dict[str, dict[str, str | int | float | None]]:
    """Return what is kept with the issues of an account and of its voices, by their ids."""
    return {
        issue.issue_id: issue.data
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.data and issue.data["entry_id"] == entry_id
    }


@callback
def forget_account(hass: HomeAssistant, entry_id: str) -> None:
    """Take away everything about an account that was removed."""
    hass.data.get(_DOWN_SINCE, {}).pop(entry_id, None)
    for issue_id in _issues_of(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)

"""Repair issues: what only the user can mend. They come when it is sure, and go by themselves when it works again."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .api.errors import KugelAudioError, NotFoundError
from .const import (
    CONF_CHIME,
    CONF_CHIME_AFTER,
    CONF_FALLBACK,
    CONF_MODEL,
    CONF_VOICE,
    DASHBOARD_URL,
    DOMAIN,
    SUBENTRY_VOICE,
)
from .exceptions import Effect, meaning_of
from .speech.account import Account, UtteranceEnd
from .speech.plan import TIERS, LearnedPlan
from .speech.record import Outcome
from .voices.listing import Listing

VOICE_NOT_FOUND: Final = "voice_not_found"
MODEL_NOT_FOUND: Final = "model_not_found"
FALLBACK_NOT_FOUND: Final = "fallback_not_found"
_NOT_KUGELAUDIO: Final = "not_kugelaudio"
_UNREACHABLE: Final = "unreachable"

_INTEGRATION_URL: Final = f"homeassistant://config/integrations/integration/{DOMAIN}"
_LEARN_MORE: Final = {
    "insufficient_credits": DASHBOARD_URL,
    "no_permission": DASHBOARD_URL,
    _NOT_KUGELAUDIO: _INTEGRATION_URL,
    _UNREACHABLE: _INTEGRATION_URL,
}
_SETTING_OF: Final = {VOICE_NOT_FOUND: CONF_VOICE, MODEL_NOT_FOUND: CONF_MODEL, FALLBACK_NOT_FOUND: CONF_FALLBACK}
ACCOUNT_ISSUES: Final = tuple(_LEARN_MORE)
VOICE_ISSUES: Final = tuple(_SETTING_OF)

PLAN_WAIT: Final = "plan_wait"
# Only from the first plan to the second one leads a way that everybody can go.
PLAN_WAIT_LARGER: Final = "plan_wait_larger"
CHIME_UNUSABLE: Final = "chime_unusable"

_UNREACHABLE_AFTER: Final = timedelta(minutes=15)
_LOOKED_FOR_AT_ONCE: Final = 4


class AccountIssues:
    """The issues of one account and of its voices, and when it last worked."""

    def __init__(self, account: Account) -> None:
        """Keep the issues that an earlier set-up left, but for those of voices that were changed or removed since."""
        self.refreshed_at: datetime | None = None
        self.spoke_at: datetime | None = None
        self._account = account
        self._hass = account.hass
        self._entry = account.entry
        self._down_since: datetime | None = None
        self.voices_changed()

    @callback
    def voices_changed(self) -> None:
        """Solve the issues of voices that were changed or removed; of others take over the names."""
        for issue_id, data in _issues_of(self._hass, self._entry.entry_id).items():
            if "subentry_id" not in data:
                continue
            subentry = self._entry.subentries.get(str(data["subentry_id"]))
            if subentry and subentry.data.get(_SETTING_OF[str(data["issue"])]) == data["missing"]:
                self.raise_voice_issue(str(data["issue"]), subentry)
            else:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        self.chimes_changed()

    @callback
    def chimes_changed(self) -> None:
        """Tell of files that can't be used as chimes of the voices; of what only a call asks for, the log tells."""
        voices_of: dict[str, set[str]] = {}
        for voice in self._entry.get_subentries_of_type(SUBENTRY_VOICE):
            stored = {voice.data.get(CONF_CHIME), voice.data.get(CONF_CHIME_AFTER)}
            for chime in self._account.chimes.unusable & stored:
                voices_of.setdefault(chime, set()).add(voice.title)
        issue_id = f"{CHIME_UNUSABLE}_{self._entry.entry_id}"
        if not voices_of:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id},
            is_fixable=False,
            learn_more_url=_INTEGRATION_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key=CHIME_UNUSABLE,
            translation_placeholders={
                "account": self._entry.title,
                "chimes": ", ".join(f"{chime} ({', '.join(sorted(voices_of[chime]))})" for chime in sorted(voices_of)),
            },
        )

    @callback
    def polled(self, listing: Listing) -> None:
        """Take note of what came of a poll; an outage is an issue when it lasts."""
        if listing.is_reachable:
            self._is_reachable()
        else:
            self._down_since = self._down_since or dt_util.utcnow()
            if dt_util.utcnow() - self._down_since >= _UNREACHABLE_AFTER:
                self._raise_account_issue(_UNREACHABLE, refresh_failed=True)
        if listing.failure is None:
            self._voices_listed()
        elif (meaning := meaning_of(listing.failure)).effect is Effect.ACCOUNT_ISSUE:
            self._raise_account_issue(meaning.key, refresh_failed=True)
        models = {model.id for model in listing.catalogue.models}
        for subentry in self._entry.get_subentries_of_type(SUBENTRY_VOICE):
            if subentry.data.get(CONF_MODEL) in models:
                self.solve_voice_issue(MODEL_NOT_FOUND, subentry.subentry_id)

    def _voices_listed(self) -> None:
        self.refreshed_at = dt_util.utcnow()
        self._solve_account_issue(_NOT_KUGELAUDIO)
        for issue_id, data in _issues_of(self._hass, self._entry.entry_id).items():
            if data.get("refresh_failed"):
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    async def look_for_voices(self) -> None:
        """Ask for the voices that are not listed: they may still be there for those who know them."""
        some = asyncio.Semaphore(_LOOKED_FOR_AT_ONCE)
        voices = self._entry.get_subentries_of_type(SUBENTRY_VOICE)
        await asyncio.gather(*(self._look_for_voice(subentry, some) for subentry in voices))

    async def _look_for_voice(self, subentry: ConfigSubentry, some: asyncio.Semaphore) -> None:
        """Only clear answers count, and only for a voice that is still the same."""
        voice_id = subentry.data[CONF_VOICE]
        if self._account.catalogue.find_voice(voice_id) is None:
            try:
                async with some:
                    await self._account.client.voice(voice_id)
            except NotFoundError:
                known = self._entry.subentries.get(subentry.subentry_id)
                if known is not None and known.data[CONF_VOICE] == voice_id:
                    self.raise_voice_issue(VOICE_NOT_FOUND, known)
                return
            except KugelAudioError:
                return
        self.solve_voice_issue(VOICE_NOT_FOUND, subentry.subentry_id)

    @callback
    def utterance_finished(self, end: UtteranceEnd) -> None:
        """Take note of an utterance that is over."""
        if end.error is not None:
            self._speech_failed(end.error, end.record.voice, as_stored=end.is_as_stored)
        elif end.record.outcome is Outcome.SPOKEN:
            self._spoke(end.record.voice, as_stored=end.is_as_stored)

    def _speech_failed(self, error: KugelAudioError, subentry_id: str, *, as_stored: bool) -> None:
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
            self.raise_voice_issue(meaning.key, subentry)

    def _spoke(self, subentry_id: str, *, as_stored: bool) -> None:
        """Take note of an utterance that went well."""
        self.spoke_at = dt_util.utcnow()
        self._is_reachable()
        for key in ACCOUNT_ISSUES:
            self._solve_account_issue(key)
        if as_stored:
            for key in (VOICE_NOT_FOUND, MODEL_NOT_FOUND):
                self.solve_voice_issue(key, subentry_id)

    def _is_reachable(self) -> None:
        self._down_since = None
        self._solve_account_issue(_UNREACHABLE)

    @callback
    def plan_waits(self) -> None:
        """Tell, until somebody ignores it, that the plan of the account makes speech wait."""
        at_once = self._account.slots.learned.at_once
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{PLAN_WAIT}_{self._entry.entry_id}",
            data={"entry_id": self._entry.entry_id, "at_once": at_once},
            is_fixable=False,
            learn_more_url=DASHBOARD_URL,
            severity=ir.IssueSeverity.WARNING,
            translation_key=PLAN_WAIT if at_once == TIERS[0].at_once else PLAN_WAIT_LARGER,
            translation_placeholders={"account": self._entry.title, "at_once": str(at_once)},
        )

    @callback
    def plan_learned(self) -> None:
        """Tell no longer of a plan when the account has another one."""
        issue_id = f"{PLAN_WAIT}_{self._entry.entry_id}"
        told = _issues_of(self._hass, self._entry.entry_id).get(issue_id)
        if told and LearnedPlan(at_once=int(told["at_once"] or 0)).tier != self._account.slots.learned.tier:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)

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

    @callback
    def raise_voice_issue(self, key: str, subentry: ConfigSubentry) -> None:
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

    @callback
    def solve_voice_issue(self, key: str, subentry_id: str) -> None:
        """Tell no longer of a voice."""
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
    """Take away everything about an account that was removed or disabled."""
    for issue_id in _issues_of(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)

"""Players that take announcements and never load them: that is silent, and looks like success."""

from collections import Counter
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..const import DOMAIN, LOGGER

ISSUE: Final = "speech_not_fetched"
# Once may be a player that was just starting.
_TIMES: Final = 2
_NETWORK_SETTINGS: Final = "homeassistant://config/network"


class FetchWatch:
    """Tells the user of players that do not load what they are to play."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing known."""
        self._hass = hass
        self._missed: Counter[str] = Counter()

    @callback
    def noted(self, entity_id: str, *, is_fetched: bool) -> None:
        """Take note of whether a target has loaded an announcement."""
        if is_fetched:
            if self._missed.pop(entity_id, 0) and not self._missed:
                ir.async_delete_issue(self._hass, DOMAIN, ISSUE)
            return
        self._missed[entity_id] += 1
        url = self._url()
        LOGGER.warning("%s took an announcement, but did not load it from %s", entity_id, url)
        if self._missed[entity_id] >= _TIMES:
            players = sorted(self._name(one) for one, times in self._missed.items() if times >= _TIMES)
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                ISSUE,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                learn_more_url=_NETWORK_SETTINGS,
                translation_key=ISSUE,
                translation_placeholders={"players": ", ".join(players), "url": url},
            )

    def _name(self, entity_id: str) -> str:
        """Return what a target is called, which is its id where it is not there any more."""
        state = self._hass.states.get(entity_id)
        return state.name if state else entity_id

    def _url(self) -> str:
        """Return where players are to load it."""
        try:
            return get_url(self._hass)
        except NoURLAvailableError:
            return "-"

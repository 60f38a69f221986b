"""What the tests of repair issues share."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import voice_subentry

OPTIONS: dict[str, str | int] = {"connection": "off"}
LOST = voice_subentry("lost_voice", "Aunt", voice="9999")
LOST_ISSUE = "voice_not_found_lost_voice"


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return what the user is told to mend."""
    return {issue.issue_id: issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN}


async def refresh(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let the account look at once what it can speak with."""
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()

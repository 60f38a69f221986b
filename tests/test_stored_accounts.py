"""Accounts as earlier releases stored them: they load, speak, and can be changed."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio import const
from tests.helpers import VOICE, change_voice, set_up, submit_voice, suggestions
from tests.simulator import Simulator
from tests.simulator.keys import NORMAL_KEY
from tests.speaking import COMPLETE, fetch

ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "stored").glob("*.json"))
}
VERSION: Final = json.loads((Path(const.__file__).parent / "manifest.json").read_text(encoding="utf-8"))["version"]


def stored_account(stored: Mapping[str, Any], url: str) -> MockConfigEntry:
    """Return an account as Home Assistant reads it from its store, at another address and with a key that is valid."""
    return MockConfigEntry(
        domain=stored["domain"],
        entry_id=stored["entry_id"],
        title=stored["title"],
        data={**stored["data"], "api_key": NORMAL_KEY, "url": url},
        options=stored["options"],
        source=stored["source"],
        unique_id=stored["unique_id"],
        version=stored["version"],
        minor_version=stored["minor_version"],
        subentries_data=stored["subentries"],
    )


def test_every_release_is_remembered() -> None:
    """Whoever releases a version adds what it stores."""
    assert VERSION in ACCOUNTS


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
@pytest.mark.parametrize("stored", ACCOUNTS.values(), ids=ACCOUNTS)
async def test_stored_account_goes_on(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, stored: dict[str, Any]
) -> None:
    """It speaks as before and as loud as before, and what newer releases added has its default until it is changed."""
    entry = stored_account(stored, simulator.url)
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert COMPLETE in (await fetch(hass_client))[1]
    [voice] = entry.subentries.values()
    form = await submit_voice(hass, await change_voice(hass, entry, voice.subentry_id), {"language": "en"})
    assert form["errors"] == {}
    assert suggestions(form)["loudness"] == "off"
    result = await submit_voice(hass, form, VOICE)
    assert result["reason"] == "reconfigure_successful"
    assert (await fetch(hass_client, "And so on."))[0] == 200

"""The question for another key goes when the stored one works again."""

from pathlib import Path

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import fetch


@pytest.fixture
async def entry(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    simulator: Simulator,
) -> MockConfigEntry:
    """Set up an account that opens a connection for every utterance."""
    made = account_entry(simulator.url, voice_subentry(), options={"connection": "off"})
    await set_up(hass, made)
    return made


def is_asked(hass: HomeAssistant) -> bool:
    """Tell whether the user is asked for a key, by a form and by an issue alike."""
    flows = hass.config_entries.flow.async_progress()
    assert all(flow["context"]["source"] == SOURCE_REAUTH for flow in flows)
    issues = [issue_id for domain, issue_id in ir.async_get(hass).issues if domain == "homeassistant"]
    assert len(flows) == len(issues) < 2
    return bool(flows)


@pytest.mark.usefixtures("entry")
async def test_key_that_speaks_again(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """It was refused while it should have spoken, and restored since: the next utterance shows it."""
    simulator.revoke()
    assert (await fetch(hass_client))[0] == 500
    await hass.async_block_till_done(wait_background_tasks=True)
    assert is_asked(hass)
    simulator.restore()
    assert (await fetch(hass_client))[0] == 200
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not is_asked(hass)


async def test_key_that_lists_again(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> None:
    """Nobody speaks, but the next poll works."""
    simulator.revoke()
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    assert is_asked(hass)
    simulator.restore()
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    assert not is_asked(hass)


async def test_what_a_socket_says_of_the_old_key_is_no_proof(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Something may still be spoken over a connection from before: the list of voices decides, if there is one."""
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    for path in ("/v1/voices", "/v1/models"):
        simulator.faults.add(Fault.HTTP_ERROR, None, path=path, error=Failure.CATALOGUE_UNAVAILABLE)
    assert (await fetch(hass_client))[0] == 200
    await hass.async_block_till_done(wait_background_tasks=True)
    assert is_asked(hass)

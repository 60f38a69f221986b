"""What an account finds out about its plan, as its owner sees it."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.simulator import TIERS, Plan, Profile, Simulator, tone_pcm
from tests.speaking import HEADER_LENGTH, TEXT, fetch

SENSOR = "sensor.kugelaudio_made_at_the_same_time"
LONG = " ".join(["A long story."] * 40)
# Two of them are whole, one after the other, in more than a second.
SLOW = Profile(speed=8.0)


@pytest.fixture
async def enabled(hass: HomeAssistant, account: MockConfigEntry, entity_registry: er.EntityRegistry) -> None:
    """Enable the sensor, as somebody does who wants to know."""
    entity_registry.async_update_entity(SENSOR, disabled_by=None)
    await hass.config_entries.async_reload(account.entry_id)


async def both(hass_client: ClientSessionGenerator, first: str, second: str) -> None:
    """Ask for two at the same time; both are heard whole."""
    heard = await asyncio.gather(fetch(hass_client, first), fetch(hass_client, second))
    for text, (status, audio) in zip((first, second), heard, strict=True):
        assert (status, audio[HEADER_LENGTH:]) == (200, tone_pcm(text, 24_000))


@pytest.mark.usefixtures("enabled")
async def test_the_smallest_plan_is_found_out(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Nothing is lost by it; it is shown as soon as it is known."""
    simulator.plan = TIERS[1]
    state = hass.states.get(SENSOR)
    assert state
    assert (state.state, state.attributes["characters"]) == ("unknown", None)
    await both(hass_client, TEXT, f"{TEXT} {TEXT}")
    state = hass.states.get(SENSOR)
    assert state
    assert state.state == "1"
    assert simulator.meter.account(simulator.key).refused_generations == 1


async def test_speech_that_waits_for_the_plan_is_told(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    simulator: Simulator,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Once, with what the plan allows, until the account is removed."""
    simulator.plan = TIERS[1]
    simulator.profile = SLOW
    key = (DOMAIN, f"plan_wait_{account.entry_id}")
    await both(hass_client, TEXT, f"{TEXT} {TEXT}")
    await both(hass_client, LONG, f"{LONG} {TEXT}")
    issue = issue_registry.issues[key]
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, False)
    assert issue.translation_placeholders == {"account": "KugelAudio", "at_once": "1"}
    await hass.config_entries.async_remove(account.entry_id)
    assert key not in issue_registry.issues


@pytest.mark.usefixtures("enabled")
async def test_the_number_of_connections_is_found_out(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What is refused one is made over those that are open."""
    simulator.plan = Plan(connections=1)
    simulator.profile = SLOW
    for _ in range(2):
        await both(hass_client, LONG, f"{LONG} {TEXT}")
    await fetch(hass_client)
    state = hass.states.get(SENSOR)
    assert state
    assert state.attributes["connections"] == 1

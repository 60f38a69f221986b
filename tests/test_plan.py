"""What an account finds out about its plan, as its owner sees it."""

import asyncio
from functools import partial
from time import time

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
DAY_S = 24 * 3600
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
    simulator.profile = SLOW
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


async def test_a_larger_plan_is_told_of_how_to_have_an_even_larger_one(
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    simulator: Simulator,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A top-up, which leads from the first plan to the second one, leads no further."""
    simulator.plan = Plan(generations=3)
    simulator.profile = SLOW
    texts = [f"{LONG} {TEXT * number}" for number in range(8)]
    for _ in range(2):
        await asyncio.gather(*(fetch(hass_client, text) for text in texts))
        texts = [f"{text} Again." for text in texts]
    issue = issue_registry.issues[DOMAIN, f"plan_wait_{account.entry_id}"]
    assert issue.translation_key == "plan_wait_larger"
    assert issue.translation_placeholders == {"account": "KugelAudio", "at_once": "3"}


async def test_a_plan_that_has_grown_is_not_told_of_any_more(
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    simulator: Simulator,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is found out a day later; while it is as small as before, the owner is told."""
    simulator.plan = TIERS[1]
    simulator.profile = SLOW
    key = (DOMAIN, f"plan_wait_{account.entry_id}")
    await both(hass_client, LONG, f"{LONG} {TEXT}")
    await both(hass_client, f"{LONG} One.", f"{LONG} Two.")
    assert key in issue_registry.issues
    now_s = time()
    for days, plan in ((1, TIERS[1]), (2, TIERS[2])):
        assert key in issue_registry.issues
        simulator.plan = plan
        monkeypatch.setattr("custom_components.kugelaudio.speech.slots.time", partial(float, now_s + days * DAY_S))
        await both(hass_client, f"{LONG} {days}.", f"{LONG} {days} {TEXT}")
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

"""The numbers of the account that the provider delivers, if it does."""

from datetime import timedelta
from typing import Final

from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_registry import EntityRegistry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers import account_entry, set_up, voice_subentry, wait
from tests.sensing import states
from tests.simulator import Failure, Fault, Profile, Simulator

USAGE_PATHS: Final = ["/v1/usage/history", "/v1/usage"]
FIRST_USAGE: Final = timedelta(minutes=1, seconds=1)
HALF_A_DAY: Final = timedelta(hours=12, seconds=1)


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Let the provider deliver usage of a shape that nobody has documented."""
    usage: dict[str, object] = {
        "data": {"minutes_used": 1.5, "minutes_remaining": 58.5, "CREDITS_left": 7, "plan": "pro", "is_trial": True}
    }

    async def answer(_self: object, request: web.Request) -> web.Response:
        return web.json_response({"history": [], "minutes_used": 99} if request.path.endswith("history") else usage)

    monkeypatch.setattr("tests.simulator.rest.Rest._usage", answer)
    return usage


@pytest.fixture
async def slow(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,  # noqa: ARG001 - stops the clock first
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    simulator: Simulator,
) -> MockConfigEntry:
    """Set up an account, and forget what that took."""
    simulator.profile = Profile(usage_endpoint=True)
    made = account_entry(simulator.url, voice_subentry(), options={"connection": "after_use"})
    await set_up(hass, made)
    simulator.journal.clear()
    return made


def asked_for_usage(simulator: Simulator) -> list[str]:
    """Return the requests for usage."""
    return [path for path in simulator.journal.paths() if "usage" in path]


@pytest.mark.usefixtures("slow")
async def test_usage_is_asked_for_after_set_up_and_then_twice_a_day(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, entity_registry: EntityRegistry
) -> None:
    """A sensor for each number; only the one that most people ask for is enabled."""
    assert states(hass, "remaining_minutes") == {}
    await wait(hass, freezer, FIRST_USAGE)
    assert asked_for_usage(simulator) == USAGE_PATHS
    assert states(hass, "remaining_minutes") == {"remaining_minutes": "47.5"}
    state = hass.states.get("sensor.kugelaudio_remaining_minutes")
    assert state
    assert state.attributes["unit_of_measurement"] == "min"
    usage = {entry.translation_key: entry for entry in entity_registry.entities.values() if "usage" in entry.unique_id}
    assert set(usage) == {"minutes_used", "minutes_included", "minutes_remaining", "overage_minutes"}
    assert [key for key, entry in usage.items() if not entry.disabled] == ["minutes_remaining"]
    await wait(hass, freezer, HALF_A_DAY - FIRST_USAGE)
    assert asked_for_usage(simulator) == USAGE_PATHS
    await wait(hass, freezer, FIRST_USAGE)
    assert asked_for_usage(simulator) == 2 * USAGE_PATHS


@pytest.mark.usefixtures("delivered")
async def test_numbers_that_nobody_knows_are_no_sensors(
    hass: HomeAssistant, slow: MockConfigEntry, freezer: FrozenDateTimeFactory, entity_registry: EntityRegistry
) -> None:
    """What earlier releases made of them is removed; those of other accounts and of the four that are known stay."""
    await wait(hass, freezer, FIRST_USAGE)
    prefix = f"{slow.entry_id}_usage_"

    def registered() -> set[str]:
        return {entry.unique_id for entry in entity_registry.entities.values() if "usage" in entry.unique_id}

    known = {f"{prefix}minutes_used", f"{prefix}minutes_remaining"}
    assert registered() == known
    for name in ("CREDITS_left", "2026-11-25"):
        entity_registry.async_get_or_create("sensor", "kugelaudio", f"{prefix}{name}", config_entry=slow)
    entity_registry.async_get_or_create("sensor", "kugelaudio", "other_usage_seats")
    await hass.config_entries.async_reload(slow.entry_id)
    await hass.async_block_till_done()
    assert registered() == {*known, "other_usage_seats"}


async def test_usage_while_the_provider_is_down(
    hass: HomeAssistant,
    simulator: Simulator,
    slow: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Unavailable as long as that lasts, the last numbers afterwards; no line of the log beside the account's."""
    await wait(hass, freezer, FIRST_USAGE)
    caplog.clear()
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    await wait(hass, freezer, HALF_A_DAY)
    assert asked_for_usage(simulator) == [*USAGE_PATHS, USAGE_PATHS[0]]
    assert states(hass, "remaining_minutes") == {"remaining_minutes": "unavailable"}
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["custom_components.kugelaudio"]
    simulator.faults.clear()
    await slow.runtime_data.coordinator.async_refresh()
    assert states(hass, "remaining_minutes") == {"remaining_minutes": "47.5"}


async def test_provider_without_usage(
    hass: HomeAssistant, simulator: Simulator, slow: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Makes no sensor and no trouble; an unloaded account does not ask."""
    simulator.profile = Profile()
    await wait(hass, freezer, FIRST_USAGE)
    assert asked_for_usage(simulator) == USAGE_PATHS
    assert states(hass, "remaining_minutes") == {}
    assert slow.runtime_data.coordinator.last_update_success
    assert await hass.config_entries.async_unload(slow.entry_id)
    await wait(hass, freezer, HALF_A_DAY)
    assert asked_for_usage(simulator) == USAGE_PATHS

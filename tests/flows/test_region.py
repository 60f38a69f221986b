"""Keys that belong to the servers of another region."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.helpers import (
    VOICE,
    account_entry,
    begin,
    fields,
    set_up,
    state_of,
    submit,
    suggestions,
    voice_subentry,
)
from tests.simulator import Failure, Fault, KeyKind, Simulator

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

EU_KEY = "ka_of_the_eu"


@pytest.fixture(autouse=True)
def eu_key(eu_simulator: Simulator) -> None:
    """Make a key that only the EU's servers know."""
    eu_simulator.keys[EU_KEY] = KeyKind.NORMAL


async def test_key_of_another_region_is_told_and_accepted_there(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """The form says what to choose; the other region is asked once, with the cheapest request."""
    form = await submit(hass, await begin(hass), {"api_key": EU_KEY, "region": "auto"})
    assert (form["step_id"], form["errors"]) == ("user", {"region": "wrong_region"})
    assert suggestions(form) == {"api_key": EU_KEY, "region": "auto"}
    [call] = eu_simulator.journal.calls
    assert (call.path, call.query, call.auth) == ("/v1/voices", {"limit": "1"}, "bearer")
    asked_before = len(simulator.journal.calls)
    form = await submit(hass, form, {"api_key": EU_KEY, "region": "eu"})
    result = await submit(hass, await submit(hass, form, {"language": "en"}), VOICE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dict(result["result"].data) == {"api_key": EU_KEY, "url": eu_simulator.url}
    assert len(simulator.journal.calls) == asked_before


async def test_key_of_the_nearest_servers_is_told_in_the_eu(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """The other way round."""
    eu_simulator.keys = {}
    form = await submit(hass, await begin(hass), {"api_key": simulator.key, "region": "eu"})
    assert form["errors"] == {"region": "wrong_region"}
    assert len(simulator.journal.calls) == 1


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        (Fault.HTTP_ERROR, {"error": Failure.UNAUTHORIZED}),
        (Fault.HTTP_ERROR, {"error": Failure.PERMISSION_DENIED}),
        (Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}),
        (Fault.HTTP_HTML, {"status": 200}),
        (Fault.HTTP_DROP, {}),
    ],
)
async def test_key_that_no_region_is_sure_of_is_a_wrong_one(
    hass: HomeAssistant, eu_simulator: Simulator, fault: Fault, parameters: dict[str, Any]
) -> None:
    """Only a clear yes of the other region counts."""
    eu_simulator.faults.add(fault, None, **parameters)
    form = await submit(hass, await begin(hass), {"api_key": EU_KEY, "region": "auto"})
    assert form["errors"] == {"api_key": "invalid_key"}


@pytest.mark.parametrize("failure", [Failure.PERMISSION_DENIED, Failure.CATALOGUE_UNAVAILABLE])
async def test_other_trouble_is_none_of_the_other_regions_business(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, failure: Failure
) -> None:
    """It is asked about refused keys only."""
    simulator.faults.add(Fault.HTTP_ERROR, None, error=failure)
    await submit(hass, await begin(hass), {"api_key": EU_KEY, "region": "auto"})
    assert eu_simulator.journal.calls == []


async def test_key_of_an_own_server_is_shown_to_nobody_else(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """Neither region of the cloud gets to see it."""
    async with Simulator(sound="tone") as own:
        form = await submit(hass, await begin(hass), {"api_key": EU_KEY, "region": "custom"})
        form = await submit(hass, form, {"url": own.url})
        assert form["errors"] == {"api_key": "invalid_key"}
    assert simulator.journal.calls == eu_simulator.journal.calls == []


@pytest.mark.parametrize("begin_change", ["start_reauth_flow", "start_reconfigure_flow"])
async def test_changes_of_an_account_tell_the_region_too(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, begin_change: str
) -> None:
    """A new key of the wrong region, or the wrong region for the key."""
    entry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    form = await getattr(entry, begin_change)(hass)
    answers = {name: {"api_key": EU_KEY, "region": "auto"}[name] for name in fields(form)}
    form = await submit(hass, form, answers)
    assert form["errors"] == {"region" if "region" in answers else "base": "wrong_region"}
    assert len(eu_simulator.journal.calls) == 1
    assert dict(entry.data) == {"api_key": simulator.key, "url": simulator.url}


async def test_account_with_a_key_of_another_region_says_so(
    hass: HomeAssistant, simulator: Simulator, eu_simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """At set-up; it is asked for a key until the region is changed."""
    entry = account_entry(simulator.url, voice_subentry(), key=EU_KEY)
    await set_up(hass, entry)
    assert "another region" in caplog.text
    assert len(eu_simulator.journal.calls) == 1
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    result = await submit(hass, await entry.start_reconfigure_flow(hass), {"region": "eu"})
    assert result["reason"] == "reconfigure_successful"
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []
    assert entry.runtime_data.account.catalogue.voices


@pytest.mark.parametrize(("is_moved", "message"), [(True, "another region"), (False, "refuses the API key")])
async def test_key_that_is_refused_later_is_asked_about_once(
    hass: HomeAssistant,
    simulator: Simulator,
    eu_simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    is_moved: bool,
    message: str,
) -> None:
    """By the refresh that notices it."""
    entry: MockConfigEntry = account_entry(simulator.url, voice_subentry())
    await set_up(hass, entry)
    assert eu_simulator.journal.calls == []
    simulator.revoke()
    if not is_moved:
        eu_simulator.revoke()
    freezer.tick(timedelta(hours=12, seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(eu_simulator.journal.calls) == 1
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert message in caplog.text

"""The list of pronunciation dictionaries: what changes in it is heard, and what keeps it from being read is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import state_of
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.dictionaries import DICTIONARIES, Dictionary
from tests.speaking import WHOLE, fetch

from .pronouncing import HOUSE, TEXT, german, spoken, tone

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

LISTING = "/v1/dictionaries"


def offer(monkeypatch: pytest.MonkeyPatch, *dictionaries: Dictionary) -> None:
    """Let the project have these dictionaries from now on."""
    for module in ("dictionaries", "settings"):
        monkeypatch.setattr(f"tests.simulator.{module}.DICTIONARIES", dictionaries)


async def test_what_changes_in_the_dashboard_is_heard_after_a_refresh(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Audio that is kept was pronounced by the dictionaries of its time; as long as they are the same it stays."""
    entry = await german(hass, simulator)
    house, abbreviations = DICTIONARIES
    for offered, requests in (
        ((house, abbreviations), 1),
        ((house, abbreviations), 1),
        ((house, replace(abbreviations, is_active=True)), 2),
        ((replace(house, updated_at="2026-11-20T08:00:00Z"), abbreviations), 3),
        ((), 4),
        ((house, abbreviations), 4),
    ):
        offer(monkeypatch, *offered)
        await entry.runtime_data.coordinator.async_refresh()
        await fetch(hass_client, TEXT, options={}, cache=True)
        await hass.async_block_till_done()
        assert len(simulator.journal.received(WHOLE)) == requests


TROUBLES: dict[str, tuple[Fault, dict[str, Any]]] = {
    "permission missing": (Fault.HTTP_ERROR, {"error": Failure.PERMISSION_DENIED}),
    "forbidden": (Fault.HTTP_ERROR, {"error": Failure.FORBIDDEN}),
    "key refused": (Fault.HTTP_ERROR, {"error": Failure.UNAUTHORIZED}),
    "unknown to the server": (Fault.HTTP_ERROR, {"error": Failure.VOICE_NOT_FOUND}),
    "not available": (Fault.HTTP_ERROR, {"error": Failure.NOT_AVAILABLE}),
    "out of service": (Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}),
    "too many requests": (Fault.HTTP_ERROR, {"error": Failure.RATE_LIMITED}),
    "too many requests, under a general code": (Fault.HTTP_ERROR, {"status": 429, "error_code": "VALIDATION_ERROR"}),
    "too many requests, in the words for long texts": (Fault.HTTP_ERROR, {"error": Failure.TEXT_TOO_LONG_OLD}),
    "HTML page": (Fault.HTTP_HTML, {"status": 200}),
    "HTML page for a wrong path": (Fault.HTTP_HTML, {"status": 404}),
    "half of an answer": (Fault.HTTP_TRUNCATED_JSON, {}),
    "JSON of another kind": (Fault.HTTP_NOT_OBJECT, {}),
    "connection dropped": (Fault.HTTP_DROP, {}),
    "no answer": (Fault.HTTP_HANG, {}),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_account_without_a_list_speaks_without_dictionaries(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    trouble: str,
) -> None:
    """It is set up, nobody is bothered, and nothing is asked of the server that it may not understand."""
    fault, parameters = TROUBLES[trouble]
    simulator.faults.add(fault, times=None, path=LISTING, **parameters)
    entry = await german(hass, simulator, ["7"])
    assert state_of(entry) is ConfigEntryState.LOADED
    assert not ir.async_get(hass).issues
    assert not hass.config_entries.flow.async_progress()
    for options in ({}, {"dictionaries": "House"}):
        assert await spoken(hass_client, **options) == tone(TEXT)
    assert not [sent for sent in simulator.journal.received(WHOLE) if sent.keys() & {"project_id", "dictionary_ids"}]


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        ("out of service", HOUSE),
        ("too many requests", HOUSE),
        ("too many requests, under a general code", HOUSE),
        ("too many requests, in the words for long texts", HOUSE),
        ("HTML page", HOUSE),
        ("half of an answer", HOUSE),
        ("JSON of another kind", HOUSE),
        ("connection dropped", HOUSE),
        ("no answer", HOUSE),
        ("permission missing", TEXT),
        ("forbidden", TEXT),
        ("unknown to the server", TEXT),
        ("HTML page for a wrong path", TEXT),
        ("not available", TEXT),
    ],
)
async def test_a_list_that_fails_for_a_moment_stays(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    trouble: str,
    text: str,
) -> None:
    """Words do not sound different for half a day because of one request; what is taken away is away."""
    entry = await german(hass, simulator)
    fault, parameters = TROUBLES[trouble]
    simulator.faults.add(fault, times=None, path=LISTING, **parameters)
    await entry.runtime_data.coordinator.async_refresh()
    assert entry.runtime_data.coordinator.listing.is_reachable
    assert await spoken(hass_client) == tone(text)


async def test_a_list_that_fails_is_asked_for_again_soon(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is not known whether there are dictionaries: that is no reason to do without them for half a day."""
    simulator.faults.add(Fault.HTTP_ERROR, times=None, path=LISTING, error=Failure.CATALOGUE_UNAVAILABLE)
    await german(hass, simulator, ["7"])
    assert await spoken(hass_client) == tone(TEXT)
    simulator.faults.clear()
    freezer.tick(timedelta(minutes=5, seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await spoken(hass_client) == tone(HOUSE)


async def test_models_that_fail_take_no_dictionaries_away(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Each list fails alone."""
    entry = await german(hass, simulator)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/models", error=Failure.CATALOGUE_UNAVAILABLE)
    await entry.runtime_data.coordinator.async_refresh()
    assert not entry.runtime_data.coordinator.last_update_success
    assert await spoken(hass_client) == tone(HOUSE)


async def test_new_dictionaries_are_found(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the next refresh; only those of one project can be asked for at once, and none without its number."""
    house, abbreviations = DICTIONARIES
    offer(monkeypatch)
    entry = await german(hass, simulator)
    assert await spoken(hass_client) == tone(TEXT)
    assert "project_id" not in simulator.journal.received(WHOLE)[-1]
    elsewhere, nowhere = replace(house, id=8, project_id=43), replace(house, id=6, project_id=None)
    offer(monkeypatch, nowhere, house, elsewhere, abbreviations)
    await entry.runtime_data.coordinator.async_refresh()
    assert await spoken(hass_client) == tone(HOUSE)
    assert [dictionary.id for dictionary in entry.runtime_data.account.catalogue.dictionaries] == [7, 9]

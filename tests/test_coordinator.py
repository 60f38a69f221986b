"""The catalogue of a loaded account: refreshed slowly, kept when a refresh fails."""

from datetime import timedelta
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.tts.helper import get_engine_instance
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers import account_entry, set_up, state_of, voice_subentry, wait
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import VOICES, Voice

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

HALF_A_DAY = timedelta(hours=12)
WHILE_FAILING = timedelta(minutes=5)
MOMENT = timedelta(seconds=2)
LISTS = ["/v1/voices", "/v1/models", "/v1/dictionaries"]


@pytest.fixture
async def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator) -> MockConfigEntry:  # noqa: ARG001 - stops the clock first
    """Set up an account, and forget what that took."""
    made = account_entry(simulator.url, voice_subentry())
    await set_up(hass, made)
    simulator.journal.clear()
    return made


def calls(simulator: Simulator) -> list[str]:
    """Return the requests for the catalogue; the account's usage is a matter of its sensors."""
    return [path for path in simulator.journal.paths() if not path.startswith("/v1/usage")]


def names(hass: HomeAssistant, language: str) -> list[str]:
    """Return the voices that Home Assistant offers for a language."""
    engine = get_engine_instance(hass, "tts.samantha_ferris")
    assert engine
    return [voice.name for voice in engine.async_get_supported_voices(language) or []]


async def test_catalogue_is_asked_for_twice_a_day(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Not before the twelve hours are over, then, and again after twelve more."""
    assert state_of(entry) is ConfigEntryState.LOADED
    await wait(hass, freezer, HALF_A_DAY - MOMENT)
    assert calls(simulator) == []
    for count in (1, 2):
        await wait(hass, freezer, 2 * MOMENT)
        assert simulator.journal.paths().count("/v1/models") == count
        await wait(hass, freezer, HALF_A_DAY - MOMENT)
        assert simulator.journal.paths().count("/v1/models") == count


async def test_new_voices_are_offered_after_a_refresh(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A voice that the provider added, or the user cloned, appears in Home Assistant by itself."""
    assert state_of(entry) is ConfigEntryState.LOADED
    assert "Brand new" not in names(hass, "sv")
    cloned = Voice(id=7001, name="Brand new", languages=("sv",), category="cloned", is_public=False)
    monkeypatch.setattr("tests.simulator.rest.VOICES", [*VOICES, cloned])
    await wait(hass, freezer, HALF_A_DAY + MOMENT)
    assert "Brand new" in names(hass, "sv")


async def test_last_good_catalogue_stays_while_the_server_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Tried every five minutes; one line of the log says that it fails, one that it is over, none is in between."""
    before = names(hass, "sv")
    caplog.clear()
    caplog.set_level(logging.INFO)
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    await wait(hass, freezer, HALF_A_DAY + MOMENT)
    for count in (1, 2, 3):
        assert sorted(calls(simulator)) == sorted(LISTS * count)
        await wait(hass, freezer, WHILE_FAILING - 2 * MOMENT)
        assert len(calls(simulator)) == len(LISTS) * count
        await wait(hass, freezer, 4 * MOMENT)
    assert names(hass, "sv") == before
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]
    simulator.faults.clear()
    await wait(hass, freezer, WHILE_FAILING + MOMENT)

    told = [record for record in caplog.records if record.name == "custom_components.kugelaudio"]
    assert [record.levelno for record in told] == [logging.ERROR, logging.INFO]
    assert "INTERNAL_ERROR, status 503" in told[0].getMessage()
    assert "recovered" in told[1].getMessage()
    simulator.journal.clear()
    await wait(hass, freezer, HALF_A_DAY - MOMENT)
    assert calls(simulator) == []


async def test_key_refused_later_asks_for_a_new_one(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A key that is revoked while the account is loaded is noticed by the next refresh; the voices stay."""
    simulator.revoke()
    await wait(hass, freezer, HALF_A_DAY + MOMENT)
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert state_of(entry) is ConfigEntryState.LOADED
    assert hass.states.async_entity_ids("tts") == ["tts.samantha_ferris"]


async def test_unloaded_account_asks_for_nothing(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """No timer outlives the account."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await wait(hass, freezer, 2 * HALF_A_DAY)
    assert calls(simulator) == []

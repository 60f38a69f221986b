"""The sensors of an account: what was spoken, what it cost, what failed."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.entity_registry import EntityRegistry
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry, wait
from tests.sensing import abandon, numbers, states
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.simulator.narration import CENTS_PER_MINUTE
from tests.speaking import TEXT, fetch

AUDIO_S: Final = len(tone_pcm(TEXT, 24000)) / 48000
COST_EUR: Final = AUDIO_S / 60 * CENTS_PER_MINUTE["kugel-3.5"] / 100
NEVER_USED: Final = {
    "spoken_characters": "0",
    "spoken_audio": "0",
    "cost": "0",
    "utterances": "0",
    "failed_utterances": "0",
    "utterances_of_unknown_cost": "0",
    "time_to_first_audio": "unknown",
    "last_error": "none",
    "time_of_last_error": "unknown",
}


@pytest.fixture
async def counting(hass: HomeAssistant, account: MockConfigEntry, entity_registry: EntityRegistry) -> MockConfigEntry:
    """Enable all sensors of the account."""
    for name in ("utterances_of_unknown_cost", "time_of_last_error"):
        entity_registry.async_update_entity(f"sensor.kugelaudio_{name}", disabled_by=None)
    await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()
    return account


def restore(hass: HomeAssistant, values: dict[str, Any]) -> None:
    """Give Home Assistant values of sensors from before a restart."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(f"sensor.kugelaudio_{name}", "restored"),
                {"native_value": value, "native_unit_of_measurement": None},
            )
            for name, value in values.items()
        ],
    )


@pytest.mark.usefixtures("counting")
async def test_spoken(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """What the server billed is added up; what is cached costs nothing and does not count."""
    assert states(hass, *NEVER_USED) == NEVER_USED
    await fetch(hass_client)
    await fetch(hass_client)
    found = states(hass, *NEVER_USED)
    assert float(found.pop("spoken_audio")) == pytest.approx(AUDIO_S, abs=0.001)
    assert float(found.pop("cost")) == pytest.approx(COST_EUR, abs=1e-6)
    assert 0 <= float(found.pop("time_to_first_audio")) < 5000
    expected = {**NEVER_USED, "spoken_characters": str(len(TEXT)), "utterances": "1"}
    assert found == {name: expected[name] for name in found}
    await fetch(hass_client, f"{TEXT} ")
    await fetch(hass_client, f"{TEXT}  ")
    assert states(hass, "spoken_characters", "utterances") == {
        "spoken_characters": str(3 * len(TEXT)),
        "utterances": "3",
    }
    assert numbers(hass, "cost") == pytest.approx([3 * COST_EUR], abs=1e-6)
    [cost] = states(hass, "cost").values()
    assert len(cost) <= len("0.000000")


@pytest.mark.usefixtures("counting")
async def test_cost_that_is_not_known_is_not_nothing(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """It stays unknown until one is known, and such utterances are counted."""
    simulator.profile = Profile(cost=False)
    await fetch(hass_client)
    simulator.profile = Profile(usage=False)
    await fetch(hass_client, "Another one.")
    names = ("cost", "utterances_of_unknown_cost", "spoken_characters")
    assert list(states(hass, *names).values()) == ["unknown", "2", str(len(TEXT) + len("Another one."))]
    simulator.profile = Profile()
    await fetch(hass_client, f"{TEXT} ")
    assert numbers(hass, *names[:2]) == pytest.approx([COST_EUR, 2], abs=1e-6)


@pytest.mark.usefixtures("counting")
async def test_rest_tells_no_usage(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Then what was spoken counts, and the cost is not known."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400, times=None)
    await fetch(hass_client)
    names = ("spoken_characters", "spoken_audio", "utterances_of_unknown_cost", "failed_utterances")
    assert numbers(hass, *names) == pytest.approx([len(TEXT), AUDIO_S, 1, 0], abs=0.001)
    assert states(hass, "cost") == {"cost": "unknown"}


@pytest.mark.usefixtures("counting")
async def test_characters_that_the_server_does_not_tell(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Are those of the text."""
    simulator.faults.add(Fault.WRONG_TYPES, at_end=True, fields={"usage": {"audio_seconds": 1.5, "cost_cents": 0}})
    await fetch(hass_client)
    names = ("spoken_characters", "spoken_audio", "cost", "utterances_of_unknown_cost")
    assert numbers(hass, *names) == [len(TEXT), 1.5, 0, 0]


@pytest.mark.usefixtures("counting")
async def test_totals_never_shrink(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Whatever the server tells."""
    wrong = {"audio_seconds": -1, "characters": -5, "cost_cents": -7}
    simulator.faults.add(Fault.WRONG_TYPES, at_end=True, fields={"usage": wrong})
    await fetch(hass_client)
    characters, audio_s, utterances = numbers(hass, "spoken_characters", "spoken_audio", "utterances")
    assert (characters, utterances) == (len(TEXT), 1)
    assert audio_s == pytest.approx(AUDIO_S, abs=0.01)
    assert states(hass, "cost") == {"cost": "unknown"}


@pytest.mark.usefixtures("counting")
async def test_failed(hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Nothing was spoken or billed; the error stays when the next utterance goes well."""
    begun_at = dt_util.utcnow().replace(microsecond=0)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await fetch(hass_client)
    failed = states(hass, *NEVER_USED)
    assert begun_at <= datetime.fromisoformat(failed["time_of_last_error"]) <= dt_util.utcnow()
    assert failed == {
        **NEVER_USED,
        "utterances": "1",
        "failed_utterances": "1",
        "last_error": "insufficient_credits",
        "time_of_last_error": failed["time_of_last_error"],
    }
    await fetch(hass_client, "Another one.")
    names = ("failed_utterances", "last_error", "time_of_last_error")
    assert states(hass, *names) == {name: failed[name] for name in names}
    assert states(hass, "utterances") == {"utterances": "2"}


@pytest.mark.usefixtures("counting")
async def test_failed_after_a_part(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What the server did not bill is not counted as spoken, but its cost as unknown."""
    simulator.faults.add(Fault.DROP, after_frames=2)
    await fetch(hass_client)
    names = ("spoken_characters", "spoken_audio", "failed_utterances", "utterances_of_unknown_cost")
    assert numbers(hass, *names) == [0, 0, 1, 1]
    assert states(hass, "cost", "last_error") == {"cost": "unknown", "last_error": "connection_lost"}
    assert numbers(hass, "time_to_first_audio")


@pytest.mark.usefixtures("counting")
async def test_failed_but_billed(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What the server billed counts, although nothing was heard."""
    simulator.faults.add(Fault.EMPTY_AUDIO, times=2)
    await fetch(hass_client)
    names = ("spoken_characters", "failed_utterances", "utterances")
    assert numbers(hass, *names) == [len(TEXT), 1, 1]
    assert states(hass, "last_error") == {"last_error": "no_audio"}


@pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")
async def test_fallback(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, eu_simulator: Simulator
) -> None:
    """A failure of this account; what the other engine spoke is not this account's."""
    await set_up(hass, account_entry(eu_simulator.url, voice_subentry("other_voice", "Other"), title="Other"))
    await set_up(hass, account_entry(simulator.url, voice_subentry("voice-1", fallback="tts.other")))
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 200
    names = ("spoken_characters", "spoken_audio", "utterances", "failed_utterances")
    assert numbers(hass, *names) == [0, 0, 1, 1]
    assert states(hass, "last_error") == {"last_error": "insufficient_credits"}
    other = hass.states.get("sensor.other_spoken_characters")
    assert other
    assert other.state == str(len(TEXT))


@pytest.mark.usefixtures("counting")
async def test_abandoned(hass: HomeAssistant) -> None:
    """An utterance of unknown cost, but no failure."""
    await abandon(hass)
    names = ("utterances", "utterances_of_unknown_cost", "failed_utterances", "spoken_characters")
    assert numbers(hass, *names) == [1, 1, 0, 0]


async def test_restart(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    simulator: Simulator,
    entity_registry: EntityRegistry,
) -> None:
    """All goes on where it stopped."""
    time = datetime(2026, 11, 20, 8, tzinfo=UTC)
    restored: dict[str, Any] = {
        "spoken_characters": 1000,
        "spoken_audio": 61.5,
        "cost": 0.1,
        "utterances": 12,
        "failed_utterances": 3,
        "time_to_first_audio": 71.25,
        "last_error": "timed_out",
        "time_of_last_error": {"__type": "<class 'datetime.datetime'>", "isoformat": time.isoformat()},
    }
    restore(hass, restored)
    entry = account_entry(simulator.url, voice_subentry("voice-1"))
    await set_up(hass, entry)
    entity_registry.async_update_entity("sensor.kugelaudio_time_of_last_error", disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    expected = {**{name: str(value) for name, value in restored.items()}, "time_of_last_error": time.isoformat()}
    assert states(hass, *NEVER_USED) == expected
    await fetch(hass_client)
    names = ("spoken_characters", "spoken_audio", "cost", "utterances", "failed_utterances")
    assert numbers(hass, *names) == pytest.approx([1000 + len(TEXT), 61.5 + AUDIO_S, 0.1 + COST_EUR, 13, 3], abs=0.001)


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_error_of_another_version_is_forgotten(hass: HomeAssistant, simulator: Simulator) -> None:
    """A word that this version does not know is no error of it."""
    restore(hass, {"last_error": "long_gone"})
    await set_up(hass, account_entry(simulator.url, voice_subentry()))
    assert states(hass, "last_error") == {"last_error": "none"}


async def test_what_was_loaded_before_listens_no_more(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, counting: MockConfigEntry
) -> None:
    """A reload, such as a new voice brings, loses nothing, and nothing counts twice."""
    await fetch(hass_client)
    [record] = counting.runtime_data.account.history.utterances
    before = counting.runtime_data.account.history
    assert await hass.config_entries.async_unload(counting.entry_id)
    assert set(states(hass, *NEVER_USED).values()) == {"unavailable"}
    before.add(record)
    assert await hass.config_entries.async_setup(counting.entry_id)
    await hass.async_block_till_done()
    before.add(record)
    assert states(hass, "utterances") == {"utterances": "1"}
    await fetch(hass_client, f"{TEXT} ")
    assert numbers(hass, "utterances", "spoken_characters") == [2, 2 * len(TEXT)]


async def test_totals_stay_while_the_provider_is_down(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, counting: MockConfigEntry, simulator: Simulator
) -> None:
    """What was spoken is known without it."""
    await fetch(hass_client)
    before = states(hass, *NEVER_USED)
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    await counting.runtime_data.coordinator.async_refresh()
    assert not counting.runtime_data.coordinator.last_update_success
    assert states(hass, *NEVER_USED) == before


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_account_without_voices_has_its_sensors(hass: HomeAssistant, simulator: Simulator) -> None:
    """They belong to the account."""
    await set_up(hass, account_entry(simulator.url))
    assert states(hass, "utterances") == {"utterances": "0"}


async def test_power_cut_takes_at_most_ten_seconds(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    account: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant's own store of states is a quarter of an hour old then: no counter runs backwards."""
    for number in range(3):
        await fetch(hass_client, f"Number {number}.")
        await wait(hass, freezer, timedelta(seconds=4))
    await wait(hass, freezer, timedelta(seconds=2))
    written = deepcopy(hass_storage[f"kugelaudio.{account.entry_id}.facts"])
    before = numbers(hass, "utterances", "spoken_characters", "cost")
    assert before[0] == 3
    await hass.config_entries.async_unload(account.entry_id)
    hass_storage[f"kugelaudio.{account.entry_id}.facts"] = written
    restore(hass, {"utterances": 1, "spoken_characters": 9, "cost": None})
    await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    assert numbers(hass, "utterances", "spoken_characters", "cost") == pytest.approx(before)


async def test_what_an_older_release_counted_meanwhile_counts(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry
) -> None:
    """Whoever went back to it for a while has its numbers in the states only."""
    await fetch(hass_client)
    await hass.config_entries.async_unload(account.entry_id)
    restore(hass, {"utterances": 31})
    await hass.config_entries.async_setup(account.entry_id)
    await hass.async_block_till_done()
    assert states(hass, "utterances") == {"utterances": "31"}

"""The event entity of a voice, as an automation sees it."""

from pathlib import Path
from types import MappingProxyType

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.device_registry import DeviceRegistry
from homeassistant.helpers.entity_registry import EntityRegistry
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import STORED_VOICE, account_entry, set_up, voice_subentry
from tests.sensing import abandon
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.speaking import TEXT, fetch

EVENT = "event.samantha_ferris_speech"
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
AUDIO_S = len(tone_pcm(TEXT, 24000)) / 48000
NOTHING = {
    "error": None,
    "code": None,
    "http_status": None,
    "close_code": None,
    "request_id": None,
    "endpoint": None,
    "characters": len(TEXT),
    "audio_seconds": 0.0,
    "ttfa_ms": None,
    "retries": 0,
    "listeners": 1,
    "spoken_by": None,
}


@pytest.fixture
def told(hass: HomeAssistant) -> list[State]:
    """Collect the states of the entity from now on."""
    states: list[State] = []

    @callback
    def collect(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            states.append(state)

    async_track_state_change_event(hass, EVENT, collect)
    return states


def attributes(state: State) -> dict[str, object]:
    """Return what the entity tells of an utterance."""
    return {name: state.attributes[name] for name in ("event_type", *NOTHING)}


@pytest.fixture
async def with_fallback(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    simulator: Simulator,
    eu_simulator: Simulator,
) -> MockConfigEntry:
    """Set up a voice for which one of another account speaks where it cannot."""
    await set_up(hass, account_entry(eu_simulator.url, voice_subentry("other_voice", "Other"), title="Other"))
    voice = voice_subentry("voice-1", fallback="tts.other")
    entry = account_entry(simulator.url, voice, options={"connection": "after_use"})
    await set_up(hass, entry)
    return entry


@pytest.mark.usefixtures("account")
async def test_every_attribute_is_named_in_the_readme(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, told: list[State]
) -> None:
    """Who writes an automation finds them there."""
    await fetch(hass_client)
    await hass.async_block_till_done()
    own = set(told[-1].attributes) - {"event_type", "event_types", "friendly_name"}
    assert own > {"http_status", "close_code"}
    assert [name for name in sorted(own) if f"`{name}`" not in README] == []


@pytest.mark.usefixtures("account")
async def test_spoken(hass: HomeAssistant, hass_client: ClientSessionGenerator, told: list[State]) -> None:
    """Once, with the numbers of the utterance."""
    state = hass.states.get(EVENT)
    assert state
    assert state.state == "unknown"
    assert state.attributes["event_types"] == ["spoken", "failed", "fallback"]
    assert (await fetch(hass_client))[0] == 200
    [state] = told
    ttfa_ms = state.attributes["ttfa_ms"]
    assert isinstance(ttfa_ms, int)
    assert 0 <= ttfa_ms < 5000
    assert attributes(state) == {
        **NOTHING,
        "event_type": "spoken",
        "endpoint": "ws/tts",
        "audio_seconds": pytest.approx(AUDIO_S, abs=0.001),
        "ttfa_ms": ttfa_ms,
    }


@pytest.mark.usefixtures("account")
async def test_failed(hass_client: ClientSessionGenerator, simulator: Simulator, told: list[State]) -> None:
    """Once, with everything that the provider's support will ask for."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 500
    [state] = told
    request_id = state.attributes["request_id"]
    assert request_id.startswith("req_")
    assert attributes(state) == {
        **NOTHING,
        "event_type": "failed",
        "error": "insufficient_credits",
        "code": "INSUFFICIENT_CREDITS",
        "http_status": 402,
        "request_id": request_id,
        "endpoint": "ws/tts",
    }


@pytest.mark.usefixtures("account")
async def test_failed_after_a_part(
    hass_client: ClientSessionGenerator, simulator: Simulator, told: list[State]
) -> None:
    """One event as well; it tells how much was heard."""
    simulator.faults.add(Fault.DROP, after_frames=2)
    await fetch(hass_client)
    [state] = told
    assert state.attributes["event_type"] == "failed"
    assert state.attributes["error"] == "connection_lost"
    assert (state.attributes["http_status"], state.attributes["close_code"]) == (None, 1006)
    assert state.attributes["audio_seconds"] == pytest.approx(0.4)
    assert state.attributes["ttfa_ms"] is not None


@pytest.mark.usefixtures("account")
async def test_retried(hass_client: ClientSessionGenerator, simulator: Simulator, told: list[State]) -> None:
    """A second try that works is one that was spoken."""
    simulator.faults.add(Fault.DROP)
    await fetch(hass_client)
    [state] = told
    assert (state.attributes["event_type"], state.attributes["retries"]) == ("spoken", 1)
    assert state.attributes["error"] is None


@pytest.mark.usefixtures("tts_cache", "with_fallback")
async def test_fallback(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, told: list[State]
) -> None:
    """Tells why this voice could not speak and who did; the other voice tells of its own."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 200
    [state] = told
    assert attributes(state) == {
        **NOTHING,
        "event_type": "fallback",
        "error": "insufficient_credits",
        "code": "INSUFFICIENT_CREDITS",
        "http_status": 402,
        "request_id": state.attributes["request_id"],
        "endpoint": "ws/tts",
        "spoken_by": "tts.other",
    }
    other = hass.states.get("event.other_speech")
    assert other
    assert other.attributes["event_type"] == "spoken"


@pytest.mark.usefixtures("account")
async def test_abandoned(hass: HomeAssistant, simulator: Simulator, told: list[State]) -> None:
    """Tells nothing: whoever asked has gone."""
    await abandon(hass)
    await hass.async_block_till_done()
    assert simulator.journal.received("/ws/tts")
    assert told == []


@pytest.mark.usefixtures("account")
async def test_no_words_are_told(
    hass_client: ClientSessionGenerator, simulator: Simulator, told: list[State], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the text nor the key, whether it was spoken or not; Home Assistant's own log lines aside."""
    await fetch(hass_client)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INVALID_REQUEST)
    await fetch(hass_client, "The washing machine has stopped.")
    assert [state.attributes["event_type"] for state in told] == ["spoken", "failed"]
    for state in told:
        assert "washing" not in str(state.attributes)
        assert simulator.key not in str(state.attributes)
    assert simulator.key not in caplog.text


async def test_last_event_survives_a_reload_and_the_voice_goes_on(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, told: list[State]
) -> None:
    """What was loaded before listens no more: each utterance is told of once."""
    await fetch(hass_client)
    before = hass.states.get(EVENT)
    assert before
    assert await hass.config_entries.async_reload(account.entry_id)
    await hass.async_block_till_done()
    after = hass.states.get(EVENT)
    assert after
    assert (after.state, after.attributes) == (before.state, before.attributes)
    told.clear()
    await fetch(hass_client, "The dryer has finished.")
    assert [state.attributes["event_type"] for state in told] == ["spoken"]


async def test_every_voice_has_its_own(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,
    entity_registry: EntityRegistry,
    device_registry: DeviceRegistry,
) -> None:
    """Beside the voice on its device, which is reached through the account's; also for one that is added later."""
    data = MappingProxyType({**STORED_VOICE, "voice": "268", "language": "de"})
    hans = ConfigSubentry(data=data, subentry_id="voice-2", subentry_type="voice", title="Hans", unique_id=None)
    hass.config_entries.async_add_subentry(account, hans)
    await hass.async_block_till_done()
    service = device_registry.async_get_device_by_identifier((DOMAIN, account.entry_id), account.entry_id)
    assert service
    for name, subentry_id, language in (("samantha_ferris", "voice-1", "English"), ("hans", "voice-2", "Deutsch")):
        event, voice = (entity_registry.async_get(entity) for entity in (f"event.{name}_speech", f"tts.{name}"))
        assert event
        assert voice
        assert event.unique_id == f"{subentry_id}_speech"
        assert event.config_subentry_id == voice.config_subentry_id == subentry_id
        device = device_registry.async_get_device_by_identifier((DOMAIN, subentry_id), account.entry_id)
        assert device
        assert event.device_id == voice.device_id == device.id
        assert device.via_device_id == service.id
        assert (device.manufacturer, device.model) == ("KugelAudio", f"{language} · Kugel 3.5")
    await fetch(hass_client)
    state = hass.states.get("event.hans_speech")
    assert state
    assert state.state == "unknown"

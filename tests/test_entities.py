"""All entities as Home Assistant registers them, and their texts and icons."""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceRegistry
from homeassistant.helpers.entity_registry import EntityRegistry, RegistryEntry
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio import const
from custom_components.kugelaudio.const import DASHBOARD_URL, DOMAIN
from custom_components.kugelaudio.exceptions import error_keys
from tests.speaking import fetch

PACKAGE: Final = Path(const.__file__).parent
ICONS: Final[dict[str, Any]] = json.loads((PACKAGE / "icons.json").read_text(encoding="utf-8"))["entity"]
TEXTS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["entity"]
    for path in sorted((PACKAGE / "translations").glob("*.json"))
}
# The provider delivers them only where it offers `/v1/usage`.
USAGE: Final = {"minutes_used", "minutes_included", "minutes_remaining", "overage_minutes"}

# Key: (name, unit, device class, state class, category).
SENSORS: Final = {
    "characters": ("spoken_characters", "characters", None, "total_increasing", None),
    "audio": ("spoken_audio", "s", "duration", "total_increasing", None),
    "cost": ("cost", "EUR", "monetary", "total", None),
    "utterances": ("utterances", "utterances", None, "total_increasing", None),
    "failures": ("failed_utterances", "utterances", None, "total_increasing", "diagnostic"),
    "unknown_cost": ("utterances_of_unknown_cost", "utterances", None, "total_increasing", "diagnostic"),
    "ttfa": ("time_to_first_audio", "ms", "duration", "measurement", "diagnostic"),
    "last_error": ("last_error", None, "enum", None, "diagnostic"),
    "last_error_at": ("time_of_last_error", None, "timestamp", None, "diagnostic"),
    "plan": ("made_at_the_same_time", None, None, "measurement", "diagnostic"),
}
every_language = pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS.keys())


@pytest.fixture
def sensors(account: MockConfigEntry, entity_registry: EntityRegistry) -> dict[str, RegistryEntry]:
    """Return the sensors of the account by their keys."""
    entries = [entry for entry in entity_registry.entities.values() if entry.domain == "sensor"]
    return {entry.unique_id.removeprefix(f"{account.entry_id}_"): entry for entry in entries}


def test_sensors_have_their_classes_and_units(sensors: dict[str, RegistryEntry]) -> None:
    """Home Assistant makes statistics of them, and money of the cost."""
    found = {
        key: (
            entry.entity_id.removeprefix("sensor.kugelaudio_"),
            entry.unit_of_measurement,
            entry.original_device_class,
            (entry.capabilities or {}).get("state_class"),
            entry.entity_category,
        )
        for key, entry in sensors.items()
    }
    assert found == SENSORS
    assert sensors["last_error"].capabilities == {"options": ["none", *error_keys()]}


def test_rarely_used_sensors_are_disabled(sensors: dict[str, RegistryEntry]) -> None:
    """Until somebody enables them."""
    assert [key for key, entry in sensors.items() if entry.disabled] == ["plan", "unknown_cost", "last_error_at"]


def test_sensors_belong_to_the_account(
    sensors: dict[str, RegistryEntry], account: MockConfigEntry, device_registry: DeviceRegistry
) -> None:
    """A service of its own, with the way to the dashboard."""
    device = device_registry.async_get_device_by_identifier((DOMAIN, account.entry_id), account.entry_id)
    assert device
    assert (device.name, device.manufacturer, device.entry_type) == ("KugelAudio", "KugelAudio", "service")
    assert device.configuration_url == DASHBOARD_URL
    assert {(entry.device_id, entry.config_subentry_id) for entry in sensors.values()} == {(device.id, None)}


async def test_page_of_a_voice_leads_to_where_it_can_be_heard(
    hass: HomeAssistant, account: MockConfigEntry, device_registry: DeviceRegistry, entity_registry: EntityRegistry
) -> None:
    """Home Assistant's own form for a text, with this voice and any player; also when the entity has another id."""

    async def assert_leads_to(engine: str) -> None:
        device = device_registry.async_get_device_by_identifier((DOMAIN, "voice-1"), account.entry_id)
        assert device
        page, *folders = (device.configuration_url or "").removeprefix("homeassistant://media-browser/").split("/")
        ids = [unquote(folder).partition(",")[2] for folder in folders]
        assert (page, ids) == ("browser", ["media-source://tts", f"media-source://tts/{engine}"])
        assert (await async_browse_media(hass, ids[-1])).title == "Samantha Ferris"

    assert await async_setup_component(hass, "media_source", {})
    await assert_leads_to("tts.samantha_ferris")
    entity_registry.async_update_entity("tts.samantha_ferris", new_entity_id="tts.butler")
    await hass.async_block_till_done()
    await assert_leads_to("tts.butler")


@every_language
def test_every_entity_has_its_text_and_every_text_its_entity(
    sensors: dict[str, RegistryEntry], texts: dict[str, Any]
) -> None:
    """Names, units, and a word for every error."""
    assert set(texts) == set(ICONS) == {"event", "sensor"}
    assert set(texts["sensor"]) == set(ICONS["sensor"]) == set(sensors) | USAGE
    assert {key: entry.translation_key for key, entry in sensors.items()} == {key: key for key in sensors}
    names = [text["name"] for text in texts["sensor"].values()]
    assert len(set(names)) == len(names)
    errors = texts["sensor"]["last_error"]["state"]
    assert tuple(errors) == ("none", *error_keys())
    assert len(set(errors.values())) == len(errors)
    counts = {key for key, (_, unit, device_class, *_) in SENSORS.items() if unit and not device_class}
    assert {key for key, text in texts["sensor"].items() if "unit_of_measurement" in text} == counts


@every_language
@pytest.mark.usefixtures("account")
async def test_every_attribute_of_an_event_has_its_text(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, texts: dict[str, Any]
) -> None:
    """And every text its attribute."""
    await fetch(hass_client)
    state = hass.states.get("event.samantha_ferris_speech")
    assert state
    assert set(texts["event"]) == set(ICONS["event"]) == {"speech"}
    worded = texts["event"]["speech"]["state_attributes"]
    assert set(worded) == set(state.attributes) - {"event_types", "friendly_name"}
    assert set(worded["event_type"]["state"]) == set(state.attributes["event_types"])


def test_states_have_icons_that_differ_from_the_usual() -> None:
    """Home Assistant's check refuses an icon that says nothing new."""
    icons = ICONS["sensor"]["last_error"]
    assert set(icons["state"]) < set(error_keys())
    assert icons["default"] not in icons["state"].values()

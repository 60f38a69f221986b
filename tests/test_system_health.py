"""What the page of repairs tells of the accounts at a glance."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import tts
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.kugelaudio import const
from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Fault, Simulator
from tests.simulator.voices import MODELS, VOICES
from tests.speaking import ENTITY, TEXT

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache", "entry")

KEYS = {"can_reach_server", "voices", "models", "last_refresh", "last_spoken"}
UNREACHABLE = {"type": "failed", "error": "unreachable"}
TRANSLATIONS = Path(const.__file__).parent / "translations"


@pytest.fixture
async def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator) -> MockConfigEntry:  # noqa: ARG001 - stops the clock first
    """Set up an account, and stop the clock."""
    assert await async_setup_component(hass, "system_health", {})
    made = account_entry(simulator.url, voice_subentry(), title="Our account", options={"connection": "off"})
    await set_up(hass, made)
    return made


@pytest.fixture
def known(entry: MockConfigEntry) -> dict[str, Any]:  # noqa: ARG001 - is set up now
    """Return what is told of the account."""
    return {"can_reach_server": "ok", "voices": len(VOICES), "models": len(MODELS), "last_refresh": date()}


def date() -> dict[str, str]:
    """Return the time as the frontend gets it."""
    return {"type": "date", "value": dt_util.utcnow().isoformat()}


async def told(hass_ws_client: WebSocketGenerator) -> dict[str, Any]:
    """Return what the frontend shows in the end."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    shown: dict[str, Any] = {}
    while True:
        event = (await client.receive_json())["event"]
        match event["type"]:
            case "initial":
                shown = event["data"][DOMAIN]
                assert shown["manage_url"] == "/config/integrations/integration/kugelaudio"
            case "update" if event["domain"] == DOMAIN:
                assert event["success"]
                shown["info"][event["key"]] = event["data"]
            case "finish":
                info: dict[str, Any] = shown["info"]
                return info
            case _:
                pass


async def test_loaded_account_tells_what_works(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    known: dict[str, Any],
) -> None:
    """Whether the server is there, what it offers, and when it last worked; the check needs no key."""
    simulator.journal.clear()
    assert await told(hass_ws_client) == known
    assert [(call.path, call.auth) for call in simulator.journal.calls] == [("/health", "none")]
    freezer.tick(timedelta(minutes=5))
    await tts.async_get_media_source_audio(hass, tts.generate_media_source_id(hass, TEXT, ENTITY))
    assert await told(hass_ws_client) == {**known, "last_spoken": date()}


async def test_server_that_is_down_is_told_without_its_address(
    hass_ws_client: WebSocketGenerator, simulator: Simulator, known: dict[str, Any]
) -> None:
    """What was known of it stays."""
    simulator.faults.add(Fault.HTTP_DROP, None)
    assert await told(hass_ws_client) == {**known, "can_reach_server": UNREACHABLE}


async def test_every_account_is_told(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    simulator: Simulator,
    eu_simulator: Simulator,
    known: dict[str, Any],
) -> None:
    """By its number, not by its name; one whose key is refused with what is known, a disabled one not at all."""
    await set_up(hass, account_entry(eu_simulator.url, title="Secret", key="ka_revoked"))
    disabled = account_entry(simulator.url, title="Disabled")
    disabled.add_to_hass(hass)
    await hass.config_entries.async_set_disabled_by(disabled.entry_id, ConfigEntryDisabler.USER)
    info = await told(hass_ws_client)
    assert info == {**known, "can_reach_server_2": "ok", "voices_2": 0, "models_2": 2}


async def test_of_an_account_that_is_not_loaded_only_its_server_is_told(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    """It is what one wants to know then."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await told(hass_ws_client) == {"can_reach_server": "ok"}


async def test_nothing_is_told_without_an_account(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    """The removal of the last one is no error."""
    await hass.config_entries.async_remove(entry.entry_id)
    assert await told(hass_ws_client) == {}


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_everything_told_has_its_text(path: Path) -> None:
    """For as many accounts as somebody may have: the nearest servers, those of the EU, an own one."""
    texts = json.loads(path.read_text(encoding="utf-8"))["system_health"]["info"]
    assert set(texts) == KEYS | {f"{key}_{number}" for key in KEYS for number in (2, 3)}
    assert len(set(texts.values())) == len(texts)

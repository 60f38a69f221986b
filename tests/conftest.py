"""Fixtures of all tests: the provider on a real socket."""

from collections.abc import AsyncGenerator
from pathlib import Path

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# Imported here, too, so that Home Assistant finds this package and not the harness's own `custom_components`.
from custom_components.kugelaudio.const import DOMAIN
from tests.simulator import Simulator


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncGenerator[Simulator]:  # noqa: ARG001 - opens sockets first
    """Run the provider, speaking tones of exactly known length."""
    async with Simulator(sound="tone") as running:
        yield running


@pytest.fixture
async def eu_simulator(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Simulator]:
    """Run a second provider: it plays the EU's servers, and `simulator` the nearest ones."""
    async with Simulator(sound="tone") as running:
        for module in ("config_flow", "api.endpoint"):
            monkeypatch.setattr(f"custom_components.kugelaudio.{module}.GLOBAL_URL", simulator.url)
            monkeypatch.setattr(f"custom_components.kugelaudio.{module}.EU_URL", running.url)
        yield running


@pytest.fixture
def voice_data() -> dict[str, object]:
    """Return what is stored for a voice; a test may change it before the account is set up."""
    return {
        "voice": "1071",
        "language": "en",
        "model": "kugel-3.5",
        "format": "mp3",
        "speed": 1.0,
        "temperature": 0.4,
        "guidance": 2.0,
        "normalize": True,
        "clean": True,
    }


@pytest.fixture
async def account(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    simulator: Simulator,
    voice_data: dict[str, object],
) -> MockConfigEntry:
    """Set up an account of the simulator with one voice; it opens no connection before one is needed."""
    voice = ConfigSubentryDataWithId(
        data=voice_data, subentry_id="voice-1", subentry_type="voice", title="Samantha Ferris", unique_id=None
    )
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="KugelAudio",
        data={"api_key": simulator.key, "url": simulator.url},
        options={"connection": "after_use"},
        subentries_data=[voice],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def tts_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give Home Assistant an empty folder for spoken audio: the harness's own is shared by all tests."""
    monkeypatch.setattr("homeassistant.components.tts.DEFAULT_CACHE_DIR", str(tmp_path))
    return tmp_path

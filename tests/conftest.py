"""Fixtures of all tests: the provider on a real socket."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
import sys
from typing import Final

from aiohttp.web import UrlDispatcher
from haffmpeg.tools import FFVersion
from homeassistant.components.tts.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# The helpers import this integration: Home Assistant then finds it, and not the harness's own `custom_components`.
from tests.helpers import account_entry, set_up, voice_subentry
from tests.made_time import made_time as made_time, stillness as stillness  # noqa: PLC0414 - pytest finds fixtures
from tests.other_engine import OTHER, OtherEngine, name_fallback
from tests.simulator import Simulator

# Both stop or move the clock of the loop as well: freezegun's, and that of the blueprints' tests.
_WALL_CLOCKS: Final = {"freezer", "time"}


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the loop as it is: to know where every timer and future was made costs the harness two fifths of its time.

    PYTHONASYNCIODEBUG=1 has it told.
    """


@pytest.fixture(autouse=True, scope="session")
def ffmpeg_tells_its_version_once() -> Iterator[None]:
    """Keep what ffmpeg tells of its version: Home Assistant asks it at every start."""
    told: dict[str, str | None] = {}
    ask = FFVersion.get_version

    async def get_version(program: FFVersion, timeout: int = 15) -> str | None:  # noqa: ASYNC109 - its own signature
        binary = program._ffmpeg  # noqa: SLF001 - nothing else names it
        if binary not in told:
            told[binary] = await ask(program, timeout)
        return told[binary]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FFVersion, "get_version", get_version)
        yield


@pytest.fixture(autouse=True)
def views_are_added_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the web server's routes open, as Home Assistant does when it starts its own."""
    monkeypatch.setattr(UrlDispatcher, "freeze", lambda _: None)


@pytest.fixture(autouse=True)
def time_is_made(request: pytest.FixtureRequest) -> None:
    """Make the time of every test but of those that say why it has to pass, and of those that move the wall's clock."""
    if request.node.get_closest_marker("real_time") is None and not _WALL_CLOCKS & set(request.fixturenames):
        request.getfixturevalue("made_time")


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
def provider_url(simulator: Simulator) -> str:
    """Return where the account finds the provider."""
    return simulator.url


@pytest.fixture
async def account(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    provider_url: str,
) -> MockConfigEntry:
    """Set up an account of the simulator with one voice; it opens no connection before one is needed."""
    entry = account_entry(provider_url, voice_subentry("voice-1"), options={"connection": "after_use"})
    await set_up(hass, entry)
    return entry


@pytest.fixture
def without_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant have neither PyAV nor numpy."""
    for module in ("mp3", "flac", "resampling"):
        monkeypatch.setitem(sys.modules, f"custom_components.kugelaudio.sound.{module}", None)


@pytest.fixture
def tts_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give Home Assistant an empty folder for spoken audio: the harness's own is shared by all tests."""
    monkeypatch.setattr("homeassistant.components.tts.DEFAULT_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
async def other(hass: HomeAssistant, account: MockConfigEntry) -> OtherEngine:
    """Add another engine, and name it as the fallback of our voice."""
    made = OtherEngine()
    await hass.data[DATA_COMPONENT].async_add_entities([made])
    await name_fallback(hass, account, OTHER)
    return made

"""A release as users install it, in a whole Home Assistant 2026.11."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import aiohttp
import pytest

from tests.home.client import Home
from tests.home.flow import ENTRIES
from tests.home.hass import HomeAssistant
from tests.home.player import fetch_speech
from tests.home.simulator import KEY, Simulator
from tests.home.speech import DOMAIN, Service, add_speaker
from tests.ports import free_port
from tests.releasing import INTEGRATION, ZIP, commit, make_repository, release

VERSION: Final = "99.0.0"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Release the next version, and unpack it as HACS and the Marketplace do."""
    repository = tmp_path / "repository"
    make_repository(repository)
    manifest = repository / INTEGRATION / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**content, "version": VERSION}), encoding="utf-8")
    commit(repository)
    release(repository, f"v{VERSION}").check_returncode()
    folder = tmp_path / "installed" / INTEGRATION.name
    with ZipFile(repository / ZIP) as built:
        built.extractall(folder)
    return folder


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """Run the simulator."""
    with Simulator(free_port(), log=tmp_path / "simulator.log") as simulator:
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
        yield Service(KEY, simulator.url)


@pytest.fixture
async def home(installed_home_assistant: None, installed: Path, tmp_path: Path) -> AsyncIterator[Home]:  # noqa: ARG001  a fixture asked for by name
    """Run a Home Assistant with nothing of the repository but the release."""
    log = tmp_path / "hass.log"
    with HomeAssistant(tmp_path / "config", free_port(), log=log, more=[installed]) as hass:
        async with aiohttp.ClientSession() as session:
            yield await hass.ready(session)


async def test_release_is_set_up_and_speaks(home: Home, installed: Path, service: Service) -> None:
    """Unpacked into an empty configuration it is loaded, has its images and its form, and speaks."""
    loaded = await home.command("manifest/get", integration=DOMAIN)
    assert loaded["version"] == VERSION
    assert loaded["is_built_in"] is False

    token = (await home.command("brands/access_token"))["token"]
    async with home.session.get(f"{home.url}/api/brands/integration/{DOMAIN}/icon@2x.png?token={token}") as response:
        assert await response.read() == (installed / "brand/icon@2x.png").read_bytes()

    form = await home.post(f"{ENTRIES}/flow", {"handler": DOMAIN})
    assert form["step_id"] == "user"
    await home.delete(f"{ENTRIES}/flow/{form['flow_id']}")

    speaker = await add_speaker(home, service, "en", "Emily Carter")
    assert (await fetch_speech(home, speaker.entity_id, "The washing machine has finished.")).seconds > 1

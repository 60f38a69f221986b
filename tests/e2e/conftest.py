"""A Home Assistant process, a simulator process and a browser for these tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
import os
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, expect
import pytest
import pytest_asyncio
import pytest_socket

from tests.home.client import Home
from tests.home.flow import remove_accounts
from tests.home.frontend import Visitor, Window, browser_program, chromium, open_page
from tests.home.hass import PYTHON, HomeAssistant
from tests.home.journal import Journal, listening
from tests.home.simulator import KEY, Simulator
from tests.home.speech import DOMAIN, Service, StoredVoice, add_speaker
from tests.ports import free_port

# A busy machine is no failure.
expect.set_options(timeout=60_000)


@dataclass(frozen=True, slots=True)
class Running:
    """A Home Assistant that runs, without an account yet, and the service for one."""

    url: str
    token: str
    service: Service
    pid: int


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a Home Assistant in one process of a parallel run, and those of a file in another.

    All of them wait for processes whose time passes.
    """
    for item in items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.real_time)
            item.add_marker(pytest.mark.xdist_group("e2e" if "running" in item.fixturenames else item.path.stem))


def require(found: object, missing: str) -> None:
    """Skip where a tool is missing, but never in continuous integration."""
    if not found and os.environ.get("CI"):
        pytest.fail(missing)
    if not found:
        pytest.skip(missing)


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let these tests speak to their processes."""


@pytest.fixture(scope="session")
def installed_home_assistant() -> None:
    """Require what scripts/setup installs."""
    require(PYTHON.exists(), "No Home Assistant here; scripts/setup home-assistant installs it.")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(
    installed_home_assistant: None,  # noqa: ARG001  a fixture asked for by name
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Running]:
    """Run Home Assistant and the simulator while these tests run."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("home")
    with (
        Simulator(free_port(), log=folder / "simulator.log") as simulator,
        HomeAssistant(folder / "config", free_port(), log=folder / "hass.log") as hass,
    ):
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
            home = await hass.ready(session)
        yield Running(home.url, home.token, Service(KEY, simulator.url), hass.pid)


@pytest.fixture
async def home(running: Running) -> AsyncIterator[Home]:
    """Speak to the running Home Assistant as its owner; afterwards it has no account again."""
    async with aiohttp.ClientSession() as session:
        home = Home(session, running.url, running.token)
        yield home
        await remove_accounts(home, DOMAIN)


@pytest.fixture
async def journal(home: Home, running: Running) -> AsyncIterator[Journal]:
    """Let the simulator remember what it says from now on."""
    async with listening(home, running.service) as journal:
        yield journal


@pytest.fixture
async def speaker(home: Home, running: Running) -> StoredVoice:
    """Add a voice as the config flow proposes it."""
    return await add_speaker(home, running.service, "en", "Emily Carter")


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Start a browser without a window."""
    program = browser_program()
    require(program, "No Chromium here; install it to run the tests of the frontend.")
    async with chromium(program or "", tmp_path) as browser:
        yield browser


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder for a test's screenshots, kept where KUGELAUDIO_SCREENSHOTS names one."""
    folder = Path(os.environ.get("KUGELAUDIO_SCREENSHOTS", tmp_path)) / str(request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def visitor(browser: Browser, running: Running, pictures: Path) -> Visitor:
    """Open a window for a visitor who is not signed in yet."""
    return Visitor(await open_page(browser, running.url, Window()), running.url, pictures)


@pytest.fixture
async def owner(browser: Browser, running: Running, pictures: Path) -> Visitor:
    """Open a window for the owner of the home, who is signed in."""
    page = await open_page(browser, running.url, Window(), running.token)
    return Visitor(page, running.url, pictures)

"""What encoders need is imported by a thread, and nobody waits for it who does not want such a format."""

from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
import sys
import threading
from types import ModuleType
from typing import override

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio import sound
from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Simulator
from tests.speaking import COMPLETE, FLAC, MP3, fetch

from .asking import Wish

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

# These alone import PyAV and numpy.
HEAVY = {f"custom_components.kugelaudio.sound.{name}" for name in ("mp3", "flac", "resampling")}


class Imports(MetaPathFinder):
    """Notes which thread imports what is heavy, and lets it wait."""

    def __init__(self) -> None:
        """Begin with an import that takes long."""
        self.may_go_on = threading.Event()
        self.threads: dict[str, int] = {}

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in HEAVY:
            self.threads[fullname] = threading.get_ident()
            self.may_go_on.wait(60)
        return None


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[Imports]:
    """Let nobody have imported anything yet."""
    noted = Imports()
    for module in HEAVY:
        monkeypatch.delitem(sys.modules, module, raising=False)
        # What is patched by its path is found by this way.
        monkeypatch.delattr(sound, module.rpartition(".")[-1], raising=False)
    monkeypatch.setattr(sys, "meta_path", [noted, *sys.meta_path])
    yield noted
    noted.may_go_on.set()


async def test_set_up_waits_for_no_import(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, imports: Imports
) -> None:
    """Nor does what goes out as the server makes it."""
    await set_up(hass, account_entry(simulator.url, voice_subentry(format="wav")))
    assert (await fetch(hass_client))[1].endswith(COMPLETE)
    assert not imports.may_go_on.is_set()
    assert len(imports.threads) == 1
    imports.may_go_on.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(imports.threads) == HEAVY
    assert threading.get_ident() not in imports.threads.values()


@pytest.mark.parametrize("options", [MP3, FLAC])
async def test_who_speaks_first_imports_in_a_thread(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    imports: Imports,
    options: Wish,
) -> None:
    """Though what is prepared in the background is not there yet."""
    imports.may_go_on.set()
    await set_up(hass, account_entry(simulator.url, voice_subentry()))
    status, audio = await fetch(hass_client, options=options)
    assert (status, audio[:4] in {b"ID3\x04", b"fLaC"}) == (200, True)
    assert set(imports.threads) == HEAVY
    assert threading.get_ident() not in imports.threads.values()

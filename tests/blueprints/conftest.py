"""Fixtures of the blueprints' tests: a home with two voices and a player, whose time can be set forward."""

from collections.abc import Iterator
from pathlib import Path

from freezegun import freeze_time
from freezegun.api import TickingDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.listeners import KITCHEN, Player, open_house
from tests.simulator import Simulator

from .home import copy_blueprints


@pytest.fixture
def time() -> Iterator[TickingDateTimeFactory]:
    """Let time run, and be set forward."""
    # freezegun's time has no zone, which aiohttp's log of requests asks for.
    with freeze_time("2026-11-04 20:00:00", tick=True, ignore=["aiohttp.web_log"]) as running:
        assert isinstance(running, TickingDateTimeFactory)
        yield running


@pytest.fixture
async def kitchen(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    tmp_path_factory: pytest.TempPathFactory,
    stillness: None,  # noqa: ARG001 - lets the tests settle
    simulator: Simulator,
) -> Player:
    """Set up two voices that speak WAV, and the blueprints; provide the player that hears them."""
    voices = (voice_subentry("voice-1", format="wav"), voice_subentry("voice-2", "Hans", voice="268", format="wav"))
    await set_up(hass, account_entry(simulator.url, *voices, options={"connection": "after_use"}))
    for domain in ("persistent_notification", "notify"):
        assert await async_setup_component(hass, domain, {})
    copy_blueprints(hass, tmp_path_factory.mktemp("configuration"))
    house = await open_house(hass, hass_client)
    return await house.add(Player(KITCHEN))

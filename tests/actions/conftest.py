"""Fixtures of the tests of actions: a house, who listens in it, and where its files are."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.generating import media_folder
from tests.listeners import BEDSIDE, HALL, KITCHEN, House, Player, Satellite, open_house


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,  # noqa: ARG001 - sets up the voice, and with it the views for its speech
) -> House:
    """Provide a house with one voice."""
    return await open_house(hass, hass_client)


@pytest.fixture
async def kitchen(house: House) -> Player:
    """Add a player."""
    return await house.add(Player(KITCHEN))


@pytest.fixture
async def hall(house: House) -> Player:
    """Add another player."""
    return await house.add(Player(HALL))


@pytest.fixture
async def bedside(house: House) -> Satellite:
    """Add a satellite."""
    return await house.add(Satellite(BEDSIDE))


@pytest.fixture
def media(hass: HomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give Home Assistant a media folder."""
    return media_folder(hass, tmp_path_factory.mktemp("media"))

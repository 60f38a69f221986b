"""Fixtures of the tests of loudspeakers: the house in which announcements are tested, and players that play music."""

import pytest

from tests.actions.conftest import bedside, hall, house, kitchen  # noqa: F401 - fixtures of the same house
from tests.listeners import House
from tests.players.radio import RADIO, Radio


@pytest.fixture
async def radio(house: House) -> Radio:  # noqa: F811 - the fixture of this name
    """Add a player that plays music and has a knob."""
    return await house.add(Radio(RADIO))

"""What an account knows over restarts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from custom_components.kugelaudio.speech.memory import AccountMemory
from tests.helpers import wait


@dataclass(frozen=True, slots=True)
class Plan:
    """Something that was learned."""

    at_once: int | None = None
    learned_at: float = 0.0


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """What another version makes of it."""

    tier: int


async def test_a_fact_comes_back(hass: HomeAssistant) -> None:
    """As it was; one that another version keeps in another shape, and one that there is not, are none."""
    memory = AccountMemory(hass, "one")
    await memory.load()
    assert memory.recall("plan", Plan) is None
    memory.keep("plan", Plan(5, 1.5))
    memory.keep("other", Plan(None))
    assert memory.recall("plan", Plan) == Plan(5, 1.5)
    await memory.flush()
    again = AccountMemory(hass, "one")
    await again.load()
    assert again.recall("plan", Plan) == Plan(5, 1.5)
    assert again.recall("other", Plan) == Plan()
    assert again.recall("plan", OtherPlan) is None
    again.forget("plan")
    again.forget("plan")
    assert again.recall("plan", Plan) is None
    await again.flush()


async def test_whatever_follows_it_is_written_in_ten_seconds(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> None:
    """A home that speaks all the time would else never write; what does not change is not written."""
    memory = AccountMemory(hass, "one")
    await memory.load()
    for number in range(10):
        memory.keep("plan", Plan(number))
        await wait(hass, freezer, timedelta(seconds=1))
    assert hass_storage["kugelaudio.one.facts"]["data"]["plan"]["at_once"] >= 5
    await memory.flush()
    hass_storage.clear()
    await memory.flush()
    assert hass_storage == {}

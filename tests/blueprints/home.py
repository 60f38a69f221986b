"""A home that uses the blueprints, its time, and what is heard in it."""

import asyncio
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any, Final

from freezegun.api import TickingDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import save_yaml

from tests.listeners import KITCHEN, Listener
from tests.made_time import until_still

BLUEPRINTS: Final = Path(__file__).parents[2] / "blueprints"
FILES: Final = sorted(BLUEPRINTS.glob("*/kugelaudio/*.yaml"))
IN_THE_KITCHEN: Final = {"entity_id": KITCHEN}
HANS: Final = "tts.hans"
NAME: Final = "made_of_a_blueprint"


def copy_blueprints(hass: HomeAssistant, folder: Path) -> None:
    """Give Home Assistant a configuration folder into which the blueprints were copied."""
    shutil.copytree(BLUEPRINTS, folder / "blueprints")
    hass.config.config_dir = str(folder)


async def use_blueprint(hass: HomeAssistant, domain: str, file: str, **inputs: Any) -> None:
    """Set up an automation or a script of a blueprint, as its form would write it."""
    instance = {"use_blueprint": {"path": f"kugelaudio/{file}.yaml", "input": inputs}}
    config = {domain: [{"id": NAME, "alias": NAME, **instance}] if domain == "automation" else {NAME: instance}}
    save_yaml(hass.config.path("configuration.yaml"), config)
    assert await async_setup_component(hass, domain, config)
    state = hass.states.get(f"{domain}.{NAME}")
    assert state is not None
    assert state.state in {"on", "off"}


async def run_by_hand(hass: HomeAssistant) -> None:
    """Try an automation with the button of its editor, which runs the actions alone."""
    automation = {"entity_id": f"automation.{NAME}"}
    await hass.services.async_call("automation", "trigger", automation, blocking=False)
    await until_still()


async def show(hass: HomeAssistant, entity_id: str, state: str, **attributes: Any) -> None:
    """Let an entity show something."""
    hass.states.async_set(entity_id, state, attributes)
    await until_still()


async def pass_time(time: TickingDateTimeFactory, **much: float) -> None:
    """Let time pass: all at once, and everything that was to happen meanwhile happens now."""
    time.move_to(dt_util.utcnow() + timedelta(**much))
    await until_still()


async def hears(listener: Listener, times: int) -> list[bytes]:
    """Return the samples that a listener has heard; it was told to play so often."""
    await until_still()
    async with asyncio.timeout(60):
        while len(listener.heard) < max(times, len(listener.orders)):
            listener.has_heard.clear()
            await listener.has_heard.wait()
    await until_still()
    assert len(listener.orders) == times
    return [heard.pcm for heard in listener.heard]

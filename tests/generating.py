"""What the tests of the action `generate` share."""

from pathlib import Path
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant

from custom_components.kugelaudio.const import DOMAIN

from .simulator import Simulator
from .speaking import COMPLETE, GROWING, TEXT, WHOLE

RATE: Final = 24000
SECONDS: Final = len(COMPLETE) / 2 / RATE


def media_folder(hass: HomeAssistant, folder: Path) -> Path:
    """Make a folder the media folder of a home."""
    hass.config.media_dirs = {"local": str(folder)}
    return folder


async def generate(
    hass: HomeAssistant, message: str = TEXT, *, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    """Call the action, and return its response."""
    response = await hass.services.async_call(
        DOMAIN, "generate", {"message": message, **data}, blocking=True, return_response=True, context=context
    )
    assert response is not None
    return dict(response)


def times_spoken(simulator: Simulator) -> int:
    """Return how often the provider spoke to the end."""
    return sum("usage" in frame for endpoint in (WHOLE, GROWING) for frame in simulator.journal.sent(endpoint))

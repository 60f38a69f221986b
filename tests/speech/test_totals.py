"""Audio that is shorter than the server says it made."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Fault, Simulator
from tests.speaking import WAV, fetch, fetch_growing, growing

# Two seconds of speech. Growing texts end with a total of which nobody tells whether it is that of the changed speed.
SENTENCE = "The washing machine has finished."


@pytest.mark.parametrize("is_growing", [False, True])
@pytest.mark.parametrize(
    ("sentences", "speed", "fault", "parameters", "code"),
    [
        (1, 1.0, Fault.TOTALS_OFF, {"seconds": 0.25}, None),
        (1, 1.0, Fault.TOTALS_OFF, {"seconds": -2}, None),
        (1, 1.0, Fault.TOTALS_OFF, {"seconds": 0.5}, "TRUNCATED"),
        (1, 1.0, Fault.TRUNCATED, {"frames": 3}, "TRUNCATED"),
        (25, 1.0, Fault.TOTALS_OFF, {"seconds": 0.5}, None),
        (50, 1.0, Fault.TOTALS_OFF, {"seconds": 2}, "TRUNCATED"),
        (10, 1.2, Fault.TOTALS_OFF, {"seconds": 1}, None),
        (10, 0.8, Fault.TOTALS_OFF, {"seconds": 1}, None),
        (1, 1.2, Fault.TRUNCATED, {"frames": 5}, "TRUNCATED"),
        (1, 0.8, Fault.TRUNCATED, {"frames": 6}, "TRUNCATED"),
    ],
)
async def test_only_what_is_clearly_missing_is_a_failure(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    account: MockConfigEntry,
    sentences: int,
    speed: float,
    fault: Fault,
    parameters: dict[str, Any],
    code: str | None,
    *,
    is_growing: bool,
) -> None:
    """Totals hold silence that is trimmed, and are rounded where speech is stretched; never more than that."""
    # Without an end of a sentence before its own: each would be a chunk, and lack frames of its own.
    text = f"{SENTENCE[:-1]}, " * (sentences - 1) + SENTENCE
    simulator.faults.add(fault, times=None, **parameters)
    options = {**WAV, "speed": speed}
    if is_growing:
        await fetch_growing(hass, hass_client, growing(text[:-1], text[-1:]), options)
    else:
        await fetch(hass_client, text, options=options)
    [record] = account.runtime_data.account.history.utterances
    assert (record.outcome, record.code) == ("spoken" if code is None else "failed", code)

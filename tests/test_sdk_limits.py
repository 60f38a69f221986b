"""The official SDK understands how the simulator refuses what is too much for a plan."""

import pytest

from tests.sdk.environment import LIMITS, printed_by
from tests.simulator import TIERS, Profile, Simulator, tone_pcm

pytestmark = [pytest.mark.real_time, pytest.mark.xdist_group("sdk")]

REFUSED = {"class": "RateLimitError", "status": 429, "code": "RATE_LIMITED"}
TOO_LONG = {"class": "ValidationError", "status": 413, "code": "VALIDATION_ERROR"}


def heard(text: str) -> dict[str, int]:
    """Return what is heard of a text."""
    return {"bytes": len(tone_pcm(text, 24_000))}


async def test_the_first_tier_is_understood(socket_enabled: None) -> None:  # noqa: ARG001 - opens sockets first
    """One after the other is whole, one of two at once is refused, a long text is too long."""
    async with Simulator(Profile(idle_turn_s=3_600), sound="tone", plan=TIERS[1]) as simulator:
        told = await printed_by(LIMITS, simulator)
        account = simulator.meter.account(simulator.key)
        assert (account.peak_generations, account.generations, account.refused_generations) == (1, 0, 1)
    assert told["alone"] == [heard("One."), heard("Two.")]
    assert told["at_once"] == {"turn": heard("A turn.Its end."), "beside": REFUSED}
    assert told["after"] == [heard("Three."), heard("Four.")]
    assert told["long"] == TOO_LONG
    assert told["end"] == heard("Five.")

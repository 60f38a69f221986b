"""A short soak; scripts/soak runs the long one."""

import pytest

from tests.soak.run import Options, soak
from tests.soak.verdict import conditions


@pytest.mark.usefixtures("installed_home_assistant")
async def test_short_soak_loses_nothing() -> None:
    """Sixty utterances, twenty at once, with faults, a reload and a restart: nothing is truncated, nothing is left."""
    done = await soak(Options(utterances=60, parallel=20, seed=1))
    assert not [(one.name, one.against) for one in conditions(done) if not one.is_met]

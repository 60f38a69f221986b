"""Fixtures of the tests of speech: a client, generations, and a Home Assistant that converts nothing."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.kugelaudio.speech.slots import GenerationSlots
from tests.api.conftest import client, scripted, session
from tests.speech.speakers import Speakers

__all__ = ["client", "scripted", "session"]


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant be one that passes on what is as it was asked for."""
    monkeypatch.setattr("custom_components.kugelaudio.voices.wanted_format.CONVERTS_SHAPES", False)


@pytest.fixture
async def speakers() -> AsyncGenerator[Speakers]:
    """Provide generations of an account that makes two at once."""
    made = Speakers(GenerationSlots(2))
    yield made
    for task in made.tasks.values():
        task.cancel()
    await asyncio.gather(*made.tasks.values(), return_exceptions=True)

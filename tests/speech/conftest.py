"""Fixtures of the tests of speech: a client of the simulator, and a Home Assistant that converts nothing."""

import pytest

from tests.api.conftest import client, scripted, session

__all__ = ["client", "scripted", "session"]


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant be one that passes on what is as it was asked for."""
    monkeypatch.setattr("custom_components.kugelaudio.voices.wanted_format.CONVERTS_SHAPES", False)

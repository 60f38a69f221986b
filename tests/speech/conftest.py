"""Fixtures of the tests of speech that need no Home Assistant: a client of the simulator."""

from tests.api.conftest import client, scripted, session

__all__ = ["client", "scripted", "session"]

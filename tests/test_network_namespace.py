"""What is heard over a network that goes and comes back, in a network namespace of its own."""

import asyncio
from collections.abc import AsyncGenerator
import os
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from pytest_socket import socket_allow_hosts

from tests.network.namespace import Namespace, has_iproute2, may_make_namespaces
from tests.network.relay import HOST
from tests.network.speech import COMPLETE, COMPLETE_OTHER, OTHER_TEXT, WAYS, Speak, heard, speaking, spoken

from .speaking import TEXT

# A busy machine is no failure.
PATIENCE_S = 60

# The provider is a process of its own, and its kernel repeats what was lost after a while.
pytestmark = [pytest.mark.real_time, pytest.mark.usefixtures("account")]


@pytest.fixture
async def cable(socket_enabled: None, tmp_path: Path) -> AsyncGenerator[Namespace]:  # noqa: ARG001 - opens sockets first
    """Run the provider at real-time pace at the far end of a cable."""
    if not may_make_namespaces():
        pytest.skip("network namespaces need root")
    if not has_iproute2():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("iproute2 is not installed")
    namespace = Namespace(tmp_path, "--speed", "1.5")
    socket_allow_hosts([HOST, namespace.address])
    async with namespace as running:
        yield running


@pytest.fixture
def provider_url(cable: Namespace) -> str:
    """Let the account reach the provider over the cable."""
    return cable.url


@pytest.fixture(params=WAYS)
def speak(request: pytest.FixtureRequest, hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Speak:
    """Return how to ask for a text."""
    return speaking(request.param, hass, hass_client)


async def test_a_network_that_comes_back_in_mid_speech_is_heard_to_the_end(speak: Speak, cable: Namespace) -> None:
    """TCP delivers what it missed; a growing text has silence in between."""
    response = await speak(TEXT)
    first = await response.content.readany()
    await cable.pull_out()
    await asyncio.sleep(2)
    await cable.plug_in()
    async with asyncio.timeout(PATIENCE_S):
        assert spoken(first + await response.read()) == COMPLETE


async def test_a_network_that_comes_back_before_the_first_audio_is_waited_for(
    speak: Speak, cable: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is made as soon as there is a way; how long it may take is tried where time is made."""
    for module in ("client", "upgrade"):
        monkeypatch.setattr(f"custom_components.kugelaudio.api.{module}.CONNECT_LIMIT_S", PATIENCE_S)
    await cable.pull_out()
    answer = asyncio.ensure_future(heard(speak))
    await asyncio.sleep(2)
    await cable.plug_in()
    async with asyncio.timeout(PATIENCE_S):
        assert await answer == COMPLETE


async def test_a_kept_socket_survives_a_network_that_comes_back(speak: Speak, cable: Namespace) -> None:
    """The next utterance goes over it, at once."""
    await heard(speak)
    await cable.pull_out()
    await asyncio.sleep(1)
    await cable.plug_in()
    async with asyncio.timeout(PATIENCE_S):
        assert await heard(speak, OTHER_TEXT) == COMPLETE_OTHER
    assert len((await cable.journal())["sockets"]) == 1

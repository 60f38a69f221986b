"""What is heard over networks that are slow, cut, swallowed, or behind a login page."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.network.portal import Portal
from tests.network.relay import HOST, Ending, Relay
from tests.network.speech import (
    COMPLETE,
    COMPLETE_OTHER,
    OTHER_TEXT,
    RECOVERY_S,
    WAYS,
    Speak,
    heard,
    kept,
    speaking,
    spoken,
)
from tests.simulator import REALISTIC, Fault, Profile, Simulator

from .speaking import HEADER_LENGTH, TEXT

FRAME_BYTES = 9_600
PACED = Profile(speed=2.0)

endings = pytest.mark.parametrize("ending", Ending)


@pytest.fixture
async def relay(simulator: Simulator) -> AsyncGenerator[Relay]:
    """Run a relay in front of the provider."""
    async with Relay(HOST, simulator.port) as running:
        yield running


@pytest.fixture
def provider_url(relay: Relay) -> str:
    """Let the account reach the provider through the relay."""
    return relay.url


@pytest.fixture(params=WAYS)
def speak(request: pytest.FixtureRequest, hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Speak:
    """Return how to ask for a text."""
    return speaking(request.param, hass, hass_client)


async def require_nothing_kept(folder: Path, speak: Speak) -> None:
    """Speak again after a failure: nothing of it was kept, and the text comes anew, whole and soon."""
    assert kept(folder) == []
    async with asyncio.timeout(RECOVERY_S):
        assert await heard(speak) == COMPLETE


@pytest.mark.usefixtures("account")
async def test_a_good_path_brings_nothing_but_speech(speak: Speak, simulator: Simulator) -> None:
    """No silence between frames that come several times as fast as they are played."""
    simulator.profile = REALISTIC
    response = await speak(TEXT)
    assert (await response.read())[HEADER_LENGTH:] == COMPLETE


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("delay_s", "bytes_per_s"), [(0.1, None), (0.0, 200_000), (0.05, 300_000)])
async def test_a_slow_path_is_heard_to_the_end(
    speak: Speak, relay: Relay, delay_s: float, bytes_per_s: float | None
) -> None:
    """Delayed, narrow, or both."""
    relay.delay_s, relay.bytes_per_s = delay_s, bytes_per_s
    assert await heard(speak) == COMPLETE


@pytest.mark.usefixtures("account")
async def test_a_path_that_is_slower_than_speech_is_heard_to_the_end(speak: Speak, relay: Relay) -> None:
    """Late, but all of it: base64 of 24 kHz needs 64 kB/s to keep up."""
    relay.bytes_per_s = 45_000
    assert await heard(speak) == COMPLETE


@pytest.mark.usefixtures("account")
@endings
async def test_a_cut_in_mid_speech_is_a_broken_end(
    speak: Speak, relay: Relay, simulator: Simulator, tts_cache: Path, ending: Ending
) -> None:
    """What was heard is the beginning of the text, and it is not kept."""
    simulator.profile = PACED
    response = await speak(TEXT)
    first = await response.content.readany()
    relay.cut(ending)
    audio = spoken(first + await response.read())
    assert response.status == 200
    assert len(audio) < len(COMPLETE)
    assert COMPLETE.startswith(audio)
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
@endings
async def test_a_cut_inside_a_frame_is_a_broken_end(
    speak: Speak, relay: Relay, simulator: Simulator, tts_cache: Path, ending: Ending
) -> None:
    """The frame is not heard at all."""
    simulator.profile = PACED
    relay.cut_after(3 * 13_000 - 5_000, ending)
    audio = await heard(speak)
    assert len(audio) == 2 * FRAME_BYTES
    assert COMPLETE.startswith(audio)
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
@endings
async def test_a_cut_before_the_first_audio_is_not_heard(
    speak: Speak, relay: Relay, simulator: Simulator, ending: Ending
) -> None:
    """The text is spoken from the start, over another connection."""
    simulator.faults.add(Fault.SILENCE)
    answer = asyncio.ensure_future(heard(speak))
    await simulator.journal.until(lambda journal: any(socket.received for socket in journal.open_sockets()))
    relay.cut(ending)
    assert await answer == COMPLETE
    assert len(simulator.journal.sockets) == 2


@pytest.mark.usefixtures("account")
@endings
async def test_a_cut_between_utterances_is_not_heard(
    speak: Speak, relay: Relay, simulator: Simulator, ending: Ending
) -> None:
    """The socket that was kept is replaced."""
    await heard(speak)
    relay.cut(ending)
    await simulator.journal.until(lambda journal: not journal.open_sockets())
    assert await heard(speak, OTHER_TEXT) == COMPLETE_OTHER


@pytest.mark.usefixtures("account")
async def test_nobody_there_is_an_error_before_the_first_byte(speak: Speak, relay: Relay, tts_cache: Path) -> None:
    """Until somebody is."""
    relay.refuse()
    relay.cut(Ending.RST)
    assert (await speak(TEXT)).status == 500
    await relay.admit()
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("redirects", [True, False])
async def test_a_login_page_is_an_error_before_the_first_byte(
    speak: Speak, relay: Relay, simulator: Simulator, tts_cache: Path, redirects: bool
) -> None:
    """Until somebody has logged in."""
    async with Portal(redirects=redirects) as portal:
        relay.target = portal.target
        relay.cut(Ending.RST)
        assert (await speak(TEXT)).status == 500
        assert portal.asked
        assert not simulator.journal.sockets
        relay.target = HOST, simulator.port
        relay.cut(Ending.RST)
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
async def test_a_login_page_in_mid_speech_is_not_heard(speak: Speak, relay: Relay, simulator: Simulator) -> None:
    """Connections that were open before it stay open."""
    simulator.profile = PACED
    response = await speak(TEXT)
    first = await response.content.readany()
    async with Portal(redirects=True) as portal:
        relay.target = portal.target
        assert spoken(first + await response.read()) == COMPLETE
        assert not portal.asked


@pytest.mark.usefixtures("account")
async def test_what_is_swallowed_and_then_cut_is_a_broken_end(
    speak: Speak, relay: Relay, simulator: Simulator, tts_cache: Path
) -> None:
    """As by a router that forgets its connections, and then says so."""
    simulator.profile = PACED
    response = await speak(TEXT)
    first = await response.content.readany()
    relay.swallows = True
    await asyncio.sleep(1)
    relay.swallows = False
    relay.cut(Ending.RST)
    audio = spoken(first + await response.read())
    assert len(audio) < len(COMPLETE)
    assert COMPLETE.startswith(audio)
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
async def test_what_is_swallowed_in_mid_speech_is_a_broken_end(
    speak: Speak, relay: Relay, simulator: Simulator, tts_cache: Path
) -> None:
    """After 15 s without a word of the provider."""
    simulator.profile = PACED
    response = await speak(TEXT)
    first = await response.content.readany()
    relay.swallows = True
    async with asyncio.timeout(20):
        audio = spoken(first + await response.read())
    assert len(audio) < len(COMPLETE)
    assert COMPLETE.startswith(audio)
    relay.swallows = False
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
async def test_nothing_is_heard_from_a_black_hole(speak: Speak, relay: Relay, tts_cache: Path) -> None:
    """An error after two tries of 10 s; who waits for a growing text gets silence until then."""
    relay.swallows = True
    async with asyncio.timeout(25):
        response = await speak(TEXT)
        assert response.status == 500 or not spoken(await response.read())
    relay.swallows = False
    await require_nothing_kept(tts_cache, speak)


@pytest.mark.usefixtures("account")
async def test_a_half_open_socket_is_found_between_utterances(speak: Speak, relay: Relay, simulator: Simulator) -> None:
    """By a ping after 15 to 17 s and 10 s without an answer to it: the next utterance is not the one to find it."""
    await heard(speak)
    relay.cut_silently()
    await asyncio.sleep(28)
    simulator.journal.clear()
    async with asyncio.timeout(1):
        assert await heard(speak, OTHER_TEXT) == COMPLETE_OTHER


@pytest.mark.usefixtures("account")
async def test_a_socket_that_died_a_moment_ago_costs_a_few_seconds(speak: Speak, relay: Relay) -> None:
    """Nobody has noticed yet: what answers neither the text nor a ping within 3 s is replaced."""
    await heard(speak)
    relay.cut_silently()
    async with asyncio.timeout(RECOVERY_S):
        assert await heard(speak, OTHER_TEXT) == COMPLETE_OTHER

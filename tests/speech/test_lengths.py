"""Texts that are longer than the plan allows, which is known once the server has refused one."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.api.speech import spoken_chunks, tones
from tests.simulator import ErrorStyle, Failure, Fault, Plan, Profile, Simulator, tone_pcm
from tests.speaking import GROWING, HEADER_LENGTH, TEXT, WHOLE, fetch, fetch_growing, growing

pytestmark = pytest.mark.usefixtures("account")

MULTI = "/ws/tts/multi"
SENTENCE = "The washing machine has finished. "
SPOKEN = tone_pcm(SENTENCE.strip(), 24000)
# More than the least that any plan allows.
LONG = (SENTENCE * 10).strip()


def texts(simulator: Simulator, path: str) -> list[str]:
    """Return the texts that were sent to an endpoint."""
    return [str(message["text"]) for message in simulator.journal.received(path) if message.get("text")]


@pytest.mark.parametrize(("style", "sizes"), [(ErrorStyle.NEW, [101, 237]), (ErrorStyle.OLD, [67, 271])])
async def test_a_text_that_is_too_long_goes_in_parts(
    hass_client: ClientSessionGenerator, simulator: Simulator, style: ErrorStyle, sizes: list[int]
) -> None:
    """As long as the server says, or as the next smaller plan allows; the next text is not sent in one piece."""
    simulator.plan = Plan(characters=300)
    simulator.profile = Profile(error_style=style)
    status, audio = await fetch(hass_client, LONG)
    assert (status, audio[HEADER_LENGTH:]) == (200, SPOKEN * 10)
    assert (await fetch(hass_client, LONG.replace("machine", "engines")))[0] == 200
    assert texts(simulator, WHOLE) == [LONG]
    assert sorted(map(len, texts(simulator, MULTI))) == sorted(sizes * 2)


async def test_a_line_that_is_too_long_is_spoken_in_its_place(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What was made ahead is made anew; no pause is heard twice."""
    simulator.plan = Plan(characters=300)
    message = f"Knock knock. [pause:200][voice:Hans] {LONG} [pause:300][voice:samantha-ferris] A doorbell."
    status, audio = await fetch(hass_client, message)
    first, last = tone_pcm("Knock knock.", 24000), tone_pcm("A doorbell.", 24000)
    heard = first + bytes(48 * 200) + SPOKEN * 10 + bytes(48 * 300) + last
    assert (status, audio[HEADER_LENGTH:]) == (200, heard)


async def test_a_growing_text_that_is_too_long_goes_in_turns(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """From the first word that was refused."""
    simulator.plan = Plan(characters=300)
    status, audio = await fetch_growing(hass, hass_client, growing(LONG, " It", " is dry."))
    assert (status, audio[HEADER_LENGTH:]) == (200, tones(spoken_chunks(simulator)))
    assert "".join(spoken_chunks(simulator)).replace(" ", "") == f"{LONG} It is dry.".replace(" ", "")


async def test_what_was_heard_of_a_text_is_not_said_again(
    hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that refuses its length amid its audio has spoken half of it."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.TEXT_TOO_LONG, after_frames=2)
    _, audio = await fetch(hass_client, LONG)
    assert audio[HEADER_LENGTH:] == (SPOKEN * 10)[:19200]
    assert texts(simulator, WHOLE) == [LONG]
    assert not texts(simulator, MULTI)
    assert "too long" in caplog.text


async def test_what_was_heard_of_a_growing_text_is_not_said_again(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """The same, where it is still being written."""
    simulator.plan = Plan(characters=300)

    async def deltas() -> AsyncGenerator[str]:
        yield SENTENCE
        await simulator.journal.until(lambda journal: any("chunk_complete" in frame for frame in journal.sent(GROWING)))
        # By then the player is there: Home Assistant hands over nothing of what has failed before.
        await asyncio.sleep(1)
        yield SENTENCE * 9

    _, audio = await fetch_growing(hass, hass_client, deltas())
    assert audio[HEADER_LENGTH:].startswith(SPOKEN)
    assert "".join(texts(simulator, GROWING)).replace(" ", "") == LONG.replace(" ", "")
    assert account.runtime_data.account.history.utterances[-1].code == "VALIDATION_ERROR"


@pytest.mark.parametrize("message", [TEXT, LONG], ids=["short", "long"])
async def test_a_server_that_takes_no_text_is_not_asked_for_ever(
    hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture, message: str
) -> None:
    """Parts of less than 250 characters are worth no try."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.TEXT_TOO_LONG, times=None)
    assert (await fetch(hass_client, message))[0] == 500
    assert texts(simulator, WHOLE) == [message]
    assert all(len(text) <= 250 for text in texts(simulator, MULTI))
    assert "too long" in caplog.text

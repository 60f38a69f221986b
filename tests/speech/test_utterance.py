"""What Home Assistant gets when speaking goes well, badly, or begins badly and goes well."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.simulator.keys import KeyKind
from tests.speaking import (
    COMPLETE,
    GROWING,
    HEADER_LENGTH,
    REST,
    TEXT,
    WHOLE,
    begin,
    fetch,
    fetch_growing,
    growing,
    kept,
)

pytestmark = pytest.mark.usefixtures("account")


def requests(simulator: Simulator) -> list[str]:
    """Return the whole texts that were asked for."""
    return [str(message["text"]) for message in simulator.journal.received(WHOLE) if "text" in message]


async def test_a_complete_message_goes_whole(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Over the endpoint for whole texts, in one request."""
    await fetch(hass_client)
    assert requests(simulator) == [TEXT]
    assert not simulator.journal.received(GROWING)


@pytest.mark.usefixtures("made_time")
async def test_a_message_that_is_still_written_grows(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Over the endpoint for growing texts, delta by delta."""
    status, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."))
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert not simulator.journal.received(WHOLE)
    # Deltas that come while one is sent are sent together.
    assert len(simulator.journal.received(GROWING)) > 2


@pytest.mark.usefixtures("made_time")
async def test_marks_of_a_growing_text_are_left_out(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Also such that come in parts; what is written for the ear passes."""
    deltas = growing(
        "**The wash", "ing** machine ", "[has", "](http://x", ".y) fin", 'ished. <break time="', '300ms"/> Yes.'
    )
    await fetch_growing(hass, hass_client, deltas)
    texts = [str(message.get("text", "")) for message in simulator.journal.received(GROWING)]
    assert "".join(texts) == 'The washing machine has finished. <break time="300ms"/> Yes.'
    # How many deltas go in one message is a matter of time.
    assert "The washing machine has".startswith(texts[0])


@pytest.mark.usefixtures("made_time")
@pytest.mark.parametrize(
    ("deltas", "heard"),
    [
        (("The washing machine", " [in the cellar"), "The washing machine [in the cellar"),
        (("The washing machine", " is done. *Well"), "The washing machine is done. Well"),
        (("The washing machine", " costs $5 or `less"), "The washing machine costs $5 or less"),
        (("The washing machine", " is done **[voice:"), "The washing machine is done"),
    ],
)
async def test_words_are_not_held_over_a_pause_of_a_growing_text(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    deltas: tuple[str, ...],
    heard: str,
) -> None:
    """What could still become a mark goes on its way after 300 ms, if it has words."""
    sent = ""

    async def pausing() -> AsyncGenerator[str]:
        nonlocal sent
        for delta in deltas:
            yield delta
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.4)
        sent = "".join(str(message.get("text", "")) for message in simulator.journal.received(GROWING))
        yield " and dry."

    assert (await fetch_growing(hass, hass_client, pausing()))[0] == 200
    assert sent == heard


async def test_a_stream_that_is_complete_from_the_start_goes_whole(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Nothing is gained by feeding what is all there."""

    async def at_once() -> AsyncGenerator[str]:
        yield "The washing machine"
        yield " has finished."

    _, audio = await fetch_growing(hass, hass_client, at_once())
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert not simulator.journal.received(GROWING)


RETRYABLE: list[tuple[Fault, dict[str, Any]]] = [
    (Fault.DROP, {}),
    (Fault.CLOSE, {"code": 1000}),
    (Fault.CLOSE, {"code": 1011}),
    (Fault.CLOSE, {"code": 4000}),
    (Fault.CLOSE, {"code": 4500}),
    (Fault.EMPTY_AUDIO, {}),
    (Fault.ERROR_FRAME, {"error": Failure.GENERATION_FAILED}),
    (Fault.ERROR_FRAME, {"error": Failure.MODEL_UNAVAILABLE}),
    (Fault.ERROR_FRAME, {"error": Failure.RATE_LIMITED, "retry_after": 0}),
    (Fault.HANDSHAKE_ERROR, {"status": 503}),
    (Fault.HANDSHAKE_DROP, {}),
    (Fault.ACCEPT_THEN_CLOSE, {"code": 1013}),
]


@pytest.mark.parametrize(("fault", "parameters"), RETRYABLE)
async def test_a_failure_before_the_first_audio_is_tried_again(
    hass_client: ClientSessionGenerator, simulator: Simulator, fault: Fault, parameters: dict[str, Any]
) -> None:
    """Once; the listener hears nothing of it."""
    simulator.faults.add(fault, **parameters)
    status, audio = await fetch(hass_client)
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE


async def test_growing_text_is_kept_for_the_second_try(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What the language model said before the failure is said again."""
    simulator.faults.add(Fault.CLOSE, code=1012)
    status, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."))
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE


async def test_a_failure_is_tried_again_only_once(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Then it is the player's to know."""
    simulator.faults.add(Fault.DROP, times=2)
    assert (await fetch(hass_client))[0] == 500
    assert requests(simulator) == [TEXT, TEXT]


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [
        (Fault.ERROR_FRAME, {"error": Failure.INVALID_REQUEST}),
        (Fault.ERROR_FRAME, {"error": Failure.VOICE_NOT_FOUND}),
        (Fault.ERROR_FRAME, {"error": Failure.INSUFFICIENT_CREDITS}),
        (Fault.ERROR_FRAME, {"error": Failure.PERMISSION_DENIED}),
        (Fault.ERROR_FRAME, {"error": Failure.RATE_LIMITED, "retry_after": 31}),
        (Fault.NOT_JSON, {}),
        (Fault.CLOSE, {"code": 4003}),
    ],
)
async def test_what_will_not_get_better_is_not_tried_again(
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    tts_cache: Path,
    fault: Fault,
    parameters: dict[str, Any],
) -> None:
    """The player gets an error at once, and nothing is kept."""
    simulator.faults.add(fault, **parameters)
    status, _ = await fetch(hass_client, cache=True)
    assert status == 500
    assert requests(simulator) == [TEXT]
    assert kept(tts_cache) == []
    status, audio = await fetch(hass_client, cache=True)
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE


async def test_a_delay_that_the_server_asks_for_is_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Not sooner than it says."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.RATE_LIMITED, retry_after=0.1)
    assert (await fetch(hass_client))[0] == 200
    first, second = (record.at for socket in simulator.journal.sockets for record in socket.received[:1])
    assert second - first >= 0.099


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.CLOSE, Fault.ERROR_FRAME, Fault.NOT_JSON, Fault.INVALID_BASE64])
async def test_truncated_audio_is_never_kept(
    hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path, fault: Fault
) -> None:
    """After the first audio nothing is tried again: the next request speaks anew, and whole."""
    simulator.faults.add(fault, after_frames=2, code=1000)
    status, audio = await fetch(hass_client, cache=True)
    assert status == 200
    assert audio[HEADER_LENGTH:] == COMPLETE[: len(audio) - HEADER_LENGTH]
    assert len(audio) < len(COMPLETE)
    assert requests(simulator) == [TEXT]
    assert kept(tts_cache) == []
    _, audio = await fetch(hass_client, cache=True)
    assert audio[HEADER_LENGTH:] == COMPLETE


async def test_header_and_first_audio_leave_together_and_before_the_last(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """No header goes out alone, and nothing waits for the end."""
    simulator.profile = Profile(speed=4.0)
    response = await begin(hass_client)
    first = await response.content.readany()
    assert len(first) > HEADER_LENGTH
    assert not any("final" in frame for frame in simulator.journal.sent(WHOLE))
    assert first[HEADER_LENGTH:] + await response.read() == COMPLETE


async def test_where_websockets_do_not_get_through_rest_speaks(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Whole and growing text alike."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=400, times=None)
    status, audio = await fetch(hass_client)
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    status, audio = await fetch_growing(hass, hass_client, growing("The washing", " machine", " has finished."))
    assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)
    assert [call.path for call in simulator.journal.calls].count(REST) == 2


async def test_a_failing_message_is_named_in_the_log_once_with_its_cause(
    hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """By Home Assistant, in words that say what to do, with code and request."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await fetch(hass_client)
    [record] = [record for record in caplog.records if "Error getting audio" in record.getMessage()]
    assert "no credits left (INSUFFICIENT_CREDITS, status 402, request req_" in record.getMessage()
    assert "dashboard" in record.getMessage()
    assert simulator.key not in caplog.text


async def test_a_key_that_is_refused_while_speaking_is_asked_for(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """A revoked key does not wait for the next poll."""
    simulator.keys[simulator.key] = KeyKind.REVOKED
    await fetch(hass_client)
    await hass.async_block_till_done()
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"


async def test_a_tool_call_is_bridged_with_silence(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """What was said before it is heard before it ends; the player is never left without a byte for long."""

    async def calling() -> AsyncGenerator[str]:
        yield "Wait."
        await asyncio.sleep(20)
        yield "Done."

    status, audio = await fetch_growing(hass, hass_client, calling())
    before, after = tone_pcm("Wait.", 24000), tone_pcm("Done.", 24000)
    assert status == 200
    assert audio[HEADER_LENGTH:].startswith(before)
    assert audio.endswith(after)
    silence = audio[HEADER_LENGTH + len(before) : -len(after)]
    assert not any(silence)
    assert len(silence) / 48000 == pytest.approx(20, abs=1)


async def test_a_pipeline_whose_agent_fails_hears_what_was_said(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """And no more."""

    async def failing() -> AsyncGenerator[str]:
        yield "The washing machine"
        # By then the player is there: Home Assistant hands over nothing of what has failed before.
        await asyncio.sleep(1)
        assert simulator.journal.received(GROWING)
        raise RuntimeError("the agent broke")

    status, audio = await fetch_growing(hass, hass_client, failing())
    assert status == 200
    assert audio[HEADER_LENGTH:] == tone_pcm("The washing machine", 24000)


async def test_a_pipeline_whose_agent_fails_in_the_same_moment_hears_what_was_said(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Its words are as good as those that came a little earlier; the player is there before they are made."""
    simulator.profile = Profile(first_audio_ms=100)

    async def failing() -> AsyncGenerator[str]:
        yield "The washing machine"
        raise RuntimeError("the agent broke")

    status, audio = await fetch_growing(hass, hass_client, failing())
    assert status == 200
    assert audio[HEADER_LENGTH:] == tone_pcm("The washing machine", 24000)


async def test_unloading_ends_what_is_being_said(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """No socket outlives the account, and the player is not left waiting."""
    simulator.faults.add(Fault.SILENCE, after_frames=1)
    response = await begin(hass_client)
    first = await response.content.readany()
    assert await hass.config_entries.async_unload(account.entry_id)
    assert len(first + await response.read()) < len(COMPLETE)
    await simulator.journal.until(lambda journal: not journal.open_sockets())


async def test_utterances_at_the_same_time_do_not_mix(hass_client: ClientSessionGenerator) -> None:
    """Twenty at once, each whole."""
    texts = [f"Announcement number {number}." for number in range(20)]
    heard = await asyncio.gather(*(fetch(hass_client, text) for text in texts))
    assert [audio[HEADER_LENGTH:] for _, audio in heard] == [tone_pcm(text, 24000) for text in texts]

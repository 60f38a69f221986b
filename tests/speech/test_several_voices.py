"""Several voices in one message, by marks in its text."""

import asyncio
from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.helpers import account_entry, set_up, voice_subentry
from tests.made_time import MadeTime
from tests.other_engine import OtherEngine
from tests.simulator import Failure, Fault, Profile, Simulator, tone_pcm
from tests.speaking import (
    COMPLETE,
    ENTITY,
    GROWING,
    HEADER_LENGTH,
    REST,
    TEXT,
    WAV,
    WHOLE,
    fetch,
    fetch_growing,
    growing,
)

pytestmark = pytest.mark.usefixtures("account")

MULTI = "/ws/tts/multi"
DOORBELL = "[voice:Nathan Cole] Knock knock. [pause:300] [voice:Hans] Who is there? [voice:samantha-ferris] A doorbell."
HEARD = (
    tone_pcm("Knock knock.", 24000)
    + bytes(48 * 300)
    + tone_pcm("Who is there?", 24000)
    + tone_pcm("A doorbell.", 24000)
)


def said(simulator: Simulator, path: str) -> list[tuple[object, object]]:
    """Return voice and language of every text that was begun at an endpoint."""
    return [
        (message.get("voice_id", message.get("voice_settings", {}).get("voice_id")), message["language"])  # type: ignore[attr-defined]  # JSON
        for message in simulator.journal.received(path)
        if "language" in message
    ]


async def at_once(*deltas: str) -> AsyncGenerator[str]:
    """Yield deltas that are all there already."""
    for delta in deltas:
        yield delta


async def test_message_is_spoken_by_several_voices(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """In their order, with the pause that was asked for and no other; each in a language that it speaks."""
    status, audio = await fetch(hass_client, DOORBELL)
    assert (status, audio[HEADER_LENGTH:]) == (200, HEARD)
    assert sorted(said(simulator, MULTI)) == [(268, "de"), (1071, "en"), (1072, "en")]
    assert not simulator.journal.received(WHOLE)


async def test_converted_message_is_spoken_by_several_voices(hass_client: ClientSessionGenerator) -> None:
    """MP3 and the like go the same way."""
    status, audio = await fetch(hass_client, DOORBELL, options={"preferred_format": "mp3"})
    assert status == 200
    assert len(audio) > 1000


async def test_one_other_voice_needs_no_dialogue(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """It goes the way of every message."""
    _, audio = await fetch(hass_client, f"[voice:Nathan Cole]{TEXT}")
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert said(simulator, WHOLE) == [(1072, "en")]


async def test_a_voice_that_is_called_speaks_its_main_language(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Where it does not speak that of the text."""
    _, audio = await fetch(hass_client, f"[voice:Carmen Ortega]{TEXT}", language="de")
    assert audio[HEADER_LENGTH:] == COMPLETE
    assert said(simulator, WHOLE) == [(2014, "es")]


async def test_language_model_may_change_the_voice(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """While it still writes; marks may come in parts, and parts without words are passed over."""
    deltas = growing(
        "Once upon",
        " a time. [voi",
        "ce:Hans] [pause:",
        "100]",
        "[voice:nathan-cole]Fee fi",
        " fo fum.",
        "[voice:Hans]  ",
    )
    status, audio = await fetch_growing(hass, hass_client, deltas)
    assert status == 200
    begun = tone_pcm("Once upon a time.", 24000)
    assert audio[HEADER_LENGTH:] == begun + bytes(48 * 100) + tone_pcm("Fee fi fo fum.", 24000)
    # What is complete by the time of its turn goes the shorter way.
    assert sorted(said(simulator, GROWING) + said(simulator, WHOLE)) == [(1071, "en"), (1072, "en")]


async def test_unknown_name_is_refused_at_once(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """With names that are close, and before a player is bothered."""
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            "tts",
            "speak",
            {
                "entity_id": ENTITY,
                "media_player_entity_id": "media_player.any",
                "message": "[voice:Nathn Col] Hello.",
            },
            blocking=True,
        )
    assert refused.value.translation_key == "name_unknown"
    assert refused.value.translation_placeholders == {"name": "Nathn Col", "close": "Nathan Cole"}
    assert account.runtime_data.account.history.utterances.maxlen


async def test_unknown_name_is_an_error(
    hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever the message comes from; nothing is spoken, not even by another engine, and a long name is cut."""
    assert (await fetch(hass_client, f"{TEXT} [voice:Nobody] Hello."))[0] == 500
    assert "Nobody is called Nobody. Known names: Samantha Ferris. Check the name after" in caplog.text
    name = "a name that no child was ever given anywhere"
    assert (await fetch(hass_client, f"[voice:{name}] Hi there."))[0] == 500
    assert "called a name that no child was ever given anyw…. Known" in caplog.text
    assert not simulator.journal.received(MULTI)


async def test_a_name_that_a_model_makes_up_means_the_voice_that_was_asked(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where all of its answer is at hand at once; the log says so."""
    deltas = at_once("[voice:Nobody", "] Hello.", " [voice:Nathan Cole] Hi.")
    status, audio = await fetch_growing(hass, hass_client, deltas)
    assert status == 200
    assert audio[HEADER_LENGTH:] == tone_pcm("Hello.", 24000) + tone_pcm("Hi.", 24000)
    assert "calls for a voice that nobody has; the one asked goes on" in caplog.text
    assert sorted(said(simulator, MULTI)) == [(1071, "en"), (1072, "en")]


async def test_first_names_are_close(hass_client: ClientSessionGenerator, caplog: pytest.LogCaptureFixture) -> None:
    """Who knows half of a name is told the whole one."""
    await fetch(hass_client, "[voice:Samanta] Hello.")
    assert "Known names: Samantha Ferris" in caplog.text


async def test_marks_can_be_switched_off(hass_client: ClientSessionGenerator) -> None:
    """Then brackets are text like any other."""
    text = "[voice:Hans] Hello."
    _, audio = await fetch(hass_client, text, options={**WAV, "marks": False, "clean": False})
    assert audio[HEADER_LENGTH:] == tone_pcm(text, 24000)


async def test_message_of_marks_alone_is_empty(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> None:
    """There is nobody to say anything."""
    assert (await fetch(hass_client, "[voice:Hans] [pause:100]"))[0] == 500
    call = {"entity_id": ENTITY, "media_player_entity_id": "media_player.any", "message": "[pause:100] [voice:Hans]"}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call("tts", "speak", call, blocking=True)
    assert refused.value.translation_key == "text_empty"


async def test_pause_needs_no_other_voice(hass_client: ClientSessionGenerator) -> None:
    """Also in front of the first word; one behind the last is left out."""
    _, audio = await fetch(hass_client, f"[pause:200]{TEXT}[pause:100]")
    assert audio[HEADER_LENGTH:] == bytes(48 * 200) + COMPLETE


async def test_dialogue_is_tried_a_second_time(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """While nothing was heard; afterwards it is an error."""
    simulator.faults.add(Fault.DROP)
    _, audio = await fetch(hass_client, DOORBELL)
    assert audio[HEADER_LENGTH:] == HEARD


async def test_dialogue_goes_over_rest_where_websockets_do_not(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Line by line."""
    simulator.faults.add(Fault.HANDSHAKE_ERROR, status=426, times=None)
    _, audio = await fetch(hass_client, DOORBELL)
    assert audio[HEADER_LENGTH:] == HEARD
    assert simulator.journal.paths().count(REST) == 3


async def test_another_engine_speaks_all_lines(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, other: OtherEngine
) -> None:
    """With its one voice, and without marks; of a text that is still being written, too."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS, times=None)
    assert (await fetch(hass_client, DOORBELL))[0] == 200
    deltas = growing("**Knock** knock. [voice:Ha", "ns] Who is", " there?")
    assert (await fetch_growing(hass, hass_client, deltas))[0] == 200
    assert [text for text, _ in other.said] == [
        "Knock knock. Who is there? A doorbell.",
        "Knock knock. Who is there?",
    ]


async def test_another_engine_does_not_wait_for_a_text_that_never_ends(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    other: OtherEngine,
    made_time: MadeTime,
) -> None:
    """A conversation agent that has failed leaves it open; a minute is enough."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)

    async def deltas() -> AsyncGenerator[str]:
        yield "Hello there, "
        yield "who"
        await asyncio.Event().wait()

    began = made_time.time()
    _, audio = await fetch_growing(hass, hass_client, deltas())
    assert not any(audio[HEADER_LENGTH:])
    assert made_time.time() - began == pytest.approx(60, abs=10)
    assert not other.said


async def test_as_many_lines_at_once_as_the_account_allows(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """A dialogue does not ask the provider for more than single messages may."""
    hass.config_entries.async_update_entry(account, options={**account.options, "parallel": 2})
    await hass.async_block_till_done()
    simulator.profile = Profile(first_audio_ms=30)
    text = " ".join(f"[voice:{1071 + number % 2}] Line {number}." for number in range(8))
    _, audio = await fetch(hass_client, text)
    assert audio[HEADER_LENGTH:] == b"".join(tone_pcm(f"Line {number}.", 24000) for number in range(8))
    changes = [("context_created" in frame) - ("context_closed" in frame) for frame in simulator.journal.sent(MULTI)]
    assert max(sum(changes[: end + 1]) for end in range(len(changes))) == 2


async def test_part_without_audio_is_an_error(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A line that the provider swallowed does not pass for spoken because another one was."""

    async def deltas() -> AsyncGenerator[str]:
        yield "One. [voice:Hans]"
        while not any("session_closed" in frame for frame in simulator.journal.sent(GROWING)):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        simulator.faults.add(Fault.EMPTY_AUDIO, times=2)
        yield "Two."

    _, audio = await fetch_growing(hass, hass_client, deltas())
    one = tone_pcm("One.", 24000)
    assert audio[HEADER_LENGTH:].startswith(one)
    assert not any(audio[HEADER_LENGTH + len(one) :])
    assert "EMPTY_AUDIO" in caplog.text


async def test_home_calls_its_voices_as_it_likes(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, account: MockConfigEntry
) -> None:
    """The name that a voice got here counts first; when another voice gets it, kept speech is made anew."""
    await hass.config_entries.async_remove(account.entry_id)
    voices = (voice_subentry("one"), voice_subentry("two", "Butler", voice="1072"))
    entry = account_entry(simulator.url, *voices, options={"connection": "off"})
    await set_up(hass, entry)
    for voice_id in ("1072", "268"):
        butler = entry.subentries["two"]
        hass.config_entries.async_update_subentry(entry, butler, data={**butler.data, "voice": voice_id})
        await hass.async_block_till_done()
        await fetch(hass_client, f"[voice:butler] {TEXT}", cache=True)
        await fetch(hass_client, TEXT, options={**WAV, "voice": "Butler"}, cache=True)
    assert [voice for voice, _ in said(simulator, WHOLE)] == [1072, 1072, 268, 268]

"""Pronunciation dictionaries as users hear them: by themselves, as a voice's setting, and as an option of a call."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.models import Dictionary as ListedDictionary, VoiceSettings
from custom_components.kugelaudio.voices.dictionaries import with_dictionaries
from tests.simulator import Fault, Simulator
from tests.speaking import ENTITY, GROWING, HEADER_LENGTH, REST, WAV, WHOLE, fetch, fetch_growing, growing, kept

from .pronouncing import HOUSE, TEXT, german, spoken, tone

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

MULTI = "/ws/tts/multi"
# The simulator's "House" (7) is an active dictionary for German, its "Abbreviations" (9) is not active.
ABBREVIATIONS = "KugelAudio und Home Assistant sind da."
BOTH = "Kugel Audio und Home Assistant sind da."


async def test_active_dictionaries_apply_by_themselves(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Nobody has to know of a project's number: the server wants one, and tells it with its list."""
    entry = await german(hass, simulator)
    hass.config_entries.async_update_subentry(
        entry,
        entry.subentries["voice-1"],
        data={name: value for name, value in entry.subentries["voice-1"].data.items() if name != "dictionaries"},
    )
    await hass.async_block_till_done()
    assert await spoken(hass_client) == tone(HOUSE)
    [sent] = simulator.journal.received(WHOLE)
    assert sent["project_id"] == 42
    assert "dictionary_ids" not in sent


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("active", HOUSE),
        ([], TEXT),
        (["7"], HOUSE),
        (["9"], ABBREVIATIONS),
        (["7", "9"], BOTH),
        (["7", "8"], HOUSE),
        (["8"], TEXT),
    ],
)
async def test_dictionaries_of_a_voice_are_heard(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    stored: str | list[str],
    text: str,
) -> None:
    """Those that are chosen; one that is gone by now (8) is passed over, for the server would refuse to speak."""
    await german(hass, simulator, stored)
    assert await spoken(hass_client) == tone(text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("active", HOUSE),
        (" Active ", HOUSE),
        (["active"], HOUSE),
        ("none", TEXT),
        (["none"], TEXT),
        ([], TEXT),
        (None, TEXT),
        ("House", HOUSE),
        (" house ", HOUSE),
        ("7", HOUSE),
        (7, HOUSE),
        (["abbreviations"], ABBREVIATIONS),
        (["House", 9], BOTH),
        (["House", "7", "house"], HOUSE),
    ],
)
@pytest.mark.parametrize("stored", [["9"], "active"], ids=["another one is stored", "active ones are"])
async def test_a_call_chooses_for_itself(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    asked: object,
    text: str,
    stored: str | list[str],
) -> None:
    """By number or by name, one or several."""
    await german(hass, simulator, stored)
    assert await spoken(hass_client, dictionaries=asked) == tone(text)


@pytest.mark.parametrize("asked", ["Garden", 8, ["House", "Garden"], ["active", "House"], ["none", "House"]])
async def test_a_call_for_an_unknown_one_is_refused_at_once(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, asked: object
) -> None:
    """The message tells which there are."""
    await german(hass, simulator)
    calls = async_mock_service(hass, "media_player", "play_media")
    call: dict[str, Any] = {"entity_id": ENTITY, "media_player_entity_id": "media_player.kitchen", "message": TEXT}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call("tts", "speak", {**call, "options": {"dictionaries": asked}}, blocking=True)
    assert raised.value.translation_key == "dictionary_not_found"
    assert "House, Abbreviations" in str(raised.value)
    assert not calls
    assert (await fetch(hass_client, options={**WAV, "dictionaries": asked}))[0] == 500
    assert not simulator.journal.sockets


@pytest.mark.parametrize("asked", [{}, True, None, [None]])
async def test_what_is_no_name_of_a_dictionary_is_refused_at_once(
    hass: HomeAssistant, simulator: Simulator, asked: object
) -> None:
    """By the option's name."""
    await german(hass, simulator)
    call: dict[str, Any] = {"entity_id": ENTITY, "media_player_entity_id": "media_player.kitchen", "message": TEXT}
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call("tts", "speak", {**call, "options": {"dictionaries": asked}}, blocking=True)
    assert raised.value.translation_key == "option_not_text"
    assert raised.value.translation_placeholders == {"option": "dictionaries"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=6,
    )
)
def test_whatever_is_asked_for_is_a_choice_or_refused(asked: object) -> None:
    """What is accepted names only what there is, and what is stored is always accepted."""
    listed = (ListedDictionary(id=7, name="House", project_id=42), ListedDictionary(id=9, name="9", project_id=42))
    voice = VoiceSettings(voice_id="268", language="de")
    for is_stored in (True, False):
        try:
            chosen = with_dictionaries(voice, asked, listed, is_stored=is_stored)
        except ServiceValidationError:
            assert not is_stored
        else:
            assert chosen.project_id == 42
            assert set(chosen.dictionary_ids or ()) <= {7, 9}


async def test_every_way_to_speak_pronounces_alike(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """A whole text, one that is still written, several voices, and REST where WebSockets do not get through."""
    await german(hass, simulator, ["7", "9"])
    assert await spoken(hass_client) == tone(BOTH)
    _, audio = await fetch_growing(hass, hass_client, growing("KugelAudio und", " HA sind", " da."))
    assert audio[HEADER_LENGTH:] == tone(BOTH)
    assert await spoken(hass_client, f"{TEXT} [voice:Nathan Cole] HA.") == tone(BOTH) + tone("Home Assistant.")
    simulator.faults.add(Fault.HANDSHAKE_HTML, times=None, status=404)
    await simulator.close_sockets(1012)
    assert await spoken(hass_client, f"{TEXT} HA.") == tone(f"{BOTH} Home Assistant.")
    assert all(simulator.journal.received(path) for path in (WHOLE, GROWING, MULTI))
    assert REST in simulator.journal.paths()


async def test_another_choice_is_other_audio(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path
) -> None:
    """What Home Assistant keeps was spoken with the dictionaries that are asked for."""
    await german(hass, simulator)
    for asked in ("active", "none", ["9"], "active", "none", ["9"]):
        await fetch(hass_client, TEXT, options={"dictionaries": asked}, cache=True)
        await hass.async_block_till_done()
    assert len(kept(tts_cache)) == len(simulator.journal.received(WHOLE)) == 3

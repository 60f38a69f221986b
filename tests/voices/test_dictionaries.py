"""Pronunciation dictionaries as users hear them: by themselves, as a voice's setting, and as an option of a call."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.models import Dictionary as ListedDictionary, VoiceSettings
from custom_components.kugelaudio.voices.dictionaries import with_dictionaries
from tests.helpers import account_entry, set_up, state_of, voice_subentry
from tests.simulator import Failure, Fault, Simulator, tone_pcm
from tests.simulator.dictionaries import DICTIONARIES, Dictionary
from tests.speaking import ENTITY, GROWING, HEADER_LENGTH, REST, WAV, WHOLE, fetch, fetch_growing, growing, kept

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

MULTI = "/ws/tts/multi"
LISTING = "/v1/dictionaries"
TEXT = "KugelAudio und HA sind da."
# The simulator's "House" (7) is an active dictionary for German, its "Abbreviations" (9) is not active.
HOUSE = "Kugel Audio und HA sind da."
ABBREVIATIONS = "KugelAudio und Home Assistant sind da."
BOTH = "Kugel Audio und Home Assistant sind da."


async def german(
    hass: HomeAssistant, simulator: Simulator, dictionaries: str | list[str] = "active"
) -> MockConfigEntry:
    """Set up an account with a German voice."""
    voice = voice_subentry("voice-1", voice="268", language="de", format="wav", dictionaries=dictionaries)
    entry = account_entry(simulator.url, voice, options={"connection": "after_use"})
    await set_up(hass, entry)
    return entry


async def spoken(hass_client: ClientSessionGenerator, message: str = TEXT, **options: object) -> bytes:
    """Return the samples of a message."""
    status, audio = await fetch(hass_client, message, options={**WAV, **options})
    assert status == 200
    return audio[HEADER_LENGTH:]


def tone(text: str) -> bytes:
    """Return the simulator's sound of a text."""
    return tone_pcm(text, 24000)


def offer(monkeypatch: pytest.MonkeyPatch, *dictionaries: Dictionary) -> None:
    """Let the project have these dictionaries from now on."""
    for module in ("dictionaries", "settings"):
        monkeypatch.setattr(f"tests.simulator.{module}.DICTIONARIES", dictionaries)


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


async def test_what_changes_in_the_dashboard_is_heard_after_a_refresh(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Audio that is kept was pronounced by the dictionaries of its time; as long as they are the same it stays."""
    entry = await german(hass, simulator)
    house, abbreviations = DICTIONARIES
    for offered, requests in (
        ((house, abbreviations), 1),
        ((house, abbreviations), 1),
        ((house, replace(abbreviations, is_active=True)), 2),
        ((replace(house, updated_at="2026-11-20T08:00:00Z"), abbreviations), 3),
        ((), 4),
        ((house, abbreviations), 4),
    ):
        offer(monkeypatch, *offered)
        await entry.runtime_data.coordinator.async_refresh()
        await fetch(hass_client, TEXT, options={}, cache=True)
        await hass.async_block_till_done()
        assert len(simulator.journal.received(WHOLE)) == requests


TROUBLES: dict[str, tuple[Fault, dict[str, Any]]] = {
    "permission missing": (Fault.HTTP_ERROR, {"error": Failure.PERMISSION_DENIED}),
    "forbidden": (Fault.HTTP_ERROR, {"error": Failure.FORBIDDEN}),
    "key refused": (Fault.HTTP_ERROR, {"error": Failure.UNAUTHORIZED}),
    "unknown to the server": (Fault.HTTP_ERROR, {"error": Failure.VOICE_NOT_FOUND}),
    "not available": (Fault.HTTP_ERROR, {"error": Failure.NOT_AVAILABLE}),
    "out of service": (Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}),
    "too many requests": (Fault.HTTP_ERROR, {"error": Failure.RATE_LIMITED}),
    "too many requests, under a general code": (Fault.HTTP_ERROR, {"status": 429, "error_code": "VALIDATION_ERROR"}),
    "too many requests, in the words for long texts": (Fault.HTTP_ERROR, {"error": Failure.TEXT_TOO_LONG_OLD}),
    "HTML page": (Fault.HTTP_HTML, {"status": 200}),
    "HTML page for a wrong path": (Fault.HTTP_HTML, {"status": 404}),
    "half of an answer": (Fault.HTTP_TRUNCATED_JSON, {}),
    "JSON of another kind": (Fault.HTTP_NOT_OBJECT, {}),
    "connection dropped": (Fault.HTTP_DROP, {}),
    "no answer": (Fault.HTTP_HANG, {}),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_account_without_a_list_speaks_without_dictionaries(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    trouble: str,
) -> None:
    """It is set up, nobody is bothered, and nothing is asked of the server that it may not understand."""
    fault, parameters = TROUBLES[trouble]
    simulator.faults.add(fault, times=None, path=LISTING, **parameters)
    entry = await german(hass, simulator, ["7"])
    assert state_of(entry) is ConfigEntryState.LOADED
    assert not ir.async_get(hass).issues
    assert not hass.config_entries.flow.async_progress()
    for options in ({}, {"dictionaries": "House"}):
        assert await spoken(hass_client, **options) == tone(TEXT)
    assert not [sent for sent in simulator.journal.received(WHOLE) if sent.keys() & {"project_id", "dictionary_ids"}]


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        ("out of service", HOUSE),
        ("too many requests", HOUSE),
        ("too many requests, under a general code", HOUSE),
        ("too many requests, in the words for long texts", HOUSE),
        ("HTML page", HOUSE),
        ("half of an answer", HOUSE),
        ("JSON of another kind", HOUSE),
        ("connection dropped", HOUSE),
        ("no answer", HOUSE),
        ("permission missing", TEXT),
        ("forbidden", TEXT),
        ("unknown to the server", TEXT),
        ("HTML page for a wrong path", TEXT),
        ("not available", TEXT),
    ],
)
async def test_a_list_that_fails_for_a_moment_stays(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    trouble: str,
    text: str,
) -> None:
    """Words do not sound different for half a day because of one request; what is taken away is away."""
    entry = await german(hass, simulator)
    fault, parameters = TROUBLES[trouble]
    simulator.faults.add(fault, times=None, path=LISTING, **parameters)
    await entry.runtime_data.coordinator.async_refresh()
    assert entry.runtime_data.coordinator.listing.is_reachable
    assert await spoken(hass_client) == tone(text)


async def test_a_list_that_fails_is_asked_for_again_soon(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is not known whether there are dictionaries: that is no reason to do without them for half a day."""
    simulator.faults.add(Fault.HTTP_ERROR, times=None, path=LISTING, error=Failure.CATALOGUE_UNAVAILABLE)
    await german(hass, simulator, ["7"])
    assert await spoken(hass_client) == tone(TEXT)
    simulator.faults.clear()
    freezer.tick(timedelta(minutes=5, seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await spoken(hass_client) == tone(HOUSE)


async def test_models_that_fail_take_no_dictionaries_away(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Each list fails alone."""
    entry = await german(hass, simulator)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/models", error=Failure.CATALOGUE_UNAVAILABLE)
    await entry.runtime_data.coordinator.async_refresh()
    assert not entry.runtime_data.coordinator.last_update_success
    assert await spoken(hass_client) == tone(HOUSE)


async def test_new_dictionaries_are_found(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the next refresh; only those of one project can be asked for at once, and none without its number."""
    house, abbreviations = DICTIONARIES
    offer(monkeypatch)
    entry = await german(hass, simulator)
    assert await spoken(hass_client) == tone(TEXT)
    assert "project_id" not in simulator.journal.received(WHOLE)[-1]
    elsewhere, nowhere = replace(house, id=8, project_id=43), replace(house, id=6, project_id=None)
    offer(monkeypatch, nowhere, house, elsewhere, abbreviations)
    await entry.runtime_data.coordinator.async_refresh()
    assert await spoken(hass_client) == tone(HOUSE)
    assert [dictionary.id for dictionary in entry.runtime_data.account.catalogue.dictionaries] == [7, 9]

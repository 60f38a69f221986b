"""Whom a text can name: voices as the home calls them, by entity, device and title."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.api.errors import UnknownNameError
from custom_components.kugelaudio.api.models import Voice, VoiceSettings
from custom_components.kugelaudio.voices.catalogue import Catalogue
from custom_components.kugelaudio.voices.names import VoiceNames
from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Simulator
from tests.speaking import ENTITY, WAV, WHOLE, fetch

HANS = "tts.hans"
SETTINGS = VoiceSettings(voice_id="1071", language="en")


@pytest.fixture
async def entry(
    hass: HomeAssistant,
    enable_custom_integrations: None,  # noqa: ARG001 - makes Home Assistant look for this integration
    tts_cache: Path,  # noqa: ARG001 - spoken audio of one test must not reach another
    simulator: Simulator,
) -> MockConfigEntry:
    """Set up an account with an English and a German voice."""
    made = account_entry(
        simulator.url,
        voice_subentry("voice-1"),
        voice_subentry("voice-2", "Hans", voice="268", language="de"),
        options={"connection": "after_use"},
    )
    await set_up(hass, made)
    return made


def spoken(simulator: Simulator) -> list[object]:
    """Return the ids of the voices that spoke last, in the order of their texts."""
    return [request["voice_id"] for request in simulator.journal.received(WHOLE) if request.get("text")]


def names(hass: HomeAssistant, entry: MockConfigEntry, *voices: Voice) -> VoiceNames:
    """Return the names of an account that knows these voices of the catalogue."""
    return VoiceNames.of(hass, entry, Catalogue(voices, ()))


async def rename(hass: HomeAssistant, entity: str = "", device: str = "", title: str = "") -> None:
    """Call the second voice otherwise, as its owner does in the frontend."""
    [entry] = hass.config_entries.async_entries("kugelaudio")
    registered = er.async_get(hass).async_get(HANS)
    assert registered
    assert registered.device_id
    if entity:
        er.async_get(hass).async_update_entity(HANS, name=entity)
    if device:
        dr.async_get(hass).async_update_device(registered.device_id, name_by_user=device)
    if title:
        hass.config_entries.async_update_subentry(entry, entry.subentries["voice-2"], title=title)
    await hass.async_block_till_done()


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("kind", ["entity", "device", "title"])
@pytest.mark.parametrize("mark", ["Butler", " butler", "BUTLER"])
async def test_every_name_of_the_home_counts_in_marks(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, kind: str, mark: str
) -> None:
    """That of the entity, that of the device, and that of the voice itself."""
    await rename(hass, **{kind: "Butler"})
    status, _ = await fetch(hass_client, f"[voice:{mark}] Dinner is served.")
    assert status == 200
    assert spoken(simulator) == [268]


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("named", ["Butler", HANS, "hans", "268"])
async def test_every_name_of_the_home_counts_as_an_option(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, named: str
) -> None:
    """The entity itself, too."""
    await rename(hass, device="Butler")
    assert (await fetch(hass_client, options={**WAV, "voice": named}))[0] == 200
    assert spoken(simulator) == [268]


@pytest.mark.usefixtures("entry")
async def test_marks_take_entities(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """As a dialogue does."""
    assert (await fetch(hass_client, f"[voice:{HANS}] Dinner is served."))[0] == 200
    assert spoken(simulator) == [268]


async def test_a_renamed_voice_makes_speech_anew(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """What was said by somebody of that name before is not played again."""
    message = "[voice:Butler] Dinner is served."
    await rename(hass, entity="Butler")
    for _ in range(2):
        await fetch(hass_client, message, cache=True)
    er.async_get(hass).async_update_entity(HANS, name=None)
    er.async_get(hass).async_update_entity(ENTITY, name="Butler")
    await hass.async_block_till_done()
    await fetch(hass_client, message, cache=True)
    assert spoken(simulator) == [268, 1071]
    assert entry.runtime_data


async def test_an_entity_that_has_changed_makes_speech_anew(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A message may name an entity, which stays when its voice is another one."""
    assert names(hass, entry, Voice(id="1071", name="Samantha Ferris"), Voice(id="268", name="Hans")).renamed == ""
    voice = entry.subentries["voice-2"]
    data = {**voice.data, "voice": "300", "former_voices": ["268"]}
    hass.config_entries.async_update_subentry(entry, voice, data=data)
    await hass.async_block_till_done()
    known = names(hass, entry, Voice(id="1071", name="Samantha Ferris"), Voice(id="268", name="Hans"))
    assert known.renamed == "Hans=300; tts.hans=300"


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_of_two_with_one_name_the_one_that_was_asked_goes_on(hass: HomeAssistant, simulator: Simulator) -> None:
    """Names are not unique."""
    entry = account_entry(
        simulator.url, voice_subentry("voice-1", "Twin"), voice_subentry("voice-2", "Twin", voice="268")
    )
    await set_up(hass, entry)
    known = names(hass, entry)
    assert known.voice_id("Twin") == "1071"
    assert known.voice_id("Twin", "268") == "268"
    assert known.speaking("twin", VoiceSettings(voice_id="268", language="en")).voice_id == "268"
    assert known.voice_id("tts.twin_2") == "268"


async def test_a_voice_that_is_not_listed_is_known_by_its_id(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The catalogue may not have it."""
    assert names(hass, entry).voice_id("268") == "268"
    assert names(hass, entry).speaking("268", SETTINGS).voice_id == "268"


async def test_the_voice_as_it_is_set_up_can_be_called_for(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """By the word under which assistants are offered it."""
    assert names(hass, entry).speaking("Default", SETTINGS) is SETTINGS


async def test_close_names_are_proposed_from_the_home(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """As well as from the catalogue; where nothing is close, those of the home."""
    await rename(hass, device="Butler James")
    known = names(hass, entry, Voice(id="7", name="Emily Carter"))
    for wrong, close in (("Butlre", "Butler James"), ("Emly", "Emily Carter"), ("Hanss", "Hans")):
        with pytest.raises(UnknownNameError) as raised:
            known.speaking(wrong, SETTINGS)
        assert raised.value.names["close"].startswith(close)
    with pytest.raises(UnknownNameError) as raised:
        known.speaking("Zzzzz", SETTINGS)
    assert set(raised.value.names["close"].split(", ")) == {"Samantha Ferris", "Hans", "Butler James"}


async def test_a_made_up_name_in_a_growing_text_means_the_voice_that_was_asked(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """With one line in the log, which does not repeat what may be a part of the text."""
    assert names(hass, entry).speaking("Assistant", SETTINGS, lenient=True) is SETTINGS
    lines = [record.getMessage() for record in caplog.records if record.name == "custom_components.kugelaudio"]
    assert len([line for line in lines if "nobody has" in line]) == 1
    assert not any("Assistant" in line for line in lines)
    assert names(hass, entry).speaking("Hans", SETTINGS, lenient=True).voice_id == "268"


@pytest.mark.usefixtures("entry")
async def test_an_unknown_name_in_a_call_is_refused_with_those_that_are_close(hass: HomeAssistant) -> None:
    """Those of the home are among them."""
    await rename(hass, entity="Butler")
    async_mock_service(hass, "media_player", "play_media")
    call = {"entity_id": ENTITY, "media_player_entity_id": "media_player.kitchen", "message": "[voice:Butlr] Hello."}
    with pytest.raises(ServiceValidationError, match="Butler"):
        await hass.services.async_call("tts", "speak", call, blocking=True)

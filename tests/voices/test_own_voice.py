"""What assistants store of a voice goes on to mean it, whatever voice it is set to later."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.kugelaudio.voices.own_voice import OwnVoice, revoiced
from tests.helpers import STORED_VOICE, account_entry, change_voice, set_up, submit_voice, voice_subentry
from tests.simulator import Simulator
from tests.speaking import ENTITY, TEXT, WAV, WHOLE, fetch, kept

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

HANS = {"voice": "Hans (268)", "format": "wav", "around": {}, "advanced": {}}
OLD_VOICE = {name: value for name, value in STORED_VOICE.items() if name != "former_voices"}


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator, tts_cache: Path) -> MockConfigEntry:  # noqa: ARG001 - its own
    """Set up an account with a voice as 1.0.0 stored it."""
    voice = voice_subentry("voice-1")
    voice["data"] = OLD_VOICE
    made = account_entry(simulator.url, voice, options={"connection": "after_use"})
    await set_up(hass, made)
    return made


async def offered(hass_ws_client: WebSocketGenerator, language: str = "de") -> dict[str, str]:
    """Return the voices that the dialogue of an assistant offers: id to name, in their order."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "tts/engine/voices", "engine_id": ENTITY, "language": language})
    return {voice["voice_id"]: voice["name"] for voice in (await client.receive_json())["result"]["voices"]}


async def change(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the voice to Hans, as its owner does."""
    form = await submit_voice(hass, await change_voice(hass, entry, "voice-1"), {"language": "de"})
    await submit_voice(hass, form, HANS)


def spoken(simulator: Simulator) -> list[object]:
    """Return the ids of the voices that spoke."""
    return [request["voice_id"] for request in simulator.journal.received(WHOLE)]


async def test_own_voice_comes_first_under_a_word_that_stays(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, entry: MockConfigEntry
) -> None:
    """With the name of the voice that it is now; others can be chosen by their ids."""
    voices = await offered(hass_ws_client)
    assert next(iter(voices.items())) == ("default", "As set up (Samantha Ferris)")
    assert voices["268"] == "Hans"
    assert "1071" not in voices
    await change(hass, entry)
    voices = await offered(hass_ws_client, "en")
    assert next(iter(voices.items())) == ("default", "As set up (Hans)")
    assert not {"268", "1071"} & set(voices)
    assert voices["Samantha Ferris (1071)"] == "Samantha Ferris"


@pytest.mark.usefixtures("tts_cache")
async def test_own_voice_is_offered_in_the_language_of_the_home(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    simulator: Simulator,
) -> None:
    """By its title where the catalogue does not have it."""
    hass.config.language = "de"
    entry = account_entry(simulator.url, voice_subentry("voice-1", "Samantha Ferris", voice="hidden"))
    await set_up(hass, entry)
    assert (await offered(hass_ws_client))["default"] == "Wie eingestellt (Samantha Ferris)"


@pytest.mark.parametrize("stored", ["default", "Default ", "1071", None])
async def test_assistants_follow_a_change_of_the_voice(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    stored: str | None,
) -> None:
    """Also those that were set up with an earlier release, which stored the id; nothing old is played again."""
    options: dict[str, Any] = WAV if stored is None else {**WAV, "voice": stored}
    for _ in range(2):
        await fetch(hass_client, options=options, cache=True)
    await change(hass, entry)
    for _ in range(2):
        await fetch(hass_client, options=options, cache=True)
    assert spoken(simulator) == [1071, 268]


@pytest.mark.parametrize("named", ["Samantha Ferris", "samantha ferris (1071)", "Once another name (1071)"])
async def test_the_former_voice_can_still_be_chosen(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry, named: str
) -> None:
    """By its name, or as it is offered, also when it has another name by now."""
    await change(hass, entry)
    await fetch(hass_client, options={**WAV, "voice": named})
    assert spoken(simulator) == [1071]


async def test_a_voice_of_an_earlier_release_keeps_what_was_said(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Its key in Home Assistant's store is what it was, as long as the voice is the same."""
    entity = hass.data["tts"].get_entity(ENTITY)
    assert set(entity.default_options) == {
        *("voice", "model", "speed", "temperature", "guidance", "lead_in_ms", "tail_ms", "normalize", "clean"),
        *("marks", "chime", "dictionaries", "preferred_format", "dictionaries_version"),
    }
    assert entry.subentries
    assert (await fetch(hass_client))[0] == 200
    assert spoken(simulator) == [1071]


async def test_another_voice_under_the_same_entity_says_everything_anew(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path
) -> None:
    """One that was removed and added again with another voice, but the same name."""
    options = {**WAV, "voice": "default"}
    for voice in ("1071", "268"):
        entry = account_entry(simulator.url, voice_subentry(f"voice-{voice}", voice=voice))
        await set_up(hass, entry)
        assert (await fetch(hass_client, options=options, cache=True))[0] == 200
        await hass.async_block_till_done(wait_background_tasks=True)
        await hass.config_entries.async_remove(entry.entry_id)
    assert spoken(simulator) == [1071, 268]
    assert len(kept(tts_cache)) == 2
    assert TEXT


@pytest.mark.parametrize(
    ("stored", "changes", "former"),
    [
        ({"voice": "1"}, {"voice": "1"}, None),
        ({"voice": "1"}, {"voice": "2"}, ["1"]),
        ({"voice": "1", "former_voices": []}, {"voice": "1"}, []),
        ({"voice": "2", "former_voices": ["1"]}, {"voice": "3", "former_voices": []}, ["1", "2"]),
        ({"voice": "2", "former_voices": ["1"]}, {"voice": "1"}, ["2"]),
        ({"voice": "3", "former_voices": ["1", "2"]}, {"voice": "2"}, ["1", "3"]),
    ],
)
def test_former_ids_are_kept(stored: Mapping[str, Any], changes: Mapping[str, Any], former: list[str] | None) -> None:
    """Each once, without the present one; nothing else of what is stored stays by itself."""
    data = revoiced({**stored, "fallback": "tts.other"}, changes)
    assert data.get("former_voices") == former
    assert "fallback" not in data


@pytest.mark.parametrize(
    ("named", "is_meant"), [("default", True), (" 1", True), ("0", True), ("2", False), ("", False)]
)
def test_own_voice_is_meant_by_its_word_and_ids(named: str, *, is_meant: bool) -> None:
    """No other voice is."""
    assert OwnVoice("1", ("0",)).is_meant_by(named) is is_meant

"""The action `tts.speak`: what it hands to the player, and what it refuses."""

from typing import Any

from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Simulator

from .speaking import ENTITY, TEXT, WAV, fetch

pytestmark = pytest.mark.usefixtures("account")


SPEAK = {"entity_id": ENTITY, "media_player_entity_id": "media_player.kitchen", "message": TEXT}


async def speak(hass: HomeAssistant, **data: Any) -> None:
    """Call `tts.speak`."""
    await hass.services.async_call("tts", "speak", {**SPEAK, **data}, blocking=True)


@pytest.mark.parametrize(
    ("options", "key", "placeholders"),
    [
        ({"speed": 2}, "option_out_of_range", {"option": "speed", "minimum": "0.8", "maximum": "1.2"}),
        ({"speed": "fast"}, "option_out_of_range", {"option": "speed", "minimum": "0.8", "maximum": "1.2"}),
        ({"speed": None}, "option_out_of_range", {"option": "speed", "minimum": "0.8", "maximum": "1.2"}),
        ({"temperature": -0.1}, "option_out_of_range", {"option": "temperature", "minimum": "0.0", "maximum": "1.0"}),
        ({"guidance": 3}, "option_out_of_range", {"option": "guidance", "minimum": "1.2", "maximum": "2.5"}),
        ({"guidance": "nan"}, "option_out_of_range", {"option": "guidance", "minimum": "1.2", "maximum": "2.5"}),
        ({"normalize": "maybe"}, "option_not_boolean", {"option": "normalize"}),
        ({"voice": " "}, "option_empty", {"option": "voice"}),
        ({"model": ""}, "option_empty", {"option": "model"}),
        ({"preferred_sample_rate": "high"}, "option_not_number", {"option": "preferred_sample_rate"}),
    ],
)
async def test_a_wrong_option_is_refused_at_once(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    options: dict[str, object],
    key: str,
    placeholders: dict[str, str],
) -> None:
    """The action names the option and what it may be; asked for in another way, nothing is sent either."""
    calls = async_mock_service(hass, "media_player", "play_media")
    with pytest.raises(ServiceValidationError) as raised:
        await speak(hass, options=options)
    assert raised.value.translation_key == key
    assert raised.value.translation_placeholders == placeholders
    assert placeholders["option"] in str(raised.value)
    assert not calls
    assert (await fetch(hass_client, options={**WAV, **options}))[0] == 500
    assert not simulator.journal.sockets


@pytest.mark.parametrize(
    ("message", "key"),
    [("", "text_empty"), (" \n", "text_empty"), ("\U0001f44d", "text_empty"), ("a" * 50_001, "text_too_long")],
)
async def test_a_message_that_cannot_be_spoken_is_refused_at_once(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, message: str, key: str
) -> None:
    """Before anything is sent."""
    async_mock_service(hass, "media_player", "play_media")
    with pytest.raises(ServiceValidationError) as raised:
        await speak(hass, message=message)
    assert raised.value.translation_key == key
    assert (await fetch(hass_client, message or " "))[0] == 500
    assert not simulator.journal.sockets


async def test_the_action_hands_the_message_to_the_player(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """As an announcement, with everything that the call asks for."""
    calls = async_mock_service(hass, "media_player", "play_media")
    hass.states.async_set("media_player.kitchen", "idle")
    await speak(hass, language="de", options={"speed": 1.1})
    [call] = calls
    assert call.data["announce"] is True
    source = call.data["media_content_id"]
    assert await async_setup_component(hass, "media_source", {})
    media = await async_resolve_media(hass, source, None)
    assert media.mime_type == "audio/mpeg"
    response = await (await hass_client()).get(media.url)
    assert (response.status, (await response.read())[:3]) == (200, b"ID3")

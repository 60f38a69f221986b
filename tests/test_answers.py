"""The chimes of a voice are for announcements, and for the answers of assistants only where that is wished."""

from homeassistant.components.assist_pipeline import async_get_pipelines, async_update_pipeline
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import KITCHEN, Player, announce, open_house
from tests.simulator import tone_pcm
from tests.speaking import COMPLETE, ENTITY, HEADER_LENGTH, TEXT, fetch

CHIMED = chime_pcm("ding", 24000) + COMPLETE + chime_pcm("gong", 24000)
QUESTION = "is anything finished"


def change(hass: HomeAssistant, account: MockConfigEntry, **changes: str | bool) -> None:
    """Change what is stored of the voice."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, **changes})


@pytest.fixture
async def kitchen(hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator) -> Player:
    """Provide a player, a voice that chimes before and after, and an assistant that speaks with it."""
    change(hass, account, chime="ding", chime_after="gong", format="wav")
    house = await open_house(hass, hass_client)
    assert await async_setup_component(hass, "assist_pipeline", {})
    [pipeline] = async_get_pipelines(hass)
    await async_update_pipeline(hass, pipeline, tts_engine=ENTITY, tts_language="en")
    return await house.add(Player(KITCHEN))


async def answers(hass: HomeAssistant, *actions: dict[str, object]) -> None:
    """Let a sentence do something, and be answered."""
    automation = {
        "triggers": {"trigger": "conversation", "command": QUESTION},
        "actions": [*actions, {"set_conversation_response": TEXT}],
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


async def ask(hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator) -> bytes:
    """Ask the assistant; returns the PCM of its answer."""
    socket = await hass_ws_client()
    await socket.send_json_auto_id(
        {"type": "assist_pipeline/run", "start_stage": "intent", "end_stage": "tts", "input": {"text": QUESTION}}
    )
    while (event := (await socket.receive_json()).get("event", {"type": None}))["type"] != "tts-end":
        assert event["type"] != "error"
    client = await hass_client()
    audio = await (await client.get(event["data"]["tts_output"]["url"])).read()
    return audio[HEADER_LENGTH:]


async def test_answers_come_without_chimes(
    hass: HomeAssistant, kitchen: Player, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
) -> None:
    """Neither is kept as the other: announcements of the same words chime before and after."""
    await answers(hass)
    assert (await fetch(hass_client, options={}, cache=True))[1][HEADER_LENGTH:] == CHIMED
    assert await ask(hass_ws_client, hass_client) == COMPLETE
    assert await ask(hass_ws_client, hass_client) == COMPLETE
    assert (await fetch(hass_client, options={}, cache=True))[1][HEADER_LENGTH:] == CHIMED
    await announce(hass, KITCHEN)
    assert kitchen.last.pcm == CHIMED


async def test_answers_chime_where_that_is_set(
    hass: HomeAssistant,
    account: MockConfigEntry,
    kitchen: Player,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    """From the next answer on, as announcements do."""
    await answers(hass)
    assert await ask(hass_ws_client, hass_client) == COMPLETE
    change(hass, account, chime_for_answers=True)
    await hass.async_block_till_done()
    assert await ask(hass_ws_client, hass_client) == CHIMED
    await announce(hass, KITCHEN)
    assert kitchen.last.pcm == CHIMED


@pytest.mark.parametrize(
    "action",
    [
        {"action": "kugelaudio.announce", "data": {"entity_id": KITCHEN, "message": "Listen."}},
        {
            "action": "tts.speak",
            "target": {"entity_id": ENTITY},
            "data": {"media_player_entity_id": KITCHEN, "message": "Listen."},
        },
    ],
    ids=lambda action: str(action["action"]),
)
async def test_what_an_assistant_announces_chimes(
    hass: HomeAssistant,
    kitchen: Player,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    action: dict[str, object],
) -> None:
    """A script that it runs is no answer, and the answer after it has no chime all the same."""
    await answers(hass, action)
    assert await ask(hass_ws_client, hass_client) == COMPLETE
    await kitchen.has_heard.wait()
    assert kitchen.last.pcm == chime_pcm("ding", 24000) + tone_pcm("Listen.", 24000) + chime_pcm("gong", 24000)

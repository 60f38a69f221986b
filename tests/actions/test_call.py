"""What a call of an action wants spoken: whose voice, which words, and how they are to sound."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import account_entry, set_up, voice_subentry
from tests.listeners import KITCHEN, Player, announce
from tests.simulator import Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, TEXT, WHOLE

DIALOGUE = "/ws/tts/multi"


async def refusal(hass: HomeAssistant, **data: Any) -> tuple[str | None, Mapping[str, str]]:
    """Return what is wrong with a call."""
    with pytest.raises(ServiceValidationError) as raised:
        await announce(hass, KITCHEN, **data)
    return raised.value.translation_key, raised.value.translation_placeholders or {}


async def test_the_only_voice_speaks_unnamed(hass: HomeAssistant, kitchen: Player) -> None:
    """As it does when it is named."""
    await announce(hass, KITCHEN)
    await announce(hass, KITCHEN, voice=ENTITY)
    assert [heard.pcm for heard in kitchen.heard] == [COMPLETE, COMPLETE]


async def test_one_of_several_voices_is_named(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """Who forgets it is told which there are; so is who names something else."""
    await set_up(hass, account_entry(simulator.url, voice_subentry("second", "Hans", voice="268")))
    voices = f"tts.hans, {ENTITY}"
    assert await refusal(hass) == ("voice_not_named", {"voices": voices})
    for other in ("tts.other", KITCHEN):
        assert await refusal(hass, voice=other) == ("voice_not_loaded", {"voice": other, "voices": voices})
    await announce(hass, KITCHEN, voice="tts.hans")
    assert kitchen.last.pcm == COMPLETE
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] == 268


@pytest.mark.usefixtures("kitchen")
async def test_actions_stay_while_no_voice_is_loaded(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Automations that use them stay valid, and say what is missing."""
    await hass.config_entries.async_unload(account.entry_id)
    assert await refusal(hass) == ("no_voice", {})
    assert await refusal(hass, voice=ENTITY) == ("no_voice", {})


@pytest.mark.usefixtures("kitchen")
@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"dialogue": [{"text": TEXT}], "message": TEXT}, "message_or_dialogue"),
        ({"message": " "}, "text_empty"),
        ({"message": "[pause:300]"}, "text_empty"),
        ({"message": "a" * 10_001}, "text_too_long"),
        ({"dialogue": []}, "text_empty"),
        ({"dialogue": [{"text": "a" * 9_000}, {"text": "a" * 1_000}]}, "text_too_long"),
        ({"dialogue": [{"voice": "Nobody", "text": TEXT}]}, "name_unknown"),
        ({"message": "[voice:Nobody] Hello."}, "name_unknown"),
        ({"chime": "bang"}, "option_chime"),
        ({"lead_in_ms": 5001}, "option_out_of_range"),
        ({"tail_ms": -1}, "option_out_of_range"),
        ({"options": {"speed": 2}}, "option_out_of_range"),
    ],
)
async def test_what_cannot_be_spoken_is_refused_at_once(
    hass: HomeAssistant, simulator: Simulator, data: dict[str, Any], key: str
) -> None:
    """Before anybody plays anything, and before anything is sent."""
    assert (await refusal(hass, **data))[0] == key
    assert not simulator.journal.sockets


async def test_something_has_to_be_said(hass: HomeAssistant, kitchen: Player) -> None:
    """A call without words says so."""
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "announce", {"entity_id": KITCHEN}, blocking=True)
    assert raised.value.translation_key == "message_or_dialogue"
    assert not kitchen.orders


@pytest.mark.parametrize("data", [{"language": "xx"}, {"options": {"pitch": 2}}])
async def test_what_home_assistant_does_not_know_is_refused_by_it(
    hass: HomeAssistant, kitchen: Player, data: dict[str, Any]
) -> None:
    """A language or an option that no voice of ours has."""
    with pytest.raises(HomeAssistantError):
        await announce(hass, KITCHEN, **data)
    assert not kitchen.orders


@pytest.mark.parametrize(
    "data",
    [
        {"dialogue": [{"voice": "Hans"}]},
        {"dialogue": [{"voice": "Hans] [pause:9", "text": TEXT}]},
        {"dialogue": [{"voice": "", "text": TEXT}]},
        {"dialogue": [{"voice": "a" * 81, "text": TEXT}]},
        {"dialogue": [{"text": TEXT, "pause_ms": 10_001}]},
        {"dialogue": [{"text": TEXT, "pause": 300}]},
        {"lead_in_ms": "long"},
        {"voice": "Samantha Ferris"},
        {"format": "ogg"},
        {"volume": 0.5},
    ],
)
async def test_typing_errors_are_refused(hass: HomeAssistant, kitchen: Player, data: dict[str, Any]) -> None:
    """As in every action of Home Assistant."""
    with pytest.raises(probatio.Invalid):
        await announce(hass, KITCHEN, **data)
    assert not kitchen.orders


def spoken(simulator: Simulator) -> dict[object, object]:
    """Return who said what in a dialogue."""
    return {
        message["text"]: message["voice_settings"]
        for message in simulator.journal.received(DIALOGUE)
        if "voice_settings" in message
    }


def voice(voice_id: int) -> dict[str, object]:
    """Return what the server is told of a line's voice."""
    return {"voice_id": voice_id, "cfg_scale": 2.0}


async def test_a_dialogue_is_spoken_by_its_voices(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """By name, handle, id or entity, with pauses; a line of nobody in particular is the voice's own."""
    lines: list[dict[str, Any]] = [
        {"text": "Who is there?", "pause_ms": 300},
        {"voice": "Hans", "text": "The postman."},
        {"voice": "268", "text": "With a parcel.", "pause_ms": 50},
        {"voice": ENTITY, "text": "I am coming."},
        {"voice": " nathan cole ", "text": "Me too!"},
        {"text": "Wait!"},
    ]
    await announce(hass, KITCHEN, dialogue=lines)
    assert spoken(simulator) == {
        "Who is there?": voice(1071),
        "The postman.": voice(268),
        "With a parcel.": voice(268),
        "I am coming.": voice(1071),
        "Me too!": voice(1072),
        "Wait!": voice(1071),
    }
    pauses = {"Who is there?": 300, "With a parcel.": 50}
    expected = [tone_pcm(line["text"], 24000) + bytes(48 * pauses.get(line["text"], 0)) for line in lines]
    assert kitchen.last.pcm == b"".join(expected)


async def test_a_dialogue_is_one_however_marks_are_set(
    hass: HomeAssistant, kitchen: Player, simulator: Simulator
) -> None:
    """A voice that reads no marks speaks dialogues, and the voice of a call is the one of lines without."""
    lines = [{"voice": "Samantha Ferris", "text": "Who is there?"}, {"text": "The postman."}]
    await announce(hass, KITCHEN, dialogue=lines, options={"marks": False, "voice": "hans"})
    assert spoken(simulator) == {"Who is there?": voice(1071), "The postman.": voice(268)}
    assert kitchen.last.pcm == tone_pcm("Who is there?", 24000) + tone_pcm("The postman.", 24000)


@pytest.mark.usefixtures("kitchen")
async def test_text_that_looks_like_a_mark_is_none_in_a_dialogue(hass: HomeAssistant, simulator: Simulator) -> None:
    """It is read as it stands."""
    await announce(
        hass, KITCHEN, dialogue=[{"text": "Say [voice:Hans] or [PAUSE: 300]."}, {"text": "[", "pause_ms": 1}]
    )
    assert not spoken(simulator)
    assert simulator.journal.received(WHOLE)[-1]["text"] == "Say [ voice:Hans] or [ PAUSE: 300]. ["


async def test_a_voice_whose_name_no_mark_can_hold_speaks_in_a_dialogue(
    hass: HomeAssistant, kitchen: Player, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Under its id."""
    [stored] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, stored, title="Samantha [loud]")
    await hass.async_block_till_done()
    await announce(hass, KITCHEN, dialogue=[{"voice": "Hans", "text": "Dinner!"}, {"text": "I am coming."}])
    assert spoken(simulator) == {"Dinner!": voice(268), "I am coming.": voice(1071)}
    assert kitchen.last.status == 200


async def test_a_user_needs_the_voice_and_the_player(hass: HomeAssistant, kitchen: Player) -> None:
    """Whoever may control both can announce; users that there are not cannot."""
    user = MockUser(name="Guest").add_to_hass(hass)
    for allowed in ({}, {KITCHEN: True}):
        user.mock_policy({"entities": {"entity_ids": allowed}})
        with pytest.raises(Unauthorized):
            await announce(hass, KITCHEN, context=Context(user_id=user.id))
    user.mock_policy({"entities": {"entity_ids": {ENTITY: True}}})
    with pytest.raises(HomeAssistantError) as raised:
        await announce(hass, KITCHEN, context=Context(user_id=user.id))
    assert "Unauthorized" in str(raised.value)
    assert not kitchen.orders
    with pytest.raises(UnknownUser):
        await announce(hass, KITCHEN, context=Context(user_id="nobody"))
    user.mock_policy({"entities": {"entity_ids": {ENTITY: True, KITCHEN: True}}})
    await announce(hass, KITCHEN, context=Context(user_id=user.id))
    assert kitchen.last.pcm == COMPLETE

"""What a call of an action wants spoken: whose voice, which words, and how they are to sound."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import STORED_VOICE, account_entry, set_up, voice_subentry
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


async def test_the_first_of_several_voices_speaks_unnamed(
    hass: HomeAssistant, kitchen: Player, simulator: Simulator
) -> None:
    """Who adds a second voice need not change what worked before; a dialogue of named voices needs no other."""
    await set_up(hass, account_entry(simulator.url, voice_subentry("second", "Anton", voice="268")))
    await announce(hass, KITCHEN)
    assert kitchen.last.pcm == COMPLETE
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] == 1071
    await announce(hass, KITCHEN, dialogue=[{"voice": "Hans", "text": "Who is there?"}])
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] in {268, 1071}


@pytest.mark.usefixtures("kitchen")
async def test_the_voice_that_an_account_was_told_speaks_unnamed(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whatever was added first, and whichever account it is of; one that is gone gives way to the first again."""
    other = account_entry(
        simulator.url, voice_subentry("second", "Anton", voice="268"), options={"default_voice": "second"}
    )
    await set_up(hass, other)
    for voice_id in (268, 1071):
        await announce(hass, KITCHEN, cache=False)
        assert simulator.journal.received(WHOLE)[-1]["voice_id"] == voice_id
        await hass.config_entries.async_unload(other.entry_id)


@pytest.mark.parametrize(
    ("named", "voice_id"),
    [
        ("tts.second", 268),
        ("Second", 268),
        (" second", 268),
        ("Samantha Ferris", 1071),
        ("nathan cole", 1072),
        ("1072", 1072),
    ],
)
async def test_a_voice_is_named_by_its_entity_or_name(
    hass: HomeAssistant, kitchen: Player, simulator: Simulator, named: str, voice_id: int
) -> None:
    """One of the home, or one of the catalogue; who names somebody else is told who there is."""
    await set_up(hass, account_entry(simulator.url, voice_subentry("second", "Second", voice="268")))
    voices = f"Samantha Ferris ({ENTITY}), Second (tts.second)"
    for other in ("tts.other", KITCHEN, "Nobody"):
        assert await refusal(hass, voice=other) == ("voice_not_loaded", {"voice": other, "voices": voices})
    await announce(hass, KITCHEN, voice=named)
    assert kitchen.last.status == 200
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] == voice_id


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
        ({"message": " "}, "text_empty"),
        ({"message": "[pause:300]"}, "text_empty"),
        ({"message": "a" * 50_001}, "text_too_long"),
        ({"dialogue": []}, "text_empty"),
        ({"dialogue": [{"text": "a" * 45_000}, {"text": "a" * 5_000}]}, "text_too_long"),
        ({"dialogue": [{"voice": "Nobody", "text": TEXT}]}, "name_unknown"),
        ({"message": "[voice:Nobody] Hello."}, "name_unknown"),
        ({"chime": "bang"}, "option_chime"),
        ({"chime": None}, "option_chime"),
        ({"lead_in_ms": 5001}, "option_out_of_range"),
        ({"lead_in_ms": "long"}, "option_out_of_range"),
        ({"lead_in_ms": True}, "option_out_of_range"),
        ({"tail_ms": -1}, "option_out_of_range"),
        ({"options": {"speed": 2}}, "option_out_of_range"),
        ({"options": {"voice": None}}, "option_not_text"),
        ({"options": {"preferred_sample_channels": 7}}, "option_out_of_range"),
        ({"language": "xx"}, "language_unknown"),
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


@pytest.mark.parametrize("data", [{"options": {"pitch": 2}}])
async def test_what_home_assistant_does_not_know_is_refused_by_it(
    hass: HomeAssistant, kitchen: Player, data: dict[str, Any]
) -> None:
    """An option that no voice of ours has."""
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
        {"dialogue": [{"text": TEXT, "pause_ms": "nan"}]},
        {"format": "ogg"},
        {"volume": 101},
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
    return {"voice_id": voice_id, "cfg_scale": 2.0, "max_new_tokens": 2048}


async def test_a_dialogue_is_spoken_by_its_voices(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """By name, handle, id or entity, with pauses; a line of nobody in particular is the voice's own."""
    lines: list[dict[str, Any]] = [
        {"text": "Who is there?", "pause_ms": 300},
        {"voice": "Hans", "text": "The postman."},
        {"voice": "268", "text": "With a parcel.", "pause_ms": "50.0"},
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


@pytest.mark.parametrize(
    ("message", "said"),
    [("Listen!", {"Listen! Who is there?": 1071}), ("[voice:Hans] Listen!", {"Listen!": 268, "Who is there?": 1071})],
)
async def test_a_dialogue_follows_the_message(
    hass: HomeAssistant, kitchen: Player, simulator: Simulator, message: str, said: dict[str, int]
) -> None:
    """The editor asks for a message: it is what is said first, and whoever had the last word of it does not keep it."""
    lines = [{"text": "Who is there?"}, {"voice": "Nathan Cole", "text": "The postman."}]
    await announce(hass, KITCHEN, message=message, dialogue=lines)
    assert spoken(simulator) == {text: voice(voice_id) for text, voice_id in {**said, "The postman.": 1072}.items()}
    assert kitchen.last.status == 200


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


async def test_of_two_voices_with_one_name_the_entity_decides(
    hass: HomeAssistant, kitchen: Player, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Both are called Samantha Ferris."""
    data = MappingProxyType({**STORED_VOICE, "voice": "1072"})
    twin = ConfigSubentry(data=data, subentry_type="voice", title="Samantha Ferris", unique_id=None)
    hass.config_entries.async_add_subentry(account, twin)
    await hass.async_block_till_done()
    twin_id = f"{ENTITY}_2"
    await announce(
        hass,
        KITCHEN,
        dialogue=[{"voice": twin_id, "text": "Good morning."}, {"voice": ENTITY, "text": "Good night."}],
    )
    assert spoken(simulator) == {"Good morning.": voice(1072), "Good night.": voice(1071)}
    await announce(hass, KITCHEN, voice=twin_id, dialogue=[{"text": "Alone."}, {"voice": ENTITY, "text": "Not quite."}])
    assert spoken(simulator)["Alone."] == voice(1072)
    assert kitchen.last.status == 200


async def test_fields_take_what_templates_make_of_them(
    hass: HomeAssistant, kitchen: Player, simulator: Simulator
) -> None:
    """Numbers as text, and languages with regions; `no` is what YAML reads as false."""
    await announce(hass, KITCHEN, lead_in_ms="500.0", tail_ms=0.0, chime=False, language=False)
    assert kitchen.last.pcm == bytes(24_000) + COMPLETE
    assert simulator.journal.received(WHOLE)[-1]["language"] == "no"

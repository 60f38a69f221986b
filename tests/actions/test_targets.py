"""Who hears an announcement: entities, devices, areas, floors and labels."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
    target,
)
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.listeners import BEDSIDE, HALL, KITCHEN, PLAYED, House, Player, Satellite, announce, open_house
from tests.simulator import Simulator

DOWNSTAIRS = "ground_floor"
UNAVAILABLE = {"result": "unavailable", "error": "It is not available"}
CANNOT_PLAY = {"result": "failed", "error": "It is no player or satellite that can play announcements"}
NOT_THERE = {"result": "failed", "error": "There is no such entity"}


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    account: MockConfigEntry,  # noqa: ARG001 - sets up the voice, and with it the views for its speech
) -> House:
    """Provide a house with one voice, a floor with the areas `kitchen` and `hall`, and a label `loud`."""
    assert fr.async_get(hass).async_create("Ground floor").floor_id == DOWNSTAIRS
    for area in ("Kitchen", "Hall"):
        ar.async_get(hass).async_create(area, floor_id=DOWNSTAIRS)
    lr.async_get(hass).async_create("Loud")
    return await open_house(hass, hass_client)


async def heard_in(hass: HomeAssistant, **target: Any) -> dict[str, dict[str, str]]:
    """Announce to places; returns what became of it at each target."""
    targets: dict[str, dict[str, str]] = (await announce(hass, **target))["targets"]
    return targets


async def test_everybody_in_an_area_hears_it(hass: HomeAssistant, house: House) -> None:
    """Players and satellites that are there, or whose device is."""
    await house.add(Player(KITCHEN), area_id="kitchen")
    box = house.device("Box", area_id="kitchen")
    await house.add(Satellite("assist_satellite.box"), device="Box")
    await house.add(Player(HALL), area_id="hall")
    await house.add(Player("media_player.moved"), device="Box", area_id="hall")
    assert await heard_in(hass, area_id="kitchen") == {KITCHEN: PLAYED, "assist_satellite.box": PLAYED}
    assert await heard_in(hass, area_id=["hall"]) == {HALL: PLAYED, "media_player.moved": PLAYED}
    assert await heard_in(hass, device_id=box) == {"assist_satellite.box": PLAYED}


async def test_everybody_on_a_floor_hears_it_once(hass: HomeAssistant, house: House) -> None:
    """Whatever else names them, too."""
    kitchen = await house.add(Player(KITCHEN), area_id="kitchen")
    await house.add(Player(HALL), area_id="hall")
    await house.add(Player("media_player.attic"))
    targets = await heard_in(hass, floor_id=DOWNSTAIRS, area_id="kitchen", entity_id=[KITCHEN])
    assert targets == {KITCHEN: PLAYED, HALL: PLAYED}
    assert len(kitchen.heard) == 1


async def test_everybody_with_a_label_hears_it(hass: HomeAssistant, house: House) -> None:
    """Their own, their device's or their area's."""
    ar.async_get(hass).async_update("hall", labels={"loud"})
    house.device("Box", labels={"loud"})
    await house.add(Player(KITCHEN), labels={"loud"})
    await house.add(Player(HALL), area_id="hall")
    await house.add(Satellite(BEDSIDE), device="Box")
    await house.add(Player("media_player.attic"))
    assert await heard_in(hass, label_id="loud") == {KITCHEN: PLAYED, HALL: PLAYED, BEDSIDE: PLAYED}


async def test_who_cannot_play_is_left_alone_in_an_area(hass: HomeAssistant, house: House) -> None:
    """So are entities that are hidden or disabled, and everything that is no player."""
    await house.add(Player(KITCHEN), area_id="kitchen")
    await house.add(Player("media_player.hidden"), area_id="kitchen", hidden_by=er.RegistryEntryHider.USER)
    await house.add(Player("media_player.radio", can_play=False), area_id="kitchen")
    await house.add(Satellite("assist_satellite.mute", can_play=False), area_id="kitchen")
    registry = er.async_get(hass)
    registry.async_update_entity("event.samantha_ferris_speech", area_id="kitchen")
    disabled = registry.async_get_or_create(
        "media_player", "loudspeaker", "disabled", disabled_by=er.RegistryEntryDisabler.USER
    )
    registry.async_update_entity(disabled.entity_id, area_id="kitchen")
    assert await heard_in(hass, area_id="kitchen") == {KITCHEN: PLAYED}


@pytest.mark.parametrize(
    ("satellite_is_there", "player_is_there", "expected"),
    [
        (True, True, {BEDSIDE: PLAYED}),
        (True, False, {BEDSIDE: PLAYED}),
        (False, True, {BEDSIDE: UNAVAILABLE, KITCHEN: PLAYED}),
    ],
)
async def test_a_device_says_it_once(
    hass: HomeAssistant,
    house: House,
    satellite_is_there: bool,
    player_is_there: bool,
    expected: dict[str, dict[str, str]],
) -> None:
    """As a satellite, if that is there."""
    house.device("Box", area_id="kitchen")
    await house.add(Satellite(BEDSIDE, is_available=satellite_is_there), device="Box")
    await house.add(Player(KITCHEN, is_available=player_is_there), device="Box")
    assert await heard_in(hass, area_id="kitchen") == expected


async def test_what_is_named_wins_over_what_is_found(hass: HomeAssistant, house: House) -> None:
    """The player of a device speaks for it; who names both hears both."""
    house.device("Box", area_id="kitchen")
    await house.add(Satellite(BEDSIDE), device="Box")
    await house.add(Player(KITCHEN), device="Box")
    assert await heard_in(hass, area_id="kitchen", entity_id=[KITCHEN]) == {KITCHEN: PLAYED}
    assert await heard_in(hass, entity_id=[KITCHEN, BEDSIDE]) == {KITCHEN: PLAYED, BEDSIDE: PLAYED}


async def test_who_is_named_and_cannot_play_is_told_of(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The others hear it."""
    kitchen = await house.add(Player(KITCHEN))
    await house.add(Player(HALL, is_available=False))
    await house.add(Player("media_player.radio", can_play=False))
    er.async_get(hass).async_get_or_create("media_player", "test", "1", suggested_object_id="not_loaded")
    assert await heard_in(
        hass,
        entity_id=[
            *(KITCHEN, HALL, "media_player.radio", "media_player.gone", "tts.samantha_ferris"),
            "media_player.not_loaded",
        ],
    ) == {
        KITCHEN: PLAYED,
        HALL: UNAVAILABLE,
        "media_player.radio": CANNOT_PLAY,
        "media_player.gone": NOT_THERE,
        "media_player.not_loaded": UNAVAILABLE,
        "tts.samantha_ferris": CANNOT_PLAY,
    }
    assert len(kitchen.heard) == 1
    assert f"Announcement was not played by {HALL}: It is not available" in caplog.text


async def test_places_that_do_not_exist_are_told_in_the_log(
    hass: HomeAssistant, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """As for every action of Home Assistant."""
    await house.add(Player(KITCHEN))
    assert await heard_in(hass, area_id="cellar", entity_id=KITCHEN) == {KITCHEN: PLAYED}
    assert "Referenced areas cellar are missing" in caplog.text


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("target", "key"),
    [
        ({}, "target_missing"),
        ({"entity_id": "none"}, "target_missing"),
        ({"area_id": "kitchen"}, "target_empty"),
        ({"area_id": "kitchn"}, "target_unknown"),
        ({"floor_id": "cellar", "label_id": "silent"}, "target_unknown"),
        ({"entity_id": "all"}, "target_empty"),
    ],
)
async def test_somebody_has_to_hear_it(
    hass: HomeAssistant, simulator: Simulator, target: dict[str, Any], key: str
) -> None:
    """Nothing is spoken for nobody."""
    with pytest.raises(ServiceValidationError) as raised:
        await announce(hass, **target)
    assert raised.value.translation_key == key
    assert not simulator.journal.sockets


async def test_nothing_is_spoken_where_nobody_can_play(hass: HomeAssistant, house: House, simulator: Simulator) -> None:
    """The error says why, of each."""
    await house.add(Player(KITCHEN, is_available=False))
    with pytest.raises(HomeAssistantError) as raised:
        await announce(hass, KITCHEN, "tts.samantha_ferris")
    assert str(raised.value) == (
        f"Nobody heard the announcement: {KITCHEN}: It is not available; "
        "tts.samantha_ferris: It is no player or satellite that can play announcements"
    )
    assert not simulator.journal.sockets


async def test_an_automation_notices_that_nobody_has_played(hass: HomeAssistant, house: House) -> None:
    """Although all was spoken."""
    kitchen = await house.add(Player(KITCHEN))
    kitchen.failure = HomeAssistantError("The plug is out")
    with pytest.raises(HomeAssistantError) as raised:
        await announce(hass, KITCHEN)
    assert raised.value.translation_key == "announcement_unheard"
    assert "The plug is out" in str(raised.value)


@pytest.mark.usefixtures("house")
async def test_places_that_do_not_exist_are_named(hass: HomeAssistant) -> None:
    """Where nobody is left to play."""
    with pytest.raises(ServiceValidationError, match="cellar, kitchn"):
        await announce(hass, area_id="kitchn", floor_id="cellar")


async def test_all_are_all_players_and_satellites(hass: HomeAssistant, house: House) -> None:
    """But for those that are hidden or cannot play; of one device the satellite plays."""
    await house.add(Player(KITCHEN), area_id="kitchen")
    await house.add(Player("media_player.attic"))
    await house.add(Player("media_player.hidden"), hidden_by=er.RegistryEntryHider.USER)
    await house.add(Player("media_player.radio", can_play=False))
    house.device("Box")
    await house.add(Satellite(BEDSIDE), device="Box")
    await house.add(Player(HALL), device="Box")
    assert await heard_in(hass, entity_id="all") == {KITCHEN: PLAYED, "media_player.attic": PLAYED, BEDSIDE: PLAYED}


async def test_all_but_some(hass: HomeAssistant, house: House) -> None:
    """What is excluded stays silent; a Home Assistant before 2026.11 refuses that rather than be heard there."""
    await house.add(Player(KITCHEN), area_id="kitchen")
    await house.add(Player(HALL), area_id="hall")
    heard = heard_in(hass, entity_id="all", exclude={"area_id": "kitchen"})
    if hasattr(target, "CONF_EXCLUDE"):
        assert await heard == {HALL: PLAYED}
    else:
        with pytest.raises(probatio.Invalid, match="exclude"):
            await heard


async def test_a_member_of_a_group_that_is_named_as_well_hears_it_once(hass: HomeAssistant, house: House) -> None:
    """Those who are no members hear it by themselves."""
    kitchen, hall = await house.add(Player(KITCHEN)), await house.add(Player(HALL))
    group = Player("media_player.group")
    group._attr_extra_state_attributes = {"entity_id": [KITCHEN]}  # noqa: SLF001 - what such a group shows
    await house.add(group)
    assert await heard_in(hass, entity_id=["media_player.group", KITCHEN, HALL]) == {
        "media_player.group": PLAYED,
        HALL: PLAYED,
    }
    assert (len(group.orders), len(kitchen.orders), len(hall.orders)) == (1, 0, 1)


async def test_a_player_that_is_away_is_told_as_such(hass: HomeAssistant, house: House) -> None:
    """Some tell what they can do only while they are there, as MPD."""
    await house.add(Player(KITCHEN))
    hass.states.async_set(HALL, "unavailable", {"supported_features": 0})
    assert (await announce(hass, KITCHEN, HALL))["targets"] == {KITCHEN: PLAYED, HALL: UNAVAILABLE}

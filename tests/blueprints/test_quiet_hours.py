"""Announcements through a script that knows when it is to be quiet."""

from typing import Any, Final

from freezegun.api import TickingDateTimeFactory
from homeassistant.components.persistent_notification import Notification, UpdateType, async_register_callback
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.kugelaudio.sound.chimes import chime_pcm
from tests.listeners import HALL, KITCHEN, PLAYED, House, Player
from tests.simulator import Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, TEXT, WHOLE

from .home import HANS, IN_THE_KITCHEN, NAME, hears, pass_time, show, use_blueprint

DING_DONG: Final = chime_pcm("ding_dong", 24000)
WEEKENDS: Final = {"quiet_from": "22:00:00", "quiet_until": "09:30:00", "quiet_days": ["fri", "sat"]}
SIESTA: Final = {"quiet_from": "13:00:00", "quiet_until": "15:00:00", "quiet_days": ["sun"]}
NEVER: Final[dict[str, Any]] = {"quiet_days": []}
ALL_SUNDAY: Final = {"quiet_from": "00:00:00", "quiet_until": "00:00:00", "quiet_days": ["sun"]}
URGENT: Final = {"message": TEXT, "urgent": True}


async def use(hass: HomeAssistant, **inputs: Any) -> None:
    """Have a script for announcements."""
    await use_blueprint(hass, "script", "quiet_hours", **{"own_target": IN_THE_KITCHEN, "own_voice": ENTITY, **inputs})


async def say(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Call the script as an automation does; returns what it tells."""
    words = data or {"message": TEXT}
    told = await hass.services.async_call("script", NAME, words, blocking=True, return_response=True)
    assert told is not None
    return dict(told)


@pytest.fixture
def sidebar(hass: HomeAssistant, kitchen: Player) -> list[str]:  # noqa: ARG001 - the home comes first
    """Collect what is shown in the sidebar."""
    told: list[str] = []

    @callback
    def take(_: UpdateType, shown: dict[str, Notification]) -> None:
        told.extend(one["message"] for one in shown.values())

    async_register_callback(hass, take)
    return told


async def until(hass: HomeAssistant, time: TickingDateTimeFactory, moment: str) -> None:
    """Wait for a moment of the home's own time, from Wednesday, 4 November 2026, on."""
    wanted = dt_util.parse_datetime(moment)
    assert wanted
    wait = wanted.replace(tzinfo=dt_util.get_time_zone(hass.config.time_zone)) - dt_util.utcnow()
    await pass_time(time, seconds=wait.total_seconds())


@pytest.mark.parametrize(
    ("hours", "moment", "is_quiet"),
    [
        ({}, "2026-11-05 21:59:58", False),
        ({}, "2026-11-05 22:00:01", True),
        ({}, "2026-11-06 06:59:50", True),
        ({}, "2026-11-06 07:00:01", False),
        (WEEKENDS, "2026-11-06 09:00:00", False),
        (WEEKENDS, "2026-11-06 23:00:00", True),
        (WEEKENDS, "2026-11-08 09:00:00", True),
        (WEEKENDS, "2026-11-08 23:00:00", False),
        (WEEKENDS, "2026-11-09 09:00:00", False),
        (SIESTA, "2026-11-08 12:00:00", False),
        (SIESTA, "2026-11-08 14:00:00", True),
        (SIESTA, "2026-11-08 16:00:00", False),
        (SIESTA, "2026-11-09 14:00:00", False),
        (ALL_SUNDAY, "2026-11-07 23:59:50", False),
        (ALL_SUNDAY, "2026-11-08 00:00:10", True),
        (ALL_SUNDAY, "2026-11-08 23:59:50", True),
        (ALL_SUNDAY, "2026-11-09 00:00:10", False),
        (NEVER, "2026-11-05 23:00:00", False),
    ],
)
async def test_hours(
    hass: HomeAssistant,
    time: TickingDateTimeFactory,
    kitchen: Player,
    sidebar: list[str],
    hours: dict[str, Any],
    moment: str,
    is_quiet: bool,
) -> None:
    """A night belongs to the day on which it begins."""
    await use(hass, **hours)
    await until(hass, time, moment)
    told = await say(hass)
    assert told["spoken"] is not is_quiet
    assert await hears(kitchen, 0 if is_quiet else 1) == ([] if is_quiet else [DING_DONG + COMPLETE])
    assert sidebar == ([TEXT] if is_quiet else [])


async def test_entities_tell_that_it_is_quiet(hass: HomeAssistant, kitchen: Player) -> None:
    """Such as a schedule: while one of them is on."""
    await use(hass, **NEVER, quiet_entities=["schedule.nights", "input_boolean.nap"], instead=[])
    await show(hass, "schedule.nights", "off")
    await hears(kitchen, 0)
    for state, spoken in (("off", True), ("on", False), ("unavailable", True)):
        await show(hass, "input_boolean.nap", state)
        assert (await say(hass))["spoken"] is spoken
    await hears(kitchen, 2)


async def test_what_is_urgent_is_always_spoken(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, sidebar: list[str]
) -> None:
    """As loud as it may be then."""
    await use(hass, extra={"volume": 40}, quiet_extra={"volume": 15})
    for moment, volume in (("2026-11-05 12:00:00", 40), ("2026-11-05 23:00:00", 15)):
        await until(hass, time, moment)
        told = await say(hass, **URGENT)
        assert told["spoken"]
        assert told["targets"] == {KITCHEN: PLAYED}
        assert told["speech"]["result"] in {"spoken", "cached"}
        assert kitchen.orders[-1]["extra"] == {"volume": volume}
    assert await hears(kitchen, 2) == [DING_DONG + COMPLETE] * 2
    assert not sidebar


async def test_a_call_may_have_it_otherwise(hass: HomeAssistant, kitchen: Player, simulator: Simulator) -> None:
    """Another voice, another chime, other places."""
    hall = await House(hass).add(Player(HALL))
    await use(hass, **NEVER)
    message = "1234"
    await say(hass, message=message, voice=HANS, chime="none", target={"entity_id": [HALL]})
    assert await hears(hall, 1) == [tone_pcm(message, 24000)]
    assert simulator.journal.received(WHOLE)[-1]["voice_id"] == 268
    await hears(kitchen, 0)


@pytest.mark.parametrize("urgent", [True, False])
async def test_a_dialogue(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, sidebar: list[str], urgent: bool
) -> None:
    """Is spoken by its voices, or written."""
    await use(hass, own_chime="none")
    await until(hass, time, "2026-11-05 23:00:00")
    lines = [{"text": "Who's there?", "pause_ms": 100}, {"voice": "Hans", "text": "{{ The postman }}"}]
    assert (await say(hass, dialogue=lines, urgent=urgent))["spoken"] is urgent
    pcm = tone_pcm("Who's there?", 24000) + bytes(4800) + tone_pcm("{{ The postman }}", 24000)
    assert await hears(kitchen, int(urgent)) == [pcm] * urgent
    assert sidebar == ["Who's there? {{ The postman }}"] * (not urgent)


async def test_a_dialogue_follows_the_message(
    hass: HomeAssistant, time: TickingDateTimeFactory, kitchen: Player, sidebar: list[str]
) -> None:
    """It is written with it in quiet hours, and nobody hears it."""
    await use(hass)
    await until(hass, time, "2026-11-05 23:00:00")
    await say(hass, message="Listen!", dialogue=[{"text": "Who's there?"}, {"voice": "Hans", "text": "Me."}])
    await hears(kitchen, 0)
    assert sidebar == ["Listen! Who's there? Me."]


async def test_what_is_wrong_is_told_to_the_caller(hass: HomeAssistant, kitchen: Player) -> None:
    """A call without words, as by the action itself."""
    await use(hass, **NEVER)
    with pytest.raises(ServiceValidationError) as raised:
        await say(hass, urgent=True)
    assert raised.value.translation_key == "message_or_dialogue"
    await hears(kitchen, 0)

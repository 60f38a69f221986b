"""A voice could not speak: it is told where somebody reads it, once, and with all that is needed to mend it."""

import asyncio
from typing import Any, Final, override

from freezegun.api import TickingDateTimeFactory
from homeassistant.components.notify import NotifyEntity
from homeassistant.components.notify.const import DATA_COMPONENT as NOTIFIERS, NotifyEntityFeature
from homeassistant.components.persistent_notification import async_register_callback
from homeassistant.components.tts.const import DATA_COMPONENT as ENGINES
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.kugelaudio.const import DOMAIN
from tests.listeners import KITCHEN, Player
from tests.made_time import until_still
from tests.other_engine import OTHER, OtherEngine
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import ENTITY

from .home import BLUEPRINTS, HANS, pass_time, run_by_hand, use_blueprint

EVENTS: Final = ["event.samantha_ferris_speech", "event.hans_speech"]
PHONE: Final = "notify.phone"
type Told = list[dict[str, Any]]


class Phone(NotifyEntity):
    """A phone, which may take its time, or be out of reach."""

    _attr_supported_features = NotifyEntityFeature.TITLE

    def __init__(self) -> None:
        """Begin with nothing received."""
        self.entity_id = PHONE
        self.received: list[tuple[str | None, str]] = []
        self.is_in_reach = True
        self.has_time = asyncio.Event()
        self.has_time.set()

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Receive a message."""
        self.received.append((title, message))
        await self.has_time.wait()
        if not self.is_in_reach:
            raise HomeAssistantError("Out of reach")


@pytest.fixture
def sidebar(hass: HomeAssistant, kitchen: Player) -> Told:  # noqa: ARG001 - the home comes first
    """Collect what is shown in the sidebar, as often as it is."""
    told: Told = []
    async_register_callback(hass, callback(lambda _, notifications: told.extend(map(dict, notifications.values()))))
    return told


@pytest.fixture
async def phone(hass: HomeAssistant, kitchen: Player) -> Phone:  # noqa: ARG001 - as above
    """Add a phone."""
    added = Phone()
    await hass.data[NOTIFIERS].async_add_entities([added])
    return added


async def use(hass: HomeAssistant, **inputs: Any) -> None:
    """Watch both voices."""
    await use_blueprint(hass, "automation", "speech_failed", voices=EVENTS, **inputs)


async def speak(hass: HomeAssistant, simulator: Simulator, failure: Failure | None, voice: str = ENTITY) -> None:
    """Announce something new, and fail if that is wanted."""
    if failure is not None:
        simulator.faults.add(Fault.ERROR_FRAME, error=failure)
    data = {"entity_id": KITCHEN, "voice": voice, "message": "Dinner is ready.", "cache": False}
    try:
        await hass.services.async_call(DOMAIN, "announce", data, blocking=True)
    except HomeAssistantError:
        assert failure is not None
    await until_still()


async def test_it_is_told_with_all_that_is_needed(
    hass: HomeAssistant, sidebar: Told, phone: Phone, simulator: Simulator
) -> None:
    """Which voice, why, under which request, where to mend it, and where to read of it; never what was to be said."""
    await use(hass, phones=[PHONE])
    await speak(hass, simulator, Failure.INSUFFICIENT_CREDITS)
    state = hass.states.get(EVENTS[0])
    assert state
    request_id = state.attributes["request_id"]
    [told] = sidebar
    assert told["notification_id"] == "kugelaudio_insufficient_credits"
    assert told["title"] == "Samantha Ferris could not speak"
    assert told["message"] == (
        f"insufficient_credits (INSUFFICIENT_CREDITS), request {request_id}. "
        "What you can mend stands under [Repairs](/config/repairs); [this page]"
        "(https://github.com/kugelaudio/home-assistant/blob/main/docs/errors.md#insufficient_credits)"
        " explains the error."
    )
    [(title, message)] = phone.received
    assert title == told["title"]
    assert request_id in message
    assert "Repairs" in message
    assert "Dinner" not in f"{told}{message}"
    assert "### insufficient_credits" in (BLUEPRINTS.parent / "docs/errors.md").read_text(encoding="utf-8")


async def test_the_same_error_is_told_once_in_an_hour(
    hass: HomeAssistant, time: TickingDateTimeFactory, sidebar: Told, simulator: Simulator
) -> None:
    """Whichever voice has it, and whatever was heard in between; another error is another matter."""
    await use(hass)
    for minutes, voice, failure, told in (
        (0, ENTITY, Failure.INSUFFICIENT_CREDITS, 1),
        (10, ENTITY, Failure.INSUFFICIENT_CREDITS, 1),
        (10, HANS, Failure.INSUFFICIENT_CREDITS, 1),
        (10, HANS, None, 1),
        (10, ENTITY, Failure.INVALID_REQUEST, 2),
        (10, ENTITY, Failure.INSUFFICIENT_CREDITS, 2),
        (11, ENTITY, Failure.INSUFFICIENT_CREDITS, 3),
        (20, ENTITY, Failure.INVALID_REQUEST, 3),
        (61, ENTITY, None, 3),
        (10, ENTITY, Failure.INSUFFICIENT_CREDITS, 4),
    ):
        await pass_time(time, minutes=minutes)
        await speak(hass, simulator, failure, voice)
        assert len(sidebar) == told, minutes
    errors = ("insufficient_credits", "request_refused", "insufficient_credits", "insufficient_credits")
    assert [one["notification_id"] for one in sidebar] == [f"kugelaudio_{error}" for error in errors]


async def test_an_account_that_is_loaded_again_tells_nothing_new(
    hass: HomeAssistant, time: TickingDateTimeFactory, sidebar: Told, simulator: Simulator
) -> None:
    """Its entities show what was last, which is long ago."""
    await use(hass)
    await speak(hass, simulator, Failure.INSUFFICIENT_CREDITS)
    await pass_time(time, hours=3)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until_still()
    assert len(sidebar) == 1


async def test_what_fails_while_it_is_told_is_told_too(
    hass: HomeAssistant, sidebar: Told, phone: Phone, simulator: Simulator
) -> None:
    """A phone that takes its time, and does not get it in the end, keeps nothing back."""
    phone.is_in_reach = False
    phone.has_time.clear()
    await use(hass, phones=[PHONE])
    await speak(hass, simulator, Failure.INSUFFICIENT_CREDITS)
    await speak(hass, simulator, Failure.INVALID_REQUEST)
    assert len(sidebar) == 1
    phone.has_time.set()
    await until_still()
    assert len(sidebar) == len(phone.received) == 2
    await speak(hass, simulator, Failure.INVALID_REQUEST)
    assert len(sidebar) == 2


@pytest.mark.parametrize(
    ("outcomes", "titles"),
    [({}, []), ({"outcomes": ["failed", "fallback"]}, ["Other spoke instead of Samantha Ferris"])],
)
async def test_a_fallback_is_told_where_it_is_wanted(
    hass: HomeAssistant, sidebar: Told, simulator: Simulator, outcomes: dict[str, list[str]], titles: list[str]
) -> None:
    """Everything was heard; some want to know all the same."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    await hass.data[ENGINES].async_add_entities([OtherEngine()])
    voice = entry.subentries["voice-1"]
    hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, "fallback": OTHER})
    await until_still()
    await use(hass, **outcomes)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await speak(hass, simulator, None)
    assert [told["title"] for told in sidebar] == titles


async def test_whatever_else_is_to_happen_happens(hass: HomeAssistant, sidebar: Told, simulator: Simulator) -> None:
    """With all that is known; the sidebar can be left out."""
    told = async_capture_events(hass, "speech_failed")
    data = {"title": "{{ title }}", "error": "{{ failure.error }}", "request": "{{ failure.request_id }}"}
    await use(hass, in_home_assistant=False, actions=[{"event": "speech_failed", "event_data": data}])
    await speak(hass, simulator, Failure.INVALID_REQUEST)
    [event] = told
    assert event.data["title"] == "Samantha Ferris could not speak"
    assert event.data["error"] == "request_refused"
    assert event.data["request"].startswith("req_")
    assert not sidebar


async def test_it_can_be_tried(hass: HomeAssistant, sidebar: Told, phone: Phone) -> None:
    """Without a failure, on all ways."""
    await use(hass, phones=[PHONE])
    await run_by_hand(hass)
    assert "unknown_error (TRIED_BY_HAND)" in sidebar[0]["message"]
    assert len(phone.received) == 1

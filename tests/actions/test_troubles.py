"""What can go wrong with an announcement: an automation notices, and the others hear it all the same."""

import asyncio
from typing import Any

from homeassistant.components.assist_satellite import SatelliteBusyError
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.listeners import BEDSIDE, HALL, KITCHEN, PLAYED, House, Player, Satellite, announce
from tests.other_engine import SPOKEN_BY_OTHER, OtherEngine
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import COMPLETE, TEXT, WHOLE, given_up


async def test_one_target_that_fails_stops_no_other(
    hass: HomeAssistant, kitchen: Player, hall: Player, bedside: Satellite, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told of each what kept it, and the log tells it, too."""
    kitchen.failure = HomeAssistantError("The plug is out")
    bedside.failure = SatelliteBusyError()
    told = await announce(hass, KITCHEN, HALL, BEDSIDE)
    assert told["targets"] == {
        KITCHEN: {"result": "failed", "error": "The plug is out"},
        HALL: PLAYED,
        BEDSIDE: {"result": "failed", "error": "SatelliteBusyError"},
    }
    assert hall.last.pcm == COMPLETE
    warnings = [record.getMessage() for record in caplog.records if "Announcement was not" in record.message]
    assert warnings == [
        f"Announcement was not played by {BEDSIDE}: SatelliteBusyError",
        f"Announcement was not played by {KITCHEN}: The plug is out",
    ]


async def test_nobody_waits_for_ever_for_a_target(hass: HomeAssistant, kitchen: Player, hall: Player) -> None:
    """Five minutes, and as long as the message may last."""
    kitchen.released.clear()
    announcement = asyncio.create_task(announce(hass, KITCHEN, HALL))
    await kitchen.has_heard.wait()
    await hall.has_heard.wait()
    await asyncio.sleep(299)
    assert not announcement.done()
    async with asyncio.timeout(10):
        told = await announcement
    assert told["targets"] == {KITCHEN: {"result": "failed", "error": "It did not finish in time"}, HALL: PLAYED}


async def test_a_call_that_is_stopped_stops_its_targets(hass: HomeAssistant, bedside: Satellite) -> None:
    """The next announcement does not wait for it."""
    bedside.released.clear()
    announcement = asyncio.create_task(announce(hass, BEDSIDE))
    await bedside.has_heard.wait()
    announcement.cancel()
    with pytest.raises(asyncio.CancelledError):
        await announcement
    bedside.released.set()
    assert (await announce(hass, BEDSIDE))["targets"] == {BEDSIDE: PLAYED}


@pytest.mark.usefixtures("kitchen")
@pytest.mark.parametrize(
    ("fault", "parameters", "key"),
    [
        (Fault.ERROR_FRAME, {"error": Failure.INSUFFICIENT_CREDITS}, "insufficient_credits"),
        (Fault.DROP, {"after_frames": 2}, "connection_lost"),
    ],
)
async def test_an_automation_notices_that_nothing_was_said(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, parameters: dict[str, Any], key: str
) -> None:
    """Or not all of it: the account's own error ends the action, and nothing is kept."""
    simulator.faults.add(fault, **parameters)
    with pytest.raises(HomeAssistantError) as raised:
        await announce(hass, KITCHEN)
    assert raised.value.translation_key == key
    simulator.faults.clear()
    assert (await announce(hass, KITCHEN))["speech"]["result"] == "spoken"


async def test_targets_of_a_failed_speech_ask_once(hass: HomeAssistant, simulator: Simulator, house: House) -> None:
    """What one has failed to get, the next one does not try again."""
    players = [await house.add(Player(f"media_player.number_{number}")) for number in range(3)]
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    with pytest.raises(HomeAssistantError):
        await announce(hass, *(player.entity_id for player in players))
    assert [player.last.status for player in players] == [500, 500, 500]
    assert len(simulator.journal.received(WHOLE)) == 1


@pytest.mark.usefixtures("without_encoders", "kitchen")
async def test_a_converter_that_is_missing_is_told(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant needs one for every format but WAV, where nothing else can be made here."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HomeAssistantError) as raised:
        await announce(hass, KITCHEN, format="mp3")
    assert raised.value.translation_key == "conversion_failed"
    assert raised.value.translation_placeholders == {"format": "mp3", "details": "FileNotFoundError"}
    await given_up()


async def test_what_another_engine_spoke_was_heard(
    hass: HomeAssistant, simulator: Simulator, kitchen: Player, other: OtherEngine
) -> None:
    """It is told, and ends in no error."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    told = await announce(hass, KITCHEN)
    assert other.said == [(TEXT, "en")]
    assert kitchen.last.audio.startswith(SPOKEN_BY_OTHER)
    assert told["targets"] == {KITCHEN: PLAYED}
    assert told["speech"]["result"] == "fallback"
    assert "tts.other spoke instead" in told["speech"]["error"]
    assert told["speech"]["cost_cents"] is None


async def test_words_without_their_chime_were_heard(hass: HomeAssistant, kitchen: Player) -> None:
    """It is told which file is missing."""
    chime = "media-source://media_source/local/gone.mp3"
    told = await announce(hass, KITCHEN, chime=chime)
    assert COMPLETE in kitchen.last.pcm
    assert told["speech"]["result"] == "spoken"
    assert chime in told["speech"]["error"]


async def test_announcing_leaves_no_secret_and_no_text_in_the_log(
    hass: HomeAssistant, simulator: Simulator, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where something fails."""
    caplog.set_level("DEBUG")
    await house.add(Player(KITCHEN))
    bedside = await house.add(Satellite(BEDSIDE))
    bedside.failure = RuntimeError(TEXT)
    told = await announce(hass, KITCHEN, BEDSIDE)
    assert told["targets"][BEDSIDE] == {"result": "failed", "error": "RuntimeError"}
    ours = [record.getMessage() for record in caplog.records if "kugelaudio" in record.name]
    assert any(BEDSIDE in message for message in ours)
    assert not any(simulator.key in message or TEXT in message for message in ours)

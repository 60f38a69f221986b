"""Announcements in a whole Home Assistant 2026.11: what the action tells is what was heard."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import ANY

import pytest

from tests.home.client import Home
from tests.home.flow import remove_accounts
from tests.home.journal import listening
from tests.home.satellite import DOMAIN as WYOMING, Satellite
from tests.home.speech import LOUDSPEAKER, StoredVoice

from .conftest import Running

TEXT = "Somebody is standing at the front door."
DING_DONG_S = 1.7
PLAYED = {"result": "played", "fetched": True, "waited_ms": ANY}


@pytest.fixture
async def hall(home: Home) -> AsyncIterator[str]:
    """Put the loudspeaker into an area of its own, and return the id of that."""
    area_id: str = (await home.command("config/area_registry/create", name="Hall"))["area_id"]
    await home.command("config/entity_registry/update", entity_id=LOUDSPEAKER, area_id=area_id)
    yield area_id
    await home.command("config/area_registry/delete", area_id=area_id)


@pytest.fixture
async def satellite(home: Home, hall: str) -> AsyncIterator[Satellite]:
    """Run a satellite in the hall."""
    async with Satellite("Bell") as satellite:
        entities = await satellite.add_to(home)
        [announcer] = [one for one in entities if one.startswith("assist_satellite.")]
        registered = await home.command("config/entity_registry/get", entity_id=announcer)
        await home.command("config/device_registry/update", device_id=registered["device_id"], area_id=hall)
        yield satellite
        await remove_accounts(home, WYOMING)


async def announce(home: Home, **data: Any) -> dict[str, Any]:
    """Announce; returns what the action tells."""
    answer = await home.post("/api/services/kugelaudio/announce?return_response", data)
    told: dict[str, Any] = answer["service_response"]
    return told


async def heard(home: Home, times_played: int) -> dict[str, Any]:
    """Return what the loudspeaker heard once it has played so often."""
    state = await home.wait_for(LOUDSPEAKER, lambda now: now.attributes["times_played"] == times_played)
    return dict(state.attributes)


async def test_doorbell_is_spoken_once_and_heard_twice(home: Home, speaker: StoredVoice, running: Running) -> None:
    """Its chime and all its words each time; the second time it costs nothing."""
    played = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    async with listening(home, running.service) as journal:
        first = await announce(home, entity_id=LOUDSPEAKER, message=TEXT, chime="ding_dong")
        once = await heard(home, played + 1)
        second = await announce(home, entity_id=LOUDSPEAKER, message=TEXT, chime="ding_dong")
        twice = await heard(home, played + 2)
        assert len(await journal.spoken()) == 1
    assert [told["targets"] for told in (first, second)] == 2 * [{LOUDSPEAKER: PLAYED}]
    assert (first["speech"]["result"], second["speech"]["result"]) == ("spoken", "cached")
    assert first["speech"]["characters"] == len(TEXT)
    assert first["speech"]["cost_cents"] > second["speech"]["cost_cents"] == 0
    assert first["media_content_id"].startswith(f"media-source://tts/{speaker.entity_id}?")
    assert once["http_status"] == twice["http_status"] == 200
    assert once["seconds"] == pytest.approx(DING_DONG_S + first["speech"]["audio_seconds"], abs=0.2)
    assert once["seconds"] == pytest.approx(twice["seconds"], abs=0.1)


async def test_everybody_in_an_area_hears_one_speech(
    home: Home, speaker: StoredVoice, running: Running, hall: str, satellite: Satellite
) -> None:
    """The loudspeaker and the satellite, which Home Assistant waits for."""
    played = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    async with listening(home, running.service) as journal:
        action = asyncio.create_task(
            announce(home, area_id=hall, voice=speaker.entity_id, message=TEXT, chime="gong", format="wav")
        )
        answer = await satellite.hear()
        assert not action.done()
        await satellite.play_to_the_end()
        told = await action
        [made] = await journal.spoken()
    assert told["targets"] == {"assist_satellite.bell": PLAYED, LOUDSPEAKER: PLAYED}
    heard_by_loudspeaker = await heard(home, played + 1)
    assert heard_by_loudspeaker["seconds"] == pytest.approx(answer.seconds, abs=0.2)
    assert answer.seconds > len(made) / 48000 + 1
    all_but_the_bell = {"area_id": hall, "exclude": {"entity_id": "assist_satellite.bell"}}
    assert (await announce(home, **all_but_the_bell, message=TEXT))["targets"] == {LOUDSPEAKER: PLAYED}

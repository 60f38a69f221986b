"""Speech in a whole Home Assistant 2026.11, over HTTP."""

import asyncio

from tests.home.client import Home
from tests.home.journal import listening
from tests.home.player import fetch_speech
from tests.home.speech import add_second_speaker, add_speaker, hear_from_loudspeaker

from .conftest import Running

TEXT = "The washing machine in the cellar has finished, and the dryer will be ready in half an hour."


async def test_second_voice_speaks_without_a_restart(home: Home, running: Running) -> None:
    """A voice is there as soon as it was added, and sounds unlike the first."""
    first = await add_speaker(home, running.service, "en", "Emily Carter")
    second = await add_second_speaker(home, first, "en", "Nathan Cole")
    assert (first.entity_id, second.entity_id) == ("tts.emily_carter", "tts.nathan_cole")
    heard = [await fetch_speech(home, one.entity_id, TEXT) for one in (first, second)]
    assert all(one.seconds > 3 for one in heard)
    assert heard[0].pcm != heard[1].pcm


async def test_first_sound_does_not_wait_for_the_last(home: Home, running: Running) -> None:
    """While the service still makes the speech, a player already hears it."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    await set_speed(home, running, 2)
    heard = await fetch_speech(home, speaker.entity_id, TEXT)
    await set_speed(home, running, None)
    assert heard.seconds > 3
    assert heard.total_ms > 1000 * heard.seconds / 3
    assert heard.ttfa_ms < heard.total_ms / 2


async def test_loudspeaker_hears_all_of_an_announcement(home: Home, running: Running) -> None:
    """What tts.speak plays in the format of the voice is as long as what was made."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    made = await fetch_speech(home, speaker.entity_id, TEXT)
    played = await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
    assert played["http_status"] == 200
    assert abs(played["seconds"] - made.seconds) < 0.2


async def test_who_comes_late_hears_what_is_not_kept(home: Home, running: Running) -> None:
    """Words without their chime: whole, as often as they are asked for, and made anew for the next one."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    missing = {"chime": "media-source://media_source/local/gone.wav"}
    async with listening(home, running.service) as journal:
        for options, made in ((missing, 2), ({}, 3)):
            heard = [await heard_late(home, speaker.entity_id, options) for _ in range(2)]
            assert heard[0][0] == heard[0][1]
            assert len(heard[0][0]) > 10_000
            assert len(await journal.voices()) == made


async def heard_late(home: Home, entity_id: str, options: dict[str, str]) -> list[bytes]:
    """Return what a player hears that comes when all is over, and asks twice."""
    request = {"engine_id": entity_id, "message": TEXT, "cache": True, "options": options}
    url = (await home.post("/api/tts_get_url", request))["url"]
    await asyncio.sleep(3)
    heard = []
    for _ in range(2):
        async with home.session.get(url) as response:
            response.raise_for_status()
            heard.append(await response.read())
    return heard


async def set_speed(home: Home, running: Running, speed: float | None) -> None:
    """Let the simulator make speech at a multiple of real time."""
    url = f"{running.service.url}/_simulator/profile"
    async with home.session.patch(url, json={"speed": speed}) as response:
        response.raise_for_status()

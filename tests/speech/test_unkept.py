"""Speech that is not what was asked for: heard by everybody who has its URL, and kept for nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient
from homeassistant.components.tts import TTSCache
from homeassistant.components.tts.const import DATA_TTS_MANAGER
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.other_engine import SPOKEN_BY_OTHER, OtherEngine
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import COMPLETE, ENTITY, FLAC, HEADER_LENGTH, TEXT, WAV, decoded, fetch, kept

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

LATE_S = (0, 0.5, 5, 60)
MISSING = {**WAV, "chime": "media-source://media_source/local/gone.wav"}

type Player = TestClient[web.Request, web.Application]


@pytest.fixture
async def player(hass_client: ClientSessionGenerator, other: OtherEngine) -> Player:  # noqa: ARG001 - is the fallback
    """Provide a player of a home with another engine."""
    return await hass_client()


async def url_of(player: Player, options: dict[str, str] = WAV, message: str = TEXT, *, cache: bool = True) -> str:
    """Return where a message can be heard."""
    request = {"engine_id": ENTITY, "message": message, "cache": cache, "options": options}
    answer = await player.post("/api/tts_get_url", json=request)
    return str((await answer.json())["path"])


async def heard(player: Player, url: str) -> tuple[int, bytes]:
    """Return what is heard there."""
    answer = await player.get(url)
    return answer.status, await answer.read()


@pytest.mark.parametrize("late_s", LATE_S)
async def test_a_player_that_comes_late_hears_another_engine(
    player: Player, simulator: Simulator, late_s: float
) -> None:
    """All of it, as often as it asks, also where it looks into it first."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    url = await url_of(player)
    await asyncio.sleep(late_s)
    async with player.head(url) as looked:
        assert looked.status == 200
    for _ in range(2):
        assert await heard(player, url) == (200, SPOKEN_BY_OTHER)
    await asyncio.sleep(late_s)
    assert await heard(player, url) == (200, SPOKEN_BY_OTHER)


@pytest.mark.parametrize("late_s", LATE_S)
async def test_a_player_that_comes_late_hears_words_without_their_chime(player: Player, late_s: float) -> None:
    """The same for a file that is missing."""
    url = await url_of(player, MISSING)
    await asyncio.sleep(late_s)
    for _ in range(2):
        status, audio = await heard(player, url)
        assert (status, audio[HEADER_LENGTH:]) == (200, COMPLETE)


@pytest.mark.parametrize("options", [WAV, FLAC, {}], ids=["wav", "flac", "mp3"])
@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("pause_s", [0, 20])
async def test_the_next_request_is_spoken_by_the_voice(
    player: Player, simulator: Simulator, other: OtherEngine, options: dict[str, str], pause_s: float, *, cache: bool
) -> None:
    """As soon as the other engine has ended, and when Home Assistant has written what it writes."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    _, instead = await heard(player, await url_of(player, options, cache=cache))
    await asyncio.sleep(pause_s)
    status, audio = await heard(player, await url_of(player, options, cache=cache))
    assert (status, other.said) == (200, [(TEXT, "en")])
    assert await decoded(audio, 24000) != await decoded(instead, 24000)


async def test_nothing_stays_on_the_disk(
    hass: HomeAssistant, player: Player, simulator: Simulator, tts_cache: Path
) -> None:
    """Not under the name of the voice, and under no other."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await heard(player, await url_of(player))
    await heard(player, await url_of(player, MISSING))
    await asyncio.sleep(20)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [file.name for file in kept(tts_cache) if ENTITY in file.name] == []
    assert [key for key in hass.data[DATA_TTS_MANAGER].file_cache if key.endswith(ENTITY)] == []


async def test_nothing_stays_on_a_slow_disk(
    hass: HomeAssistant, player: Player, simulator: Simulator, tts_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Home Assistant writes some seconds later is removed, too."""
    written: list[str] = []
    run = hass.async_add_executor_job

    async def run_slowly(job: Callable[..., object]) -> None:
        await asyncio.sleep(8)
        await run(job)
        written.extend(file.name for file in kept(tts_cache) if ENTITY in file.name)

    def add_job(job: Callable[..., object], *arguments: object) -> Awaitable[object]:
        return run_slowly(job) if getattr(job, "__name__", None) == "save_speech" else run(job, *arguments)

    monkeypatch.setattr(hass, "async_add_executor_job", add_job)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert await heard(player, await url_of(player)) == (200, SPOKEN_BY_OTHER)
    await asyncio.sleep(20)
    assert written
    assert [file.name for file in kept(tts_cache) if ENTITY in file.name] == []


async def test_what_was_kept_before_stays(
    hass: HomeAssistant, player: Player, simulator: Simulator, tts_cache: Path
) -> None:
    """In another form of the same text, on the disk; it costs nothing to hear it again."""
    _, before = await heard(player, await url_of(player, FLAC))
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await heard(player, await url_of(player)))[1] == SPOKEN_BY_OTHER
    await asyncio.sleep(20)
    assert [file.suffix for file in kept(tts_cache) if ENTITY in file.name] == [".flac"]
    simulator.journal.clear()
    assert (await heard(player, await url_of(player, FLAC)))[1] == before
    assert simulator.journal.received("/ws/tts/stream") == []


async def test_an_account_that_goes_leaves_nothing_behind(
    hass: HomeAssistant, player: Player, account: MockConfigEntry, simulator: Simulator
) -> None:
    """Its tasks end with it."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await heard(player, await url_of(player, cache=False))
    assert await hass.config_entries.async_unload(account.entry_id)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("kugelaudio")]


async def test_home_assistant_finds_speech_as_we_think(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, account: MockConfigEntry, tts_cache: Path
) -> None:
    """Its keys begin with the hash of the text and end with the engine, and what is renamed is written under that."""
    assert account.entry_id
    manager = hass.data[DATA_TTS_MANAGER]
    await fetch(hass_client, cache=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    [key] = manager.mem_cache
    digest, _, _, engine = key.split("_", 3)
    assert (len(digest), engine) == (40, ENTITY)
    speech = manager.mem_cache[key]
    assert isinstance(speech, TTSCache)
    assert speech.cache_key == key
    assert manager.file_cache == {key: f"{key}.wav"}
    assert Path(manager.cache_dir) == tts_cache
    assert [file.name for file in kept(tts_cache)] == [f"{key}.wav"]

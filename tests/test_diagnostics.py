"""What can be downloaded to find out what is wrong: all that helps, nothing that is nobody's business."""

from collections import Counter
from datetime import datetime
from http import HTTPStatus
import json
import platform
from typing import Any

import aiohttp
from homeassistant.components.diagnostics import REDACTED
from homeassistant.const import __version__ as home_assistant_version
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry, DeviceRegistry
from homeassistant.helpers.entity_registry import EntityRegistry
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DOMAIN
from tests.helpers import STORED_VOICE, account_entry, set_up, voice_subentry
from tests.simulator import Failure, Fault, Simulator
from tests.simulator.voices import VOICES
from tests.speaking import TEXT, fetch
from tests.test_architecture import MANIFEST

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")

KEY = "ka_very_secret"
PARTS = ("queue_ms", "connect_ms", "server_ms", "delivery_ms")
OPTIONS: dict[str, str | int] = {"connection": "after_use", "parallel": 2}
SETTINGS = {**{key: value for key, value in STORED_VOICE.items() if key != "voice"}, "former_voices": 0}
SAMANTHA = voice_subentry("samantha", fallback="tts.grandfather")
CHIME = "media-source://media_source/local/wedding_of_martha.mp3"
GRANDFATHER = voice_subentry("grandfather", "Grandfather", voice="5002", language="de", fallback="tts.aunt_martha")


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account on an own server, with a public voice and an own one."""
    simulator.keys[KEY] = simulator.keys[simulator.key]
    assert await async_setup_component(hass, "diagnostics", {})
    title = f"KugelAudio {simulator.host}:{simulator.port}"
    made = account_entry(simulator.url, SAMANTHA, GRANDFATHER, key=KEY, title=title, options=OPTIONS)
    await set_up(hass, made)
    return made


async def download(hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an account."""
    return await get_diagnostics_for_config_entry(hass, hass_client, entry)


async def test_account_tells_how_it_is_set_and_what_it_has(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> None:
    """Versions, region, settings, and voices as numbers; an engine is told by its integration, a file not at all."""
    voice = entry.subentries["grandfather"]
    hass.config_entries.async_update_subentry(
        entry, voice, data={**voice.data, "chime": CHIME, "chime_after": CHIME, "dictionaries": ["7", "9"]}
    )
    await hass.async_block_till_done()
    told = await download(hass, hass_client, entry)
    assert told["versions"] == {
        "integration": MANIFEST["version"],
        "home_assistant": home_assistant_version,
        "aiohttp": aiohttp.__version__,
        "python": platform.python_version(),
    }
    assert told["account"] == {"state": "loaded", "reason": None, "region": "custom", "options": OPTIONS}
    assert told["voices"] == {
        "samantha": {**SETTINGS, "voice": "1071", "fallback": DOMAIN},
        "grandfather": {
            **SETTINGS,
            **dict.fromkeys(("voice", "fallback", "chime", "chime_after"), REDACTED),
            "language": "de",
            "dictionaries": 2,
        },
    }
    languages = Counter(language for voice in VOICES for language in voice.languages)
    assert told["catalogue"] == {
        "voices": len(VOICES),
        "own_voices": 4,
        "voices_by_language": languages,
        "models": ["kugel-3.5", "kugel-3"],
        "dictionaries": 2,
        "active_dictionaries": 1,
    }
    assert list(told["catalogue"]["voices_by_language"]) == sorted(languages)
    assert told["refresh"]["works"]
    assert told["refresh"]["last_error"] is None
    assert datetime.fromisoformat(told["refresh"]["last_worked_at"])
    assert told["speech"] == {
        "last_worked_at": None,
        "limit": 2,
        "allowed_now": 2,
        "avoids_websockets": False,
        "learned": {"at_once": None, "characters": None, "connections": None, "learned_at": 0.0},
    }
    assert (told["connections"], told["errors"], told["utterances"]) == ([], {}, [])


async def test_utterance_is_told_by_its_times(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> None:
    """The parts sum up to the time to first audio, all of them to a tenth of a millisecond."""
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    told = await download(hass, hass_client, entry)
    [utterance] = told["utterances"]
    times = {key: utterance.pop(key) for key in (*PARTS, "ttfa_ms", "duration_ms")}
    assert sum(times[part] for part in PARTS) == pytest.approx(times["ttfa_ms"], abs=0.3)
    assert times == {key: round(time, 1) for key, time in times.items()}
    assert utterance.pop("real_time_factor") == pytest.approx(
        times["duration_ms"] / 1000 / utterance.pop("audio_s"), abs=0.001
    )
    assert datetime.fromisoformat(utterance.pop("asked_at"))
    assert utterance == {
        "voice": "samantha",
        "outcome": "spoken",
        "endpoint": "ws/tts",
        "characters": len(TEXT),
        "retries": 0,
        "listeners": 1,
        "error": None,
        "code": None,
        "request_id": None,
        "spoken_by": None,
        "http_status": None,
        "close_code": None,
    }
    assert datetime.fromisoformat(told["speech"]["last_worked_at"])
    [connection] = told["connections"]
    assert connection == {
        "path": "ws/tts",
        "open": 1,
        "idle": True,
        "kept": False,
        "opened": 1,
        "replaced": 0,
        "failed": 0,
        "last_failure": None,
    }


async def test_failures_are_told_by_their_codes(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Close codes apart from those of HTTP, with request ids and counters; a fallback by its integration."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    await fetch(hass_client)
    simulator.faults.add(Fault.CLOSE, 4, code=1011)
    assert (await fetch(hass_client, "The door is open."))[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    told = await download(hass, hass_client, entry)
    shown = {
        key: [utterance[key] for utterance in told["utterances"]]
        for key in ("voice", "outcome", "error", "code", "http_status", "close_code", "retries", "spoken_by")
    }
    assert shown == {
        "voice": ["grandfather", "samantha", "grandfather", "samantha"],
        "outcome": ["spoken", "fallback", "failed", "failed"],
        "error": [None, "insufficient_credits", "server_error", "server_error"],
        "code": [None, "INSUFFICIENT_CREDITS", "INTERNAL_ERROR", "INTERNAL_ERROR"],
        "http_status": [None, 402, None, None],
        "close_code": [None, None, 1011, 1011],
        "retries": [0, 0, 1, 1],
        "spoken_by": [None, DOMAIN, None, None],
    }
    assert told["utterances"][1]["request_id"].startswith("req_")
    assert told["utterances"][3]["ttfa_ms"] is None
    assert told["errors"] == {"INSUFFICIENT_CREDITS": 1, "INTERNAL_ERROR": 2}


async def test_way_around_a_proxy_is_told(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Who wonders why the first audio comes late sees that WebSockets do not get through."""
    simulator.faults.add(Fault.HANDSHAKE_HTML, status=404)
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    told = await download(hass, hass_client, entry)
    assert told["speech"]["avoids_websockets"]
    [utterance] = told["utterances"]
    assert (utterance["endpoint"], utterance["retries"]) == ("v1/tts/generate", 1)
    [connection] = told["connections"]
    assert (connection["failed"], connection["last_failure"]) == (1, "WEBSOCKET_REFUSED")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            Fault.HTTP_ERROR,
            {"kind": "UnavailableError", "code": "INTERNAL_ERROR", "http_status": 503, "close_code": None},
        ),
        (Fault.HTTP_NOT_OBJECT, {"kind": "NotKugelAudioError", "code": "NOT_KUGELAUDIO"}),
    ],
)
async def test_failing_refresh_tells_why(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    fault: Fault,
    error: dict[str, str],
) -> None:
    """With the code and the request id for the provider's support."""
    simulator.faults.add(fault, path="/v1/voices", error=Failure.CATALOGUE_UNAVAILABLE)
    await entry.runtime_data.coordinator.async_refresh()
    told = await download(hass, hass_client, entry)
    assert not told["refresh"]["works"]
    assert told["refresh"]["last_error"].items() >= error.items()
    assert told["refresh"]["failed_lists"] == {"/v1/voices": error["code"]}
    assert told["catalogue"]["voices"] == len(VOICES)


async def test_flaw_in_a_refresh_is_told_by_its_kind(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception that nobody foresaw says what it is, not what it holds."""

    def fail(*_: object) -> None:
        raise LookupError(KEY)

    monkeypatch.setattr("custom_components.kugelaudio.coordinator.fetch_listing", fail)
    await entry.runtime_data.coordinator.async_refresh()
    told = await download(hass, hass_client, entry)
    assert told["refresh"]["last_error"] == {"kind": "LookupError"}


async def test_account_that_is_not_loaded_tells_how_it_is_set(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Which voices are public is not known then."""
    assert await async_setup_component(hass, "diagnostics", {})
    entry = account_entry(simulator.url, SAMANTHA, options=OPTIONS)
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    told = await download(hass, hass_client, entry)
    assert told.keys() == {"versions", "account", "voices"}
    assert (told["account"]["state"], told["account"]["reason"]) == ("not_loaded", None)
    assert told["voices"]["samantha"]["voice"] == REDACTED


async def test_device_of_a_voice_tells_of_this_voice(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device_registry: DeviceRegistry,
    entity_registry: EntityRegistry,
    entry: MockConfigEntry,
) -> None:
    """Its settings and utterances, and how the account is doing; another device of the account tells all."""
    await fetch(hass_client)
    whole = await download(hass, hass_client, entry)
    for voice, entity_id, count in (("samantha", "tts.samantha_ferris", 1), ("grandfather", "tts.grandfather", 0)):
        registered = entity_registry.async_get(entity_id)
        assert registered
        assert registered.device_id
        device = device_registry.async_get(registered.device_id)
        assert isinstance(device, DeviceEntry)
        told: dict[str, Any] = await get_diagnostics_for_device(hass, hass_client, entry, device)
        assert list(told["voices"]) == [voice]
        assert len(told["utterances"]) == count
        assert told["connections"] == whole["connections"]
    device = device_registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "other")})
    assert await get_diagnostics_for_device(hass, hass_client, entry, device) == whole


async def test_nothing_private_is_told(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """No key, no address, no name of a voice or an engine, no word of what was spoken; in the whole file."""
    assert (await fetch(hass_client))[0] == HTTPStatus.OK
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.VOICE_NOT_FOUND)
    await fetch(hass_client, "Grandfather is at the door.")
    simulator.faults.add(Fault.HTTP_ERROR, error=Failure.VOICE_NOT_FOUND)
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    text = await answer.text()
    assert json.loads(text)["data"]["utterances"]
    words = (KEY, simulator.host, str(simulator.port), "Samantha", "Grandfather", '"5002"', "martha", "machine", "door")
    assert [word for word in words if word in text] == []

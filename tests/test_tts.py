"""The entity of a voice, as Home Assistant and its users see it."""

from collections.abc import Mapping
from dataclasses import replace
import struct

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from tests.simulator import Simulator, tone_pcm

from .speaking import ENTITY, HEADER_LENGTH, TEXT, WAV, fetch

pytestmark = pytest.mark.usefixtures("account")

DIALOGUE = "/ws/tts/multi"


def sent(simulator: Simulator) -> dict[str, object]:
    """Return the last request for a whole text."""
    return simulator.journal.received("/ws/tts")[-1]


async def test_a_message_becomes_a_wav_of_unknown_length(hass_client: ClientSessionGenerator) -> None:
    """The header that satellites understand, then every sample of the text."""
    status, audio = await fetch(hass_client)
    assert status == 200
    assert struct.unpack("<4sI4s4sIHHIIHH4sI", audio[:HEADER_LENGTH]) == (
        *(b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16),
        *(1, 1, 24000, 48000, 2, 16),
        *(b"data", 0xFFFFFFFF),
    )
    assert audio[HEADER_LENGTH:] == tone_pcm(TEXT, 24000)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 22050, 24000])
async def test_the_server_makes_the_rate_that_a_satellite_wants(
    hass_client: ClientSessionGenerator, simulator: Simulator, sample_rate: int
) -> None:
    """Nothing has to be converted afterwards."""
    _, audio = await fetch(hass_client, options={**WAV, "preferred_sample_rate": sample_rate})
    assert sent(simulator)["sample_rate"] == sample_rate
    assert audio[HEADER_LENGTH:] == tone_pcm(TEXT, sample_rate)


@pytest.mark.parametrize("sample_rate", [11025, 44100, 48000])
async def test_home_assistant_makes_the_rates_that_the_server_does_not(
    hass_client: ClientSessionGenerator, simulator: Simulator, sample_rate: int
) -> None:
    """From the best one that it does, without a change of pitch or length."""
    _, audio = await fetch(hass_client, options={**WAV, "preferred_sample_rate": sample_rate})
    [first, *_] = simulator.journal.received("/ws/tts/stream") or simulator.journal.received("/ws/tts")
    assert first["sample_rate"] == 24000
    assert struct.unpack_from("<I", audio, 24) == (sample_rate,)
    assert len(audio) / 2 / sample_rate == pytest.approx(len(TEXT) * 0.06, rel=0.01)


@pytest.mark.parametrize(("option", "value", "offset"), [("channels", 2, 22), ("bytes", 1, 34)])
async def test_home_assistant_makes_the_shapes_that_the_server_does_not(
    hass_client: ClientSessionGenerator, option: str, value: int, offset: int
) -> None:
    """Two channels, or samples of 8 bit."""
    options = {**WAV, "preferred_sample_rate": 16000, f"preferred_sample_{option}": value}
    status, audio = await fetch(hass_client, options=options)
    assert status == 200
    assert struct.unpack_from("<I", audio, 24) == (16000,)
    assert len(audio) > len(TEXT) * 0.06 * 16000
    assert struct.unpack_from("<H", audio, offset)[0] in {value, 16}


@pytest.mark.parametrize(("chosen", "beginning"), [("wav", b"RIFF"), ("mp3", b"ID3"), ("flac", b"fLaC")])
async def test_media_players_get_the_format_of_the_voice(
    hass: HomeAssistant,
    account: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    chosen: str,
    beginning: bytes,
) -> None:
    """Unless they ask for another one."""
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "format": chosen})
    await hass.async_block_till_done()
    status, audio = await fetch(hass_client, options={})
    assert status == 200
    assert audio.startswith(beginning)
    assert (await fetch(hass_client))[1].startswith(b"RIFF")


async def test_the_settings_of_the_voice_are_asked_for(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """All of them, in the language of the voice."""
    await fetch(hass_client)
    assert sent(simulator) == {
        "text": TEXT,
        "voice_id": 1071,
        "model_id": "kugel-3.5",
        "language": "en",
        "sample_rate": 24000,
        "speed": 1.0,
        "temperature": 0.4,
        "cfg_scale": 2.0,
        "normalize": True,
        "project_id": 42,
    }


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"voice": "268"}, "voice_id", 268),
        ({"voice": "hans"}, "voice_id", 268),
        ({"voice": " Samantha ferris "}, "voice_id", 1071),
        ({"model": "kugel-3"}, "model_id", "kugel-3"),
        ({"speed": 1.2}, "speed", 1.2),
        ({"speed": "0.9"}, "speed", 0.9),
        ({"temperature": 0}, "temperature", 0.0),
        ({"guidance": 2.5}, "cfg_scale", 2.5),
        ({"normalize": False}, "normalize", False),
        ({"preferred_sample_rate": "16000"}, "sample_rate", 16000),
    ],
)
async def test_a_call_may_ask_for_something_else(
    hass_client: ClientSessionGenerator, simulator: Simulator, options: Mapping[str, object], field: str, value: object
) -> None:
    """What the call says wins over what is stored; a voice is known by id, handle or name."""
    assert (await fetch(hass_client, options={**WAV, **options}))[0] == 200
    assert sent(simulator)[field] == value


@pytest.mark.parametrize(("asked", "spoken"), [("de", "de"), ("nb", "no"), ("nn", "no"), ("yue", "yue")])
async def test_a_call_may_ask_for_another_language(
    hass_client: ClientSessionGenerator, simulator: Simulator, asked: str, spoken: str
) -> None:
    """In the server's own codes."""
    assert (await fetch(hass_client, language=asked))[0] == 200
    assert sent(simulator)["language"] == spoken


@pytest.mark.parametrize(
    ("clean", "spoken"),
    [
        (True, "It is done: the door is closed, 3 * 4 = 12."),
        (False, "It is **done**: the [door](x) is `closed`, 3 * 4 = 12. \U0001f44d"),
    ],
)
async def test_marks_are_left_out_unless_the_voice_is_told_otherwise(
    hass_client: ClientSessionGenerator, simulator: Simulator, clean: bool, spoken: str
) -> None:
    """What a language model writes for the eye is not read out; numbers stay as they are."""
    message = "It is **done**: the [door](x) is `closed`, 3 * 4 = 12. \U0001f44d"
    await fetch(hass_client, message, options={**WAV, "clean": clean})
    assert sent(simulator)["text"] == spoken


async def test_text_is_composed_as_the_server_wants_it(
    hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """A letter and its combining mark become one."""
    await fetch(hass_client, "Cafe\u0301")
    assert sent(simulator)["text"] == "Caf\u00e9"


async def test_a_model_may_take_less(
    account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What is longer is made in pieces, which end where sentences do."""
    speaking = account.runtime_data.account
    shorter = tuple(replace(model, max_input_length=20) for model in speaking.catalogue.models)
    speaking.take_catalogue(replace(speaking.catalogue, models=shorter))
    assert (await fetch(hass_client, "One sentence here. Another one there."))[0] == 200
    asked = [message["text"] for message in simulator.journal.received(DIALOGUE) if message.get("text")]
    assert asked == ["One sentence here.", "Another one there."]


async def test_the_longest_message_is_spoken(hass_client: ClientSessionGenerator) -> None:
    """The limit itself is no error."""
    message = "a" * 15_800
    status, audio = await fetch(hass_client, message, options={**WAV, "preferred_sample_rate": 8000})
    assert status == 200
    assert audio[HEADER_LENGTH:] == tone_pcm(message, 8000)


async def test_a_changed_setting_is_heard_at_once(
    hass: HomeAssistant, account: MockConfigEntry, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """What was cached under the old settings is not played again; what is unchanged comes from the cache."""
    await fetch(hass_client, cache=True)
    await fetch(hass_client, cache=True)
    assert len(simulator.journal.received("/ws/tts")) == 1
    [voice] = account.subentries.values()
    hass.config_entries.async_update_subentry(account, voice, data={**voice.data, "speed": 0.8})
    await hass.async_block_till_done()
    _, audio = await fetch(hass_client, cache=True)
    assert audio[HEADER_LENGTH:] == tone_pcm(TEXT, 24000, 0.8)


@pytest.mark.parametrize(
    ("language", "some", "none"),
    [
        ("en", {"1072"}, {"268"}),
        ("en-GB", {"1072"}, {"268"}),
        ("de", {"268"}, set()),
        ("de-CH", {"268"}, set()),
        ("nb", set(), {"268"}),
    ],
)
async def test_assistants_are_offered_the_voices_of_a_language(
    hass_ws_client: WebSocketGenerator, language: str, some: set[str], none: set[str]
) -> None:
    """From memory, own voices first, and the entity's own voice in every language."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "tts/engine/voices", "engine_id": ENTITY, "language": language})
    offered = (await client.receive_json())["result"]["voices"]
    voices = [voice["voice_id"] for voice in offered]
    assert voices[0] == "default"
    assert not [voice for voice in offered if "1071" in f"{voice['voice_id']} {voice['name']}"]
    assert some <= set(voices)
    assert not none & set(voices)
    assert len(voices) == len(set(voices))


@pytest.mark.parametrize(
    ("language", "country", "best"),
    [
        ("de", "DE", "de"),
        ("de", "CH", "de-CH"),
        ("de-CH", None, "de-CH"),
        ("de-AT", None, "de"),
        ("pt", "BR", "pt-BR"),
        ("pt-BR", None, "pt-BR"),
        ("pt", "PT", "pt"),
        ("en", None, "en"),
        ("nb", "NO", "nb"),
        ("zh-Hant", "TW", "zh-TW"),
        ("zh", "HK", "zh-HK"),
    ],
)
async def test_assistants_find_the_engine_for_regional_languages(
    hass_ws_client: WebSocketGenerator, language: str, country: str | None, best: str
) -> None:
    """By the tag whose region Home Assistant needs to understand commands; it takes the first."""
    client = await hass_ws_client()
    place = {} if country is None else {"country": country}
    await client.send_json_auto_id({"type": "tts/engine/list", "language": language, **place})
    [engine] = (await client.receive_json())["result"]["providers"]
    assert engine["engine_id"] == ENTITY
    assert engine["supported_languages"][0] == best


async def test_assistants_are_told_of_every_language(hass_ws_client: WebSocketGenerator) -> None:
    """39 languages as base codes, Norwegian in both written forms, and those of Home Assistant with a region."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "tts/engine/get", "engine_id": ENTITY})
    languages = (await client.receive_json())["result"]["provider"]["supported_languages"]
    assert len(languages) == len(set(languages)) == 51
    assert {"nb", "nn", "no", "yue", "zh", "de-CH", "pt-BR", "sr-Latn"} <= set(languages)


async def test_a_voice_is_a_device_with_one_name(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, device_registry: dr.DeviceRegistry
) -> None:
    """Named once, known by the subentry."""
    entry = entity_registry.async_get(ENTITY)
    assert entry is not None
    assert entry.unique_id == entry.config_subentry_id == "voice-1"
    assert entry.device_id is not None
    device = device_registry.async_get(entry.device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.name, device.manufacturer, device.model) == ("Samantha Ferris", "KugelAudio", "English · Kugel 3.5")
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    state = hass.states.get(ENTITY)
    assert state is not None
    assert state.name == "Samantha Ferris"


async def test_speaking_leaves_no_secret_and_no_text_in_the_log(
    hass_client: ClientSessionGenerator, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Of this integration; what Home Assistant logs of a failing message is its own."""
    caplog.set_level("DEBUG")
    await fetch(hass_client)
    ours = [record.getMessage() for record in caplog.records if "kugelaudio" in record.name]
    assert not any(simulator.key in message or TEXT in message for message in ours)
    assert simulator.key not in caplog.text

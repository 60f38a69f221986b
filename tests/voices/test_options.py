"""Options as YAML, templates and URLs write them: understood, kept once, or refused by name before anything is sent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import audioop
from homeassistant.components import tts
from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from hypothesis import given, strategies as st
import mutagen
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.voices.options import PREFERRED_FORMATS, normalized
from tests.sensing import states
from tests.simulator import Simulator, tone_pcm
from tests.speaking import COMPLETE, ENTITY, GROWING, HEADER_LENGTH, TEXT, WAV, WHOLE, decoded, fetch, kept

pytestmark = pytest.mark.usefixtures("media")

EVENT: Final = "event.samantha_ferris_speech"


@pytest.fixture
async def media(hass: HomeAssistant, account: MockConfigEntry) -> None:  # noqa: ARG001 - sets up a voice
    """Let Home Assistant resolve what players are told to play."""
    assert await async_setup_component(hass, "media_source", {})


async def ordered(hass: HomeAssistant, **data: Any) -> str:
    """Call `tts.speak`; returns the media that the player is told to play."""
    calls = async_mock_service(hass, "media_player", "play_media")
    hass.states.async_set("media_player.kitchen", "idle")
    call = {"entity_id": ENTITY, "media_player_entity_id": "media_player.kitchen", "message": TEXT}
    await hass.services.async_call("tts", "speak", {**call, **data}, blocking=True)
    media: str = calls[-1].data["media_content_id"]
    return media


async def played(hass: HomeAssistant, hass_client: ClientSessionGenerator, media: str) -> tuple[int, bytes]:
    """Play what a player was told to play."""
    resolved = await async_resolve_media(hass, media, None)
    response = await (await hass_client()).get(resolved.url)
    return response.status, await response.read()


def url(message: str = TEXT, **options: str) -> str:
    """Return a media source id as people write it."""
    return f"media-source://tts/{ENTITY}?{urlencode({'message': message, **options})}"


async def stored(hass: HomeAssistant, folder: Path) -> list[Path]:
    """Return what Home Assistant keeps, once it has written all."""
    await hass.async_block_till_done(wait_background_tasks=True)
    return kept(folder)


@pytest.mark.parametrize("voice", [268, 268.0, "268", " 268 ", "Hans", "hans"])
async def test_a_voice_is_meant_however_yaml_reads_it(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path, voice: object
) -> None:
    """It speaks, is kept with its tags, and costs nothing the second time."""
    for _ in range(2):
        media = await ordered(hass, options={"voice": voice})
        assert (await played(hass, hass_client, media))[0] == 200
    [spoken] = simulator.journal.received(WHOLE)[:1]
    assert spoken["voice_id"] == 268
    assert len([message for message in simulator.journal.received(WHOLE) if message.get("text")]) == 1
    [file] = await stored(hass, tts_cache)
    assert mutagen.File(file).tags["TPE1"].text == [str(voice).strip().removesuffix(".0")]


@pytest.mark.parametrize("voice", [1071, 1071.0, 268])
async def test_a_number_that_home_assistant_hands_over_itself_is_kept_as_well(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    tts_cache: Path,
    caplog: pytest.LogCaptureFixture,
    voice: float,
) -> None:
    """By its HTTP API and by other integrations: it would fail to write the file's tags. A text stays what it is."""
    assert (await fetch(hass_client, "Other words.", options={"voice": "1071"}))[0] == 200
    assert (await fetch(hass_client, options={"voice": voice}, cache=True))[0] == 200
    assert len(await stored(hass, tts_cache)) == 1
    assert "Invalid MultiSpec data" not in caplog.text


async def test_what_means_the_same_is_made_once(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tts_cache: Path
) -> None:
    """Whichever way it is written, and whatever is set up already."""
    same: list[dict[str, Any]] = [
        {},
        {"options": {"voice": 1071}},
        {"options": {"voice": "default"}},
        {"language": "en_US"},
        {"language": "EN", "options": {"speed": "1", "normalize": "yes", "lead_in_ms": "0.0"}},
        {"language": "en", "options": {"speed": 1, "normalize": 1, "clean": "on", "chime": False}},
    ]
    for data in same:
        assert (await played(hass, hass_client, await ordered(hass, **data)))[0] == 200
    spoken = [message for message in simulator.journal.received(WHOLE) if message.get("text")]
    assert len(spoken) == len(await stored(hass, tts_cache)) == 1


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"normalize": "off"}, "normalize", False),
        ({"normalize": 0}, "normalize", False),
        ({"normalize": "True"}, "normalize", True),
        ({"speed": "1.1"}, "speed", 1.1),
        ({"temperature": 1}, "temperature", 1.0),
        ({"max_new_tokens": "300.0"}, "max_new_tokens", 300),
        ({"max_new_tokens": 1}, "max_new_tokens", 1),
        ({"speaker_prefix": "no"}, "speaker_prefix", False),
        ({"model": "kugel-2.5"}, "model_id", "kugel-2.5"),
    ],
)
async def test_values_are_taken_as_elsewhere_in_home_assistant(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    options: Mapping[str, object],
    field: str,
    value: object,
) -> None:
    """By the action, and from a URL, where everything is text."""
    await played(hass, hass_client, await ordered(hass, options={**WAV, **options}))
    texts = {name: str(option) for name, option in options.items()}
    await played(hass, hass_client, url("From a URL.", preferred_format="wav", **texts))
    assert [message[field] for message in simulator.journal.received(WHOLE)] == [value, value]


async def test_language_may_be_left_to_the_server(hass_client: ClientSessionGenerator, simulator: Simulator) -> None:
    """Over each way: an earlier utterance of the same connection leaves nothing."""
    await fetch(hass_client, options={**WAV, "language_by_server": True})
    assert "language" not in simulator.journal.received(WHOLE)[-1]
    for by_server, language in ((False, "en"), (True, None), (False, "en")):
        await fetch(
            hass_client,
            f"Said in {language}, {len(simulator.journal.received(GROWING))}.",
            options={"preferred_format": "ogg", "language_by_server": by_server},
        )
        [*_, first] = [message for message in simulator.journal.received(GROWING) if "voice_id" in message]
        assert first["language"] == language
        assert (first["max_new_tokens"], first["speaker_prefix"]) == (2048, True)


async def test_what_is_set_for_the_server_makes_speech_anew(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator
) -> None:
    """Each of it is in Home Assistant's key, as a stored setting as well."""
    [entry] = hass.config_entries.async_entries("kugelaudio")
    [voice] = entry.subentries.values()
    for changes in ({}, {"max_new_tokens": 100}, {"speaker_prefix": False}, {"language_by_server": True}):
        hass.config_entries.async_update_subentry(entry, voice, data={**voice.data, **changes})
        await hass.async_block_till_done()
        for _ in range(2):
            assert (await fetch(hass_client, cache=True))[0] == 200
    assert len(simulator.journal.received(WHOLE)) == 4


WRONG: Final[list[tuple[str, str, list[object]]]] = [
    ("preferred_format", "option_format", ["m4a", "aac", "xyz", "", "au", None, ["mp3"], 3, True]),
    ("voice", "option_not_text", [None, True, ["1071"], {"id": 1}, 1.5, 10**20]),
    ("model", "option_not_text", [None, False, []]),
    ("chime", "option_chime", [None, True, 3, [], ["ding", "bang"], [["ding"]], "bang"]),
    ("chime_after", "option_chime", [None, True, "bang"]),
    ("speed", "option_out_of_range", [None, True, [1.0], "", "1,1", "nan"]),
    ("lead_in_ms", "option_out_of_range", [None, True, "soon", -1, 5000.5]),
    ("max_new_tokens", "option_out_of_range", [None, 0, 2049, "many"]),
    ("loudness", "option_loudness", [None, True, "loud", -25, -13.9, "nan"]),
    ("gain_db", "option_out_of_range", [None, -12.5, 13, "more"]),
    ("normalize", "option_not_boolean", [None, "maybe"]),
    ("clean", "option_not_boolean", [None]),
    ("marks", "option_not_boolean", [[]]),
    ("speaker_prefix", "option_not_boolean", [None]),
    ("language_by_server", "option_not_boolean", ["sometimes"]),
]
REFUSED: Final[list[tuple[dict[str, object], str]]] = [
    ({name: value}, key) for name, key, values in WRONG for value in values
]
# Home Assistant takes these to itself, and would convert with them.
REFUSED_BY_THE_ACTION: Final[list[tuple[dict[str, object], str]]] = [
    ({"preferred_sample_rate": None}, "option_not_number"),
    ({"preferred_sample_rate": [16000]}, "option_not_number"),
    ({"preferred_sample_channels": 3}, "option_out_of_range"),
    ({"preferred_sample_bytes": "two"}, "option_out_of_range"),
    ({"preferred_bitrate": None}, "option_out_of_range"),
    ({"preferred_format": "ulaw", "preferred_sample_rate": 16000}, "option_format"),
    ({"preferred_format": "mp3", "preferred_sample_rate": 12345}, "option_format"),
    ({"preferred_format": "mp2", "preferred_sample_rate": 8000}, "option_format"),
    ({"preferred_format": "ac3", "preferred_sample_rate": "16000"}, "option_format"),
    ({"preferred_format": "ac3", "preferred_sample_rate": 24000}, "option_format"),
    ({"preferred_format": "opus", "preferred_sample_rate": 44100}, "option_format"),
]


@pytest.mark.parametrize(("options", "key"), [*REFUSED, *REFUSED_BY_THE_ACTION])
async def test_what_cannot_be_made_is_refused_by_name(
    hass: HomeAssistant, simulator: Simulator, options: dict[str, object], key: str
) -> None:
    """Before anything is sent or billed."""
    with pytest.raises(ServiceValidationError) as raised:
        await ordered(hass, options=options)
    assert raised.value.translation_key == key
    assert (raised.value.translation_placeholders or {})["option"] in options
    assert not simulator.journal.sockets


@pytest.mark.parametrize(("options", "key"), [*REFUSED, ({"preferred_format": "MP3"}, "option_format")])
async def test_what_a_player_asks_for_wrongly_is_told_like_speech_that_fails(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, options: dict[str, object], key: str
) -> None:
    """By the event and the sensors: nobody sees what a player is answered."""
    assert (await fetch(hass_client, options=options))[0] == 500
    assert not simulator.journal.sockets
    event = hass.states.get(EVENT)
    assert event
    assert (event.attributes["event_type"], event.attributes["error"]) == ("failed", "option_refused")
    assert (event.attributes["code"], event.attributes["characters"]) == ("OPTION_REFUSED", 0)
    assert states(hass, "last_error", "failed_utterances") == {"last_error": "option_refused", "failed_utterances": "1"}
    assert key


async def test_a_url_with_a_wrong_option_is_told_as_well(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """Where everything is text."""
    assert (await played(hass, hass_client, url(preferred_format="m4a")))[0] == 500
    assert states(hass, "last_error") == {"last_error": "option_refused"}


@pytest.mark.parametrize("audio_format", [name for name in PREFERRED_FORMATS if name not in {"ulaw", "alaw"}])
async def test_every_format_that_is_taken_is_made_and_kept(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tts_cache: Path, audio_format: str
) -> None:
    """By Home Assistant's converter, which writes to a pipe; letters do not matter to the action."""
    media = await ordered(hass, options={"preferred_format": audio_format.upper()})
    status, audio = await played(hass, hass_client, media)
    assert status == 200
    assert len(await decoded(audio, 24000)) == pytest.approx(len(COMPLETE), rel=0.1)
    [file] = await stored(hass, tts_cache)
    assert file.suffix == f".{audio_format}"


@pytest.mark.parametrize(("audio_format", "mime_type"), [("ulaw", "audio/basic"), ("alaw", "audio/x-alaw-basic")])
async def test_telephones_get_g711(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, tts_cache: Path, audio_format: str, mime_type: str
) -> None:
    """Eight thousand bytes a second, no header, of all that is heard: chime and silence, too."""
    decode = {"ulaw": audioop.ulaw2lin, "alaw": audioop.alaw2lin}[audio_format]
    options = {"preferred_format": audio_format, "preferred_sample_channels": 1, "lead_in_ms": 100}
    media = await ordered(hass, options=options)
    resolved = await async_resolve_media(hass, media, None)
    assert resolved.mime_type == mime_type
    _, audio = await played(hass, hass_client, media)
    pcm = bytes(1600) + tone_pcm(TEXT, 8000)
    assert len(audio) == len(pcm) // 2
    heard, meant = decode(audio, 2), pcm
    difference = audioop.rms(audioop.add(heard, audioop.mul(meant, 2, -1), 2), 2)
    assert difference < 0.03 * audioop.rms(meant, 2)
    [file] = await stored(hass, tts_cache)
    assert file.suffix == f".{audio_format}"


async def test_telephones_get_wav_at_their_rate(hass_client: ClientSessionGenerator) -> None:
    """Which nothing has to convert."""
    _, audio = await fetch(hass_client, options={**WAV, "preferred_sample_rate": 8000})
    assert audio[HEADER_LENGTH:] == tone_pcm(TEXT, 8000)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de-DE", "de"), ("pt_BR", "pt"), ("EN", "en"), ("nb-NO", "no"), ("zh-HK", "yue"), ("zh-TW", "zh"), (False, "no")],
)
async def test_languages_are_taken_as_people_write_them(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, tag: object, code: str
) -> None:
    """In `tts.speak`, in URLs, and by assistants, whose languages Home Assistant checks itself."""
    await played(hass, hass_client, await ordered(hass, language=tag, options=WAV))
    if isinstance(tag, str):
        await played(hass, hass_client, url("From a URL.", preferred_format="wav", language=tag))
        stream = tts.async_create_stream(hass, ENTITY, tag, dict(WAV))
        stream.async_set_message("From an assistant.")
        await (await (await hass_client()).get(stream.url)).read()
    spoken = {message["language"] for message in simulator.journal.received(WHOLE)}
    assert spoken == {code}


@pytest.mark.parametrize("tag", ["xx", "is-IS", "german"])
async def test_an_unknown_language_is_refused_with_those_that_there_are(hass: HomeAssistant, tag: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ServiceValidationError, match=r"ar, bg, .*, zh") as raised:
        await ordered(hass, language=tag)
    assert raised.value.translation_key == "language_unknown"
    assert tag in str(raised.value)


@given(st.dictionaries(st.sampled_from([name for name, _, _ in WRONG]), st.from_type(object)))
def test_whatever_is_asked_for_is_understood_or_refused(options: dict[str, object]) -> None:
    """And what was understood is understood in the same way again."""
    try:
        understood = normalized(options)
    except ServiceValidationError:
        return
    assert normalized(understood) == understood

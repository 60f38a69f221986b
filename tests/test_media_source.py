"""Voices in the media browser: samples to hear, and a sentence said by every voice of a language."""

import io
from urllib.parse import quote, unquote
import wave

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.kugelaudio.api.models import LANGUAGES
from custom_components.kugelaudio.flows.hearing import hearing_url
from custom_components.kugelaudio.sound.chimes import CHIMES, chime_pcm
from custom_components.kugelaudio.voices.languages import language_name, sentence
from tests.browsing import ROOT, MediaBrowser, child, in_account, titles
from tests.helpers import account_entry, set_up, voice_subentry
from tests.simulator import Simulator, tone_pcm
from tests.simulator.voices import VOICES
from tests.speaking import HEADER_LENGTH, WHOLE

TYPED = "Dinner, at 7:30? 100% [yes] & “no”/maybe +1 äöü 洗"
SAY = "Try a sentence (uses credits)"

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")


@pytest.fixture
async def media(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_client: ClientSessionGenerator
) -> MediaBrowser:
    """Open the media browser."""
    return await MediaBrowser.opened(hass, hass_ws_client, hass_client)


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account with one voice, which rings a gong before and after it speaks."""
    voice = voice_subentry("voice-1", format="wav", chime="gong", chime_after="gong")
    made = account_entry(simulator.url, voice, options={"connection": "after_use"})
    await set_up(hass, made)
    return made


def voices_spoken(simulator: Simulator) -> list[object]:
    """Return the voices that something was spoken with."""
    return [message["voice_id"] for message in simulator.journal.received(WHOLE) if "text" in message]


async def test_one_account_begins_with_its_languages(media: MediaBrowser, entry: MockConfigEntry) -> None:
    """The home's own comes first, the others by their own names; one that nobody knows keeps its code."""
    folder = await media.folder()
    spoken = {code for voice in VOICES for code in voice.languages}
    assert folder["title"] == entry.title
    assert titles(folder)[:3] == ["English", "Bahasa Indonesia", "Bahasa Melayu"]
    assert set(titles(folder)) == {*(language_name(code) for code in spoken), "Chimes"}
    assert titles(folder)[-1] == "Chimes"
    assert {"xx", "Norsk", "日本語"} < set(titles(folder))
    places = [child["media_content_id"] for child in folder["children"][:-1]]
    assert sorted(places) == sorted(in_account(entry, code) for code in spoken)
    assert folder["children_media_class"] == "directory"
    assert all(child["can_expand"] and not child["can_play"] for child in folder["children"])


@pytest.mark.parametrize(("language", "first"), [("de-CH", "Deutsch"), ("nb", "Norsk"), ("cy", "English")])
async def test_language_of_the_home_comes_first(
    hass: HomeAssistant, media: MediaBrowser, entry: MockConfigEntry, language: str, first: str
) -> None:
    """Whichever region or written form it is; English where no voice speaks it."""
    hass.config.language = language
    assert titles(await media.folder(in_account(entry)))[0] == first


async def test_languages_that_voices_were_set_up_in_come_next(
    hass: HomeAssistant, simulator: Simulator, media: MediaBrowser
) -> None:
    """In a home whose own language is another one."""
    voices = (
        voice_subentry(),
        voice_subentry("swede", "Elsa", language="sv"),
        voice_subentry("hans", "Hans", language="de"),
    )
    made = account_entry(simulator.url, *voices, options={"connection": "off"})
    await set_up(hass, made)
    assert titles(await media.folder(in_account(made)))[:4] == ["English", "Deutsch", "Svenska", "Bahasa Indonesia"]


async def test_several_accounts_are_told_apart(
    hass: HomeAssistant, simulator: Simulator, media: MediaBrowser, entry: MockConfigEntry
) -> None:
    """With a second one loaded, the first level shows their names; one that is not loaded is not among them."""
    second = account_entry(simulator.url, title="Holiday home")
    await set_up(hass, second)
    folder = await media.folder()
    assert (folder["title"], titles(folder)) == ("KugelAudio", [entry.title, "Holiday home", "Chimes"])
    inner = await media.folder(child(folder, "Holiday home"))
    assert (inner["title"], titles(inner)[0]) == ("Holiday home", "English")
    await hass.config_entries.async_unload(second.entry_id)
    assert titles(await media.folder())[0] == "English"


async def test_the_end_of_set_up_leads_to_a_sentence(
    hass: HomeAssistant, simulator: Simulator, media: MediaBrowser, entry: MockConfigEntry
) -> None:
    """In the language of the voice; where there are several accounts, they are asked for first."""
    place = unquote(hearing_url("de").rpartition("/")[2]).removeprefix(",")
    assert titles(await media.folder(place))[0] == "Grandfather: Die Waschmaschine ist fertig."
    second = account_entry(simulator.url, title="Holiday home")
    await set_up(hass, second)
    folder = await media.folder(place)
    assert titles(folder) == [entry.title, "Holiday home"]
    for account in (in_account(second, "de?text="), child(folder, "Holiday home")):
        assert titles(await media.folder(account))[0] == "Grandfather: Die Waschmaschine ist fertig."
    assert unquote(hearing_url("de", second.entry_id)).endswith(f",{in_account(second, 'de?text=')}")


async def test_source_stands_beside_the_others(media: MediaBrowser, entry: MockConfigEntry) -> None:
    """The media browser's first page offers it by its name, and it leads to the languages."""
    assert child(await media.folder(""), "KugelAudio") == ROOT
    assert (await media.folder(ROOT))["title"] == entry.title


async def test_language_shows_its_voices_with_what_is_known_of_them(
    media: MediaBrowser, entry: MockConfigEntry
) -> None:
    """Own ones first, then by name, as a list; those without a sample are only in the folder that has them speak."""
    folder = await media.folder(in_account(entry, "de"))
    assert folder["title"] == "Deutsch"
    say, *voices = folder["children"]
    assert (say["title"], say["can_expand"], say["can_play"]) == (SAY, True, False)
    assert [voice["title"] for voice in voices][:3] == [
        "Grandfather · your own · male · cloned · good quality",
        "My voice · your own · female · cloned · good quality",
        "Annika Vogt · female · social media · good quality",
    ]
    with_sample = [voice for voice in VOICES if "de" in voice.languages and voice.has_sample]
    assert {voice["media_content_id"] for voice in voices} == {
        in_account(entry, "de", str(voice.id)) for voice in with_sample
    }
    assert all(voice["can_play"] and voice["media_content_type"].startswith("audio/") for voice in voices)
    assert folder["children_media_class"] == "music"
    assert "signature" not in str(folder)


async def test_sample_is_the_providers(media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator) -> None:
    """One click plays what the provider has; nothing is spoken, and the key goes to nobody but the provider."""
    folder = await media.folder(in_account(entry, "de"))
    sample = await media.hear(child(folder, "Hans · male · narrative · best quality"))
    assert sample[HEADER_LENGTH:] == tone_pcm("Guten Tag, ich heiße Hans. So klinge ich.", 24000)
    assert not simulator.journal.sockets
    asked = [call for call in simulator.journal.calls if call.path == "/samples/268.wav"]
    assert [call.method for call in asked] == ["GET", "GET"]
    assert {call.auth for call in asked} == {"none"}


async def test_address_of_a_sample_is_asked_for_every_time(
    media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """It is valid for a while only."""
    for times in (1, 2):
        found = await media.resolved(in_account(entry, "de", "268"))
        assert found["url"].startswith(f"{simulator.url}/samples/268.wav?")
        assert found["mime_type"] == "audio/wav"
        assert sum(call.path == "/v1/voices/268" for call in simulator.journal.calls) == times


async def test_every_voice_says_a_sentence(media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Ours in its language, those without a sample too, without the gong of the voice that is set up."""
    folder = await media.folder(child(await media.folder(in_account(entry, "de")), SAY))
    assert folder["title"] == "Type a sentence (uses credits)"
    assert folder["can_search"]
    speaking = [voice for voice in VOICES if not voice.languages or "de" in voice.languages]
    assert len(titles(folder)) == len(speaking)
    assert titles(folder)[0] == "Grandfather: Die Waschmaschine ist fertig."
    assert "Untitled: Die Waschmaschine ist fertig." in titles(folder)
    assert folder["children_media_class"] == "music"
    assert not simulator.journal.sockets

    speech = await media.hear(child(folder, "Grandfather: Die Waschmaschine ist fertig."))
    assert speech[HEADER_LENGTH:] == tone_pcm("Die Waschmaschine ist fertig.", 24000)
    (request,) = simulator.journal.received(WHOLE)
    assert (request["voice_id"], request["language"]) == (5002, "de")


async def test_every_voice_says_what_is_typed(
    media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """One click each; what was heard before is heard again for free."""
    say = child(await media.folder(in_account(entry, "en")), SAY)
    found = (await media.ask("search", say, search_query=f" {TYPED} "))["result"]["result"]
    assert [one["title"] for one in found][:2] == [f"Doorman: {TYPED}", f"My voice: {TYPED}"]
    first, second = (one["media_content_id"] for one in found[:2])
    once = await media.hear(first)
    assert once[HEADER_LENGTH:] == tone_pcm(TYPED, 24000)
    assert await media.hear(second) == once == await media.hear(first)
    assert voices_spoken(simulator) == [5004, 5001]
    assert [one["text"] for one in simulator.journal.received(WHOLE)] == [TYPED, TYPED]


async def test_text_can_be_part_of_the_address(
    media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """For buttons and bookmarks; a voice is found by its handle, too."""
    folder = await media.folder(in_account(entry, f"de?text={quote('Guten Morgen')}"))
    assert titles(folder)[0] == "Grandfather: Guten Morgen"
    await media.hear(in_account(entry, "de", "hans?text=Guten+Morgen"))
    assert voices_spoken(simulator) == [268]
    assert await media.hear(in_account(entry, "de", "hans"))


async def test_titles_are_in_the_language_of_the_home(
    hass: HomeAssistant, media: MediaBrowser, entry: MockConfigEntry
) -> None:
    """Ours and those of the catalogue's terms; names of languages are their own."""
    hass.config.language = "de"
    folder = await media.folder(in_account(entry, "en"))
    assert titles(folder)[:2] == [
        "Satz ausprobieren (kostet Guthaben)",
        "Doorman · deine eigene · neutral · geklont · gute Qualität",
    ]
    assert folder["title"] == "English"
    inner = await media.folder(child(folder, titles(folder)[0]))
    assert inner["title"] == "Satz eingeben (kostet Guthaben)"


async def test_without_a_voice_set_up_samples_are_still_heard(
    hass: HomeAssistant, simulator: Simulator, media: MediaBrowser
) -> None:
    """Nothing can be spoken then: no folder for it, and its address says what to do."""
    bare = account_entry(simulator.url)
    await set_up(hass, bare)
    assert SAY not in titles(await media.folder(in_account(bare, "en")))
    assert await media.hear(in_account(bare, "en", "1071"))
    told = await media.told("resolve", in_account(bare, "en", "1071?text=Hello"))
    assert "Add one under Settings" in told


async def test_voice_that_speaks_any_language_is_listed_for_the_home(
    hass: HomeAssistant, simulator: Simulator, media: MediaBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An own server may name no languages at all."""
    monkeypatch.setattr("tests.simulator.rest.VOICES", [voice for voice in VOICES if voice.name == "Untitled"])
    hass.config.language = "de"
    await set_up(hass, account_entry(simulator.url, voice_subentry()))
    folder = await media.folder()
    assert titles(folder) == ["Deutsch", "Signaltöne"]
    assert len(titles(await media.folder(child(folder, "Deutsch")))) == 1


async def test_language_that_nobody_knows_has_samples_only(media: MediaBrowser, entry: MockConfigEntry) -> None:
    """Home Assistant speaks in languages it knows, and there is no sentence of ours in others."""
    folder = await media.folder(in_account(entry, "xx"))
    assert (folder["title"], titles(folder)) == ("xx", ["Orbit · robot · podcast_host · ultra_quality"])
    assert "no text to speak" in await media.told("browse", in_account(entry, "xx?text="))
    assert "'xx'" in await media.told("resolve", in_account(entry, "xx", "6001?text=Hello"))


def test_every_language_of_the_provider_has_its_name_and_its_sentence() -> None:
    """Each in its own words."""
    assert len({language_name(code) for code in LANGUAGES}) == len(LANGUAGES)
    assert len({sentence(code) for code in LANGUAGES} - {None}) == len(LANGUAGES)
    assert not {language_name(code) for code in LANGUAGES} & set(LANGUAGES)


@pytest.mark.parametrize(("tag", "code"), [("de-CH", "de"), ("DE", "de"), ("nb-NO", "no"), ("zh-HK", "yue")])
async def test_languages_are_known_as_people_write_them(
    media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator, tag: str, code: str
) -> None:
    """In folders, and in what is played."""
    assert titles(await media.folder(in_account(entry, tag))) == titles(await media.folder(in_account(entry, code)))
    await media.hear(in_account(entry, tag, "268?text=Tom %26 Jerry"))
    spoken = simulator.journal.received(WHOLE)[-1]
    assert (spoken["language"], spoken["text"]) == (code, "Tom & Jerry")


async def test_a_voice_that_the_first_one_was_before_is_still_heard(
    hass: HomeAssistant, media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Its id alone would mean what that is now."""
    voice = entry.subentries["voice-1"]
    changed = {**voice.data, "voice": "1072", "former_voices": ["1071", "268"]}
    hass.config_entries.async_update_subentry(entry, voice, data=changed)
    await hass.async_block_till_done()
    await media.hear(in_account(entry, "de", "268?text=Hello."))
    assert voices_spoken(simulator) == [268]


async def test_chimes_can_be_heard(media: MediaBrowser, entry: MockConfigEntry, simulator: Simulator) -> None:
    """All of them, by the names that the forms show, as files of known length; they cost nothing."""
    folder = await media.folder(child(await media.folder(), "Chimes"))
    assert folder["title"] == "Chimes"
    assert len(titles(folder)) == len(CHIMES) >= 10
    for name, title in zip(CHIMES, titles(folder), strict=True):
        with wave.open(io.BytesIO(await media.hear(child(folder, title)))) as file:
            assert file.readframes(file.getnframes()) == chime_pcm(name, 24000)
    assert entry.title
    assert not voices_spoken(simulator)


async def test_only_chimes_are_heard_there(media: MediaBrowser) -> None:
    """Nothing else has such an address, and nobody hears it who may not."""
    answer = await media.ask("resolve", f"{ROOT}/chimes/bang")
    assert not answer["success"]
    found = await media.resolved(f"{ROOT}/chimes/ding")
    async with media.home.get(found["url"].replace("ding", "bang")) as response:
        assert response.status == 404
    async with media.internet.get(str(media.home.make_url("/api/kugelaudio/chimes/ding.wav"))) as response:
        assert response.status == 401

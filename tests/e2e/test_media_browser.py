"""Voices in the media browser: samples are heard, and sentences that were typed."""

from collections.abc import Callable
import re

from playwright.async_api import expect

from tests.home.client import Home, State
from tests.home.frontend import Visitor
from tests.home.journal import Journal
from tests.home.speech import LOUDSPEAKER, add_speaker

from .conftest import Running

TYPED = "Das Essen ist fertig, kommt bitte!"


async def test_voices_are_heard_by_hand(visitor: Visitor, running: Running, home: Home) -> None:
    """Media > KugelAudio > language > voice plays the provider's sample; a typed sentence is said by any voice."""
    page = visitor.page
    browser = page.locator("ha-media-player-browse")
    titles = browser.locator(".title")
    player = page.locator("ha-bar-media-player")
    await add_speaker(home, running.service, "en", "Emily Carter")

    await visitor.go("/media-browser/browser")
    await visitor.log_in()
    await titles.filter(has_text="KugelAudio").click()
    await visitor.look("languages")
    await titles.filter(has_text="Deutsch").click()
    await expect(titles.filter(has_text="My voice · your own")).to_be_visible()
    await visitor.look("voices")
    async with page.expect_response(re.compile(r"/samples/268\.wav")) as sample:
        await titles.filter(has_text="Hans · male").click()
    heard = await sample.value
    await expect(player).to_contain_text("Hans · male")
    await visitor.look("sample")
    body = await heard.body()
    assert body.startswith(b"RIFF")
    assert len(body) == int(heard.headers["content-length"])

    await titles.filter(has_text="Try a sentence").click()
    await expect(titles.filter(has_text="Hans: Die Waschmaschine ist fertig.")).to_be_visible()
    await page.reload()
    await expect(titles.filter(has_text="Hans: Die Waschmaschine ist fertig.")).to_be_visible()
    await visitor.look("sentence")
    await browser.get_by_placeholder(re.compile("Type a sentence")).fill(TYPED)
    await browser.get_by_role("button", name="Search").click()
    await visitor.look("typed")
    async with page.expect_response(re.compile("/api/tts_proxy/")) as speech:
        await titles.filter(has_text=f"Grandfather: {TYPED}").click()
    assert (await speech.value).ok
    await expect(player).to_contain_text("Grandfather")
    await visitor.look("spoken")

    utterance = await Journal(home.session, running.service.url or "").last_request()
    assert (utterance["text"], utterance["voice_id"]) == (TYPED, 5002)


def played(times: int) -> Callable[[State], bool]:
    """Tell when the loudspeaker has played so often."""
    return lambda state: bool(state.attributes["times_played"] == times)


async def test_loudspeaker_plays_what_an_action_names(home: Home, running: Running) -> None:
    """The sample of a voice, and a text that it is to say."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    before = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    for times, what in enumerate(("hans", "hans?text=Das+Essen+ist+fertig!"), 1):
        place = f"media-source://kugelaudio/{speaker.entry_id}/de/{what}"
        media = {"media_content_id": place, "media_content_type": "music"}
        await home.call("media_player.play_media", {"entity_id": LOUDSPEAKER, "media": media})
        heard = await home.wait_for(LOUDSPEAKER, played(before + times))
        assert heard.attributes["error"] is None
        assert heard.attributes["seconds"] > 1
    request = await Journal(home.session, running.service.url or "").last_request()
    assert request["text"] == "Das Essen ist fertig!"

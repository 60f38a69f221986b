"""The integration in Home Assistant's frontend, by hand: what a new user clicks."""

import re

from playwright.async_api import expect

from tests.home.client import Home
from tests.home.frontend import Visitor
from tests.home.journal import Journal
from tests.home.speech import DOMAIN, LOUDSPEAKER, add_speaker

from .conftest import Running

PAGE = f"/config/integrations/integration/{DOMAIN}"
TEXT = "Die Waschmaschine ist fertig."
OWN_VOICE = "Grandfather"
OWN_VOICE_ID = 5002
DING_DONG_S = 1.7
# Home Assistant shows the id of a voice that is picked, which is the same word for the own voice of every entity.
OWN_VOICE_IS_CALLED = ("default",)
REFUSED = "KugelAudio does not accept this API key. Check that you pasted all of it"


async def test_account_and_its_first_voice(visitor: Visitor, running: Running, home: Home) -> None:
    """A wrong key is refused in words; with the right one, a language and a voice, a link leads to the first sound."""
    page, dialog, service = visitor.page, visitor.dialog, running.service
    await visitor.go(f"/config/integrations/dashboard/add?domain={DOMAIN}")
    await visitor.log_in()
    await page.get_by_role("button", name="OK").click()
    await dialog.locator("input[name=api_key]").fill("ka_wrong")
    await visitor.choose("Region", "Own server")
    await visitor.next("account")
    await dialog.locator("input[name=url]").fill(service.url or "")
    await visitor.next("own url")
    await expect(dialog.get_by_text(REFUSED)).to_be_visible()
    await dialog.locator("input[name=api_key]").fill(service.key)
    await visitor.next("refused")
    await expect(dialog.locator("input[name=url]")).to_have_value(service.url or "")
    await visitor.next("own url again")
    await visitor.pick_voice("English", "Emily Carter")
    # Samples stand behind the field, not between it and a keyboard.
    await dialog.locator("input[name=name]").focus()
    await page.keyboard.press("Tab")
    await expect(dialog.get_by_role("button", name=re.compile("^Voice"))).to_be_focused()
    await visitor.next("voice")
    sentences = dialog.get_by_role("link", name="Media > KugelAudio")
    await sentences.wait_for()
    await visitor.look("created")
    await sentences.click()
    async with page.expect_response(re.compile("/api/tts_proxy/")) as speech:
        await page.locator("ha-media-player-browse .title").filter(has_text="Emily Carter: ").click()
    assert (await speech.value).ok
    await visitor.look("first sound")
    assert (await home.state("tts.emily_carter")).attributes["friendly_name"] == "Emily Carter"


async def test_second_voice_with_a_chime_speaks_from_the_media_browser(
    owner: Visitor, running: Running, home: Home
) -> None:
    """The loudspeaker gets the chime and the words, of the voice that was picked."""
    page, dialog = owner.page, owner.dialog
    await add_speaker(home, running.service, "en", "Emily Carter")
    before = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    await owner.go(PAGE)
    await page.get_by_role("button", name="Add voice").click()
    await owner.pick_voice("German", OWN_VOICE)
    await dialog.get_by_text("Chime and silence").click()
    await owner.choose("Chime", "Ding dong")
    await owner.next("chime")
    await owner.finish("voice created")
    await expect(page.locator("ha-config-sub-entry-row")).to_have_count(2)
    await owner.look("two voices")

    sources = page.get_by_label("Text-to-speech")
    await owner.go_to_see(f"/media-browser/{LOUDSPEAKER}", sources)
    await sources.click()
    await page.locator("ha-media-player-browse").get_by_text(OWN_VOICE).last.click()
    await owner.pick(page, "Language", "German")
    await expect(page.locator("ha-tts-voice-picker ha-picker-field")).to_contain_text(OWN_VOICE)
    await page.locator("ha-browse-media-tts textarea").fill(TEXT)
    await owner.look("speak", values=OWN_VOICE_IS_CALLED)
    await page.get_by_role("button", name="Say").click()
    heard = await home.wait_for(LOUDSPEAKER, lambda state: state.attributes["times_played"] > before)
    await owner.look("spoken", values=OWN_VOICE_IS_CALLED)
    assert heard.attributes["error"] is None
    assert heard.attributes["seconds"] > DING_DONG_S + 1
    request = await Journal(home.session, running.service.url or "").last_request()
    assert (request["text"], request["voice_id"]) == (TEXT, OWN_VOICE_ID)

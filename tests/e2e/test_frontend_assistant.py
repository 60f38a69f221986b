"""An assistant that is set up in Home Assistant's frontend, and whose voice is changed afterwards."""

from typing import Any

from playwright.async_api import expect

from tests.home.assistant import ask
from tests.home.client import Home
from tests.home.frontend import Visitor
from tests.home.journal import Journal
from tests.home.speech import DOMAIN, add_speaker

from .conftest import Running

EMILY_CARTER_ID = 2005
NATHAN_COLE_ID = 1072


async def stored(home: Home, name: str) -> dict[str, Any]:
    """Return what is stored for an assistant."""
    [found] = [
        pipeline
        for pipeline in (await home.command("assist_pipeline/pipeline/list"))["pipelines"]
        if pipeline["name"] == name
    ]
    return dict(found)


async def test_assistant_follows_the_voice_that_its_owner_changes(owner: Visitor, running: Running, home: Home) -> None:
    """The dialogue proposes the voice as it is set up, so that the gear of the voice changes the assistant as well."""
    page, dialog = owner.page, owner.dialog
    speaker = await add_speaker(home, running.service, "en", "Emily Carter", format="wav")
    await owner.go("/config/voice-assistants/assistants")
    await page.get_by_role("button", name="Add assistant").click()
    assistant = page.locator("dialog-voice-assistant-pipeline-detail")
    await assistant.locator("input[name=name]").fill("Butler")
    await assistant.get_by_label("Text-to-speech", exact=True).click()
    await assistant.get_by_text("Emily Carter", exact=True).click()
    voice = assistant.get_by_label("Voice", exact=True)
    await voice.scroll_into_view_if_needed()
    await expect(voice).to_have_js_property("value", "As set up (Emily Carter)")
    await owner.look("assistant")
    await assistant.get_by_role("button", name="Create").click()
    await expect(assistant).to_be_hidden()
    pipeline = await stored(home, "Butler")
    assert (pipeline["tts_engine"], pipeline["tts_voice"]) == (speaker.entity_id, "default")

    journal = Journal(home.session, running.service.url or "")
    await ask(home, pipeline["id"], ["What time is it?"])
    assert (await journal.last_request())["voice_id"] == EMILY_CARTER_ID
    await owner.go(f"/config/integrations/integration/{DOMAIN}")
    await page.locator("ha-config-sub-entry-row ha-icon-button[slot=end]").first.click()
    await owner.next("language")
    await owner.pick(dialog, "Voice", "Nathan Cole")
    await owner.next("voice")
    await owner.finish("changed")
    await ask(home, pipeline["id"], ["What time is it?"])
    assert (await journal.last_request())["voice_id"] == NATHAN_COLE_ID

"""The actions in the developer tools of Home Assistant's frontend: all fields have names, and announce is heard."""

import json
from typing import Any

from playwright.async_api import expect
import pytest

from tests.home.child import ROOT
from tests.home.client import Home
from tests.home.frontend import VALUES_IN_ACTIONS, Visitor, field_of
from tests.home.journal import Journal
from tests.home.speech import LOUDSPEAKER, add_speaker

from .conftest import Running

TEXT = "Somebody is standing at the front door."
DING_DONG_S = 1.7


def words_of(action: str) -> dict[str, Any]:
    """Return our words for an action."""
    texts = json.loads((ROOT / "custom_components/kugelaudio/translations/en.json").read_text())
    words: dict[str, Any] = texts["services"][action]
    return words


@pytest.mark.parametrize("action", ["announce", "generate"])
async def test_all_fields_of_an_action_have_names(owner: Visitor, running: Running, home: Home, action: str) -> None:
    """In the form: those of the action itself, and those of a line of a dialogue."""
    page, words = owner.page, words_of(action)
    await add_speaker(home, running.service, "en", "Emily Carter")
    await owner.go(f"/config/tools/action?service=kugelaudio.{action}")
    form = page.locator("ha-service-control")
    await expect(form.get_by_text(words["description"])).to_be_visible()
    await owner.open_sections(form)
    headings = form.locator("ha-settings-row [slot=heading]")
    assert sorted(await headings.all_inner_texts()) == sorted(field["name"] for field in words["fields"].values())
    await owner.look(action, values=VALUES_IN_ACTIONS)
    await form.get_by_role("button", name="Add", exact=True).first.click()
    for field in (
        page.get_by_role("button", name="Voice"),
        page.get_by_role("textbox", name="Text"),
        page.get_by_role("spinbutton", name="Pause after it"),
    ):
        await expect(field).to_be_visible()
    await owner.look(f"{action} dialogue", values=VALUES_IN_ACTIONS)


async def test_announcement_is_made_in_the_developer_tools(owner: Visitor, running: Running, home: Home) -> None:
    """A target is picked, a message typed, a chime chosen; the loudspeaker hears it, and the answer tells of it."""
    page = owner.page
    await add_speaker(home, running.service, "en", "Emily Carter")
    before = (await home.state(LOUDSPEAKER)).attributes["times_played"]
    await owner.go("/config/tools/action?service=kugelaudio.announce")
    form = page.locator("ha-service-control")
    await form.get_by_role("button", name="Add target").click()
    await form.get_by_text("Loudspeaker").click()
    await owner.open_sections(form)
    await owner.fill_in(form, "Message", TEXT)
    chime = field_of(form, "Chime")
    await chime.locator("ha-checkbox").click()
    await chime.get_by_role("button", name="Add").click()
    await chime.locator("ha-combo-box-item").filter(has_text="Ding dong").click()
    await owner.look("filled in", values=VALUES_IN_ACTIONS)
    await page.get_by_role("button", name="Perform action").click()
    heard = await home.wait_for(LOUDSPEAKER, lambda state: state.attributes["times_played"] > before)
    answer = page.get_by_text("media_content_id")
    await answer.scroll_into_view_if_needed()
    await owner.look("announced", values=VALUES_IN_ACTIONS)
    assert heard.attributes["error"] is None
    assert heard.attributes["seconds"] > DING_DONG_S + 1
    request = await Journal(home.session, running.service.url or "").last_request()
    assert request["text"] == TEXT

"""Our pages in dark colours, on the screen of a phone, and in German: everything can be read everywhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser
import pytest

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.frontend import VALUES_IN_ACTIONS, Visitor, Window, open_page
from tests.home.sight import complaints
from tests.home.simulator import steer
from tests.home.speech import DOMAIN, add_second_speaker, add_speaker

from .conftest import Running

INTEGRATION = f"/config/integrations/integration/{DOMAIN}"
PHONE = Window(width_px=390, height_px=844)
WINDOWS = (
    Window(color_scheme="dark", language="de"),
    PHONE,
    replace(PHONE, color_scheme="dark", language="de"),
)
HANS_ID = 268
FAULTY = """
<div style="width: 60px; overflow: hidden; white-space: nowrap">A sentence that is longer than its frame</div>
<div style="height: 20px; overflow: hidden; width: 80px">A sentence that takes more lines than there are</div>
<p>component.kugelaudio.config.step.user.title</p><p>lead_in_ms</p><p>parallel</p><p>Translation Error: no text</p>
<p style="width: 2000px; text-align: right">far</p>
<dialog open><p>One line</p><p style="margin-top: -30px">Another line</p></dialog>
<p style="visibility: hidden">tail_ms</p><p>lead_in_ms is a word</p>
"""


@pytest.fixture
async def vanished(home: Home, running: Running) -> AsyncIterator[None]:
    """Add an account with two voices, one of which the provider has no more."""
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    await add_second_speaker(home, speaker, "de", "Hans")
    await steer(home.session, running.service.url, "withdraw", voice_id=HANS_ID)
    await home.post(f"/api/config/config_entries/entry/{speaker.entry_id}/reload", {})
    yield
    await steer(home.session, running.service.url, "offer", voice_id=HANS_ID)


@pytest.mark.usefixtures("vanished")
async def test_pages_can_be_read_in_every_window(browser: Browser, running: Running, pictures: Path) -> None:
    """Somebody at each of them looks at all pages at the same time."""
    async with asyncio.TaskGroup() as visitors:
        for window in WINDOWS:
            folder = pictures / f"{window.color_scheme} {window.width_px} {window.language}"
            folder.mkdir(exist_ok=True)
            page = await open_page(browser, running.url, window, running.token)
            visitors.create_task(read_pages(Visitor(page, running.url, folder, window.language)))


async def read_pages(visitor: Visitor) -> None:
    """Read the integration, the form of a voice, the account's settings, a repair, and an action."""
    page, dialog = visitor.page, visitor.dialog
    await visitor.go(INTEGRATION)
    await page.locator("ha-config-sub-entry-row").nth(1).wait_for()
    await visitor.look("integration")
    await page.locator("ha-config-sub-entry-row ha-icon-button[slot=end]").first.click()
    await visitor.next("language")
    await dialog.locator("ha-expansion-panel").first.wait_for()
    await visitor.open_sections(dialog)
    await dialog.locator("ha-media-item-picker").first.scroll_into_view_if_needed()
    await visitor.look("voice")

    await visitor.go(INTEGRATION)
    await page.locator("ha-config-entry-row ha-icon-button[slot=end]").first.click()
    await dialog.locator("ha-selector-select").first.wait_for()
    await visitor.look("account settings")

    await visitor.go("/config/repairs")
    await page.locator("ha-config-repairs ha-list-item-button", has_text="Hans").click()
    await dialog.locator("ha-selector-select").wait_for()
    await visitor.look("repair")

    await visitor.go(f"/config/tools/action?service={DOMAIN}.announce")
    form = page.locator("ha-service-control")
    await form.locator("ha-settings-row").first.wait_for()
    await visitor.open_sections(form)
    await visitor.look("action", values=VALUES_IN_ACTIONS)


async def test_what_cannot_be_read_is_found(browser: Browser) -> None:
    """Texts that are cut off, keys instead of words, and a page that is too wide."""
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.set_content(FAULTY)
    found = await complaints(page, "en", patience_s=0)
    assert [line.split(" in ")[0] for line in found] == [
        'cut off by div: "A sentence that is longer than its frame"',
        'cut off by div: "A sentence that takes more lines than there are"',
        'a key instead of words: "component.kugelaudio.config.step.user.title"',
        'a key instead of words: "lead_in_ms"',
        'a key instead of words: "parallel"',
        'a key instead of words: "Translation Error: no text"',
        'cut off by the window: "far"',
        'written over "One line": "Another line"',
        "the page scrolls sideways",
    ]


async def test_error_in_the_console_is_found(browser: Browser, running: Running, pictures: Path) -> None:
    """Whatever the page logs as an error."""
    page = await open_page(browser, running.url, Window(), running.token)
    visitor = Visitor(page, running.url, pictures)
    await visitor.go("/config/repairs")
    await page.locator("ha-config-repairs-dashboard").wait_for()
    await page.evaluate("console.error('One thing went wrong')")
    with pytest.raises(HomeError, match="One thing went wrong"):
        await visitor.look("repairs")

"""The integration in Home Assistant's frontend, by hand: what a new user clicks."""

from pathlib import Path
import re
from typing import Any

from playwright.async_api import Browser, Locator, Page, TimeoutError as PlaywrightTimeoutError, expect
import pytest

from tests.home.client import Home
from tests.home.hass import PASSWORD, USER
from tests.home.speech import DOMAIN, LOUDSPEAKER

from .conftest import Running

# A busy machine is no failure.
expect.set_options(timeout=15_000)

NEXT = re.compile("Next|Submit")
DONE = re.compile("Finish|Skip")


class Visitor:
    """Somebody at the browser, who keeps a picture of every page."""

    def __init__(self, page: Page, running: Running, pictures: Path) -> None:
        """Sit down at an empty page."""
        self.page = page
        self.dialog = page.locator("dialog-data-entry-flow")
        self._running = running
        self._pictures = pictures
        self._count = 0

    async def go(self, path: str) -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(f"{self._running.url}{path}")

    async def go_to_see(self, path: str, wanted: Locator) -> None:
        """Open a page that shows something.

        The frontend closes a dialog by going back in the browser's history, on a busy machine only after this left
        the page, and so comes back to it: then once more.
        """
        await self.go(path)
        try:
            await wanted.wait_for(timeout=10_000)
        except PlaywrightTimeoutError:
            await self.go(path)
            await wanted.wait_for()

    async def look(self, name: str) -> None:
        """Keep a picture of what is seen now."""
        self._count += 1
        await self.page.screenshot(path=self._pictures / f"{self._count:02} {name}.png")

    async def log_in(self) -> None:
        """Give the name and the password that onboarding set."""
        await self.page.get_by_label("Username").fill(USER)
        await self.page.get_by_label("Password").first.fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()

    async def next(self, name: str) -> None:
        """Send the form that is open."""
        await self.look(name)
        await self.dialog.get_by_role("button", name=NEXT).click()

    async def pick(self, place: Locator | Page, field: str, text: str) -> None:
        """Pick from a list with a search field."""
        await place.get_by_label(field).click()
        await place.get_by_placeholder(re.compile("^Search")).last.fill(text)
        await place.locator("ha-list-selectable-virtualized ha-combo-box-item", has_text=text).first.click()
        await expect(self.page.locator("ha-picker-combo-box")).to_be_hidden()

    async def finish_voice(self, language: str, voice: str) -> None:
        """Answer the two forms of a voice."""
        await self.pick(self.dialog, "Language", language)
        await self.next("language")
        await self.pick(self.dialog, "Voice", voice)
        await self.next(f"voice {voice}")
        await self.dialog.get_by_role("button", name=DONE).click()
        await expect(self.dialog).not_to_be_visible()


@pytest.fixture
async def visitor(browser: Browser, running: Running, pictures: Path) -> Visitor:
    """Open a browser window for a visitor."""
    page = await browser.new_page(viewport={"width": 1200, "height": 900}, locale="en-GB")
    page.set_default_timeout(30_000)
    return Visitor(page, running, pictures)


async def test_account_and_two_voices_by_hand(visitor: Visitor, running: Running, home: Home) -> None:
    """A new user adds an account, a second voice, and speaks with that from the media browser."""
    page, dialog, service = visitor.page, visitor.dialog, running.service

    await visitor.go(f"/config/integrations/dashboard/add?domain={DOMAIN}")
    await visitor.log_in()
    await page.get_by_role("button", name="OK").click()
    await dialog.locator("input[name=api_key]").fill(service.key)
    await dialog.get_by_label("Region").click()
    await dialog.get_by_role("menuitem", name="Own URL").click()
    await visitor.next("account")
    await dialog.locator("input[name=url]").fill(service.url or "")
    await visitor.next("own url")
    await visitor.finish_voice("English", "Emily Carter")

    add_voice = page.get_by_role("button", name="Add voice")
    await visitor.go_to_see(f"/config/integrations/integration/{DOMAIN}", add_voice)
    await add_voice.click()
    await visitor.finish_voice("German", "Clara Neumann")
    await expect(page.locator("ha-config-sub-entry-row")).to_have_count(2)
    await visitor.look("two voices")

    sources = page.get_by_label("Text-to-speech")
    await visitor.go_to_see(f"/media-browser/{LOUDSPEAKER}", sources)
    await sources.click()
    await page.locator("ha-media-player-browse").get_by_text("Clara Neumann").last.click()
    await visitor.pick(page, "Language", "German")
    await expect(page.locator("ha-tts-voice-picker ha-picker-field")).to_contain_text("Clara Neumann")
    await page.locator("ha-browse-media-tts textarea").fill("Die Waschmaschine ist fertig.")
    await visitor.look("speak")
    await page.get_by_role("button", name="Say").click()
    heard = await home.wait_for(LOUDSPEAKER, lambda state: bool(state.attributes["times_played"]))
    await visitor.look("spoken")

    assert heard.attributes["error"] is None
    assert heard.attributes["seconds"] > 1
    utterance = await last_utterance(home, running)
    assert utterance["text"] == "Die Waschmaschine ist fertig."
    assert utterance["voice_id"] == await voice_id(home, running, "Clara Neumann")


async def last_utterance(home: Home, running: Running) -> dict[str, Any]:
    """Return the last request for speech that reached the simulator."""
    async with home.session.get(f"{running.service.url}/_simulator/journal") as response:
        journal: dict[str, Any] = await response.json()
    messages: list[dict[str, Any]] = [one["message"] for socket in journal["sockets"] for one in socket["received"]]
    return [message for message in messages if "text" in message][-1]


async def voice_id(home: Home, running: Running, name: str) -> int:
    """Return the id of a voice at the simulator."""
    headers = {"Authorization": f"Bearer {running.service.key}"}
    async with home.session.get(f"{running.service.url}/v1/voices?limit=100", headers=headers) as response:
        voices = (await response.json())["voices"]
    return next(int(voice["id"]) for voice in voices if voice["name"] == name)

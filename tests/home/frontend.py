"""Home Assistant's frontend in a real browser: its windows, and what somebody does in them."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import re
import shutil
from typing import Final, Literal

from playwright.async_api import (
    Browser,
    Locator,
    Page,
    StorageState,
    TimeoutError as PlaywrightTimeoutError,
    async_playwright,
    expect,
)

from .child import HomeError
from .hass import PASSWORD, USER
from .sight import Console, complaints, settle

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = (
    # Chromium's own errands in the internet, which nobody here needs.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)
_DONE: Final = re.compile("Finish|Skip|Close")
# In the form of an action the frontend shows these options as the values that they are: one that was picked where
# values may be typed as well, and those that it drew before their words had come.
VALUES_IN_ACTIONS: Final = ("ding_dong", "flac", "mp3", "wav")
_FAR_FUTURE_MS: Final = 4_102_444_800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window of a browser, and what its owner likes."""

    width_px: int = 1280
    height_px: int = 900
    color_scheme: Literal["light", "dark"] = "light"
    language: str = "en"


def browser_program() -> str | None:
    """Return the browser of this machine, if it has one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


@asynccontextmanager
async def chromium(program: str, folder: Path) -> AsyncIterator[Browser]:
    """Start a browser without a window, with this folder as its home."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            chromium_sandbox=os.geteuid() != 0,
            args=_ARGUMENTS,
            env={**os.environ, "HOME": str(folder)},
        )
        yield browser
        await browser.close()


async def open_page(browser: Browser, home_url: str, window: Window, token: str | None = None) -> Page:
    """Open an empty page in a new window; with a token it is signed in."""
    stored: dict[str, object] = {"selectedLanguage": window.language}
    if token:
        client = {"hassUrl": home_url, "clientId": f"{home_url}/", "token_type": "Bearer"}
        access = {"access_token": token, "refresh_token": "", "expires": _FAR_FUTURE_MS, "expires_in": 1800}
        stored["hassTokens"] = {**client, **access}
    storage: StorageState = {
        "origins": [
            {
                "origin": home_url,
                "localStorage": [{"name": name, "value": json.dumps(value)} for name, value in stored.items()],
            }
        ]
    }
    context = await browser.new_context(
        viewport={"width": window.width_px, "height": window.height_px},
        color_scheme=window.color_scheme,
        locale="en-GB",
        reduced_motion="reduce",
        # It would fetch the whole frontend, some thousand files, for later.
        service_workers="block",
        storage_state=storage,
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


class Visitor:
    """Somebody at the browser, who looks at every page and keeps a picture of it."""

    def __init__(self, page: Page, home_url: str, pictures: Path, language: str = "en") -> None:
        """Sit down at an empty page; the pictures go into this folder."""
        self.page = page
        self.dialog = page.locator("dialog-data-entry-flow")
        self.console = Console(page)
        self.language = language
        self._home_url = home_url
        self._pictures = pictures
        self._count = 0

    async def go(self, path: str) -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(f"{self._home_url}{path}")

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

    async def look(self, name: str, *, values: Collection[str] = ()) -> None:
        """Keep a picture of what is seen now, in which everything can be read."""
        self._count += 1
        try:
            await self.read(values)
        except HomeError as error:
            raise HomeError(f"The page '{name}' is not as it should be:\n{error}") from None
        finally:
            await self.page.screenshot(path=self._pictures / f"{self._count:02} {name}.png")

    async def read(self, values: Collection[str] = ()) -> None:
        """Raise unless everything on the page can be read; some texts are values, no lost keys."""
        if found := await complaints(self.page, self.language, values) + self.console.lines:
            raise HomeError("\n".join(found))

    async def log_in(self) -> None:
        """Give the name and the password that onboarding set."""
        await self.page.get_by_label("Username").fill(USER)
        await self.page.get_by_label("Password").first.fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()

    async def next(self, name: str) -> None:
        """Look at the form that is open, and send it."""
        await self.look(name)
        await self.submit()

    async def submit(self) -> None:
        """Send the form that is open."""
        await self.dialog.locator("[slot=primaryAction]").click()

    async def finish(self, name: str) -> None:
        """Look at what a form says at its end, and close it."""
        done = self.dialog.get_by_role("button", name=_DONE).last
        await done.wait_for()
        await self.look(name)
        await done.click()
        await expect(self.dialog).not_to_be_visible()

    async def pick(self, place: Locator | Page, field: str, text: str) -> None:
        """Pick from a list with a search field."""
        await place.get_by_label(field, exact=True).click()
        await place.get_by_placeholder(re.compile("^Search")).last.fill(text)
        await place.locator("ha-list-selectable-virtualized ha-combo-box-item", has_text=text).first.click()
        await expect(self.page.locator("ha-picker-combo-box")).to_be_hidden()

    async def choose(self, field: str, text: str) -> None:
        """Choose from a short list of the form that is open."""
        await self.dialog.get_by_label(field, exact=True).click()
        await self.dialog.get_by_role("menuitem", name=text, exact=True).click()

    async def pick_voice(self, language: str, voice: str) -> None:
        """Answer the form of the language, and pick a voice in the next one."""
        await self.pick(self.dialog, "Language", language)
        await self.next("language")
        await self.pick(self.dialog, "Voice", voice)

    async def open_sections(self, place: Locator) -> None:
        """Open every section in a place that is closed."""
        closed = place.locator("ha-expansion-panel:not([expanded])")
        while await closed.count():
            await closed.first.locator("#summary").click()
            await settle(self.page)

    async def fill_in(self, form: Locator, field: str, text: str) -> None:
        """Give a text to a field of an action."""
        await field_of(form, field).locator("textarea").fill(text)


def field_of(form: Locator, heading: str) -> Locator:
    """Return a field of the form of an action."""
    named = form.page.locator("[slot=heading]", has_text=re.compile(rf"^\s*{heading}\s*$"))
    return form.locator("ha-settings-row").filter(has=named)

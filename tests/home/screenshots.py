"""The pictures of the documentation, of the real frontend with the simulator behind it: for scripts/screenshots."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from playwright.async_api import Browser, FloatRect, Locator

from . import program
from .child import ROOT, HomeError, free_port
from .client import Home
from .frontend import Visitor, Window, browser_program, chromium, open_page
from .hass import HomeAssistant
from .sight import settle
from .simulator import KEY, Simulator
from .speech import DOMAIN, Service, add_second_speaker, add_speaker

FOLDER = ROOT / "docs/images"
PAGE = f"/config/integrations/integration/{DOMAIN}"
LIGHT = Window()
TALL = Window(height_px=1480)
DARK = Window(color_scheme="dark")
PHONE = Window(width_px=390, height_px=844)
MARGIN_PX = 24


@dataclass(frozen=True, slots=True)
class Studio:
    """A home with an account and two voices, and a browser."""

    home: Home
    browser: Browser

    async def visitor(self, window: Window) -> Visitor:
        """Let somebody sit down at a window of the owner."""
        page = await open_page(self.browser, self.home.url, window, self.home.token)
        return Visitor(page, self.home.url, FOLDER)


async def make_pictures() -> None:
    """Make all of them, and leave nothing running."""
    if (browser := browser_program()) is None:
        raise HomeError("There is no Chromium.\nInstall it, and run this again.")
    with TemporaryDirectory(prefix="kugelaudio-screenshots-") as name, ExitStack() as children:
        folder = Path(name)
        simulator = children.enter_context(Simulator(free_port(), log=folder / "simulator.log"))
        hass = children.enter_context(HomeAssistant(folder / "config", free_port(), log=folder / "hass.log"))
        async with aiohttp.ClientSession() as session, chromium(browser, folder) as opened:
            await simulator.ready(session)
            studio = Studio(await hass.ready(session), opened)
            await furnish(studio.home, Service(KEY, simulator.url))
            FOLDER.mkdir(exist_ok=True)
            await show_integration(studio)
            await show_voice(studio)
            await show_phone(studio)
            await show_media(studio)
            await show_announcement(studio)


async def furnish(home: Home, service: Service) -> None:
    """Add an account with two voices, named as one of the public service is."""
    speaker = await add_speaker(home, service, "en", "Emily Carter", chime="ding_dong")
    await add_second_speaker(home, speaker, "de", "Clara Neumann")
    await home.command("config_entries/update", entry_id=speaker.entry_id, title="KugelAudio")
    await home.post(f"/api/config/config_entries/entry/{speaker.entry_id}/reload", {})


async def take(visitor: Visitor, name: str, *, subject: Locator | None = None, at_top: Locator | None = None) -> None:
    """Take a picture of a page, or of a subject with a little around it, once everything can be read and has come."""
    page = visitor.page
    await page.mouse.move(0, 0)
    await page.wait_for_load_state("networkidle")
    await visitor.read()
    if at_top:
        await at_top.evaluate("element => element.scrollIntoView({behavior: 'instant'})")
        await settle(page)
    file = FOLDER / f"{name}.png"
    await page.screenshot(path=file, clip=await surroundings(subject) if subject else None)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")  # noqa: T201  the program's output
    await page.context.close()


async def surroundings(subject: Locator) -> FloatRect:
    """Return the place of something, with a little around it."""
    box = await subject.bounding_box()
    if box is None:
        raise HomeError("What the picture is to show is not there.")
    return {
        "x": box["x"] - MARGIN_PX,
        "y": box["y"] - MARGIN_PX,
        "width": box["width"] + 2 * MARGIN_PX,
        "height": box["height"] + 2 * MARGIN_PX,
    }


async def show_integration(studio: Studio) -> None:
    """Show the account and its two voices."""
    visitor = await studio.visitor(LIGHT)
    await visitor.go(PAGE)
    await visitor.page.locator("ha-config-sub-entry-row").nth(1).wait_for()
    await take(visitor, "integration")


async def open_voice(visitor: Visitor) -> None:
    """Open the form of a voice and its section about chime and silence."""
    await visitor.go(PAGE)
    voice = visitor.page.locator("ha-config-sub-entry-row").filter(has_text="Emily Carter")
    await voice.locator("ha-icon-button[slot=end]").first.click()
    await visitor.submit()
    await visitor.dialog.get_by_text("Sound around the words").click()
    await visitor.dialog.locator("ha-media-item-picker").wait_for()


async def show_voice(studio: Studio) -> None:
    """Show the form of a voice."""
    visitor = await studio.visitor(TALL)
    await open_voice(visitor)
    await take(visitor, "voice", subject=visitor.dialog.locator("dialog"))


async def show_phone(studio: Studio) -> None:
    """Show the same on a phone, at the chime."""
    visitor = await studio.visitor(PHONE)
    await open_voice(visitor)
    await take(visitor, "phone", at_top=visitor.dialog.locator("ha-expansion-panel").first)


async def show_media(studio: Studio) -> None:
    """Show the voices of a language in the media browser."""
    visitor = await studio.visitor(LIGHT)
    titles = visitor.page.locator("ha-media-player-browse .title")
    await visitor.go("/media-browser/browser")
    await titles.filter(has_text="KugelAudio").click()
    await titles.filter(has_text="Deutsch").click()
    await titles.filter(has_text="Grandfather").wait_for()
    await take(visitor, "media")


async def show_announcement(studio: Studio) -> None:
    """Show the action that announces, filled in, in the dark."""
    visitor = await studio.visitor(DARK)
    await visitor.go(f"/config/tools/action?service={DOMAIN}.announce")
    form = visitor.page.locator("ha-service-control")
    await form.get_by_role("button", name="Add target").click()
    await form.get_by_text("Loudspeaker").click()
    await visitor.fill_in(form, "Message", "Somebody is standing at the front door.")
    await take(visitor, "announce")


if __name__ == "__main__":
    program.run(make_pictures())

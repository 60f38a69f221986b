"""The pictures of the documentation, of the real frontend with the simulator behind it: for scripts/screenshots."""

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
import re
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
from homeassistant.util.yaml import parse_yaml
from playwright.async_api import Browser, FloatRect, Locator

from tests.ports import free_port

from . import hass as home_assistant, program
from .child import ROOT, HomeError
from .client import Home
from .frontend import Visitor, Window, browser_program, chromium, open_page
from .hass import HomeAssistant
from .sight import settle
from .simulator import KEY, Simulator
from .speech import DOMAIN, LOUDSPEAKER, Service, add_second_speaker, add_speaker

FOLDER = ROOT / "docs/images"
PAGE = f"/config/integrations/integration/{DOMAIN}"
LIGHT = Window()
TALL = Window(height_px=1480)
# As high as the form of a voice with a section that is open.
HIGHEST = Window(height_px=1960)
DARK = Window(color_scheme="dark")
PHONE = Window(width_px=390, height_px=844)
MARGIN_PX = 24
YAML_BLOCK: Final = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
# What the pages of first steps and automations make by hand.
EDITABLE: Final = """\
automation: !include automations.yaml
script: !include scripts.yaml
input_select:
input_text:
lovelace:
"""
DOORBELL: Final = ROOT / "blueprints/automation/kugelaudio/doorbell.yaml"


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
        hass = children.enter_context(HomeAssistant(editable(folder), free_port(), log=folder / "hass.log"))
        async with aiohttp.ClientSession() as session, chromium(browser, folder) as opened:
            await simulator.ready(session)
            studio = Studio(await hass.ready(session), opened)
            await furnish(studio.home, Service(KEY, simulator.url))
            FOLDER.mkdir(exist_ok=True)
            await show_integration(studio)
            await show_new_voice(studio)
            await show_voice(studio)
            await show_phone(studio)
            await show_media(studio)
            await show_announcement(studio)
            await show_saying(studio)
            await show_doorbell(studio)
            await show_dashboard(studio)


def editable(folder: Path) -> Path:
    """Return a folder for the configuration of a home in which automations, scripts and helpers can be made."""
    home_assistant.CONFIGURATION += EDITABLE
    config = folder / "config"
    config.mkdir()
    for name in ("automations", "scripts"):
        (config / f"{name}.yaml").touch()
    return config


async def furnish(home: Home, service: Service) -> None:
    """Add an account with two voices, named as one of the public service is."""
    speaker = await add_speaker(home, service, "en", "Emily Carter", chime="ding_dong")
    await add_second_speaker(home, speaker, "de", "Clara Neumann")
    await home.command("config_entries/update", entry_id=speaker.entry_id, title="KugelAudio")
    await home.post(f"/api/config/config_entries/entry/{speaker.entry_id}/reload", {})


async def take(
    visitor: Visitor,
    name: str,
    *,
    subject: Locator | None = None,
    at_top: Locator | None = None,
    values: Collection[str] = (),
) -> None:
    """Take a picture of a page, or of a subject with a little around it, once everything can be read and has come."""
    page = visitor.page
    await page.mouse.move(0, 0)
    await page.wait_for_load_state("networkidle")
    await visitor.read(values)
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


async def show_new_voice(studio: Studio) -> None:
    """Show the form of a new voice as it is proposed, with a name."""
    visitor = await studio.visitor(TALL)
    await visitor.go(PAGE)
    await visitor.page.get_by_role("button", name="Add voice").click()
    await visitor.submit()
    await visitor.pick(visitor.dialog, "Voice", "Emily Carter")
    await visitor.dialog.locator("input[name=name]").fill("Doorbell")
    await take(visitor, "voice-new", subject=visitor.dialog.locator("dialog"))


async def open_voice(visitor: Visitor) -> None:
    """Open the form of a voice and its section about chime and silence."""
    await visitor.go(PAGE)
    voice = visitor.page.locator("ha-config-sub-entry-row").filter(has_text="Emily Carter")
    await voice.locator("ha-icon-button[slot=end]").first.click()
    await visitor.submit()
    await visitor.dialog.get_by_text("Chime and silence").click()
    await visitor.dialog.locator("ha-media-item-picker").first.wait_for()


async def show_voice(studio: Studio) -> None:
    """Show the form of a voice."""
    visitor = await studio.visitor(HIGHEST)
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


async def show_saying(studio: Studio) -> None:
    """Show where a voice says what is typed, which the link of its page opens."""
    visitor = await studio.visitor(LIGHT)
    devices = await studio.home.command("config/device_registry/list")
    [voice] = [device for device in devices if device["name"] == "Emily Carter"]
    await visitor.go(voice["configuration_url"].removeprefix("homeassistant:/"))
    await visitor.page.locator("ha-browse-media-tts textarea").fill("Somebody is standing at the front door.")
    await take(visitor, "say", subject=visitor.page.locator("ha-browse-media-tts"), values=("default",))


async def show_doorbell(studio: Studio) -> None:
    """Show the doorbell, filled in."""
    home = studio.home
    await home.command("config/entity_registry/update", entity_id=LOUDSPEAKER, area_id="kitchen")
    text = DOORBELL.read_text(encoding="utf-8")
    await home.command("blueprint/save", domain="automation", path="kugelaudio/doorbell.yaml", yaml=text)
    await home.post("/api/states/binary_sensor.doorbell", {"state": "off", "attributes": {"friendly_name": "Doorbell"}})
    inputs = {"bells": ["binary_sensor.doorbell"], "listeners": {"area_id": "kitchen"}}
    inputs |= {"first_voice": "tts.emily_carter", "first_text": "Somebody is at the front door."}
    doorbell = {"path": "kugelaudio/doorbell.yaml", "input": inputs}
    await home.post("/api/config/automation/config/doorbell", {"alias": "Doorbell", "use_blueprint": doorbell})
    await home.call("automation.reload", {})
    visitor = await studio.visitor(TALL)
    await visitor.go("/config/automation/edit/doorbell")
    form = visitor.page.locator("blueprint-automation-editor")
    await form.get_by_text("An answer by another voice").wait_for()
    # It stands at the edge of the window, out of the form, until something is changed.
    await form.locator("ha-button", has_text="Save").evaluate("button => button.remove()")
    await take(visitor, "doorbell", subject=form.locator("ha-card").first)


async def show_dashboard(studio: Studio) -> None:
    """Show the card on which somebody types what is said, and where."""
    home = studio.home
    await home.command("input_text/create", name="Say what")
    await home.command("input_select/create", name="Say where", options=["Kitchen", "Office"])
    await home.call("input_text.set_value", {"entity_id": "input_text.say_what", "value": "Dinner is ready."})
    blocks = YAML_BLOCK.findall((ROOT / "docs/automations.md").read_text(encoding="utf-8"))
    examples = [parse_yaml(block) for block in blocks]
    [script] = [example for example in examples if isinstance(example, dict) and "sequence" in example]
    await home.post("/api/config/script/config/say_it", script)
    cards = [example for example in examples if "type" in example]
    await home.command("lovelace/dashboards/create", url_path="say-it", title="Say it", mode="storage")
    await home.command("lovelace/config/save", url_path="say-it", config={"views": [{"cards": cards}]})
    visitor = await studio.visitor(LIGHT)
    await visitor.go("/say-it/0")
    shown = visitor.page.locator("hui-vertical-stack-card")
    await shown.get_by_text("What").wait_for()
    await take(visitor, "dashboard", subject=shown)


if __name__ == "__main__":
    program.run(make_pictures())

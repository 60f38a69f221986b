"""What is set later in Home Assistant's frontend: another sound for a voice, the account's settings, diagnostics."""

import json
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from tests.home.client import Home
from tests.home.frontend import Visitor
from tests.home.speech import DOMAIN, add_second_speaker, add_speaker, hear_from_loudspeaker

from .conftest import Running

PAGE = f"/config/integrations/integration/{DOMAIN}"
TEXT = "The washing machine has finished."
CHIME = "doorbell.wav"
OWN_VOICE = "Grandfather"
OWN_VOICE_ID = "5002"


async def test_voice_gets_a_file_of_the_media_folder_as_its_chime(owner: Visitor, running: Running, home: Home) -> None:
    """It is picked in the form like any media, shown when the form is opened again, and heard before the words."""
    page, dialog = owner.page, owner.dialog
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    words = await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
    made = await home.post(
        "/api/services/kugelaudio/generate?return_response",
        {"message": "Somebody is standing at the front door.", "path": CHIME, "overwrite": True},
    )
    await owner.go(PAGE)
    change = page.locator("ha-config-sub-entry-row ha-icon-button[slot=end]").first
    await change.click()
    await expect(dialog.get_by_text("Which language should the voice speak?")).to_be_visible()
    await owner.next("language")
    await dialog.get_by_text("Chime and silence").click()
    await owner.choose("Chime", "Own file")
    await owner.next("no file yet")
    await expect(dialog.get_by_text("Choose an audio file from your media folders for the chime.")).to_be_visible()
    # Of a form that is shown again, the section that is wrong is open, and no other.
    await expect(dialog.locator("ha-expansion-panel[expanded]")).to_have_count(1)
    await dialog.locator("ha-media-item-picker ha-card").first.click()
    titles = page.locator("ha-media-player-browse .title")
    await titles.filter(has_text="My media").click()
    await titles.filter(has_text=CHIME).click()
    await expect(dialog.locator("ha-media-item-picker").first).to_contain_text(CHIME)
    await owner.next("file")
    await owner.finish("changed")

    await change.click()
    await owner.next("language again")
    await owner.open_sections(dialog)
    await expect(dialog.locator("ha-media-item-picker").first).to_contain_text(CHIME)
    await owner.look("file again")
    heard = await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
    assert heard["seconds"] > words["seconds"] + made["service_response"]["duration_s"] - 0.1


async def test_diagnostics_tell_the_settings_and_no_secret(
    owner: Visitor, running: Running, home: Home, tmp_path: Path
) -> None:
    """What is set for the account is in the file that a user downloads; key, texts and own voices are not."""
    page, dialog = owner.page, owner.dialog
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    own = await add_second_speaker(home, speaker, "de", OWN_VOICE)
    await hear_from_loudspeaker(home, own.entity_id, TEXT)
    await owner.go(PAGE)
    account = page.locator("ha-config-entry-row")
    await account.locator("ha-icon-button[slot=end]").first.click()
    await expect(dialog.get_by_text("Account settings")).to_be_visible()
    await owner.choose("Connections", "After use")
    await owner.choose("Made at the same time", "5")
    await owner.next("account settings")
    await owner.finish("set")
    await account.locator("ha-dropdown ha-icon-button[slot=trigger]").first.click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Download diagnostics").click()
    file = tmp_path / "diagnostics.json"
    await (await download.value).save_as(file)
    await owner.look("diagnostics")
    told: dict[str, Any] = json.loads(file.read_text())["data"]
    assert told["account"]["options"] == {"connection": "after_use", "parallel": 5, "default_voice": "first"}
    assert [voice["language"] for voice in told["voices"].values()] == ["en", "de"]
    for secret in (running.service.key, TEXT, OWN_VOICE, own.entity_id, OWN_VOICE_ID):
        assert secret.casefold() not in file.read_text().casefold()

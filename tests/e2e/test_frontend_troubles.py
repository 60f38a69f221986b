"""What a user mends in Home Assistant's frontend: a key that was revoked, a voice that is gone."""

from playwright.async_api import expect
import pytest

from tests.home.child import HomeError
from tests.home.client import Home
from tests.home.frontend import Visitor
from tests.home.journal import Journal
from tests.home.simulator import steer
from tests.home.speech import DOMAIN, add_speaker, hear_from_loudspeaker

from .conftest import Running

TEXT = "The washing machine has finished."
NEW_KEY = "ka_renewed"
EMILY_CARTER_ID = 2005
REFUSED = "KugelAudio does not accept this API key. Check that you pasted all of it"


async def test_revoked_key_is_asked_for_when_somebody_speaks(owner: Visitor, running: Running, home: Home) -> None:
    """The account needs attention; a wrong key is refused in words, and with a new one the voice speaks again."""
    page, dialog, url = owner.page, owner.dialog, running.service.url
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    await steer(home.session, url, "revoke", key=running.service.key)
    try:
        with pytest.raises(HomeError, match="heard nothing"):
            await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
        await owner.go(f"/config/integrations/integration/{DOMAIN}")
        await expect(page.get_by_text("Attention required")).to_be_visible()
        await owner.look("attention")
        await page.get_by_role("button", name="Reconfigure").click()
        await dialog.locator("input[name=api_key]").fill("ka_wrong")
        await owner.next("new key")
        await expect(dialog.get_by_text(REFUSED)).to_be_visible()
        await steer(home.session, url, "restore", key=NEW_KEY)
        await dialog.locator("input[name=api_key]").fill(NEW_KEY)
        await owner.next("refused")
        await owner.finish("mended")
        await expect(page.get_by_text("Attention required")).to_be_hidden()
        await page.locator("ha-config-entry-device-row").first.get_by_text("entities").first.click()
        await page.locator("ha-device-entities-card").last.wait_for()
        await owner.look("sensors")
        heard = await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
        assert heard["seconds"] > 1
    finally:
        await steer(home.session, url, "restore", key=running.service.key)


async def test_vanished_voice_is_replaced_on_the_repairs_page(owner: Visitor, running: Running, home: Home) -> None:
    """An utterance that fails tells of it; the entity stays, and speaks with the voice that was picked instead."""
    page, dialog, url = owner.page, owner.dialog, running.service.url
    speaker = await add_speaker(home, running.service, "en", "Emily Carter")
    await steer(home.session, url, "withdraw", voice_id=EMILY_CARTER_ID)
    try:
        with pytest.raises(HomeError, match="heard nothing"):
            await hear_from_loudspeaker(home, speaker.entity_id, TEXT)
        await owner.go("/config/repairs")
        issue = page.locator("ha-config-repairs").get_by_text("The voice Emily Carter is gone")
        await issue.click()
        await expect(dialog.get_by_text("KugelAudio does not know the voice of Emily Carter any more.")).to_be_visible()
        await owner.pick(dialog, "Voice", "Nathan Cole")
        await owner.next("replacement")
        await owner.finish("replaced")
        await expect(issue).to_be_hidden()
        await owner.look("nothing to mend")
    finally:
        await steer(home.session, url, "offer", voice_id=EMILY_CARTER_ID)
    journal = Journal(home.session, url or "")
    await journal.forget()
    assert (await hear_from_loudspeaker(home, speaker.entity_id, TEXT))["seconds"] > 1
    request = await journal.last_request()
    assert request["voice_id"] == 1072

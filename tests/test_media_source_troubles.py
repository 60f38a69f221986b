"""What the media browser tells of voices that cannot be heard, and what nobody is told."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from tests.browsing import ROOT, MediaBrowser, in_account, titles
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import kept

CLOSED = "Check it under Settings > Devices & services"
NO_VOICE = "does not know the voice"
SAMPLE = ("de", "268")


@pytest.fixture
async def media(
    hass: HomeAssistant,
    account: MockConfigEntry,  # noqa: ARG001 - there before anybody looks
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> MediaBrowser:
    """Open the media browser."""
    return await MediaBrowser.opened(hass, hass_ws_client, hass_client)


def filled(path: str, account: MockConfigEntry) -> str:
    """Return the media id of a place in this account, or in none."""
    return f"{ROOT}/{path.format(here=account.entry_id, gone='gone', long='x' * 10_001)}"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{gone}", CLOSED),
        ("{gone}/de", CLOSED),
        ("{gone}/de?text=Hello", CLOSED),
        ("{here}/tlh", "speaks this language"),
        ("{here}/tlh?text=Hello", "speaks this language"),
        ("{here}/de?text={long}", "too long"),
    ],
)
async def test_folders_that_are_gone_say_so(
    media: MediaBrowser, account: MockConfigEntry, path: str, message: str
) -> None:
    """An account that was removed, a language that nobody speaks, a text that is too long."""
    assert message in await media.told("browse", filled(path, account))


async def test_no_account_is_told(hass: HomeAssistant, media: MediaBrowser, account: MockConfigEntry) -> None:
    """While the only one is not loaded."""
    await hass.config_entries.async_unload(account.entry_id)
    assert CLOSED in await media.told("browse", ROOT)
    assert CLOSED in await media.told("resolve", in_account(account, *SAMPLE))


@pytest.mark.usefixtures("media")
async def test_error_carries_its_translation(hass: HomeAssistant, account: MockConfigEntry) -> None:
    """Whoever browses from code gets the key, too."""
    with pytest.raises(BrowseError) as gone:
        await async_browse_media(hass, in_account(account, "tlh"))
    assert (gone.value.translation_domain, gone.value.translation_key) == ("kugelaudio", "language_not_spoken")


async def test_only_a_sentence_can_be_typed(media: MediaBrowser, account: MockConfigEntry) -> None:
    """Where samples are, nothing is searched: it would cost unasked."""
    for place in (ROOT, in_account(account), in_account(account, "de")):
        assert "not support" in await media.told("search", place, search_query="Hello")
    gone = in_account(account, "tlh?text=")
    assert "speaks this language" in await media.told("search", gone, search_query="Hello")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{gone}/de/268", CLOSED),
        ("{gone}/de/268?text=Hello", CLOSED),
        ("{here}", NO_VOICE),
        ("{here}/de", NO_VOICE),
        ("{here}/de/nobody", NO_VOICE),
        ("{here}/de/a%2Fb%3F", NO_VOICE),
        ("{here}/de/nobody?text=Hello", NO_VOICE),
        ("{here}/tlh/268?text=Hello", "'tlh'"),
        ("{here}/tlh/268?text=", "no text to speak"),
        ("{here}/de/268?text={long}", "too long"),
        ("{here}/de/268?text=Tom & Jerry", "write %26 for &"),
        ("{here}/de/268?text=Tom&text=Jerry", "write %26 for &"),
        ("{here}/de/268?voice=268", "write %26 for &"),
        ("{here}/de/5003", "no sample"),
    ],
)
async def test_what_cannot_be_played_says_why(
    media: MediaBrowser, account: MockConfigEntry, path: str, message: str
) -> None:
    """An account, a voice or a language that is gone, a folder, a text that is too long, a voice without a sample."""
    assert message in await media.told("resolve", filled(path, account))


@pytest.mark.parametrize(
    ("fault", "path", "parameters", "message"),
    [
        (Fault.HTTP_ERROR, "/v1/voices", {"error": Failure.CATALOGUE_UNAVAILABLE}, "out of service"),
        (Fault.HTTP_HTML, "/v1/voices", {"status": 200}, "no KugelAudio server"),
        (Fault.HTTP_DROP, "/v1/voices", {}, "broke off"),
        (Fault.HTTP_HTML, "/samples/", {"status": 200}, "no sample"),
        (Fault.HTTP_HTML, "/samples/", {"status": 403}, "no sample"),
        (Fault.HTTP_DROP, "/samples/", {}, "broke off"),
    ],
)
async def test_provider_in_trouble_is_told(
    media: MediaBrowser,
    account: MockConfigEntry,
    simulator: Simulator,
    fault: Fault,
    path: str,
    parameters: dict[str, Any],
    message: str,
) -> None:
    """Whether the voice or its sample does not come; the next click works."""
    simulator.faults.add(fault, None, path=path, **parameters)
    assert message in await media.told("resolve", in_account(account, *SAMPLE))
    simulator.faults.clear()
    assert await media.hear(in_account(account, *SAMPLE))


async def test_languages_are_shown_while_the_provider_is_down(
    media: MediaBrowser, account: MockConfigEntry, simulator: Simulator
) -> None:
    """The catalogue of the last refresh stays; only what is to be heard fails, and says so."""
    await simulator.stop()
    assert "Deutsch" in titles(await media.folder())
    assert "can't be reached" in await media.told("resolve", in_account(account, *SAMPLE))


async def test_refused_key_asks_for_a_new_one(
    hass: HomeAssistant, media: MediaBrowser, account: MockConfigEntry, simulator: Simulator
) -> None:
    """As everywhere else."""
    simulator.revoke()
    assert "refuses the API key" in await media.told("resolve", in_account(account, *SAMPLE))
    await hass.async_block_till_done()
    assert any(account.async_get_active_flows(hass, {"reauth"}))


async def test_sentence_that_fails_is_not_kept(
    media: MediaBrowser, account: MockConfigEntry, simulator: Simulator, tts_cache: Path
) -> None:
    """The player gets an error, and the next click speaks anew."""
    place = in_account(account, "de", "268?text=Hallo")
    simulator.faults.add(Fault.ERROR_FRAME, None, error=Failure.INSUFFICIENT_CREDITS)
    found = await media.resolved(place)
    async with asyncio.timeout(10), media.home.get(found["url"]) as response:
        assert response.status == 500
    assert not kept(tts_cache)
    simulator.faults.clear()
    assert await media.hear(place)


async def test_address_of_a_sample_is_not_logged(
    hass: HomeAssistant,
    media: MediaBrowser,
    account: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whether it can be played or not; nor is a text that voices say."""
    caplog.set_level(logging.DEBUG)
    # Home Assistant's own log of what it tells the frontend.
    caplog.set_level(logging.INFO, "homeassistant.components.websocket_api")
    assert await media.resolved(in_account(account, *SAMPLE))
    simulator.faults.add(Fault.HTTP_DROP, None, path="/samples/")
    assert await media.told("resolve", in_account(account, *SAMPLE))
    assert await media.told("resolve", in_account(account, "de", "nobody?text=Unheard"))
    simulator.faults.add(Fault.HTTP_ERROR, None, path="/v1/", error=Failure.CATALOGUE_UNAVAILABLE)
    assert await media.told("resolve", in_account(account, *SAMPLE))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "KugelAudio" in caplog.text
    for secret in ("signature", "/samples/", "Unheard"):
        assert secret not in caplog.text

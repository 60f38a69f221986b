"""Repair issues of an account: they come for what the user can mend, and go by themselves when it works again."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import tts
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.kugelaudio.const import DASHBOARD_URL
from tests.helpers import (
    Answers,
    Trouble,
    account_entry,
    set_up,
    voice_subentry,
    wait,
)
from tests.mending import LOST, LOST_ISSUE, OPTIONS, issues, refresh
from tests.simulator import Failure, Fault, Simulator
from tests.speaking import ENTITY, TEXT, fetch

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "tts_cache")


HALF_A_DAY = timedelta(hours=12, seconds=2)

WHILE_FAILING = timedelta(minutes=5, seconds=2)


CREDITS = (Failure.INSUFFICIENT_CREDITS, "insufficient_credits")

INTEGRATION_URL = "homeassistant://config/integrations/integration/kugelaudio"

PERMISSION = (Failure.PERMISSION_DENIED, "no_permission")

OUTAGES: list[Trouble] = [
    (Fault.HTTP_ERROR, {"error": Failure.CATALOGUE_UNAVAILABLE}),
    (Fault.HTTP_HTML, {"status": 502}),
    (Fault.HTTP_DROP, {}),
]


@pytest.fixture
async def entry(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an account with one voice."""
    made = account_entry(simulator.url, voice_subentry(), title="Our account", options=OPTIONS)
    await set_up(hass, made)
    return made


@pytest.mark.parametrize(("failure", "key"), [CREDITS, PERMISSION])
async def test_refused_speech_is_an_issue_until_something_is_spoken(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    failure: Failure,
    key: str,
) -> None:
    """It names the account and links to the dashboard; a refresh that works proves nothing; no key is asked for."""
    simulator.faults.add(Fault.ERROR_FRAME, error=failure)
    assert (await fetch(hass_client))[0] == 500
    [issue] = issues(hass).values()
    assert issue.issue_id == f"{key}_{entry.entry_id}"
    assert (issue.translation_key, issue.translation_placeholders) == (key, {"account": "Our account"})
    assert (issue.learn_more_url, issue.is_fixable, issue.is_persistent) == (DASHBOARD_URL, False, False)
    assert hass.config_entries.flow.async_progress() == []
    await refresh(hass, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert list(issues(hass)) == [issue.issue_id]
    assert (await fetch(hass_client))[0] == 200
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("trouble", "key", "url"),
    [
        ((Fault.HTTP_ERROR, {"error": CREDITS[0]}), CREDITS[1], DASHBOARD_URL),
        (
            (Fault.HTTP_HTML, {"status": 200}),
            "not_kugelaudio",
            INTEGRATION_URL,
        ),
    ],
)
async def test_refused_refresh_is_an_issue_until_one_works(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, trouble: Trouble, key: str, url: str
) -> None:
    """Whether it was the first one or not."""
    fault, parameters = trouble
    simulator.faults.add(fault, None, **parameters)
    entry = account_entry(simulator.url, voice_subentry(), title="Our account", options=OPTIONS)
    await set_up(hass, entry)
    for _ in range(2):
        [issue] = issues(hass).values()
        assert issue.issue_id == f"{key}_{entry.entry_id}"
        assert (issue.translation_placeholders, issue.learn_more_url) == ({"account": "Our account"}, url)
        simulator.faults.clear()
        await wait(hass, freezer, WHILE_FAILING)
        assert issues(hass) == {}
        simulator.faults.add(fault, None, **parameters)
        await wait(hass, freezer, HALF_A_DAY)
    assert list(issues(hass)) == [f"{key}_{entry.entry_id}"]


@pytest.mark.parametrize(("fault", "parameters"), OUTAGES)
async def test_outage_is_an_issue_when_it_lasts(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    fault: Fault,
    parameters: Answers,
) -> None:
    """After fifteen minutes of failing, until it works; the next outage has its own fifteen minutes."""
    for _ in range(2):
        simulator.faults.add(fault, None, **parameters)
        await wait(hass, freezer, HALF_A_DAY)
        for _ in range(2):
            await wait(hass, freezer, WHILE_FAILING)
            assert issues(hass) == {}
        await wait(hass, freezer, WHILE_FAILING)
        [issue] = issues(hass).values()
        assert issue.issue_id == f"unreachable_{entry.entry_id}"
        assert (issue.translation_placeholders, issue.learn_more_url) == ({"account": "Our account"}, INTEGRATION_URL)
        assert not issue.is_fixable
        simulator.faults.clear()
        await wait(hass, freezer, WHILE_FAILING)
        assert issues(hass) == {}


async def test_account_that_never_reached_its_server_is_an_issue_too(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The removal of the account ends it."""
    await simulator.refuse()
    entry = account_entry(simulator.url, voice_subentry(), options=OPTIONS)
    await set_up(hass, entry)
    for _ in range(2):
        await wait(hass, freezer, WHILE_FAILING)
        assert issues(hass) == {}
    await wait(hass, freezer, WHILE_FAILING)
    assert list(issues(hass)) == [f"unreachable_{entry.entry_id}"]
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == {}


async def test_disabled_account_tells_of_nothing(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """What is switched off needs no mending; switched on again, it tells of what it meets then."""
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 500
    assert issues(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert issues(hass) == {}
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}
    assert (await fetch(hass_client))[0] == 200


async def test_answer_in_between_ends_the_outage(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A server that asks for patience is there."""
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    await wait(hass, freezer, HALF_A_DAY)
    await wait(hass, freezer, 2 * WHILE_FAILING)
    simulator.faults.clear()
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/voices", error=Failure.RATE_LIMITED)
    await wait(hass, freezer, WHILE_FAILING)
    simulator.faults.add(Fault.HTTP_ERROR, None, error=Failure.CATALOGUE_UNAVAILABLE)
    await wait(hass, freezer, WHILE_FAILING)
    assert issues(hass) == {}
    await wait(hass, freezer, 3 * WHILE_FAILING)
    assert list(issues(hass)) == [f"unreachable_{entry.entry_id}"]


async def test_who_speaks_is_reachable(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The lists may be down for hours: nothing is to be mended while announcements work."""
    for path in ("/v1/voices", "/v1/models", "/v1/dictionaries"):
        simulator.faults.add(Fault.HTTP_ERROR, None, path=path, error=Failure.CATALOGUE_UNAVAILABLE)
    await wait(hass, freezer, HALF_A_DAY)
    await wait(hass, freezer, 3 * WHILE_FAILING)
    assert list(issues(hass)) == [f"unreachable_{entry.entry_id}"]
    assert (await tts.async_get_media_source_audio(hass, tts.generate_media_source_id(hass, TEXT, ENTITY)))[1]
    await wait(hass, freezer, WHILE_FAILING)
    assert issues(hass) == {}


async def test_removed_account_takes_its_issues_along(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """And only its own."""
    other = account_entry(simulator.url, LOST, title="Other", options=OPTIONS)
    await set_up(hass, other)
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.INSUFFICIENT_CREDITS)
    assert (await fetch(hass_client))[0] == 500
    simulator.faults.add(Fault.ERROR_FRAME, error=Failure.VOICE_NOT_FOUND)
    assert (await fetch(hass_client))[0] == 500
    assert len(issues(hass)) == 3
    await hass.config_entries.async_remove(entry.entry_id)
    assert list(issues(hass)) == [LOST_ISSUE]
    await hass.config_entries.async_remove(other.entry_id)
    assert issues(hass) == {}


@pytest.mark.parametrize("is_account", [True, False])
@pytest.mark.parametrize("failure", [Failure.INSUFFICIENT_CREDITS, Failure.VOICE_NOT_FOUND])
async def test_what_was_removed_while_it_spoke_leaves_no_issue(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    failure: Failure,
    is_account: bool,
) -> None:
    """Over REST a failure may come when nothing is left to be mended."""
    simulator.faults.add(Fault.HANDSHAKE_HTML, status=404)
    simulator.faults.add(Fault.HTTP_SLOW, path="/v1/tts/generate", delay_ms=500)
    simulator.faults.add(Fault.HTTP_ERROR, path="/v1/tts/generate", error=failure)
    speaking = asyncio.create_task(fetch(hass_client))
    await simulator.journal.until(lambda journal: bool(journal.handshakes))
    if is_account:
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        hass.config_entries.async_remove_subentry(entry, "first_voice")
    assert (await speaking)[0] == 500
    assert simulator.faults.pending == []
    await hass.async_block_till_done()
    assert issues(hass) == {}

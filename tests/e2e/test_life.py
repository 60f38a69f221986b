"""An account's life in a whole Home Assistant 2026.11: stored by an earlier release, used, reloaded, switched off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any, Final

import aiohttp
import pytest

from tests.home.assistant import add_assistant, ask, tokens
from tests.home.child import ROOT
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.player import fetch_speech
from tests.home.simulator import KEY, Simulator
from tests.ports import free_port

STORED: Final = sorted((ROOT / "tests/stored").glob("*.json"))
VOICE: Final = "tts.samantha_ferris"
TEXT: Final = "The washing machine has finished."
# What Home Assistant says of every integration that is not its own.
ABOUT_CUSTOM: Final = "which has not been tested by Home Assistant"
TROUBLE: Final = re.compile(r" (?:WARNING|ERROR|CRITICAL) |[Dd]eprecat|Traceback")


@dataclass(frozen=True, slots=True)
class Living:
    """A home whose account was there before it started."""

    home: Home
    entry_id: str
    log: Path


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
async def living(
    request: pytest.FixtureRequest,
    installed_home_assistant: None,  # noqa: ARG001 - a fixture asked for by name
    tmp_path: Path,
) -> AsyncIterator[Living]:
    """Start a Home Assistant that finds an account in its store."""
    stored: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    with Simulator(free_port(), log=tmp_path / "simulator.log") as simulator:
        entry = {**stored, "data": {"api_key": KEY, "url": simulator.url}}
        store = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
        folder = tmp_path / "config/.storage"
        folder.mkdir(parents=True)
        (folder / "core.config_entries").write_text(json.dumps(store))
        log = tmp_path / "hass.log"
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
            with HomeAssistant(tmp_path / "config", free_port(), log=log) as hass:
                yield Living(await hass.ready(session), stored["entry_id"], log)


async def test_account_of_an_earlier_release_goes_on(living: Living) -> None:
    """It speaks, streams, has a dialogue, is reloaded and switched off and on, with nothing of ours in the log."""
    home = living.home
    assert (await fetch_speech(home, VOICE, TEXT)).seconds > 1
    assert (await fetch_speech(home, VOICE, "[voice:Nathan Cole] Knock knock. [voice:Hans] Herein!")).seconds > 1
    answer = await ask(home, await add_assistant(home, VOICE), tokens(f"{TEXT} {TEXT} {TEXT}"))
    assert len(answer.pcm) > 3 * answer.bytes_per_second
    await home.post(f"/api/config/config_entries/entry/{living.entry_id}/reload", {})
    assert (await fetch_speech(home, VOICE, TEXT)).seconds > 1
    for disabled_by, state in (("user", "not_loaded"), (None, "loaded")):
        await home.command("config_entries/disable", entry_id=living.entry_id, disabled_by=disabled_by)
        entries = await home.command("config_entries/get", domain="kugelaudio")
        assert [entry["state"] for entry in entries] == [state]
    assert (await fetch_speech(home, VOICE, TEXT)).seconds > 1
    lines = living.log.read_text(errors="replace").splitlines()
    ours = [line for line in lines if "kugelaudio" in line and ABOUT_CUSTOM not in line]
    assert not [line for line in ours if TROUBLE.search(line)]

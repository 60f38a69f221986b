"""The blueprints in a whole Home Assistant 2026.11: saved and used as the frontend does it, and heard."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from tests.blueprints.home import BLUEPRINTS, FILES
from tests.home import hass as home_assistant
from tests.home.client import Home
from tests.home.hass import HomeAssistant
from tests.home.journal import listening
from tests.home.simulator import KEY, Simulator
from tests.home.speech import LOUDSPEAKER, Service, add_second_speaker, add_speaker
from tests.ports import free_port

# As in the configuration that Home Assistant makes at its first start.
EDITABLE: Final = "automation: !include automations.yaml\nscript: !include scripts.yaml\n"
BELL: Final = "binary_sensor.doorbell"
AUTOMATION: Final = "automation.doorbell"
DING_DONG_S: Final = 1.7
PAUSE_S: Final = 0.3


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """Run the simulator."""
    with Simulator(free_port(), log=tmp_path / "simulator.log") as simulator:
        async with aiohttp.ClientSession() as session:
            await simulator.ready(session)
        yield Service(KEY, simulator.url)


@pytest.fixture
async def editor(
    installed_home_assistant: None,  # noqa: ARG001 - a fixture asked for by name
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Home]:
    """Run a Home Assistant in which automations and scripts can be edited."""
    monkeypatch.setattr(home_assistant, "CONFIGURATION", home_assistant.CONFIGURATION + EDITABLE)
    config = tmp_path / "config"
    config.mkdir()
    for name in ("automations", "scripts"):
        (config / f"{name}.yaml").touch()
    with HomeAssistant(config, free_port(), log=tmp_path / "hass.log") as hass:
        async with aiohttp.ClientSession() as session:
            yield await hass.ready(session)


async def show(home: Home, entity_id: str, state: str) -> None:
    """Let an entity show something."""
    await home.post(f"/api/states/{entity_id}", {"state": state})


async def test_a_blueprint_is_imported_used_and_heard(editor: Home, service: Service) -> None:
    """Home Assistant takes all of them; the doorbell rings, and the loudspeaker hears its chime and both voices."""
    for path in FILES:
        domain, author, name = path.relative_to(BLUEPRINTS).parts
        yaml = path.read_text(encoding="utf-8")
        await editor.command("blueprint/save", domain=domain, path=f"{author}/{name}", yaml=yaml)
        listed = await editor.command("blueprint/list", domain=domain)
        assert listed[f"{author}/{name}"]["metadata"]["domain"] == domain
    first = await add_speaker(editor, service, "en", "Emily Carter", format="wav")
    second = await add_second_speaker(editor, first, "de", "Hans")
    inputs = {"bells": [BELL], "listeners": {"entity_id": [LOUDSPEAKER]}}
    inputs |= {"first_voice": first.entity_id, "second_voice": second.entity_id, "second_text": "Ich komme."}
    blueprint = {"path": "kugelaudio/doorbell.yaml", "input": inputs}
    await show(editor, BELL, "off")
    await editor.post("/api/config/automation/config/doorbell", {"alias": "Doorbell", "use_blueprint": blueprint})
    await editor.call("automation.reload", {})
    assert (await editor.state(AUTOMATION)).state == "on"
    played = (await editor.state(LOUDSPEAKER)).attributes["times_played"]
    async with listening(editor, service) as journal:
        await show(editor, BELL, "on")
        heard = await editor.wait_for(LOUDSPEAKER, lambda now: now.attributes["times_played"] == played + 1)
        made_s = sum(map(len, await journal.spoken())) / 48000
    assert heard.attributes["http_status"] == 200
    assert heard.attributes["content_type"] == "audio/x-wav"
    assert made_s > 1
    assert heard.attributes["seconds"] == pytest.approx(DING_DONG_S + made_s + PAUSE_S, abs=0.1)

"""The blueprints: Home Assistant takes each of them, by its import button and by copying."""

from collections.abc import Callable, Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, Final
from urllib.parse import quote

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import extract_inputs, load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from .blueprints.home import BLUEPRINTS, FILES, copy_blueprints
from .test_repository import HACS, MANIFEST

SCHEMAS: Final[dict[str, Callable[[Any], Any]]] = {
    "automation": AUTOMATION_BLUEPRINT_SCHEMA,
    "script": BLUEPRINT_SCHEMA,
}
TEXTS: Final = {path: path.read_text(encoding="utf-8") for path in FILES}
NAMES: Final = {
    "automation": {"appliance_finished", "door_left_open", "doorbell", "speech_failed"},
    "script": {"quiet_hours"},
}
every_blueprint = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def domain_of(path: Path) -> str:
    """Return what the blueprint in a file makes."""
    return path.parents[1].name


def read(path: Path) -> Blueprint:
    """Read a blueprint as Home Assistant does."""
    domain = domain_of(path)
    return Blueprint(load_yaml_dict(path), path=path.name, expected_domain=domain, schema=SCHEMAS[domain])


def described(blueprint: Blueprint) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return whatever is shown with a name of its own: the blueprint, its sections, inputs and fields."""
    yield blueprint.name, blueprint.metadata
    yield from blueprint.metadata["input"].items()
    yield from blueprint.inputs.items()
    yield from blueprint.data.get("fields", {}).items()


def source_url(path: Path) -> str:
    """Return where a blueprint is imported from."""
    return f"{MANIFEST['documentation']}/blob/main/{path.relative_to(BLUEPRINTS.parent)}"


@every_blueprint
def test_the_button_imports_it(path: Path) -> None:
    """The address that the button of the documentation opens is that of the file."""
    page = (BLUEPRINTS.parent / "docs/automations.md").read_text(encoding="utf-8")
    assert f"blueprint_url={quote(source_url(path), safe='')})" in page


def test_they_lie_as_home_assistant_keeps_them() -> None:
    """So a folder can be copied, too."""
    assert {domain: {path.stem for path in FILES if domain_of(path) == domain} for domain in SCHEMAS} == NAMES


@every_blueprint
def test_home_assistant_reads_it(path: Path) -> None:
    """By the schema of what it makes, and in the versions that this integration is for."""
    blueprint = read(path)
    assert blueprint.validate() is None
    assert blueprint.metadata["author"] == MANIFEST["name"]
    assert blueprint.metadata["source_url"] == source_url(path)
    assert blueprint.metadata["homeassistant"] == {"min_version": HACS["homeassistant"]}


@every_blueprint
def test_every_input_is_used_and_described(path: Path) -> None:
    """With a name, a sentence, and a field of its own kind; a section holds only what may be left as it is."""
    blueprint = read(path)
    assert extract_inputs(blueprint.data) == set(blueprint.inputs)
    for name, shown in described(blueprint):
        assert shown["name"], name
        assert re.search(r"\.$", shown["description"]), name
    for name, given in blueprint.inputs.items():
        assert given["selector"], name
        assert "default" in given or name in blueprint.metadata["input"], name


@every_blueprint
async def test_its_button_imports_it(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, aioclient_mock: AiohttpClientMocker, path: Path
) -> None:
    """Home Assistant finds the file behind its address, proposes a name, and has nothing against it."""
    assert await async_setup_component(hass, domain_of(path), {})
    assert await async_setup_component(hass, "blueprint", {})
    raw = source_url(path).replace("//github.com/", "//raw.githubusercontent.com/").replace("/blob/", "/")
    aioclient_mock.request("GET", raw, text=TEXTS[path])  # type: ignore[no-untyped-call]  # the harness's own
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "blueprint/import", "url": source_url(path)})
    answer = (await client.receive_json())["result"]
    assert answer["suggested_filename"] == f"kugelaudio/{path.stem}"
    assert answer["validation_errors"] is None
    assert answer["raw_data"] == TEXTS[path]
    assert answer["blueprint"]["metadata"] == json.loads(json.dumps(read(path).metadata))


@every_blueprint
async def test_what_home_assistant_saves_of_it_can_be_used(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, tmp_path: Path, path: Path
) -> None:
    """An import writes the file anew, from what Home Assistant has understood of it."""
    hass.config.config_dir = str(tmp_path)
    domain = domain_of(path)
    assert await async_setup_component(hass, domain, {})
    client = await hass_ws_client()
    file = f"kugelaudio/{path.name}"
    await client.send_json_auto_id(
        {"type": "blueprint/save", "domain": domain, "path": file, "yaml": TEXTS[path], "source_url": source_url(path)}
    )
    assert (await client.receive_json())["success"]
    assert read(tmp_path / "blueprints" / domain / file).data == read(path).data


@pytest.mark.parametrize("domain", SCHEMAS)
async def test_copied_into_the_configuration_they_are_listed(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, tmp_path: Path, domain: str
) -> None:
    """Beside those of other authors."""
    copy_blueprints(hass, tmp_path)
    assert await async_setup_component(hass, domain, {})
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "blueprint/list", "domain": domain})
    listed = (await client.receive_json())["result"]
    assert set(listed) == {f"kugelaudio/{name}.yaml" for name in NAMES[domain]}
    assert all("metadata" in blueprint for blueprint in listed.values())

"""The walls of the repository."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import sys
from typing import Final

from homeassistant.const import Platform
import pytest

ROOT: Final = Path(__file__).parents[1]
CODE: Final = ROOT / "custom_components"
CLIENT: Final = CODE / "kugelaudio" / "api"
CLIENT_NAME: Final = ".".join(CLIENT.relative_to(ROOT).parts)
PACKAGE_NAME: Final = ".".join(CLIENT.parent.relative_to(ROOT).parts)
# Home Assistant brings them along.
CLIENT_NEEDS: Final = {"aiohttp", "orjson", "yarl"}
NOT_INSTALLED: Final = {"tests", "scripts"}
MANIFEST: Final = json.loads((CODE / "kugelaudio" / "manifest.json").read_text(encoding="utf-8"))


# Imports run downwards only: from a storey to those before it, and inside a storey as it pleases.
STOREYS: Final = (
    {"api", "text", "sound", "const", "exceptions"},
    {"voices"},
    {"speech", "flows", "players"},
    {"root"},
    {"actions"},
)
# Home Assistant asks for the actions by the name of this module.
DOORS: Final = {"services"}


def modules(folder: Path) -> list[Path]:
    """Return the modules below a folder."""
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


def imports(module: Path) -> Iterator[str]:
    """Return what a module imports, relative imports by their full names."""
    package = module.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (name.name for name in node.names)
            case ast.ImportFrom(level=0):
                yield str(node.module)
            case ast.ImportFrom():
                base = package[: len(package) + 1 - node.level]
                yield ".".join((*base, *filter(None, [node.module])))
            case _:
                pass


def name_of(module: Path) -> str:
    """Return a short name for a module."""
    return str(module.relative_to(CODE))


def room_of(name: str) -> str:
    """Return the folder of a module of the integration, or what stands for all that Home Assistant looks for."""
    first = name.removeprefix(f"{PACKAGE_NAME}").removeprefix(".").split(".")[0]
    return first if any(first in storey for storey in STOREYS) else "root"


def storey_of(room: str) -> int:
    """Return how high a folder lies."""
    return next(height for height, storey in enumerate(STOREYS) if room in storey)


def test_imports_are_seen() -> None:
    """The wall would be none if it overlooked an import: absolute, relative or of the package above."""
    seen = {imported for module in modules(CODE) for imported in imports(module)}
    assert {"aiohttp", "json", "homeassistant.core", f"{CLIENT_NAME}.errors"} <= seen
    assert f"{CLIENT_NAME}.models" in set(imports(CLIENT / "client.py"))
    assert f"{CLIENT_NAME}.models" in set(imports(CLIENT.parent / "voices" / "catalogue.py"))


@pytest.mark.parametrize("module", modules(CLIENT.parent), ids=name_of)
def test_imports_run_downwards(module: Path) -> None:
    """A room knows those below it, never those above."""
    name = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    own = {imported for imported in imports(module) if f"{imported}.".startswith(f"{PACKAGE_NAME}.")}
    height = storey_of(room_of(name))
    if module.stem not in DOORS:
        assert not {imported for imported in own if storey_of(room_of(imported)) > height}


def test_every_folder_has_its_storey() -> None:
    """One that is new is given a place before it is used."""
    folders = {module.parent.name for module in modules(CLIENT.parent) if module.parent != CLIENT.parent}
    assert folders == set().union(*STOREYS) - {"const", "exceptions", "root"}


@pytest.mark.parametrize("module", modules(CLIENT), ids=name_of)
def test_client_stands_on_its_own(module: Path) -> None:
    """It needs itself, the standard library and aiohttp: neither Home Assistant nor the integration around it."""
    outside = {imported for imported in imports(module) if not f"{imported}.".startswith(f"{CLIENT_NAME}.")}
    assert {imported.split(".")[0] for imported in outside} <= CLIENT_NEEDS | sys.stdlib_module_names


@pytest.mark.parametrize("module", modules(CODE), ids=name_of)
def test_code_does_not_need_what_is_not_installed(module: Path) -> None:
    """What users get imports nothing of what they do not get."""
    assert not {imported for imported in imports(module) if imported.split(".")[0] in NOT_INSTALLED}


def test_integrations_that_the_code_uses_are_declared() -> None:
    """What is imported of other integrations is named in the manifest, unless it is a platform."""
    used = {imported for module in modules(CODE) for imported in imports(module)}
    integrations = {imported.split(".")[2] for imported in used if imported.startswith("homeassistant.components.")}
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    own = {module.stem for module in modules(CODE)}
    assert integrations
    assert integrations <= declared | own | {platform.value for platform in Platform}


def calls(module: Path, name: str) -> bool:
    """Tell whether a module calls something of this name."""
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name for node in nodes)


def test_accounts_are_kept_in_their_entries() -> None:
    """Nothing of this integration stands in `hass.data`, but for what belongs to others."""
    assert not [module for module in modules(CODE) if "hass.data[DOMAIN]" in module.read_text(encoding="utf-8")]


@pytest.mark.parametrize("platform", ["event", "sensor", "tts"])
def test_platforms_say_how_much_they_do_at_once(platform: str) -> None:
    """None of them asks anything for its entities."""
    assert "PARALLEL_UPDATES = 0\n" in (CLIENT.parent / f"{platform}.py").read_text(encoding="utf-8")


def test_sessions_are_home_assistants_own() -> None:
    """Nobody opens one, but for a handshake: it borrows the connections of Home Assistant's."""
    assert [module.name for module in modules(CODE) if calls(module, "ClientSession")] == ["handshake.py"]
    code = (CLIENT / "handshake.py").read_text(encoding="utf-8")
    assert "connector=session.connector,\n        connector_owner=False," in code
    assert calls(CLIENT.parent / "changes.py", "async_get_clientsession")

"""What hassfest, HACS and Home Assistant's Marketplace demand of the repository."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.metadata import distribution
import json
from pathlib import Path
import re
from typing import Any, Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.components.brands.const import ALLOWED_IMAGES
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from PIL import Image
import probatio
import pytest

from custom_components.kugelaudio.const import DOMAIN, LOGGER
from tests.e2e.conftest import require
from tests.home.hass import PYTHON

type Json = dict[str, Any]

ROOT: Final = Path(__file__).parents[1]
INTEGRATION: Final = ROOT / "custom_components" / DOMAIN
BRAND: Final = INTEGRATION / "brand"


def read(path: Path) -> Json:
    """Return the content of a JSON file."""
    content: Json = json.loads(path.read_text(encoding="utf-8"))
    return content


MANIFEST: Final = read(INTEGRATION / "manifest.json")
HACS: Final = read(ROOT / "hacs.json")
ICONS: Final = read(INTEGRATION / "icons.json")
ACTIONS: Final[Json] = load_yaml_dict(str(INTEGRATION / "services.yaml"))
TRANSLATIONS: Final = {path.stem: read(path) for path in sorted((INTEGRATION / "translations").glob("*.json"))}
every_language = pytest.mark.parametrize("texts", TRANSLATIONS.values(), ids=TRANSLATIONS.keys())


def version(text: str) -> str:
    """Check a version as hassfest does."""
    strategies = [
        AwesomeVersionStrategy.CALVER,
        AwesomeVersionStrategy.SEMVER,
        AwesomeVersionStrategy.SIMPLEVER,
        AwesomeVersionStrategy.BUILDVER,
        AwesomeVersionStrategy.PEP440,
    ]
    return str(AwesomeVersion(text, ensure_strategy=strategies))


def documentation(text: str) -> str:
    """Check an address: hassfest wants HTTPS, and Home Assistant's own site for its own integrations only."""
    return str(probatio.Match(r"https://(?!www\.home-assistant\.io)")(probatio.Url()(text)))


# The keys that hassfest knows, HACS requires, and a cloud service can have.
MANIFEST_SCHEMA: Final = probatio.Schema(
    {
        "domain": INTEGRATION.name,
        "name": str,
        probatio.Optional("after_dependencies"): [str],
        "categories": [str],
        "codeowners": probatio.All([probatio.Match("^@")], probatio.Length(min=1)),
        "config_flow": True,
        "connectivity": [str],
        "dependencies": [str],
        "documentation": documentation,
        "integration_type": "service",
        "iot_class": probatio.In(["cloud_polling", "cloud_push"]),
        "issue_tracker": documentation,
        "loggers": [LOGGER.name],
        probatio.Optional("quality_scale"): probatio.In(["bronze", "silver", "gold", "platinum"]),
        # Home Assistant brings along everything that the integration needs.
        "requirements": probatio.Length(max=0),
        "version": version,
    },
    required=True,
)

# HACS refuses any other key.
HACS_SCHEMA: Final = probatio.Schema(
    {
        "name": MANIFEST["name"],
        "filename": "kugelaudio.zip",
        "hide_default_branch": True,
        "homeassistant": version,
        "zip_release": True,
    },
    required=True,
)


def icons_in(node: Any) -> Iterator[str]:
    """Return every icon in icons.json."""
    if isinstance(node, Mapping):
        for value in node.values():
            yield from icons_in(value)
    else:
        yield node


def fields_of(action: Json) -> Iterator[tuple[str, Json]]:
    """Return the fields of an action, also those in sections."""
    for name, field in (action.get("fields") or {}).items():
        if "fields" in field:
            yield from field["fields"].items()
        else:
            yield name, field


def sections_of(action: Json) -> set[str]:
    """Return the sections of an action's fields."""
    return {name for name, field in (action.get("fields") or {}).items() if "fields" in field}


def choices() -> Iterator[tuple[str, str, set[str]]]:
    """Return the translation key of each selector whose options or fields have one, which of them, and their names."""
    for action in ACTIONS.values():
        for _, field in fields_of(action):
            for selector in filter(None, field["selector"].values()):
                for kind in {"options", "fields"} & selector.keys():
                    if key := selector.get("translation_key"):
                        yield key, kind, set(selector[kind])


@pytest.fixture(scope="module")
def home_assistant() -> Path:
    """Return where the newest Home Assistant is installed."""
    require(PYTHON.exists(), "No Home Assistant here; scripts/setup home-assistant installs it.")
    (found,) = PYTHON.parents[1].glob("lib/python3*/site-packages")
    return found


def test_there_is_one_integration_and_all_its_files_are_in_its_folder() -> None:
    """HACS installs one folder of a repository; the module beside it is for the tests."""
    beside = {path.name for path in INTEGRATION.parent.iterdir()} - {"__pycache__"}
    assert beside == {INTEGRATION.name, "__init__.py"}


def test_manifest_has_what_hassfest_and_hacs_demand() -> None:
    """No key is missing, unknown, or of another form."""
    MANIFEST_SCHEMA(MANIFEST)
    assert MANIFEST["issue_tracker"] == f"{MANIFEST['documentation']}/issues"


def test_manifest_is_in_order() -> None:
    """Domain and name first, all else by the alphabet, as hassfest demands."""
    assert list(MANIFEST) == ["domain", "name", *sorted(MANIFEST.keys() - {"domain", "name"})]


def test_other_integrations_are_named_once_and_exist(home_assistant: Path) -> None:
    """A dependency that does not exist would keep the integration from loading."""
    named = [*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]]
    assert len(named) == len(set(named))
    for name in named:
        assert (home_assistant / "homeassistant/components" / name / "manifest.json").exists(), name


@pytest.mark.parametrize("key", ["categories", "connectivity"])
def test_catalogue_knows_where_the_integration_belongs(home_assistant: Path, key: str) -> None:
    """Home Assistant shows integrations by these words, new in 2026.11."""
    listed = json.loads((home_assistant / f"homeassistant/generated/integration_{key}.json").read_text("utf-8"))
    known = {item["slug"] for item in listed}
    known |= {f"{item['slug']}.{part['slug']}" for item in listed for part in item.get("subcategories", ())}
    assert MANIFEST[key]
    assert set(MANIFEST[key]) <= known


def test_hacs_json_has_what_hacs_demands() -> None:
    """The release is a zip of this name, and the default branch is not offered beside the releases."""
    HACS_SCHEMA(HACS)


def test_readme_names_the_oldest_home_assistant() -> None:
    """The same that HACS asks for."""
    year, month, *_ = HACS["homeassistant"].split(".")
    assert f"Home Assistant {year}.{month} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_licence_is_the_mit_licence() -> None:
    """Its words are those of another project under the same licence, so GitHub and HACS recognise it."""

    def permission(text: str | None) -> list[str]:
        _, found, words = str(text).partition("Permission is hereby granted")
        assert found
        return words.split()

    own = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert own.startswith("MIT License\n\nCopyright (c) ")
    assert permission(own) == permission(distribution("pytest").read_text("licenses/LICENSE"))


def test_brand_has_all_images_that_home_assistant_shows() -> None:
    """For light and dark pages, for normal and for dense screens, and nothing else."""
    assert {path.name for path in BRAND.iterdir()} == ALLOWED_IMAGES


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
def test_image_is_of_the_right_size_and_quick_to_load(name: str) -> None:
    """Icons are squares, logos 128 pixels high, "@2x" doubles both, all is trimmed and transparent around."""
    doubled = 2 if "@2x" in name else 1
    path = BRAND / name
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        assert image.height == doubled * (256 if "icon" in name else 128)
        assert image.width == image.height or ("logo" in name and image.width > image.height)
        left, top, right, bottom = image.getchannel("A").getbbox() or (0, 0, 0, 0)
        margins = [left, image.width - right] + [top, image.height - bottom] * ("logo" in name)
        assert max(margins) <= 4 * doubled
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert path.stat().st_size < 60_000


@pytest.mark.parametrize("name", sorted(ALLOWED_IMAGES))
def test_image_is_made_from_the_drawing(name: str) -> None:
    """Each image carries the checksum of the drawing it was made from; `scripts/brand` makes them anew."""
    drawing = (ROOT / "docs/brand/kugelaudio.svg").read_bytes()
    with Image.open(BRAND / name) as image:
        assert image.info["Source"] == sha256(drawing).hexdigest()


def test_icons_exist(home_assistant: Path) -> None:
    """A name that the frontend's set of icons does not have would show nothing."""
    listed = json.loads((home_assistant / "hass_frontend/static/mdi/iconList.json").read_text("utf-8"))
    known = {f"mdi:{icon['name']}" for icon in listed}
    assert known
    assert set(icons_in(ICONS)) <= known


def test_icons_stand_where_home_assistant_looks_for_them() -> None:
    """By platforms and by actions."""
    assert set(ICONS) == {"entity", "services"}
    assert set(ICONS["entity"]) <= {platform.value for platform in Platform}
    assert {name: set(icons.get("sections", ())) for name, icons in ICONS["services"].items()} == {
        name: sections_of(action) for name, action in ACTIONS.items()
    }
    assert all(icons["service"] for icons in ICONS["services"].values())


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_actions_are_described_as_home_assistant_reads_it(hass: HomeAssistant) -> None:
    """Every action that can be called is described, with every field; none is described that does not exist."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(ACTIONS) == set(hass.services.async_services_for_domain(DOMAIN))
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    for name, action in ACTIONS.items():
        assert set(described[name]["fields"]) == set(action.get("fields") or {})
        assert all(cv.slug(field) for field, _ in fields_of(action))
        assert len(dict(fields_of(action))) == len(list(fields_of(action)))


@every_language
def test_actions_are_worded(texts: Json) -> None:
    """Each action, field and section has its words; none is left over."""
    assert set(texts["services"]) == set(ACTIONS)
    for name, action in ACTIONS.items():
        worded = texts["services"][name]
        assert worded["name"]
        assert worded["description"]
        assert set(worded.get("fields", {})) == set(dict(fields_of(action)))
        assert set(worded.get("sections", {})) == sections_of(action)
        assert all(field["name"] and field["description"] for field in worded["fields"].values())
        assert all(section["name"] for section in worded.get("sections", {}).values())


@every_language
def test_choices_of_the_actions_are_worded(texts: Json) -> None:
    """Each option of a list and each field of an object has its words."""
    assert list(choices())
    for key, kind, names in choices():
        assert names <= set(texts["selector"][key][kind])


@every_language
def test_texts_stand_where_home_assistant_looks_for_them(home_assistant: Path, texts: Json) -> None:
    """Its own integrations use the same places, and keys of the same form."""
    used: set[str] = set()
    for path in (home_assistant / "homeassistant/components").glob("*/translations/en.json"):
        used |= read(path).keys()
        if texts.keys() <= used:
            break
    assert texts.keys() <= used

    def keys(node: Any) -> Iterator[str]:
        if isinstance(node, Mapping):
            yield from node
            for value in node.values():
                yield from keys(value)

    assert not [key for key in keys(texts) if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", key)]

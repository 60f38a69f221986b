"""How the actions are described: every field has its selector, its words and its place in the schema."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any, Final

from annotatedyaml.loader import load_yaml_dict
from homeassistant.components.assist_satellite import AssistSatelliteEntityFeature
from homeassistant.components.media_player.const import MediaPlayerEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service import async_get_all_descriptions
import pytest

from custom_components.kugelaudio import const
from custom_components.kugelaudio.actions import announce, generate, repeat
from custom_components.kugelaudio.const import DOMAIN
from custom_components.kugelaudio.sound.chimes import CHIMES
from custom_components.kugelaudio.text.marks import LONGEST_PAUSE_MS
from custom_components.kugelaudio.voices.language_tags import SUPPORTED_LANGUAGES
from custom_components.kugelaudio.voices.options import SILENCES

PACKAGE: Final = Path(const.__file__).parent
DESCRIBED: Final = load_yaml_dict(str(PACKAGE / "services.yaml"))
ICONS: Final = json.loads((PACKAGE / "icons.json").read_text(encoding="utf-8"))["services"]
SCHEMAS: Final = {
    "announce": announce.SCHEMA,
    "generate": generate.SCHEMA,
    "repeat": repeat.REPEAT_SCHEMA,
    "stop": repeat.STOP_SCHEMA,
}
# What `target` in the description stands for.
TARGETS: Final = {"entity_id", "device_id", "area_id", "floor_id", "label_id", "exclude"}
FILES: Final = sorted((PACKAGE / "translations").glob("*.json"))
every_language = pytest.mark.parametrize(
    "texts", [json.loads(path.read_text(encoding="utf-8")) for path in FILES], ids=[path.stem for path in FILES]
)
every_action = pytest.mark.parametrize("action", SCHEMAS)


def fields_of(action: str) -> dict[str, Any]:
    """Return the described fields of an action, those of its sections too."""
    fields = DESCRIBED[action].get("fields", {})
    inner = {name: field for outer in fields.values() for name, field in outer.get("fields", {}).items()}
    return {name: field for name, field in {**fields, **inner}.items() if "selector" in field}


def sections_of(action: str) -> set[str]:
    """Return the names of the sections of an action."""
    return {name for name, field in DESCRIBED[action].get("fields", {}).items() if "fields" in field}


def object_selectors() -> Iterator[Mapping[str, Any]]:
    """Return the selectors of objects whose fields have words."""
    for action in SCHEMAS:
        for field in fields_of(action).values():
            if "translation_key" in (selector := field["selector"].get("object") or {}):
                yield selector


@pytest.mark.usefixtures("account")
async def test_home_assistant_offers_every_action(hass: HomeAssistant) -> None:
    """Its own check accepts the descriptions, and knows that the actions may return something."""
    offered = (await async_get_all_descriptions(hass))[DOMAIN]
    assert set(offered) == set(SCHEMAS) == set(DESCRIBED)
    for action, described in offered.items():
        assert described["fields"] or action == "stop"
        assert described["response"] == {"optional": True}
    features = [entity["supported_features"] for entity in offered["announce"]["target"]["entity"]]
    assert features == [[MediaPlayerEntityFeature.PLAY_MEDIA], [AssistSatelliteEntityFeature.ANNOUNCE]]


@every_action
def test_what_is_described_is_what_is_taken(action: str) -> None:
    """No field is missing, and none is left over."""
    taken = {str(name) for name in SCHEMAS[action].schema}
    has_target = "target" in DESCRIBED[action]
    assert set(fields_of(action)) == taken - (TARGETS if has_target else set())


@every_language
@every_action
def test_every_field_is_worded(texts: Mapping[str, Any], action: str) -> None:
    """Every action, field and section has its name and description; no text is left over."""
    worded = texts["services"][action]
    assert worded["name"]
    assert worded["description"]
    assert set(worded["fields"]) == set(fields_of(action))
    assert set(worded.get("sections", {})) == sections_of(action)
    for text in (*worded["fields"].values(), *worded.get("sections", {}).values()):
        assert text["name"]
        assert text["description"]


@every_language
def test_fields_and_options_of_selectors_are_worded(texts: Mapping[str, Any]) -> None:
    """Those of objects, and those that are chosen from a list."""
    objects = {selector["translation_key"]: set(selector["fields"]) for selector in object_selectors()}
    assert objects
    for name, fields in objects.items():
        assert set(texts["selector"][name]["fields"]) == fields
    selects = [
        field["selector"]["select"]
        for action in SCHEMAS
        for field in fields_of(action).values()
        if "select" in field["selector"]
    ]
    for select in selects:
        if "translation_key" in select:
            assert set(select["options"]) <= set(texts["selector"][select["translation_key"]]["options"])


def test_actions_and_their_sections_have_icons() -> None:
    """As many as there are."""
    assert set(ICONS) == set(SCHEMAS)
    for action, icons in ICONS.items():
        assert icons["service"].startswith("mdi:")
        assert set(icons.get("sections", {})) == sections_of(action)


@pytest.mark.parametrize("action", ["announce", "generate"])
def test_choices_are_those_that_there_are(action: str) -> None:
    """Languages, chimes and lengths, as the settings of a voice have them."""
    fields = fields_of(action)
    assert fields["language"]["selector"]["language"]["languages"] == SUPPORTED_LANGUAGES
    assert fields["chime"]["selector"]["select"]["options"] == ["none", *CHIMES]
    for name, limits in SILENCES.items():
        number = fields[name]["selector"]["number"]
        assert (number["min"], number["max"], number["step"]) == (limits.minimum, limits.maximum, limits.step)
    pause = fields["dialogue"]["selector"]["object"]["fields"]["pause_ms"]["selector"]["number"]
    assert (pause["min"], pause["max"]) == (0, LONGEST_PAUSE_MS)


def test_what_ends_a_repetition_is_picked_in_a_form() -> None:
    """An entity and a state of it, neither of which can be left out."""
    described = fields_of("announce")["until"]["selector"]["object"]["fields"]
    ended_by = announce.SCHEMA.schema["until"].schema
    assert {name: field["required"] for name, field in described.items()} == {str(name): True for name in ended_by}
    assert "entity" in described["entity_id"]["selector"]

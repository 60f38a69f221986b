"""The Quality Scale: every rule has its answer, and every answer can be looked up."""

from pathlib import Path
import re
from typing import Any, Final

from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT: Final = Path(__file__).parents[1]
RULES: Final[dict[str, Any]] = load_yaml_dict(str(ROOT / "custom_components/kugelaudio/quality_scale.yaml"))["rules"]

BRONZE: Final = [
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
]
SILVER: Final = [
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
]
GOLD: Final = [
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
]
PLATINUM: Final = ["async-dependency", "inject-websession", "strict-typing"]

# What a cloud service without triggers and conditions has not, and what would keep its voices away while it is down.
EXEMPT: Final = {
    *("discovery", "discovery-update-info", "docs-conditions", "docs-supported-devices", "docs-triggers"),
    "test-before-setup",
}
REFERENCE: Final = re.compile(r"(?:[\w./-]+\.(?:py|md|toml)|scripts/\w+)(?:::\w+|#[\w-]+)?")


def references(rule: str) -> list[str]:
    """Return what an answer points to."""
    return [found.rstrip(".") for found in REFERENCE.findall(RULES[rule]["comment"])]


def anchors(page: Path) -> set[str]:
    """Return where links into a page may lead."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_all_rules_have_an_answer() -> None:
    """In the order of the tiers."""
    assert len(BRONZE + SILVER + GOLD + PLATINUM) == 54
    assert set(RULES) == {*BRONZE, *SILVER, *GOLD, *PLATINUM}


def test_nothing_is_left_to_do() -> None:
    """Only what a cloud service has not, or is better without, is left out, and says why."""
    assert {rule for rule, answer in RULES.items() if answer["status"] != "done"} == EXEMPT
    assert all(RULES[rule]["status"] == "exempt" and RULES[rule]["comment"] for rule in EXEMPT)


@pytest.mark.parametrize("rule", sorted(set(RULES) - EXEMPT))
def test_answer_can_be_looked_up(rule: str) -> None:
    """It points to tests, to documentation or to code that there is."""
    assert references(rule)
    for reference in references(rule):
        path, _, name = reference.replace("::", "#").partition("#")
        assert (ROOT / path).is_file(), reference
        if path.endswith(".md") and name:
            assert name in anchors(ROOT / path), reference
        elif name:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), reference

"""The mistakes that scripts/mutate makes: each can still be made, and names tests that there are."""

from pathlib import Path
import tomllib
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[1]
MISTAKES: Final = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake['file']}: {mistake['new']}")
def test_mistake_fits_the_code(mistake: dict[str, Any]) -> None:
    """What it changes stands there once, and another place cannot be meant."""
    code = (ROOT / "custom_components" / "kugelaudio" / mistake["file"]).read_text(encoding="utf-8")
    assert code.count(mistake["old"]) == 1
    for named in mistake["tests"]:
        path, _, test = named.partition("::")
        tests = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test.partition('[')[0]}(" in tests

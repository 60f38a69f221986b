"""The pages of docs/ that are written from the code say what the code says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from custom_components.kugelaudio.exceptions import error_keys
from tests.documents import PAGES
from tests.documents.codes import CAUSES, codes_in_the_code
from tests.documents.errors import ADVICE
from tests.faults.plans import PLANS
from tests.faults.table import MATRIX

REWRITE = "run `python -m tests.documents`"


@pytest.mark.parametrize(("path", "page"), PAGES.items(), ids=lambda value: getattr(value, "name", "page"))
def test_page_is_what_the_code_says(path: Path, page: Callable[[], str]) -> None:
    """A change of the table without its page would mislead the next reader."""
    assert path.read_text(encoding="utf-8") == page(), REWRITE


def test_no_code_of_the_client_is_missing() -> None:
    """Every code that an error may carry is explained, and nothing else is."""
    assert set(CAUSES) == codes_in_the_code()


def test_every_key_has_advice() -> None:
    """And no advice is left over."""
    assert set(ADVICE) == {*error_keys(), "fallback_spoke"}


def test_every_fault_stands_in_the_matrix() -> None:
    """In the order in which they strike."""
    assert {section: list(plans) for section, plans in PLANS.items()} == {
        section: list(rows) for section, rows in MATRIX.items() if section in PLANS
    }

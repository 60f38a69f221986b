"""The pages of docs/ that are written from what the code says: `python -m tests.documents` writes them anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from . import errors, reliability

_FOLDER: Final = Path(__file__).parents[2] / "docs"
PAGES: Final[dict[Path, Callable[[], str]]] = {
    _FOLDER / "errors.md": errors.page,
    _FOLDER / "reliability.md": reliability.page,
}

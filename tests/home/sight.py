"""What is wrong with a page of the frontend for those who look at it, and what its console says about that."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
import json
from pathlib import Path
import time
from typing import Any, Final

from playwright.async_api import ConsoleMessage, Error, Page

from .child import ROOT

_SIGHT: Final = Path(__file__).with_name("sight.js").read_text()
_TRANSLATIONS: Final = ROOT / "custom_components/kugelaudio/translations"
_SETTLED: Final = Path(__file__).with_name("settled.js").read_text()


@cache
def untranslated(language: str) -> frozenset[str]:
    """Return the keys of our translations that are no text of them as well: seen on a page, they lack a text."""
    texts = json.loads((_TRANSLATIONS / f"{language}.json").read_text())
    pairs = list(_pairs(texts))
    return frozenset(key for key, _ in pairs) - {text for _, text in pairs}


def _pairs(texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield key, ""
            yield from _pairs(value)
        else:
            yield key, value


async def settle(page: Page) -> None:
    """Wait until nothing on a page moves or changes any more."""
    await page.evaluate(_SETTLED)


async def complaints(page: Page, language: str, values: Collection[str] = (), patience_s: float = 60) -> list[str]:
    """Return what those who look at a page would complain about: keys instead of words, and texts that are cut off.

    The frontend shows some keys for a moment, until their texts have come; where a field takes typed values as well,
    it shows what was picked as the value that it is.
    """
    arguments = [sorted(untranslated(language)), list(values)]
    deadline = time.monotonic() + patience_s
    while True:
        await settle(page)
        found: list[str] = await page.evaluate(_SIGHT, arguments)
        if not found or time.monotonic() > deadline:
            return found


class Console:
    """What a page's console says that concerns us."""

    def __init__(self, page: Page) -> None:
        """Listen to a page."""
        self.lines: list[str] = []
        page.on("console", self._take_message)
        page.on("pageerror", self._take_error)

    def _take_message(self, message: ConsoleMessage) -> None:
        # Core's own icons come from the internet, which these tests do without.
        if message.type == "error" and not _is_icon_of_core(message.location.get("url", "")):
            self.lines.append(message.text)

    def _take_error(self, error: Error) -> None:
        # The frontend asks for parts of Home Assistant that do not run here, and rejects with a bare object.
        if error.message != "Object":
            self.lines.append(error.message)


def _is_icon_of_core(url: str) -> bool:
    return "/api/brands/" in url and "/kugelaudio/" not in url

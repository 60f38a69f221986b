"""Writes the pages anew."""

from . import PAGES

for path, page in PAGES.items():
    path.write_text(page(), encoding="utf-8")

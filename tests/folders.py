"""Folders on a disk, for tests of what may be written where."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest


class Tree:
    """Folders on a disk: two in which Home Assistant may write, one that is nobody's business."""

    def __init__(self, hass: HomeAssistant, root: Path) -> None:
        """Make them, with links from the first to everywhere."""
        self.media, self.www, self.outside = root / "media", root / "www", root / "outside"
        for folder in (self.media / "music", self.www, self.outside):
            folder.mkdir(parents=True)
        (self.outside / "secret.mp3").write_bytes(b"secret")
        (self.media / "taken.mp3").write_bytes(b"taken")
        (self.media / "out").symlink_to(self.outside)
        (self.media / "in").symlink_to(self.www)
        (self.media / "stolen.mp3").symlink_to(self.outside / "secret.mp3")
        (self.media / "dangling.mp3").symlink_to(self.outside / "new.mp3")
        (self.media / "loop.mp3").symlink_to(self.media / "loop.mp3")
        hass.config.media_dirs = {"local": str(self.media), "nas": str(self.www / "nas")}
        hass.config.allowlist_external_dirs = {str(self.www), str(self.media)}

    def fill_in(self, asked: str) -> str:
        """Return a path with the names of these folders in it."""
        for name in ("media", "www", "outside"):
            asked = asked.replace(f"{{{name}}}", str(getattr(self, name)))
        return asked


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder and in those below it, links not followed, with their content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file(follow_symlinks=False)
    }


def is_empty(folder: Path) -> bool:
    """Tell whether there is nothing in a folder, hidden or not."""
    return not any(folder.iterdir())


def key_of(error: pytest.ExceptionInfo[HomeAssistantError]) -> str:
    """Return the word of an error, once it is certain that it can be read."""
    assert str(error.value)
    return str(error.value.translation_key)

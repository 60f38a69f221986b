"""Files that an action may write: where they may be, and writing them as a whole or not at all. All of it blocks."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
import errno
from ntpath import isreserved
import os
from pathlib import Path
import re
from secrets import token_hex
from typing import Final

from homeassistant.components.media_source import generate_media_source_id
from homeassistant.core_config import Config
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import raise_if_invalid_path

from ..const import DOMAIN
from ..exceptions import invalid

_LOCAL_MEDIA: Final = "media_source"
_LOCAL_MEDIA_IDS: Final = f"media-source://{_LOCAL_MEDIA}/"
_LONGEST_NAME_BYTES: Final = 255
# Backslashes part folders on other systems; Home Assistant loses the others on their way into a URL.
_UNPLAYABLE: Final = re.compile(r"[\\#]|%[0-9A-Fa-f]{2}")
_REASONS: Final = {
    errno.EEXIST: "file_exists",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EACCES: "folder_read_only",
    errno.EPERM: "folder_read_only",
    errno.EROFS: "folder_read_only",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a file goes, all links followed, and its media source id if it lies in a media folder."""

    path: Path
    media_content_id: str | None


def ending_of(asked: str) -> str:
    """Return the ending of a file's name in small letters, without its dot; empty if there is none."""
    return Path(asked).suffix[1:].lower()


def destination(config: Config, asked: str) -> Destination:
    """Return where a file is to be: `asked` is below the first media folder, a media source id, or an absolute path.

    Raises ServiceValidationError for a name that some file systems refuse, and for a place where Home Assistant may
    not write.
    """
    path = _asked_path(config, asked).resolve()
    for name, folder in config.media_dirs.items():
        base = Path(folder).resolve()
        if path.is_relative_to(base):
            return Destination(path, generate_media_source_id(_LOCAL_MEDIA, f"{name}/{path.relative_to(base)}"))
    if not config.is_allowed_path(str(path)):
        raise invalid("path_not_allowed", path=asked)
    return Destination(path, None)


def _asked_path(config: Config, asked: str) -> Path:
    """Return the path before any link is followed."""
    folder, place = ("/", asked[1:]) if asked.startswith("/") else _media_folder(config, asked)
    if not _is_usable(place):
        raise invalid("path_invalid", path=asked)
    return Path(folder, place)


def _media_folder(config: Config, asked: str) -> tuple[str, str]:
    """Return the media folder that is asked for, and the place in it."""
    name, place = next(iter(config.media_dirs), ""), asked
    if asked.startswith(_LOCAL_MEDIA_IDS):
        name, _, place = asked.removeprefix(_LOCAL_MEDIA_IDS).partition("/")
    if name not in config.media_dirs:
        raise invalid("media_folder_unknown", folder=name, folders=", ".join(config.media_dirs))
    return config.media_dirs[name], place


def _is_usable(place: str) -> bool:
    """Tell whether folders and file can be called so everywhere, be it a network share, and be shown as they are."""
    try:
        raise_if_invalid_path(place)
    except ValueError:
        return False
    names = place.split("/")
    return (
        place.isprintable()
        and not _UNPLAYABLE.search(place)
        and not any(not name or isreserved(f"/{name}") or len(name.encode()) > _LONGEST_NAME_BYTES for name in names)
        and not names[-1].startswith(".")
    )


def check(path: Path, *, overwrite: bool) -> None:
    """Raise what would keep a file from being written, as far as that shows beforehand."""
    with _told(path):
        if _is_taken(path) and not overwrite:
            raise _os_error(errno.EEXIST)
        if path.is_dir():
            raise _os_error(errno.EISDIR)
        folder = next(parent for parent in path.parents if _is_taken(parent))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _os_error(errno.EACCES)


def write(files: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write files, so that they appear complete and together, the last one last, or none of them.

    Raises HomeAssistantError that says why not. A thread that has begun with it does not stop when its caller does.
    """
    with _told(next(iter(files))), ExitStack() as temporaries, ExitStack() as published:
        ready: dict[Path, Path] = {}
        for path, data in files.items():
            ready[path] = temporary = path.with_name(f".{token_hex(8)}.tmp")
            temporaries.callback(temporary.unlink, missing_ok=True)
            with _told(path):
                _write_out(temporary, data)
        for path, temporary in ready.items():
            with _told(path):
                is_new = not _is_taken(path)
                _publish(temporary, path, overwrite=overwrite)
            if is_new:
                published.callback(path.unlink, missing_ok=True)
        published.pop_all()


def _write_out(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, with the folders that it needs, all the way to the disk."""
    folder = path.parent
    if folder.resolve() != folder:
        raise _os_error(errno.ELOOP)
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _publish(temporary: Path, path: Path, *, overwrite: bool) -> None:
    """Give a complete file its name, in one step that respects what has that name already."""
    if overwrite:
        temporary.replace(path)
        return
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        # FAT and many network shares know no hard links.
        path.touch(exist_ok=False)
        try:
            temporary.replace(path)
        except OSError:
            path.unlink()
            raise


def _is_taken(path: Path) -> bool:
    """Tell whether there is anything of that name."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell in words of the user what the operating system says about a file."""
    try:
        yield
    except OSError as err:
        kind = ServiceValidationError if err.errno == errno.EEXIST else HomeAssistantError
        raise kind(
            translation_domain=DOMAIN,
            translation_key=_REASONS.get(err.errno or 0, "file_not_written"),
            translation_placeholders={"path": str(path), "details": err.strerror or type(err).__name__},
        ) from err

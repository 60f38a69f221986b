"""Writing files: they appear whole and together, or not at all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
import errno
import os
from pathlib import Path
import subprocess

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.kugelaudio.actions.files import check, write
from tests.folders import Tree, files_below, key_of


@pytest.fixture
def tree(hass: HomeAssistant, tmp_path: Path) -> Tree:
    """Make the folders."""
    return Tree(hass, tmp_path)


def test_a_file_appears_with_its_folders(tree: Tree) -> None:
    """Complete, readable for everybody whom the system's mask allows it, and with nothing left beside it."""
    path = tree.media / "new" / "newer" / "a.mp3"
    check(path, overwrite=False)
    write({path: b"audio"}, overwrite=False)
    assert files_below(tree.media / "new") == {"newer/a.mp3": b"audio"}
    (tree.media / "by hand").touch()
    assert path.stat().st_mode == (tree.media / "by hand").stat().st_mode
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize("taken", ["a.mp3", "a.srt"])
def test_nothing_is_overwritten_unless_told(tree: Tree, taken: str) -> None:
    """Neither does the other file appear: not when it is checked, and not when that one came meanwhile."""
    first, second = tree.media / "a.srt", tree.media / "a.mp3"
    (tree.media / taken).write_bytes(b"precious")
    before = files_below(tree.media)
    with pytest.raises(HomeAssistantError) as error:
        check(tree.media / taken, overwrite=False)
    assert key_of(error) == "file_exists"
    with pytest.raises(HomeAssistantError) as error:
        write({first: b"words", second: b"audio"}, overwrite=False)
    assert key_of(error) == "file_exists"
    assert str(tree.media / taken) in str(error.value.translation_placeholders)
    assert files_below(tree.media) == before
    check(first, overwrite=True)
    write({first: b"words", second: b"audio"}, overwrite=True)
    assert files_below(tree.media) == before | {"a.srt": b"words", "a.mp3": b"audio"}


def test_a_link_is_overwritten_and_not_followed(tree: Tree) -> None:
    """Should one have come where there was none when the place was chosen."""
    (tree.media / "a.mp3").symlink_to(tree.outside / "secret.mp3")
    with pytest.raises(HomeAssistantError):
        write({tree.media / "a.mp3": b"audio"}, overwrite=False)
    write({tree.media / "a.mp3": b"audio"}, overwrite=True)
    assert files_below(tree.outside) == {"secret.mp3": b"secret"}
    assert (tree.media / "a.mp3").read_bytes() == b"audio"


def test_a_folder_that_became_a_link_is_not_written_to(tree: Tree) -> None:
    """Whatever it was when the place was chosen."""
    with pytest.raises(HomeAssistantError) as error:
        write({tree.media / "out" / "a.mp3": b"audio"}, overwrite=True)
    assert key_of(error) == "file_not_written"
    assert files_below(tree.outside) == {"secret.mp3": b"secret"}


def test_one_of_many_at_once_gets_the_name(tree: Tree) -> None:
    """Its file is whole; the others are told."""
    path = tree.media / "a.mp3"
    contents = [bytes([number]) * 100_000 for number in range(16)]

    def attempt(content: bytes) -> bytes | None:
        try:
            write({path: content}, overwrite=False)
        except HomeAssistantError as err:
            assert err.translation_key == "file_exists"  # noqa: PT017 - all but one fail
            return None
        return content

    with ThreadPoolExecutor(16) as threads:
        (written,) = filter(None, threads.map(attempt, contents))
    assert files_below(tree.media) == {"taken.mp3": b"taken", "a.mp3": written}


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_cannot_be_a_file_is_seen_before(tree: Tree, *, overwrite: bool) -> None:
    """A folder of that name, a file where a folder should be, and too many folders."""
    (tree.media / "folder.mp3").mkdir()
    for place in ("folder.mp3", "taken.mp3/a.mp3", "taken.mp3/b/a.mp3", "/".join(["folder"] * 1000)):
        with pytest.raises(HomeAssistantError) as error:
            check(tree.media / place, overwrite=overwrite)
        assert key_of(error) in {"file_not_written", "file_exists"}


def test_subtitles_do_not_stay_without_their_audio(tree: Tree) -> None:
    """When that turns out to be a folder at the last moment."""
    (tree.media / "a.mp3" / "full").mkdir(parents=True)
    before = files_below(tree.media)
    with pytest.raises(HomeAssistantError) as error:
        write({tree.media / "a.srt": b"words", tree.media / "a.mp3": b"audio"}, overwrite=True)
    assert key_of(error) == "file_not_written"
    assert files_below(tree.media) == before


def test_without_hard_links_files_appear_all_the_same(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """On FAT and on many network shares; what is there already is respected there, too."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    write({tree.media / "a.mp3": b"audio"}, overwrite=False)
    assert files_below(tree.media) == {"taken.mp3": b"taken", "a.mp3": b"audio"}
    with pytest.raises(HomeAssistantError) as error:
        write({tree.media / "b.srt": b"words", tree.media / "a.mp3": b"other"}, overwrite=False)
    assert key_of(error) == "file_exists"
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(HomeAssistantError) as error:
        write({tree.media / "b.mp3": b"audio"}, overwrite=False)
    assert key_of(error) == "folder_read_only"
    assert files_below(tree.media) == {"taken.mp3": b"taken", "a.mp3": b"audio"}


@pytest.fixture
def small_disk(tree: Tree) -> Iterator[Path]:
    """Mount a disk of 64 kB below the media folder."""
    with mounted(tree.media / "small", "size=64k"):
        yield tree.media / "small"


@pytest.fixture
def read_only(tree: Tree) -> Iterator[Path]:
    """Provide a folder in which this user may not write."""
    folder = tree.media / "read only"
    if os.geteuid() == 0:
        with mounted(folder, "ro"):
            yield folder
    else:
        folder.mkdir(mode=0o500)
        yield folder


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a disk in memory."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    run("/usr/bin/mount", "-t", "tmpfs", "-o", options, "none", str(folder))
    try:
        yield
    finally:
        run("/usr/bin/umount", str(folder))


def run(*command: str) -> None:
    """Run a program."""
    subprocess.run(command, check=True)  # noqa: S603 - our own words


def test_a_full_disk_keeps_nothing_of_it(small_disk: Path) -> None:
    """The other file fitted; it is not kept, either."""
    (small_disk / "precious.mp3").write_bytes(b"precious")
    for overwrite in (False, True):
        with pytest.raises(HomeAssistantError) as error:
            write({small_disk / "a.srt": b"words", small_disk / "precious.mp3": bytes(100_000)}, overwrite=overwrite)
        assert key_of(error) == "disk_full"
        assert files_below(small_disk) == {"precious.mp3": b"precious"}


@pytest.mark.parametrize("place", ["a.mp3", "new/a.mp3"])
def test_a_folder_that_is_read_only_is_seen_before(read_only: Path, place: str) -> None:
    """And nothing is left of what is tried nevertheless."""
    with pytest.raises(HomeAssistantError) as error:
        check(read_only / place, overwrite=False)
    assert key_of(error) == "folder_read_only"
    with pytest.raises(HomeAssistantError) as error:
        write({read_only / place: b"audio"}, overwrite=False)
    assert key_of(error) == "folder_read_only"

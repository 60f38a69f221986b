"""The zip of a release: what HACS and Home Assistant's Marketplace install."""

from hashlib import sha256
import json
from pathlib import Path
import shutil
from typing import Final
from zipfile import ZipFile

import pytest

from tests.releasing import INTEGRATION, ROOT, ZIP, make_repository, release

MANIFEST: Final = json.loads((ROOT / INTEGRATION / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository of what is here now, with one commit."""
    folder = tmp_path / "repository"
    make_repository(folder)
    return folder


def test_zip_holds_the_integration_at_its_root_and_the_blueprints(repository: Path) -> None:
    """Every file of the commit, and no other; the folder of the blueprints can be copied as it is."""
    integration = repository / INTEGRATION
    wanted = {
        str(path.relative_to(root)): path.read_bytes()
        for folder, root in ((integration, integration), (repository / "blueprints", repository))
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert "blueprints/automation/kugelaudio/doorbell.yaml" in wanted
    (integration / "notes.txt").write_text("not for users", encoding="utf-8")
    (integration / "__pycache__").mkdir()
    (integration / "__pycache__" / "tts.pyc").write_bytes(b"")

    result = release(repository)

    assert not result.returncode, result.stderr
    with ZipFile(repository / ZIP) as built:
        assert built.namelist() == sorted(wanted)
        assert {name: built.read(name) for name in wanted} == wanted


def test_zip_is_the_same_wherever_and_whenever_it_is_built(repository: Path, tmp_path: Path) -> None:
    """Another folder, another day, another time zone and other permissions change nothing, and the checksum is told."""
    other = tmp_path / "elsewhere" / "clone"
    make_repository(other, at="2027-02-03T04:05:06+07:00")
    for path in (other / INTEGRATION).rglob("*.json"):
        path.chmod(0o600)

    results = [release(repository, TZ="Pacific/Auckland"), release(other, TZ="America/Lima", LC_ALL="C")]

    built = [(folder / ZIP).read_bytes() for folder in (repository, other)]
    assert built[0] == built[1]
    assert {result.stdout for result in results} == {f"{sha256(built[0]).hexdigest()}  {ZIP}\n"}


@pytest.mark.parametrize("tag", [f"v{MANIFEST['version']}", MANIFEST["version"]])
def test_tag_has_the_version_of_the_manifest(repository: Path, tag: str) -> None:
    """With or without the letter before it."""
    assert not release(repository, tag).returncode


def test_other_tag_is_refused(repository: Path) -> None:
    """Home Assistant would show another version than HACS."""
    result = release(repository, "v99.0.0")

    assert result.returncode == 1
    assert MANIFEST["version"] in result.stderr
    assert "v99.0.0" in result.stderr
    assert not (repository / "dist").exists()


def test_what_is_not_committed_is_told_and_left_out(repository: Path) -> None:
    """A release is what everybody can see."""
    before = release(repository)
    (repository / INTEGRATION / "const.py").write_text("", encoding="utf-8")

    after = release(repository)

    assert not before.stderr
    assert "not committed" in after.stderr
    assert after.stdout == before.stdout


def test_without_a_commit_nothing_is_built(repository: Path) -> None:
    """It says what to do."""
    shutil.rmtree(repository / ".git")

    result = release(repository)

    assert result.returncode == 1
    assert "clone the repository" in result.stderr

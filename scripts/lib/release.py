"""Builds the zip of a release from the last commit; scripts/release runs it."""  # noqa: INP001  a program

from hashlib import sha256
from io import BytesIO
import json
from pathlib import Path
import subprocess
import sys
import tarfile
from zipfile import ZIP_STORED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[2]
INTEGRATION = "custom_components/kugelaudio"
BLUEPRINTS = "blueprints"
TARGET = ROOT / "dist" / "kugelaudio.zip"


def committed(*what: str) -> dict[str, bytes]:
    """Return files of the last commit by their names, as git's archive calls them."""
    archive = subprocess.run(  # noqa: S603  the command is ours
        # Where git is set to convert line ends, it would do so here.
        ["git", "-c", "core.autocrlf=false", "archive", *what],  # noqa: S607  wherever git is
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        return {member.name: content.read() for member in tar if (content := tar.extractfile(member))}


def check_version(manifest: bytes, tag: str) -> None:
    """Stop unless the manifest has the version of the tag: Home Assistant shows the one, HACS the other."""
    version = json.loads(manifest)["version"]
    if tag.removeprefix("v") != version:
        sys.exit(
            f"error: The tag is {tag}, but {INTEGRATION}/manifest.json has version {version}.\n"
            "       Set the version, commit it, and move the tag there."
        )


def write_zip(files: dict[str, bytes]) -> None:
    """Write a zip in which nothing depends on the machine: not compressed, as compressors differ."""
    TARGET.parent.mkdir(exist_ok=True)
    with ZipFile(TARGET, "w", ZIP_STORED) as target:
        for name, content in sorted(files.items()):
            info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix, to which the mode belongs
            info.external_attr = 0o100644 << 16
            target.writestr(info, content)


def main() -> None:
    """Build the zip and print its checksum, as sha256sum does."""
    files = committed(f"HEAD:{INTEGRATION}") | committed("HEAD", BLUEPRINTS)
    if len(sys.argv) > 1:
        check_version(files["manifest.json"], sys.argv[1])
    write_zip(files)
    print(f"{sha256(TARGET.read_bytes()).hexdigest()}  {TARGET.relative_to(ROOT)}")  # noqa: T201  its output


if __name__ == "__main__":
    main()

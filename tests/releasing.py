"""Repositories of what is here now, and releases built from them."""

import os
from pathlib import Path
import shutil
import subprocess
from typing import Final

ROOT: Final = Path(__file__).parents[1]
INTEGRATION: Final = Path("custom_components/kugelaudio")
ZIP: Final = Path("dist/kugelaudio.zip")


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with a git that knows nothing of this machine."""
    plain = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
    }
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(  # noqa: S603  the commands are ours
        command, cwd=folder, env={**outside, **plain, **environment}, capture_output=True, text=True, check=False
    )


def commit(folder: Path, *, at: str = "2026-11-21T12:00:00+00:00") -> None:
    """Commit everything that git does not ignore."""
    who = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL", "DATE")]
    environment = {name: at if name.endswith("DATE") else "test" for name in who}
    run(folder, "git", "add", "--all").check_returncode()
    run(folder, "git", "commit", "--quiet", "--message", "test", **environment).check_returncode()


def release(folder: Path, *tag: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a release of a repository."""
    return run(folder, "scripts/release", *tag, **environment)


def make_repository(folder: Path, *, at: str = "2026-11-21T12:00:00+00:00") -> None:
    """Make a repository of what is here now, with one commit."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("blueprints", "custom_components", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / ".gitignore", folder)
    run(folder, "git", "init", "--quiet").check_returncode()
    commit(folder, at=at)

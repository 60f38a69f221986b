"""Makes chosen mistakes in a copy of the code and tells which survive its tests; scripts/mutate runs it.

Tools that make every mistake they can think of run for days here: a test of a second, some ten thousand mistakes. These
are the ones that nobody would see: limits of time and of size that the provider or a listener sets, not the code.
"""  # noqa: INP001  a program

from dataclasses import dataclass
from pathlib import Path
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory
import tomllib
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "scripts" / "mutants.toml"
INTEGRATION: Final = Path("custom_components/kugelaudio")
LIMIT_S: Final = 900
# What pytest ends with.
PASSED, FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: text of a file of the integration, what stands there instead, and the tests that notice."""

    file: str
    old: str
    new: str
    tests: list[str]

    @property
    def name(self) -> str:
        """Return it in one line."""
        return f"{self.file}: {self.old} → {self.new}"


def copy_to(folder: Path) -> None:
    """Copy everything that git knows or would add, and lend the copy what set-up has installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  wherever git is
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (folder / ".local").symlink_to((ROOT / ".local").resolve())


def run(folder: Path, tests: list[str]) -> int:
    """Run tests in the copy until one fails; returns pytest's exit code, and `FAILED` if they do not come to an end."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, timeout=LIMIT_S, check=False).returncode  # noqa: S603  the command is ours
    except subprocess.TimeoutExpired:
        return FAILED


def trial(folder: Path, mutant: Mutant) -> str | None:
    """Run the tests of a mistake without and with it; returns what is wrong, or nothing if one of them notices it."""
    if ended := run(folder, mutant.tests):
        return f"its tests fail without it already: pytest ends with {ended}"
    path = folder / INTEGRATION / mutant.file
    code = path.read_text() if path.exists() else ""
    if code.count(mutant.old) != 1:
        return f"not there once, but {code.count(mutant.old)} times: mend {TABLE.relative_to(ROOT)}"
    path.write_text(code.replace(mutant.old, mutant.new))
    try:
        ended = run(folder, mutant.tests)
    finally:
        path.write_text(code)
    if ended == PASSED:
        return "survives"
    return None if ended == FAILED else f"pytest ends with {ended}: mend its tests in {TABLE.relative_to(ROOT)}"


def main() -> None:
    """Try the mistakes of the table; end with the number of those that are not noticed."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    mutants = [Mutant(**entry) for entry in tomllib.loads(TABLE.read_text())["mutant"]]
    chosen = [mutant for mutant in mutants if word in mutant.name]
    if not chosen:
        sys.exit(f"error: No mistake has {word!r} in it.\n       {TABLE.relative_to(ROOT)} lists them.")
    wrong = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        for mutant in chosen:
            trouble = trial(folder, mutant)
            wrong += trouble is not None
            print(f"{mutant.name}: {trouble or 'noticed'}", flush=True)  # noqa: T201  what the user waits for
    print(f"{len(chosen) - wrong} of {len(chosen)} are noticed.")  # noqa: T201  as above
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

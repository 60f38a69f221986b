"""The program that shows what would be spoken."""

import os
from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parents[2]


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run it as scripts/spoken does."""
    return subprocess.run(  # noqa: S603  the program is ours
        [sys.executable, ROOT / "scripts" / "lib" / "spoken.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=text,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )


def test_a_text_is_shown_as_it_would_be_spoken(tmp_path: Path) -> None:
    """From a file, with voices and pauses."""
    file = tmp_path / "text.md"
    file.write_text("**Bath:** 21 °C\n[pause:300][voice:Anna] - [x] *it is unknown*", encoding="utf-8")
    shown = run("--language", "de", str(file)).stdout.splitlines()
    assert shown[:4] == ["Bath: 21 °C", "[300 ms]", "[Anna]", "erledigt: it is unknown"]
    assert shown[5].startswith("Held longest: 12 characters, '[voice:Anna]'") or "Held longest: " in shown[5]
    assert shown[6] == "A template may have failed: unknown"


def test_a_text_can_be_piped() -> None:
    """Nothing is held of plain words but the last letter."""
    assert run(text="Hello.").stdout == "Hello.\n\nHeld longest: 1 characters, 'H'\n"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It says what to do."""
    failed = run(str(tmp_path / "none.txt"))
    assert failed.returncode == 1
    assert "cannot be read" in failed.stderr
    assert "Name a file" in failed.stderr

"""The program that shows what would be spoken."""

from io import StringIO
import os
from pathlib import Path
from runpy import run_path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "scripts" / "lib" / "spoken.py"


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run it as scripts/spoken does."""
    return subprocess.run(  # noqa: S603  the program is ours
        [sys.executable, PROGRAM, *arguments],
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


def test_a_text_can_be_piped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is held of plain words but the last letter."""
    monkeypatch.setattr("sys.argv", [str(PROGRAM)])
    monkeypatch.setattr("sys.stdin", StringIO("Hello."))
    run_path(str(PROGRAM), run_name="__main__")
    assert capsys.readouterr().out == "Hello.\n\nHeld longest: 1 characters, 'H'\n"


def test_a_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says what to do."""
    monkeypatch.setattr("sys.argv", [str(PROGRAM), str(tmp_path / "none.txt")])
    with pytest.raises(SystemExit, match=r"cannot be read(.|\n)*Name a file"):
        run_path(str(PROGRAM), run_name="__main__")

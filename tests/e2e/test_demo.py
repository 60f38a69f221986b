"""The demo, as a user runs it."""

from array import array
import json
import os
from pathlib import Path
import signal
import subprocess
import time
import wave

import pytest

from tests.home.child import ROOT

pytestmark = pytest.mark.usefixtures("installed_home_assistant")

TEXT = "The washing machine has finished"


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the demo with the simulator, whatever the environment holds."""
    environment = {name: value for name, value in os.environ.items() if name != "KUGELAUDIO_API_KEY"}
    return subprocess.Popen(  # noqa: S603  our own script
        [ROOT / "scripts/demo", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def loudest(wav: Path, seconds: float) -> tuple[int, int]:
    """Return the loudest samples of the whole and of the last part of a file."""
    with wave.open(str(wav)) as file:
        samples = array("h", file.readframes(file.getnframes()))
        last = samples[-int(seconds * file.getframerate()) :]
    return max(map(abs, samples)), max(map(abs, last))


def test_demo_speaks_to_its_end(tmp_path: Path) -> None:
    """Whole words arrive, and the files tell of them."""
    wav, facts = tmp_path / "x.wav", tmp_path / "x.json"
    demo = start("--once", "--text", TEXT, "--out", wav, "--json", facts)
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 0, output

    found = json.loads(facts.read_text())
    assert found["home_assistant"] == "2026.11.0"
    assert found["entity_id"].startswith("tts.")
    assert found["endpoint"].startswith("http://127.0.0.1:")
    assert "/api/tts_proxy/" in found["url"]
    assert 0 < found["ttfa_ms"] < 2000
    assert found["sample_rate"] == 24000
    with wave.open(str(wav)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(found["audio_seconds"], abs=0.001)
    assert seconds == pytest.approx(found["loudspeaker"]["seconds"], abs=0.3)
    assert 1.0 < seconds < 5.0
    whole, end = loudest(wav, 0.8)
    assert whole > 3000
    assert end > whole / 10


def test_demo_speaks_with_a_server_of_the_oldest_documents() -> None:
    """The same words are heard."""
    demo = start("--once", "--provider", "seeds")
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 0, output
    assert "Spoke it again through tts.speak" in output


def test_demo_says_why_it_failed() -> None:
    """A voice that does not exist ends the demo with the reason."""
    demo = start("--once", "--voice", "987654321")
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 1
    assert "error: " in output


def test_demo_leaves_nothing_running_when_interrupted() -> None:
    """Ctrl-C ends Home Assistant and the simulator, which has the plan that was asked for, even while they start."""
    demo = start("--plan", "1")
    children: dict[str, str] = {}
    while len(children) < 2 and demo.poll() is None:
        time.sleep(0.02)
        found = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
        commands = {child: Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in found}
        children = {child: command for child, command in commands.items() if " -m " in command}
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 130, output
    assert len(children) == 2
    assert [command for command in children.values() if "-m tests.simulator" in command and "--plan 1" in command]
    assert not any(Path(f"/proc/{child}").exists() for child in children)

"""The results as Markdown, and their place in docs/performance.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
import os
from pathlib import Path
import platform
import subprocess

from tests.home.child import ROOT

from .results import Section, Table, Target
from .stage import FIRST_AUDIO_MS, HANDSHAKE_MS, PYTHON, SPEED, Options

DOCUMENT = ROOT / "docs/performance.md"
BEGIN = "<!-- written by scripts/benchmark: begin -->"
END = "<!-- written by scripts/benchmark: end -->"
PACKAGES = ("homeassistant", "aiohttp", "elevenlabs", "wyoming", "kugelaudio")
VERSIONS = "import importlib.metadata, sys; print(*(importlib.metadata.version(name) for name in sys.argv[1:]))"


def render(sections: Sequence[Section], options: Options) -> str:
    """Return everything: the machine, the targets of all scenarios, then their tables."""
    targets = [target for section in sections for target in section.targets]
    parts = [_run(options), _summary(targets), *map(render_section, sections)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write(text: str, document: Path = DOCUMENT) -> None:
    """Put the results between the marks of a document; all around them stays."""
    before, _, rest = document.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def _run(options: Options) -> str:
    now = datetime.now(UTC)
    run = subprocess.run([PYTHON, "-c", VERSIONS, *PACKAGES], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ours
    packages = ", ".join(map(" ".join, zip(PACKAGES, run.stdout.split(), strict=True)))
    return (
        f"Measured on {now:%Y-%m-%d} at {now:%H:%M} UTC; {machine()}; "
        f"Python {platform.python_version()}, {packages}.\n\n"
        f"Every provider: handshake {HANDSHAKE_MS} ms, first audio after {FIRST_AUDIO_MS} ms, {SPEED} times real time. "
        f"{options.runs} utterances of each kind; times are median / 95th percentile in milliseconds."
    )


def machine() -> str:
    """Return what is measured on."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _summary(targets: Sequence[Target]) -> str:
    if not targets:
        return ""
    met = sum(target.is_met for target in targets)
    rows = tuple(
        (one.name, f"{one.value:.2f}{one.unit}", f"≤ {one.limit:.2f}{one.unit}", "yes" if one.is_met else "**no**")
        for one in targets
    )
    return f"### Targets: {met} of {len(targets)} met\n\n{_table(Table(('', 'reached', 'target', 'met'), rows))}"


def render_section(section: Section) -> str:
    """Return what one scenario found."""
    return "\n\n".join((f"### {section.title}", section.text, *map(_table, section.tables)))


def _table(table: Table) -> str:
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join((f"{table.caption}\n", *lines) if table.caption else lines)
